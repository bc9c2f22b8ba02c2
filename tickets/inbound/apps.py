from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class InboundConfig(AppConfig):
    name = "tickets.inbound"
    label = "inbound"
    verbose_name = _("Incoming mail")

    def ready(self) -> None:
        from tickets.page_parts import DESK, add_part

        from .parts import escalation_asked

        add_part(escalation_asked, to=DESK)
