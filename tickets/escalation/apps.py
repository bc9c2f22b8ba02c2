from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class EscalationConfig(AppConfig):
    name = "tickets.escalation"
    label = "escalation"
    verbose_name = _("Escalations")

    def ready(self) -> None:
        from tickets.page_parts import DESK, PORTAL, add_part

        from . import parts

        for maker in parts.ON_PORTAL:
            add_part(maker, to=PORTAL)
        for maker in parts.AT_DESK:
            add_part(maker, to=DESK)
