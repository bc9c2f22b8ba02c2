from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class IncidentsConfig(AppConfig):
    name = "tickets.incidents"
    label = "incidents"
    verbose_name = _("Platform incidents")

    def ready(self) -> None:
        from tickets.conditions import ask_before
        from tickets.domain.lifecycle import Act

        from .operations import require_summary

        ask_before(Act.PROPOSE_SOLUTION, require_summary)
