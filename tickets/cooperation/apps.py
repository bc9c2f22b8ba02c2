from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CooperationConfig(AppConfig):
    name = "tickets.cooperation"
    label = "cooperation"
    verbose_name = _("Cooperation")

    def ready(self) -> None:
        from tickets.listeners import listen
        from tickets.models import TicketEvent
        from tickets.page_parts import DESK, PORTAL, add_part
        from tickets.queries import read_with

        from . import hearing, parts
        from .queries import READ_WITH

        read_with(**READ_WITH)

        listen(TicketEvent.Kind.STATE_CHANGED, hearing.moved)
        listen(TicketEvent.Kind.CUSTOMER_WROTE, hearing.customer_wrote)
        listen(TicketEvent.Kind.SPLIT, hearing.split)
        for maker in parts.PORTAL_PARTS:
            add_part(maker, to=PORTAL)
        for maker in parts.DESK_PARTS:
            add_part(maker, to=DESK)
