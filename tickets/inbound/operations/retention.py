"""When a mail's bytes go: never while anybody may still need them, and never before the settings say so."""

from datetime import datetime, timedelta

from django.conf import settings

from tickets.inbound.domain.outcomes import Kind
from tickets.inbound.models import InboundMail


def erase_old(*, now: datetime, limit: int = 500) -> int:
    """Erase the bytes of what was set aside or rejected longer than `MAIL_RETENTION_DAYS` ago (0: never).

    The row stays: that it came, from whom, when, its digest, how it ended and who decided, so the same bytes
    would still be known. What is on a ticket stays whole, and so does what waits for a decision.
    """
    days = settings.MAIL_RETENTION_DAYS
    if not days:
        return 0
    before = now - timedelta(days=days)
    set_aside = InboundMail.objects.filter(
        erased_at__isnull=True, message__isnull=True, received_at__lt=before
    )
    due = set_aside.filter(outcome__in=[Kind.IGNORED, Kind.BOUNCE]) | set_aside.filter(
        outcome=Kind.QUARANTINED, decided_at__lt=before
    )
    chosen = list(due.order_by("received_at").values_list("pk", flat=True)[:limit])
    return InboundMail.objects.filter(pk__in=chosen, erased_at__isnull=True).update(raw=b"", erased_at=now)
