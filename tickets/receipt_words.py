"""A receipt in whole sentences, on the clock of its zone."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta, tzinfo

from django.utils.translation import gettext as _

from lynnsupport.common.durations import duration_in_words
from lynnsupport.common.moments import describe_instant
from sla.domain.clock_events import Ground
from sla.domain.readings import Pause, Reading
from sla.models import GROUND_LABELS

from .domain.receipt import Day, Outcome, Receipt
from .explanations import pause_reason, target_in_words
from .models.decisions import RULES

_GROUNDS = dict(GROUND_LABELS)


def sentences(
    clock_name: str,
    receipt: Receipt,
    shown: Reading,
    *,
    ended_by: str = "",
    disproved_at: datetime | None = None,
) -> list[str]:
    """Why the deadline falls when it does, what became of it, and what is to be said about the record.

    `ended_by` is what ended a cancelled clock, in words; `disproved_at` the instant of a breach on record
    that what was entered later has disproved.
    """
    told = [why_due(clock_name, receipt), *_outcome(receipt, shown, ended_by)]
    if disproved_at is not None:
        told.append(
            _(
                "A breach at %(at)s had been recorded; what was entered afterwards shows that there was "
                "none. The record stays, marked as disproved."
            )
            % {"at": describe_instant(disproved_at, receipt.zone)}
        )
    return told


def why_due(clock_name: str, receipt: Receipt) -> str:
    """The receipt in one sentence, on the clock of the receipt's zone."""

    def told(at: datetime) -> str:
        return describe_instant(at, receipt.zone)

    facts = {
        "clock": clock_name,
        "target": target_in_words(receipt.target),
        "start": told(receipt.counts_from),
    }
    if receipt.due_at is None and receipt.outcome is Outcome.PAUSED:
        return _("%(clock)s: %(target)s from %(start)s; no deadline yet, %(why)s.") % {
            **facts,
            "why": _why_still(receipt),
        }
    if receipt.due_at is None:
        return _("%(clock)s: %(target)s from %(start)s.") % facts
    facts["due"] = told(receipt.due_at)
    why = _why_not_plainly(receipt)
    if not why:
        return _("%(clock)s: %(target)s from %(start)s → %(due)s.") % facts
    return _("%(clock)s: %(target)s from %(start)s → %(due)s, %(why)s.") % {**facts, "why": why}


def _outcome(receipt: Receipt, shown: Reading, ended_by: str) -> Iterator[str]:
    def told(at: datetime | None) -> str:
        return describe_instant(at, receipt.zone) if at else ""

    match receipt.outcome:
        case Outcome.MET:
            yield _("It was done on %(at)s, in time.") % {"at": told(shown.stopped_at)}
        case Outcome.MET_LATE:
            late = duration_in_words(_late(shown, shown.stopped_at))
            yield _("It was done on %(at)s, %(late)s too late: the deadline was breached (RST-7).") % {
                "at": told(shown.stopped_at),
                "late": late,
            }
        case Outcome.BREACHED:
            yield _("It was not done by then: the deadline is breached (RST-7).")
        case Outcome.EXCUSED:
            ground = shown.excused_for[0]
            facts = {"at": told(shown.excused_since), "why": str(_GROUNDS[ground]), "rule": RULES[ground]}
            yield _("Since %(at)s no deadline applies, because %(why)s (%(rule)s).") % facts
            if shown.breached_at:
                yield _("The breach from before it stays on record, excused (RST-7).")
        case Outcome.CANCELLED:
            yield _("It ended without effect on %(at)s: %(why)s.") % {
                "at": told(shown.cancelled_at),
                "why": ended_by,
            }


def _late(shown: Reading, at: datetime | None) -> timedelta:
    """By how much of what the deadline counts in it was too late."""
    if at is None or shown.due_at is None:
        return timedelta()
    return shown.deciding.measure.between(shown.due_at, at)


def _why_not_plainly(receipt: Receipt) -> str:
    """Why the deadline is not simply so much later; "" where it is."""
    if receipt.pauses:
        return _why_still(receipt)
    if receipt.target.is_elapsed or not receipt.counted:
        return ""
    first = receipt.counted[0]
    if first.start > receipt.counts_from:
        return _("because it was closed until %(opens)s") % {
            "opens": describe_instant(first.start, receipt.zone)
        }
    if len(receipt.counted) > 1:
        return _("because on %(closes)s it closed") % {"closes": describe_instant(first.end, receipt.zone)}
    return ""


def _why_still(receipt: Receipt) -> str:
    if receipt.due_at is None:
        held = [pause for pause in receipt.pauses if pause.end is None]
        return _("because the clock stands still: %(reasons)s") % {"reasons": _reasons(held)}
    return _("because the clock stood still: %(reasons)s") % {"reasons": _reasons(receipt.pauses)}


def _reasons(pauses: Iterable[Pause]) -> str:
    return ", ".join(sorted({pause_reason(pause.reason) for pause in pauses}))


def pause_in_words(pause: Pause, zone: tzinfo) -> str:
    """Since when, until when and why a clock stood still."""
    start = describe_instant(pause.start, zone)
    reason = pause_reason(pause.reason)
    if pause.end is None:
        return _("stands still since %(start)s: %(reason)s") % {"start": start, "reason": reason}
    end = describe_instant(pause.end, zone)
    return _("stood still from %(start)s to %(end)s: %(reason)s") % {
        "start": start,
        "end": end,
        "reason": reason,
    }


def reverted_in_words(ground: Ground, start: datetime, end: datetime, zone: tzinfo) -> str:
    """That a deadline had been excluded, and counts as if it had never been (EXC-3)."""
    return _(
        "was excluded on %(start)s, reverted on %(end)s, so it counts as if it had never been: "
        "%(why)s (%(rule)s, EXC-3)"
    ) % {
        "start": describe_instant(start, zone),
        "end": describe_instant(end, zone),
        "why": str(_GROUNDS[ground]),
        "rule": RULES[ground],
    }


def shift_in_words(day: Day) -> str:
    """That the clocks were changed that day, and how many hours it had."""
    if not day.shift:
        return ""
    hours = duration_in_words(day.whole.end - day.whole.start)  # type: ignore[operator]
    if day.shift < timedelta():
        return _("the clocks were put forward: this day had %(hours)s") % {"hours": hours}
    return _("the clocks were put back: this day had %(hours)s") % {"hours": hours}
