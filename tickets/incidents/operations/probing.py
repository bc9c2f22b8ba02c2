"""What the portal's own probe saw becomes what a monitor tells (AVL-5)."""

from datetime import datetime

from django.conf import settings
from django.db.models import QuerySet

from tickets.incidents.domain.alerts import Alert, Message, Turn, words_of
from tickets.incidents.models import HealthAddress, MonitorSource

from .hearing import Heard, hear

ALERT = "health"


def addresses_to_ask() -> QuerySet[HealthAddress]:
    """Nothing while the installation has the probe switched off, which it is unless somebody decides."""
    active = HealthAddress.objects.filter(is_active=True)
    return active.order_by("pk") if settings.PROBE_ENABLED else active.none()


def note_answer(address: HealthAddress, *, is_up: bool, words: str, now: datetime) -> Heard | None:
    """The tenant answered so at `now`. Only a turn is kept; that it was asked shows that somebody watches.

    None where the address has been switched off meanwhile.
    """
    source = MonitorSource.objects.filter(
        tenant=address.tenant_id, kind=MonitorSource.Kind.PROBE, is_active=True
    ).first()
    if source is None:
        return None
    last = source.turns.filter(alert=ALERT).order_by("at", "-is_down").last()
    was_down = last is not None and last.is_down
    if was_down == (not is_up):  # as it was before: nothing turned
        return hear(source, Message(), now=now)
    turn = Turn(ALERT, now, not is_up)
    return hear(source, Message((Alert(ALERT, words_of(address.url, words), (turn,)),)), now=now)
