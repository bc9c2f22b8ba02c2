"""What several models of people share: addresses in one spelling, checked zone names."""

from functools import cache
from zoneinfo import available_timezones

from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from lynnsupport.accounts.domain.addresses import fold_address


@cache
def _known_zones() -> frozenset[str]:
    return frozenset(available_timezones())


def validate_time_zone(name: str) -> None:
    if name not in _known_zones():
        raise ValidationError(
            _("«%(name)s» is not a time zone; write one such as America/Santiago."), params={"name": name}
        )


def validate_ascii_address(address: str) -> None:
    if not address.isascii():
        raise ValidationError(
            _("Write the address without accents or letters of other alphabets (a domain in its xn-- form).")
        )


class AddressField(models.EmailField):
    """An e-mail address, stored and looked up in the one spelling of `fold_address`."""

    default_validators = [EmailValidator(), validate_ascii_address]

    def to_python(self, value):
        return _folded(super().to_python(value))

    def get_prep_value(self, value):
        return _folded(super().get_prep_value(value))

    def pre_save(self, model_instance, add):
        value = _folded(getattr(model_instance, self.attname))
        setattr(model_instance, self.attname, value)
        return value


def _folded(value):
    return fold_address(value) if isinstance(value, str) else value
