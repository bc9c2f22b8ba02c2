from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class IncidentsConfig(AppConfig):
    name = "tickets.incidents"
    label = "incidents"
    verbose_name = _("Platform incidents")

    def ready(self) -> None:
        from tickets.conditions import ask_before
        from tickets.domain.lifecycle import Act
        from tickets.page_parts import DESK, PORTAL, add_part
        from tickets.queries import read_with

        from . import parts
        from .operations import require_summary
        from .queries import READ_WITH

        ask_before(Act.PROPOSE_SOLUTION, require_summary)
        read_with(**READ_WITH)
        add_part(parts.incident_for_customer, to=PORTAL)
        add_part(parts.case_summary, to=PORTAL)
        add_part(parts.incident_for_desk, to=DESK)
        add_part(parts.case_summary, to=DESK)
