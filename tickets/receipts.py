"""The receipt of a stored clock: its reading, what it rests on, what happened to it and by what cause."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db.models import Prefetch

from sla.domain.calendar_definition import CalendarDefinition
from sla.domain.clock_events import Retargeted, Started
from sla.domain.readings import ClockState, Promise, Reading
from sla.models import CalendarVersion
from sla.queries import calendar_of, domain_calendar

from .domain.receipt import Receipt, receipt_of
from .domain.receipt_changes import Change, changes_of
from .domain.receipt_days import NO_NAMES, Names
from .models import ClockMilestone, SlaClock, StoredClockEvent, Ticket
from .operations import reading

_EVENTS = Prefetch(
    "events", StoredClockEvent.objects.select_related("cause__by", "cause__contact").order_by("sequence")
)


@dataclass(frozen=True)
class Slip:
    """A clock of a ticket as its receipt tells it.

    `calendar_version` is the one that the deciding promise counts in, which may be older than the ticket's
    own; `changes` name the place of their event in `events`; `disproved_at` is the instant of a breach on
    record that is none any more.
    """

    ticket: Ticket
    clock: SlaClock
    shown: Reading
    receipt: Receipt
    calendar_version: CalendarVersion
    events: Sequence[StoredClockEvent]
    changes: Sequence[Change]
    milestones: Sequence[ClockMilestone]
    disproved_at: datetime | None


def find_clock(ticket: Ticket, kind: str, clock_id: int | None = None) -> SlaClock | None:
    """That clock of the ticket, else its latest of that kind: next responses may be several (RSP-4).

    With its events and their causes, its milestones and its versions.
    """
    clocks = SlaClock.objects.filter(ticket=ticket, kind=kind)
    if clock_id is not None:
        clocks = clocks.filter(pk=clock_id)
    clocks = clocks.select_related("policy_version__policy", "calendar_version__calendar")
    return clocks.prefetch_related(_EVENTS, "milestones").order_by("-started_at", "-id").first()


def slip_of(ticket: Ticket, clock: SlaClock, now: datetime, *, reader_zone: ZoneInfo) -> Slip:
    """The receipt at `now` of a clock from `find_clock`.

    Business time is told on the calendar's days, elapsed time on the reader's.
    """
    shown = reading(clock, now)
    version = _calendar_version(clock, shown.deciding)
    zone, names = reader_zone, NO_NAMES
    if not shown.deciding.target.is_elapsed:
        definition = CalendarDefinition.from_data(version.definition)
        zone = ZoneInfo(definition.time_zone)
        specials = {day: special.name for day, special in definition.special.items()}
        names = Names(definition.closed, specials)
    milestones = sorted(clock.milestones.all(), key=lambda fact: (fact.at, fact.percent))
    return Slip(
        ticket=ticket,
        clock=clock,
        shown=shown,
        receipt=receipt_of(shown, zone=zone, names=names),
        calendar_version=version,
        events=list(clock.events.all()),
        changes=changes_of(
            clock.domain_events(), domain_calendar(clock.calendar_version), calendar_of=calendar_of
        ),
        milestones=milestones,
        disproved_at=_disproved_at(shown, milestones),
    )


def _calendar_version(clock: SlaClock, promise: Promise) -> CalendarVersion:
    """The version whose calendar was named last when the promise was made."""
    digest = clock.calendar_version.digest
    for event in clock.domain_events():
        if isinstance(event, Started | Retargeted) and event.at <= promise.made_at and event.calendar:
            digest = event.calendar
    if digest == clock.calendar_version.digest:
        return clock.calendar_version
    return CalendarVersion.objects.select_related("calendar").filter(digest=digest)[0]


def _disproved_at(shown: Reading, milestones: Sequence[ClockMilestone]) -> datetime | None:
    """RST-7 keeps what was recorded; something entered later may show that it was not so."""
    if shown.breached_at is not None or shown.state is ClockState.CANCELLED:
        return None
    return next((fact.at for fact in milestones if fact.percent == ClockMilestone.BREACH), None)
