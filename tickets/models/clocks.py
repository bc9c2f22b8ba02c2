"""The clocks of a ticket, the events that are their truth, and the facts that became true on them."""

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.utils.translation import gettext_lazy as _

from sla.domain.clock_events import ClockEvent, EventKind, from_record, to_record
from sla.domain.readings import ClockState
from sla.domain.targets import ClockKind
from sla.models import Clock

from .record import AppendOnly, TicketEvent
from .ticket import Ticket

# The order in which people read them: what falls due first comes first.
_READING_ORDER = (
    ClockKind.FIRST_RESPONSE,
    ClockKind.NEXT_RESPONSE,
    ClockKind.RESTORATION_GOAL,
    ClockKind.RESTORATION,
    ClockKind.RCA,
)


class SlaClockQuerySet(models.QuerySet["SlaClock"]):
    def in_reading_order(self) -> Self:
        order = Case(*(When(kind=kind, then=Value(place)) for place, kind in enumerate(_READING_ORDER)))
        return self.order_by(order, "id")

    def unsettled(self) -> Self:
        """What still can fall due or is overdue and unanswered."""
        return self.filter(
            state__in=[ClockState.RUNNING, ClockState.PAUSED, ClockState.BREACHED], stopped_at__isnull=True
        )

    def running_first(self) -> Self:
        """For rows of a list: unsettled clocks, the earliest deadline first."""
        return self.unsettled().order_by(F("due_at").asc(nulls_last=True), "id")

    def for_rows(self) -> Self:
        """For rows of a list: what `running_first` gives, and after it what is excused."""
        is_excused = Case(When(state=ClockState.EXCUSED, then=Value(1)), default=Value(0))
        shown = Q(state=ClockState.EXCUSED) | Q(
            state__in=[ClockState.RUNNING, ClockState.PAUSED, ClockState.BREACHED], stopped_at__isnull=True
        )
        return self.filter(shown).order_by(is_excused, F("due_at").asc(nulls_last=True), "id")


class SlaClock(Clock):
    """One promise on a ticket. A projection of its events: `manage.py verify_clocks` can rebuild it."""

    ticket = models.ForeignKey(
        Ticket, on_delete=models.PROTECT, related_name="clocks", verbose_name=_("ticket")
    )

    objects = SlaClockQuerySet.as_manager()

    class Meta(Clock.Meta):
        verbose_name = _("clock")
        verbose_name_plural = _("clocks")
        indexes = [
            *Clock.Meta.indexes,
            models.Index(
                fields=["ticket"],
                name="clock_overdue",
                condition=Q(state=ClockState.BREACHED, stopped_at__isnull=True),
            ),
        ]
        constraints = [
            *Clock.Meta.constraints,
            # RSP-4 starts a next-response clock each time, RCA-1 one for each restoration that did not
            # hold; of the others a ticket has one.
            models.UniqueConstraint(
                fields=["ticket", "kind"],
                condition=~Q(kind__in=[ClockKind.NEXT_RESPONSE, ClockKind.RCA]),
                name="clock_once_per_kind",
            ),
        ]

    @property
    def is_unsettled(self) -> bool:
        return self.stopped_at is None and self.state not in (ClockState.CANCELLED, ClockState.EXCUSED)

    def domain_events(self) -> list[ClockEvent]:
        """The events as the stopwatch reads them, in the order in which they were recorded."""
        rows = sorted(self.events.all(), key=lambda row: row.sequence)
        return [from_record(row.kind, row.at, row.data) for row in rows]


class StoredClockEvent(AppendOnly):
    """One event of a clock and what on the ticket caused it. Never changed, only added."""

    KIND_LABELS = [
        (EventKind.STARTED, _("Started")),
        (EventKind.PAUSED, _("Paused")),
        (EventKind.RESUMED, _("Resumed")),
        (EventKind.RETARGETED, _("Target changed")),
        (EventKind.STOPPED, _("Stopped")),
        (EventKind.REOPENED, _("Reopened")),
        (EventKind.CANCELLED, _("Ended without effect")),
        (EventKind.EXCLUDED, _("Excluded")),
        (EventKind.READMITTED, _("Exclusion reverted")),
    ]

    # The clock leads the unique key, whose index serves to find its events.
    clock = models.ForeignKey(SlaClock, on_delete=models.PROTECT, related_name="events", db_index=False)
    sequence = models.PositiveIntegerField()
    kind = models.CharField(_("what"), max_length=12, choices=KIND_LABELS)
    at = models.DateTimeField(_("at"))
    data = models.JSONField(default=dict)
    cause = models.ForeignKey(TicketEvent, on_delete=models.PROTECT, related_name="clock_events")
    recorded_at = models.DateTimeField(_("recorded at"))

    class Meta:
        verbose_name = _("clock event")
        verbose_name_plural = _("clock events")
        ordering = ["clock", "sequence"]
        constraints = [
            models.UniqueConstraint(fields=["clock", "sequence"], name="clock_event_sequence_once")
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {self.at:%Y-%m-%d %H:%M}"

    @classmethod
    def of(
        cls, clock: SlaClock, event: ClockEvent, *, sequence: int, cause: TicketEvent, now: datetime
    ) -> Self:
        """The row that keeps `event`; the caller stores it."""
        kind, at, data = to_record(event)
        return cls(clock=clock, sequence=sequence, kind=kind, at=at, data=data, cause=cause, recorded_at=now)


class ClockMilestone(AppendOnly):
    """A warning or the breach: true since `at`, noticed at `recorded_at`, kept once (RST-7, RST-8)."""

    BREACH = 100

    # As of events: the unique key begins with the clock.
    clock = models.ForeignKey(SlaClock, on_delete=models.PROTECT, related_name="milestones", db_index=False)
    percent = models.PositiveSmallIntegerField(_("percent of the target"))
    at = models.DateTimeField(_("true since"))
    recorded_at = models.DateTimeField(_("noticed at"))

    class Meta:
        verbose_name = _("milestone of a clock")
        verbose_name_plural = _("milestones of clocks")
        ordering = ["at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["clock", "percent", "at"], name="milestone_once"),
            models.UniqueConstraint(fields=["clock"], condition=Q(percent=100), name="milestone_one_breach"),
            models.CheckConstraint(condition=Q(percent__gt=0, percent__lte=100), name="milestone_percent"),
        ]

    def __str__(self) -> str:
        return f"{self.clock} · {self.percent} %"
