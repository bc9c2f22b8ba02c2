from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CreditsConfig(AppConfig):
    name = "credits"
    label = "credits"
    verbose_name = _("Availability and credits")

    def ready(self) -> None:
        from tickets.incidents import statements

        from .downtime import counted_of

        statements.register(counted_of)
