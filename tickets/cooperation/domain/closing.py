"""The customer's term: since when a case waits for its customer, when the notice goes out, when it closes.

CRP-1 and CRP-2 count whole business days: the day on which the wait began is not counted, the notice goes
out at the end of the second one, the case closes at the end of the third. A term is a function of instants,
calendar and terms; nothing is kept between two readings. The conventions:

- What an instant brings, it brings at that instant: at `closes_at` the case is closed, a second before not.
- A term never ends without its notice, and never without the time that the notice promises. Where the
  notice goes out late (the portal stood still) and open hours were lost by that, the case closes at the end
  of as many business days after the notice as the terms put between the two. Where no open hour was lost,
  nothing moves: a notice at midnight is as good as one at closing time.
- The closing itself may be noticed late: it is true since `closes_at`.
- Support may grant more time than the terms do; then the case closes at the end of the business day on
  which that time ends (of the next one, if nobody works then). The notice goes out as ever.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

NO_TIME = timedelta()


class Calendar(Protocol):
    """`sla.domain.business_time.BusinessCalendar`, as far as a term needs it."""

    def between(self, start: datetime, end: datetime) -> timedelta: ...
    def end_of_business_day(self, start: datetime, nth: int) -> datetime: ...


@dataclass(frozen=True, slots=True)
class Days:
    """Policy data, in business days. ValueError unless the notice comes at least a day before the closing."""

    notice: int
    closing: int

    def __post_init__(self) -> None:
        if not 0 < self.notice < self.closing:
            raise ValueError(
                f"a notice after {self.notice} days must come before closing after {self.closing}"
            )


class Step(StrEnum):
    """What is to be done about a term."""

    WAIT = "wait"
    ANNOUNCE = "announce"
    CLOSE = "close"


@dataclass(frozen=True, slots=True)
class Term:
    """`closes_at` counts for a notice that goes out in time; see `closes_at_after`."""

    began_at: datetime
    notice_at: datetime
    closes_at: datetime

    def closes_at_after(self, announced_at: datetime, calendar: Calendar, days: Days) -> datetime:
        """When the case closes, its notice having gone out at `announced_at`."""
        if calendar.between(self.notice_at, announced_at) == NO_TIME:
            return self.closes_at
        return max(self.closes_at, calendar.end_of_business_day(announced_at, days.closing - days.notice))


def term(
    began_at: datetime, calendar: Calendar, days: Days, *, granted_until: datetime | None = None
) -> Term:
    """The term of a case that waits since `began_at` (aware; ValueError otherwise).

    `granted_until`: the latest due time that support has stated, where it has stated one.
    """
    closes_at = calendar.end_of_business_day(began_at, days.closing)
    if granted_until is not None and granted_until > closes_at:
        # The first business day after the day before: that very day, if anybody works on it.
        closes_at = max(closes_at, _end_of_day_at(granted_until, calendar))
    return Term(
        began_at=began_at,
        notice_at=calendar.end_of_business_day(began_at, days.notice),
        closes_at=closes_at,
    )


def _end_of_day_at(moment: datetime, calendar: Calendar) -> datetime:
    """The end of the business day at or after `moment`."""
    day_before = calendar.end_of_business_day(moment - timedelta(days=1), 1)
    return day_before if day_before >= moment else calendar.end_of_business_day(moment, 1)


def next_step(term: Term, *, announced_at: datetime | None, closes_at: datetime, now: datetime) -> Step:
    """What is due at `now`. A case whose notice has not gone out is never closed."""
    if announced_at is None:
        return Step.ANNOUNCE if now >= term.notice_at else Step.WAIT
    return Step.CLOSE if now >= closes_at else Step.WAIT


def began_at(
    waits_since: datetime, *, questions: Iterable[datetime], said: Iterable[tuple[datetime, bool]]
) -> datetime | None:
    """Since when nothing is owed but the customer's answer; None while support owes one (CRP-3).

    `waits_since`: since when the case is in its state. `questions`: when each question that is still open was
    asked; the customer has the whole term for the last of them. `said`: instant of each public message since
    then in order, and whether it is the customer's: what support answers starts the term anew.
    """
    since, owes = max(waits_since, *questions, waits_since), False
    for at, by_customer in said:
        if by_customer:
            owes = True
        elif owes:
            since, owes = max(since, at), False
    return None if owes else since
