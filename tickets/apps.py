from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TicketsConfig(AppConfig):
    name = "tickets"
    label = "tickets"
    verbose_name = _("Tickets")

    def ready(self) -> None:
        from . import linked
        from .page_parts import DESK, PORTAL, add_part

        for page, address, with_internal in (
            (PORTAL, linked.in_portal, False),
            (DESK, linked.at_desk, True),
        ):
            add_part(linked.links(address), to=page)
            add_part(linked.duplicates(address, with_internal=with_internal), to=page)
