"""Monitors that only tell when something turned: what they propose is read from all their turns (AVL-5).

Each turn is kept as what it is. So repeats, and messages heard out of order, change nothing of the outcome.
"""

from collections.abc import Sequence
from datetime import datetime

from lynnsupport.accounts.models import Tenant
from lynnsupport.common.intervals import Interval
from tickets.incidents.domain.alerts import Alert, Heard, Recovery
from tickets.incidents.domain.turns import Turn, spans_of
from tickets.incidents.models import MonitorSource, MonitorTurn, Proposal


def propose_from_turns(source: MonitorSource, heard: Heard, *, now: datetime) -> list[Proposal]:
    """Keep the turns, and bring what is proposed in line with them; the proposals that are new.

    The caller holds the source.
    """
    turned = {each.fingerprint: each for each in [*heard.recoveries, *heard.alerts]}
    new: list[Proposal] = []
    for fingerprint, last in turned.items():
        _store(
            source,
            [each for each in (*heard.alerts, *heard.recoveries) if each.fingerprint == fingerprint],
            now,
        )
        known = list(Proposal.objects.filter(source=source, fingerprint=fingerprint))
        spans, moved = match(_spans_told(source, fingerprint), known)
        again = _told_again(known, [each for each in heard.alerts if each.fingerprint == fingerprint], now)
        for proposal in {id(each): each for each in (*moved, *again)}.values():
            proposal.save(update_fields=["start", "end", "last_told_at", "told_times"])
        new += [proposal_of(source, last, span, now) for span in spans]
    return new


def proposal_of(source: MonitorSource, alert: Alert | Recovery, span: Interval, now: datetime) -> Proposal:
    """A new one. The monitor's own tenant goes before one that the alert names."""
    words, named = (alert.words, alert.tenant) if isinstance(alert, Alert) else (source.name, "")
    return Proposal.objects.create(
        source=source,
        fingerprint=alert.fingerprint,
        tenant=source.tenant or Tenant.objects.filter(code__iexact=named).first(),
        words=words[:500],
        start=span.start,
        end=span.end,
        first_told_at=now,
        last_told_at=now,
    )


def _store(source: MonitorSource, said: Sequence[Alert | Recovery], now: datetime) -> None:
    turns = [Turn(each.start, True) if isinstance(each, Alert) else Turn(each.at, False) for each in said]
    if source.kind == MonitorSource.Kind.PROBE:  # it tells every minute how it is
        last = source.turns.order_by("at", "-is_down").last()
        turns = [turn for turn in turns if turn.is_down != (last is not None and last.is_down)]
    MonitorTurn.objects.bulk_create(
        (
            MonitorTurn(
                source=source, fingerprint=said[0].fingerprint, at=turn.at, is_down=turn.is_down, told_at=now
            )
            for turn in turns
        ),
        ignore_conflicts=True,
    )


def _spans_told(source: MonitorSource, fingerprint: str) -> list[Interval]:
    rows = MonitorTurn.objects.filter(source=source, fingerprint=fingerprint)
    return spans_of(Turn(at, is_down) for at, is_down in rows.values_list("at", "is_down"))


def _told_again(known: Sequence[Proposal], alerts: Sequence[Alert], now: datetime) -> list[Proposal]:
    """The proposals that alerts are about, with one more telling counted for each."""
    about = [
        proposal
        for alert in alerts
        for proposal in known
        if proposal.start <= alert.start and (proposal.end is None or alert.start <= proposal.end)
    ]
    for proposal in about:
        proposal.told_times += 1
        proposal.last_told_at = max(proposal.last_told_at, now)
    return about


def match(spans: Sequence[Interval], known: Sequence[Proposal]) -> tuple[list[Interval], list[Proposal]]:
    """The spans that no proposal is about yet, and the proposals that know more now; they are changed.

    A proposal's first instant never leaves its span, for what was told stays told; so it is about the span
    that holds it. One whose span has shrunk to nothing was down for no time. Of a decided one only the end is
    still learnt: the decision was about the beginning that its author saw.
    """
    left = {proposal.start: proposal for proposal in known}
    new, moved = [], []
    for span in spans:
        mine = left.pop(span.start, None) or next(
            (left.pop(start) for start in sorted(left) if _holds(span, start)), None
        )
        if mine is None:
            new.append(span)
        elif _moves(mine, span):
            moved.append(mine)
    for proposal in left.values():
        if proposal.end != proposal.start:
            proposal.end = proposal.start
            moved.append(proposal)
    return new, moved


def _holds(span: Interval, moment: datetime) -> bool:
    return span.start <= moment and (span.end is None or moment < span.end)


def _moves(proposal: Proposal, span: Interval) -> bool:
    start = span.start if proposal.state == Proposal.State.PENDING else proposal.start
    if (proposal.start, proposal.end) == (start, span.end):
        return False
    proposal.start, proposal.end = start, span.end
    return True
