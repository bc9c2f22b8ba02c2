"""The story of a case for who has to speak about it: what happened, what was promised, met or missed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from tickets import queries
from tickets.clock_faces import ClockFace
from tickets.models import Ticket
from tickets.story import tell


@dataclass(frozen=True)
class Line:
    """`kind` and `icon` are those of the `timeline_item` component."""

    at: datetime
    title: str
    by: str = ""
    detail: str = ""
    kind: str = "plain"
    icon: str = "clock"
    is_promise: bool = False


# badge of a clock → (sentence, look, icon)
_ENDINGS = {
    "met": (lambda name: _("Promised and met: %(name)s") % {"name": name}, "ok", "check-circle-fill"),
    "breached": (
        lambda name: _("Promised and missed: %(name)s") % {"name": name},
        "danger",
        "x-octagon-fill",
    ),
    "excused": (lambda name: _("Does not apply: %(name)s") % {"name": name}, "plain", "slash-circle"),
}


def timeline_of(ticket: Ticket, clocks: Iterable[ClockFace]) -> list[Line]:
    """What the customer's side can read of the ticket, and its promises, in order of time; one query."""
    happened = [
        Line(told.at, told.title, told.by, told.detail, told.kind, told.icon)
        for told in tell(queries.story(ticket, with_internal=False))
    ]
    promised = [line for clock in clocks if (line := _promise(clock)) is not None]
    return sorted([*happened, *promised], key=lambda line: line.at)


def _promise(clock: ClockFace) -> Line | None:
    if clock.badge in _ENDINGS and (clock.due_at or clock.stopped_at):
        sentence, look, icon = _ENDINGS[clock.badge]
        at = clock.stopped_at if clock.badge == "met" else clock.due_at or clock.stopped_at
        return Line(at, sentence(clock.name), kind=look, icon=icon, is_promise=True)
    if clock.badge in ("running", "at_risk") and clock.due_at:
        title = _("Promised: %(name)s") % {"name": clock.name}
        return Line(
            clock.due_at, title, kind="warn" if clock.badge == "at_risk" else "plain", is_promise=True
        )
    return None
