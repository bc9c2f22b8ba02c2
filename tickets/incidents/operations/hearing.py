"""What monitors say is kept, and turned into proposals for a person to decide about (AVL-5)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import reduce
from operator import or_

from django.db import transaction
from django.db.models import Q

from lynnsupport.accounts.models import Tenant
from lynnsupport.common.intervals import Interval
from lynnsupport.outbox.operations import enqueue
from tickets.incidents import notifications_of_monitors as notifications
from tickets.incidents.domain.alerts import Alert, Message, Turn, spans_of
from tickets.incidents.models import MonitorGap, MonitorSource, MonitorTurn, Proposal


@dataclass(frozen=True, slots=True)
class Heard:
    """What a message came to: proposals that are new, and alerts in it that could not be read."""

    proposed: int
    unread: int


@transaction.atomic
def hear(source: MonitorSource, message: Message, *, now: datetime) -> Heard:
    """Keep what the monitor says, once; derive from all it ever said what it proposes.

    Told again, out of order, or its end before its beginning, the outcome is the same. What a person has
    decided stays; of a decided proposal only its end is still learnt.
    """
    source = MonitorSource.objects.select_for_update().get(pk=source.pk)
    note_life(source, now=now)
    if not message.alerts:
        return Heard(0, message.unread)
    MonitorTurn.objects.bulk_create(
        (
            MonitorTurn(source=source, alert=turn.alert, at=turn.at, is_down=turn.is_down, told_at=now)
            for alert in message.alerts
            for turn in alert.turns
        ),
        ignore_conflicts=True,
    )
    told = {alert.fingerprint: alert for alert in message.alerts}
    turns, known = _turns(source, told), _proposals(source, told)
    tenants = _Tenants(source, told.values())
    created: list[Proposal] = []
    changed: list[Proposal] = []
    for name, alert in told.items():
        new_spans, moved = _follow(spans_of(turns[name]), known[name])
        created += [_proposal(source, alert, tenants.of(alert), span, now) for span in new_spans]
        changed += {id(each): each for each in [*moved, *_told_again(known[name], alert, now)]}.values()
    for proposal in changed:
        proposal.save(update_fields=["start", "end", "last_told_at", "told_times"])
    created = Proposal.objects.bulk_create(created)
    enqueue(notifications.outages_proposed(source, created), now=now)
    return Heard(len(created), message.unread)


def note_life(source: MonitorSource, *, now: datetime) -> None:
    """It was heard; a silence before that was longer than it should be is a gap. The caller holds it."""
    last = source.last_heard_at
    if last is not None and source.silent_after and now - last > timedelta(seconds=source.silent_after):
        MonitorGap.objects.get_or_create(source=source, start=last, defaults={"end": now})
    source.watched_since = source.watched_since or now
    source.last_heard_at = max(last, now) if last else now
    source.save(update_fields=["watched_since", "last_heard_at"])


def _turns(source: MonitorSource, names: Iterable[str]) -> Mapping[str, list[Turn]]:
    found: dict[str, list[Turn]] = defaultdict(list)
    rows = MonitorTurn.objects.filter(source=source, alert__in=list(names))
    for alert, at, is_down in rows.values_list("alert", "at", "is_down"):
        found[alert].append(Turn(alert, at, is_down))
    return found


def _proposals(source: MonitorSource, names: Iterable[str]) -> Mapping[str, list[Proposal]]:
    found: dict[str, list[Proposal]] = defaultdict(list)
    for proposal in Proposal.objects.filter(source=source, fingerprint__in=list(names)):
        found[proposal.fingerprint].append(proposal)
    return found


class _Tenants:
    """Whom an alert is about: the monitor's own tenant, else the one that the alert names."""

    def __init__(self, source: MonitorSource, alerts: Iterable[Alert]) -> None:
        self._own = source.tenant_id
        named = {alert.tenant for alert in alerts if alert.tenant} if self._own is None else set()
        wanted = reduce(or_, (Q(code__iexact=code) for code in named), Q(pk__in=[]))
        found = Tenant.objects.filter(wanted).values_list("code", "pk") if named else ()
        self._by_code = {code.lower(): pk for code, pk in found}

    def of(self, alert: Alert) -> int | None:
        return self._own or self._by_code.get(alert.tenant.lower())


def _follow(spans: Sequence[Interval], known: Sequence[Proposal]) -> tuple[list[Interval], list[Proposal]]:
    """The spans that no proposal is about yet, and the proposals that know more now; they are changed.

    A proposal's first instant never leaves its span, for what was told stays told; so it is about the span
    that holds it. One whose span has shrunk to nothing was down for no time.
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
    """Whether it changes; a person's decision was about the beginning that they saw."""
    start = span.start if proposal.state == Proposal.State.PENDING else proposal.start
    if (proposal.start, proposal.end) == (start, span.end):
        return False
    proposal.start, proposal.end = start, span.end
    return True


def _told_again(known: Iterable[Proposal], alert: Alert, now: datetime) -> list[Proposal]:
    """The proposals that the alert is about, with one more telling counted."""
    at = alert.turns[0].at
    about = [each for each in known if each.start <= at and (each.end is None or at <= each.end)]
    for proposal in about:
        proposal.last_told_at = max(proposal.last_told_at, now)
        proposal.told_times += 1
    return about


def _proposal(
    source: MonitorSource, alert: Alert, tenant: int | None, span: Interval, now: datetime
) -> Proposal:
    return Proposal(
        source=source,
        fingerprint=alert.fingerprint,
        tenant_id=tenant,
        words=alert.words or source.name,
        start=span.start,
        end=span.end,
        first_told_at=now,
        last_told_at=now,
    )
