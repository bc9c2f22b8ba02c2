"""What time does to escalations: not acknowledged in time, their ticket closed, the digest of the week."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import IntegrityError, transaction

from lynnsupport.accounts.domain.roles import Role
from lynnsupport.accounts.models import User
from lynnsupport.outbox.operations import enqueue
from tickets.escalation import notifications
from tickets.escalation.digests import content_of
from tickets.escalation.domain.course import Stage, Step
from tickets.escalation.models import Digest, Escalation
from tickets.escalation.queries import due_for_check, in_charge, of_closed_tickets

from .desk import settle_closed
from .record import held, take_step

BATCH = 200


@dataclass(frozen=True)
class Swept:
    """How many facts were new."""

    late: int
    settled: int
    digests: int


def sweep_escalations(*, now: datetime) -> Swept:
    """Everything that has become true by `now`, once, whoever notices it and however late."""
    return Swept(late=_note_late(now), settled=_settle_closed(now), digests=_send_digests(now))


def _note_late(now: datetime) -> int:
    found = 0
    while due := list(due_for_check(now).values_list("pk", flat=True)[:BATCH]):
        found += sum(_note_one(pk, now) for pk in due)
    return found


@transaction.atomic
def _note_one(pk: int, now: datetime) -> int:
    """A breach of the time to acknowledge is true since that time, whenever it is noticed."""
    escalation = held(Escalation(pk=pk))
    if escalation.next_check_at is None or escalation.next_check_at > now:
        return 0
    escalation.next_check_at = None
    if escalation.stage != Stage.WAITING or escalation.late_at is not None:
        escalation.save()
        return 0
    escalation.late_at = escalation.acknowledge_by
    take_step(escalation, Step.LATE, at=escalation.acknowledge_by, now=now)
    people = in_charge(escalation.ticket.customer.partner, now)
    enqueue(notifications.late(escalation, people), now=now)
    return 1


def _settle_closed(now: datetime) -> int:
    closed = list(of_closed_tickets().values_list("pk", "closed_at")[:BATCH])
    for pk, closed_at in closed:
        with transaction.atomic():
            escalation = held(Escalation(pk=pk))
            if escalation.is_open:
                settle_closed(escalation, at=max(closed_at, escalation.stage_since), now=now)
    return len(closed)


def _send_digests(now: datetime) -> int:
    """To each executive once an ISO week, from Monday morning on their own clock."""
    executives = User.objects.filter(role=Role.EXECUTIVE, is_active=True).order_by("pk")
    weeks = {person: week for person in executives if (week := _week_due(person, now))}
    years = {year for year, _ in weeks.values()}
    sent = set(
        Digest.objects.filter(executive__in=weeks, iso_year__in=years).values_list(
            "executive", "iso_year", "iso_week"
        )
    )
    due = [(person, week) for person, week in weeks.items() if (person.pk, *week) not in sent]
    return sum(_send_digest(person, *week, now=now) for person, week in due)


def _week_due(person: User, now: datetime) -> tuple[int, int] | None:
    """The ISO year and week of `now` where the person is; None before its Monday's hour."""
    zone = ZoneInfo(person.time_zone)
    local = now.astimezone(zone)
    monday = local.date() - timedelta(days=local.weekday())
    if now < datetime.combine(monday, time(settings.ESCALATION_DIGEST_HOUR), zone):
        return None
    calendar = local.date().isocalendar()
    return calendar.year, calendar.week


def _send_digest(person: User, year: int, week: int, *, now: datetime) -> int:
    try:
        with transaction.atomic():
            Digest.objects.create(executive=person, iso_year=year, iso_week=week, sent_at=now)
            name = f"{year}-W{week:02}"
            enqueue([notifications.digest(person, name, content_of(person, now))], now=now)
    except IntegrityError:  # another worker was faster
        return 0
    return 1
