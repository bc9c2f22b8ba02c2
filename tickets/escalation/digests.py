"""What a weekly digest tells an executive: what waits, and what the week before brought."""

from datetime import datetime, timedelta

from django.db.models import Q
from django.urls import reverse

from lynnsupport.accounts.models import Deputy, User

from .domain.course import Stage
from .domain.eligibility import Level
from .models import Escalation

WEEK = timedelta(days=7)
IN_FULL = 20


def content_of(person: User, now: datetime) -> dict[str, object]:
    """A mail's context, of the person's own partners and of those they stand in for now."""
    stood_in_for = Deputy.objects.filter(deputy=person, starts_at__lte=now, ends_at__gt=now)
    theirs = Q(ticket__customer__partner__executive=person) | Q(
        ticket__customer__partner__executive__in=stood_in_for.values("executive")
    )
    escalations = Escalation.objects.filter(theirs, level=Level.EXECUTIVE)
    waiting = escalations.filter(settled_at__isnull=True).select_related("ticket__customer__partner")
    open_ones = list(waiting.order_by("acknowledge_by", "pk"))
    last_week = escalations.filter(raised_at__gte=now - WEEK, raised_at__lt=now)
    return {
        "open": [_told(each) for each in open_ones[:IN_FULL]],
        "more": max(len(open_ones) - IN_FULL, 0),
        "raised": last_week.count(),
        "late": last_week.filter(late_at__isnull=False).count(),
        "settled": escalations.filter(settled_at__gte=now - WEEK, settled_at__lt=now).count(),
    }


def _told(escalation: Escalation) -> dict[str, object]:
    ticket = escalation.ticket
    return {
        "number": ticket.number,
        "subject": ticket.subject,
        "customer": ticket.customer.name,
        "partner": ticket.customer.partner.name,
        "severity": ticket.severity,
        "waits": escalation.stage == Stage.WAITING,
        "acknowledge_by": escalation.acknowledge_by.isoformat(),
        "path": reverse("escalation:case", args=[escalation.pk]),
    }
