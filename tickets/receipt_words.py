"""A receipt in whole sentences, on the clock of its zone."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta, tzinfo

from django.utils.translation import gettext as _

from lynnsupport.common.durations import duration_in_words
from lynnsupport.common.moments import describe_instant
from sla.domain.readings import Exclusion, Pause, Reading
from sla.models import GROUND_LABELS

from .domain.receipt import PAUSE_RULES, Outcome, Receipt
from .domain.receipt_changes import Change
from .domain.receipt_days import Day, total
from .explanations import date_in_words, pause_reason, target_in_words
from .models.decisions import RULES

_GROUNDS = dict(GROUND_LABELS)


def sentences(
    clock_name: str,
    receipt: Receipt,
    shown: Reading,
    *,
    changes: Iterable[Change] = (),
    ended_by: str = "",
    disproved_at: datetime | None = None,
) -> list[str]:
    """Why the deadline falls when it does, what became of it, and what is to be said about the record.

    `changes` are those of its target; `ended_by` is what ended a cancelled clock, in words; `disproved_at`
    the instant of a breach on record that what was entered later has disproved.
    """
    told = [
        why_due(clock_name, receipt),
        *(change_in_words(change, receipt.zone) for change in changes if change.after and not change.is_kept),
        *unusual_days(receipt),
        *_outcome(receipt, shown, ended_by),
        *(reverted_in_words(each, receipt.zone) for each in shown.exclusions if each.end),
    ]
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
    if receipt.due_at is None:
        if receipt.outcome is not Outcome.PAUSED:
            return _("%(clock)s: %(target)s from %(start)s.") % facts
        held = [pause for pause in receipt.pauses if pause.end is None]
        return _(
            "%(clock)s: %(target)s from %(start)s; no deadline yet, because the clock stands still: "
            "%(reasons)s."
        ) % {**facts, "reasons": _reasons(held)}
    facts["due"] = told(receipt.due_at)
    if receipt.pauses:
        return _(
            "%(clock)s: %(target)s from %(start)s → %(due)s, because the clock stood still: %(reasons)s."
        ) % {**facts, "reasons": _reasons(receipt.pauses)}
    if not receipt.target.is_elapsed and receipt.counted:
        first = receipt.counted[0]
        if first.start > receipt.counts_from:
            return _(
                "%(clock)s: %(target)s from %(start)s → %(due)s, because it was closed until %(opens)s."
            ) % {**facts, "opens": told(first.start)}
        if first.end is not None and len(receipt.counted) > 1:
            return _("%(clock)s: %(target)s from %(start)s → %(due)s, because on %(closes)s it closed.") % {
                **facts,
                "closes": told(first.end),
            }
    return _("%(clock)s: %(target)s from %(start)s → %(due)s.") % facts


def change_in_words(change: Change, zone: tzinfo) -> str:
    """What a change of severity or a new version made of the target; `change.after` is one."""
    before, after = change.before, change.after
    if after is None:
        raise ValueError("a change that ended the clock is told with what ended it")
    facts = {"at": describe_instant(change.at, zone), "after": target_in_words(after)}
    if before is None:
        return _("It applies since severity %(severity)d was decided on %(at)s (SEV-5).") % {
            **facts,
            "severity": after.severity,
        }
    facts["before"] = target_in_words(before)
    if before.severity != after.severity:
        return _(
            "On %(at)s severity %(old)d became severity %(new)d: the target is %(after)s instead of "
            "%(before)s (SEV-5)."
        ) % {**facts, "old": before.severity, "new": after.severity}
    if (before.amount, before.unit) == (after.amount, after.unit):
        return _("On %(at)s a new version of the business calendar was applied to it (SUP-1).") % facts
    return (
        _(
            "On %(at)s a new version of what is promised was applied to it: the target is %(after)s instead "
            "of %(before)s (SUP-1)."
        )
        % facts
    )


def unusual_days(receipt: Receipt) -> Iterator[str]:
    """The days on the way that are not like others, in order: holidays, other hours, other lengths."""
    told = [(day, holiday_in_words(date_in_words(day), name)) for day, name in receipt.holidays]
    for each in receipt.special_days:
        facts = {"day": date_in_words(each.first), "name": each.special}
        told.append((each.first, _("On %(day)s business hours are not the usual ones: %(name)s.") % facts))
    told += [(each.first, clock_change_in_words(each)) for each in receipt.clock_changes]
    return (sentence for _day, sentence in sorted(told, key=lambda pair: pair[0]))


def holiday_in_words(day: str, name: str) -> str:
    return _("%(day)s does not count, because it is a holiday: %(name)s.") % {"day": day, "name": name}


def clock_change_in_words(day: Day) -> str:
    facts = {
        "day": date_in_words(day.first),
        "hours": duration_in_words(total([day.whole])),
        "counted": duration_in_words(day.length),
    }
    if day.shift < timedelta():
        return (
            _("On %(day)s the clocks go forward: the day has %(hours)s, of which %(counted)s count.") % facts
        )
    return _("On %(day)s the clocks go back: the day has %(hours)s, of which %(counted)s count.") % facts


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


def _reasons(pauses: Iterable[Pause]) -> str:
    return ", ".join(sorted({pause_reason(pause.reason) for pause in pauses}))


def pause_in_words(pause: Pause, zone: tzinfo) -> str:
    """Since when, until when and why a clock stood still."""
    facts = {
        "start": describe_instant(pause.start, zone),
        "reason": pause_reason(pause.reason),
        "rule": PAUSE_RULES[pause.reason],
    }
    if pause.end is None:
        return _("stands still since %(start)s: %(reason)s (%(rule)s)") % facts
    facts["end"] = describe_instant(pause.end, zone)
    return _("stood still from %(start)s to %(end)s: %(reason)s (%(rule)s)") % facts


def reverted_in_words(exclusion: Exclusion, zone: tzinfo) -> str:
    """That a deadline had been excluded, and counts as if it had never been (EXC-3)."""
    return _(
        "It had been excluded on %(start)s, because %(why)s (%(rule)s); that was reverted on %(end)s, and it "
        "counts as if it had never been (EXC-3)."
    ) % {
        "start": describe_instant(exclusion.start, zone),
        "end": describe_instant(exclusion.end, zone) if exclusion.end else "",
        "why": str(_GROUNDS[exclusion.ground]),
        "rule": RULES[exclusion.ground],
    }


def shift_in_words(day: Day) -> str:
    """For the row of a day: that the clocks were changed that day, and how many hours it had."""
    if not day.shift:
        return ""
    hours = duration_in_words(total([day.whole]))
    if day.shift < timedelta():
        return _("the clocks were put forward: this day had %(hours)s") % {"hours": hours}
    return _("the clocks were put back: this day had %(hours)s") % {"hours": hours}
