"""One month's report: shares, times, breaches, and the year before it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from lynnsupport.accounts.models import User
from lynnsupport.common.intervals import Interval
from sla.domain.targets import RESTORATION_KINDS, ClockKind
from tickets.domain.compliance import Tally, Verdict, percentile, tally

from .cases import RESPONSES, Case, resolutions
from .cases import cases as cases_of
from .months import Month, up_to

MONTHS = 12


@dataclass(frozen=True)
class Line:
    """A group of deadlines: what they have in common, and what became of them."""

    label: tuple[object, ...]
    counts: Tally


@dataclass(frozen=True)
class Times:
    """How long something took: the median and the 90th percentile by nearest rank, of `count` cases.

    A resolution has no target and is told for all severities together.
    """

    what: str
    severity: int | None
    count: int
    median: timedelta | None
    ninetieth: timedelta | None
    elapsed_median: timedelta | None


@dataclass(frozen=True)
class Point:
    month: Month
    responses: Tally
    restorations: Tally


@dataclass(frozen=True)
class Report:
    month: Month
    zone: ZoneInfo
    told_by: datetime
    by_promise: list[Line]  # (kind, severity)
    by_partner: list[Line]
    by_customer: list[Line]  # (partner, customer)
    times: list[Times]
    breaches: list[Case]
    open_now: int
    trend: list[Point]


def report_of(reader: User, month: Month, *, zone: ZoneInfo, told_by: datetime) -> Report:
    """The report of `month` as it was known at `told_by`, over what `reader` may see."""
    year = list(up_to(month, MONTHS))
    span = Interval(year[0].interval(zone).start, month.interval(zone).end)
    found = cases_of(reader, span, told_by=told_by)
    by_month: dict[Month, list[Case]] = {each: [] for each in year}
    for case in found:
        if case.at is not None:
            by_month[Month.of(case.at, zone)].append(case)
    current = by_month[month]
    return Report(
        month=month,
        zone=zone,
        told_by=told_by,
        by_promise=_lines(current, lambda case: (case.kind, case.severity), _promise_order),
        by_partner=_lines(current, lambda case: (case.partner,), _by_name),
        by_customer=_lines(current, lambda case: (case.partner, case.customer), _by_name),
        times=[*_times(current), *_resolution_times(reader, month.interval(zone), told_by)],
        breaches=sorted(
            (case for case in current if case.verdict in (Verdict.LATE, Verdict.MISSED)),
            key=lambda case: (case.due_at, case.clock_id),
        ),
        open_now=sum(case.verdict is Verdict.OPEN for case in found),
        trend=[_point(each, by_month[each]) for each in year],
    )


_ORDER = {kind: place for place, kind in enumerate(ClockKind)}


def _promise_order(label: tuple) -> tuple:
    kind, severity = label
    return _ORDER[ClockKind(kind)], severity


def _by_name(label: tuple) -> tuple:
    return tuple(str(part).casefold() for part in label)


def _lines(
    found: Iterable[Case], label_of: Callable[[Case], tuple], order: Callable[[tuple], tuple]
) -> list[Line]:
    groups: dict[tuple, list[Verdict]] = {}
    for case in found:
        groups.setdefault(label_of(case), []).append(case.verdict)
    return [Line(label, tally(groups[label])) for label in sorted(groups, key=order)]


def _point(month: Month, found: Sequence[Case]) -> Point:
    def of(kinds: frozenset[ClockKind]) -> Tally:
        return tally(case.verdict for case in found if case.kind in kinds)

    # The goal of a severity 1 is an aim; what is promised is the commitment (RST-1).
    return Point(month, of(RESPONSES), of(RESTORATION_KINDS - {ClockKind.RESTORATION_GOAL}))


TIMED = (ClockKind.FIRST_RESPONSE, ClockKind.RESTORATION)
RESOLUTION = "resolution"


def _times(found: Sequence[Case]) -> Iterable[Times]:
    for kind in TIMED:
        for severity in (1, 2, 3):
            done = [case for case in found if (case.kind, case.severity) == (kind, severity) and case.done_at]
            if done:
                yield _time(
                    kind,
                    severity,
                    [case.spent for case in done if case.spent is not None],
                    [case.elapsed for case in done if case.elapsed is not None],
                )


def _resolution_times(reader: User, span: Interval, told_by: datetime) -> Iterable[Times]:
    solved = list(resolutions(reader, span, told_by=told_by))
    if solved:
        yield _time(RESOLUTION, None, [each.spent for each in solved], [each.elapsed for each in solved])


def _time(what: str, severity: int | None, spent: list[timedelta], elapsed: list[timedelta]) -> Times:
    return Times(
        what, severity, len(spent), percentile(spent, 50), percentile(spent, 90), percentile(elapsed, 50)
    )
