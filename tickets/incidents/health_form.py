"""The form of a health address: what the probe would not ask is refused here already, with the reason."""

from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as Late

from django import forms
from django.utils.translation import gettext_lazy as _

from .domain.addresses import NotAsked, WhyNot, host_of
from .models import HealthAddress
from .monitors import probe

SECONDS = 3.0  # that a person waits for a name to be looked up

WHY_NOT = {
    WhyNot.SCHEME: _("The probe asks over https alone: the address begins with https://."),
    WhyNot.LOGIN: _("Leave name and password out: the probe shows none to anybody."),
    WhyNot.HOST: _("No host can be read from it. Write it like https://salud.example/vivo."),
    WhyNot.PATH: _("Write what follows the host in plain letters, with %20 for a space."),
    WhyNot.INSIDE: _(
        "It leads to an address that is not public (this machine, an internal network). The probe asks the"
        " public Internet alone."
    ),
}


class HealthAddressForm(forms.ModelForm):
    class Meta:
        model = HealthAddress
        fields = ("tenant", "url", "is_active")

    def clean_url(self) -> str:
        url = self.cleaned_data["url"]
        try:
            host, port, _path = host_of(url)
            _look_up(host, port)
        except NotAsked as refused:
            raise forms.ValidationError(WHY_NOT[refused.why], code=refused.why) from refused
        return url


def _look_up(host: str, port: int) -> None:
    """Raises NotAsked where the host leads inside. One that nobody knows yet is judged when it is asked."""
    pool = ThreadPoolExecutor(max_workers=1)
    try:
        pool.submit(probe.public_addresses, host, port, probe.addresses_of).result(timeout=SECONDS)
    except Late:
        return
    finally:
        pool.shutdown(wait=False)
