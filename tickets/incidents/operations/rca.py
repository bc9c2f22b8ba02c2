"""RCA-1: the root cause analysis: drafted, handed in, approved by another, published to all at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from lynnsupport.accounts.models import User
from lynnsupport.common.refusal import Refused
from lynnsupport.outbox.operations import enqueue
from tickets.incidents import notifications
from tickets.incidents.analysis import facts_of, holes_of
from tickets.incidents.domain.rca import SECTIONS, Moment
from tickets.incidents.models import AffectedTenant, Entry, Incident, Rca, RcaAction, RcaDowntime, RcaMoment
from tickets.models import Ticket, TicketEvent
from tickets.operations.record import locked as locked_ticket
from tickets.operations.record import record, save

from .deadlines import stop_rca_clocks
from .record import locked, note
from .rights import require, require_words
from .terms import stop_rca_term

Stage = Rca.Stage


@dataclass(frozen=True)
class ActionSaid:
    """An action as the form has it."""

    kind: RcaAction.Kind
    words: str
    owner: str
    due_on: date | None


@transaction.atomic
def start_rca(incident: Incident, *, by: User, now: datetime) -> Rca:
    """The version in the making; a new one where there is none, which begins as the published one ended."""
    require(by, "incidents.write_rca", "RCA-1")
    incident = locked(incident)
    last = incident.rcas.order_by("number").last()
    if last and not last.is_published:
        return last
    prose = {section: getattr(last, section) for section in SECTIONS} if last else {}
    rca = Rca.objects.create(
        incident=incident, number=last.number + 1 if last else 1, drafted_by=by, drafted_at=now, **prose
    )
    rca.authors.add(by)
    if last:
        _store_timeline(rca, [Moment(row.at, row.words) for row in last.timeline.all()])
        for action in last.actions.all():
            action.pk, action.rca, action._state.adding = None, rca, True
            action.save()
    note(incident, Entry.Kind.RCA_STARTED, now=now, by=by, words=str(rca.number))
    return rca


@transaction.atomic
def save_rca(
    rca: Rca,
    *,
    by: User,
    prose: Mapping[str, str],
    timeline: Sequence[Moment],
    actions: Sequence[ActionSaid],
    now: datetime,
) -> Rca:
    """What the draft says now, with the downtime that counts now; it may have holes until it is handed in."""
    require(by, "incidents.write_rca", "RCA-1")
    rca = _held(rca)
    if rca.stage != Stage.DRAFT:
        raise Refused(
            _("It is no draft any more."), rule="RCA-1", instead=_("Have it sent back, then go on writing.")
        )
    for section in SECTIONS:
        setattr(rca, section, prose.get(section, "").strip())
    rca.save()
    rca.authors.add(by)
    _store_timeline(rca, timeline)
    _store_actions(rca, actions)
    take_downtime(rca, now=now)
    return rca


@transaction.atomic
def submit_rca(rca: Rca, *, by: User, now: datetime) -> Rca:
    """Hand it in for another to approve; the downtime is taken as it stands. Twice is once."""
    require(by, "incidents.write_rca", "RCA-1")
    rca = _held(rca)
    if rca.stage == Stage.SUBMITTED:
        return rca
    _require_stage(rca, Stage.DRAFT)
    take_downtime(rca, now=now)
    _require_whole(rca, now)
    rca.stage, rca.submitted_at = Stage.SUBMITTED, now
    rca.save()
    note(rca.incident, Entry.Kind.RCA_SUBMITTED, now=now, by=by)
    return rca


@transaction.atomic
def send_back_rca(rca: Rca, *, by: User, reason: str, now: datetime) -> Rca:
    """It is a draft again, for a reason that stays on record; an approval falls with it."""
    require(by, "incidents.write_rca", "RCA-1")
    reason = require_words(reason, _("Say what is missing or wrong."), "RCA-1")
    rca = _held(rca)
    _require_stage(rca, Stage.SUBMITTED, Stage.APPROVED)
    rca.stage, rca.submitted_at, rca.approved_by, rca.approved_at = Stage.DRAFT, None, None, None
    rca.save()
    note(rca.incident, Entry.Kind.RCA_SENT_BACK, now=now, by=by, words=reason)
    return rca


@transaction.atomic
def approve_rca(rca: Rca, *, by: User, now: datetime) -> Rca:
    """Another than those who wrote in it answers for it. Approving it twice is approving it once."""
    require(by, "incidents.write_rca", "RCA-1")
    rca = _held(rca)
    if rca.stage == Stage.APPROVED:
        return rca
    _require_stage(rca, Stage.SUBMITTED)
    if rca.authors.filter(pk=by.pk).exists():
        raise Refused(
            _("You have written in it; another engineer approves it."),
            rule="RCA-1",
            instead=_("Ask a colleague to read and approve it."),
        )
    _require_whole(rca, now)
    rca.stage, rca.approved_by, rca.approved_at = Stage.APPROVED, by, now
    rca.save()
    note(rca.incident, Entry.Kind.RCA_APPROVED, now=now, by=by)
    return rca


@transaction.atomic
def publish_rca(rca: Rca, *, by: User, now: datetime) -> Rca:
    """Every affected customer has it at once, by mail and on its page; its clocks stop. Twice is once."""
    require(by, "incidents.write_rca", "RCA-1")
    rca = _held(rca)
    if rca.is_published:
        return rca
    _require_stage(rca, Stage.APPROVED)
    _require_whole(rca, now)
    rca.stage, rca.published_by, rca.published_at = Stage.PUBLISHED, by, now
    rca.save()
    incident = rca.incident
    note(incident, Entry.Kind.RCA_PUBLISHED, now=now, by=by, words=str(rca.number))
    stop_rca_term(incident, at=now)
    for linked in Ticket.objects.filter(incident_link__incident=incident).order_by("pk"):
        ticket = locked_ticket(linked)
        event = record(
            ticket, TicketEvent.Kind.RCA_PUBLISHED, now=now, by=by, incident=incident.number,
            version=rca.number,
        )  # fmt: skip
        stop_rca_clocks(ticket, at=now, cause=event, now=now)
        save(ticket, by=by, reason=f"analysis of {incident.number} published")
    enqueue(notifications.rca_published(rca, now=now), now=now)
    return rca


@transaction.atomic
def complete_action(action: RcaAction, *, by: User, outcome: str, now: datetime) -> RcaAction:
    """What was promised is done; the customers see it. Done twice is done once."""
    require(by, "incidents.write_rca", "RCA-1")
    outcome = require_words(outcome, _("Say what was done: the customers read it."), "RCA-1")
    action = (
        RcaAction.objects.select_for_update(of=("self",)).select_related("rca__incident").get(pk=action.pk)
    )
    if action.done_at is not None:
        return action
    if not action.rca.is_published:
        raise Refused(_("The analysis is not published yet."), rule="RCA-1")
    action.done_at, action.done_by, action.outcome = now, by, outcome
    action.save(update_fields=["done_at", "done_by", "outcome"])
    words = f"{action.words} {outcome}"
    note(action.rca.incident, Entry.Kind.ACTION_DONE, now=now, by=by, words=words)
    return action


def take_downtime(rca: Rca, *, now: datetime) -> None:
    """State for each affected tenant what its statement counts now. The caller holds the analysis."""
    counted = facts_of(rca.incident, now=now).downtime
    rca.downtimes.all().delete()
    affected = AffectedTenant.objects.filter(incident=rca.incident, withdrawn_at__isnull=True)
    RcaDowntime.objects.bulk_create(
        RcaDowntime(rca=rca, tenant=row.tenant, seconds=counted[row.tenant.code])
        for row in affected.select_related("tenant")
    )


def _held(rca: Rca) -> Rca:
    """The analysis as it is now; its incident is held until the transaction ends."""
    locked(rca.incident)
    return Rca.objects.select_related("incident").get(pk=rca.pk)


def _require_stage(rca: Rca, *stages: Rca.Stage) -> None:
    if rca.stage not in stages:
        raise Refused(
            _("The analysis is at another stage: %(stage)s.") % {"stage": rca.get_stage_display()},
            rule="RCA-1",
        )


def _require_whole(rca: Rca, now: datetime) -> None:
    found = holes_of(rca, now=now)
    if found:
        raise Refused(
            _("The analysis is not complete, or differs from what is on record."),
            rule="RCA-1",
            instead=_("Its page lists every hole; send it back if it has been handed in."),
        )


def _store_timeline(rca: Rca, timeline: Sequence[Moment]) -> None:
    rca.timeline.all().delete()
    RcaMoment.objects.bulk_create(
        RcaMoment(rca=rca, at=moment.at, words=moment.words.strip()) for moment in timeline
    )


def _store_actions(rca: Rca, actions: Sequence[ActionSaid]) -> None:
    """What an earlier version has done already stays done where the action reads the same."""
    done = {
        (row.words, row.owner): (row.done_at, row.done_by, row.outcome)
        for row in rca.actions.filter(done_at__isnull=False)
    }
    rca.actions.all().delete()
    for said in actions:
        done_at, done_by, outcome = done.get((said.words.strip(), said.owner.strip()), (None, None, ""))
        RcaAction.objects.create(
            rca=rca,
            kind=said.kind,
            words=said.words.strip(),
            owner=said.owner.strip(),
            due_on=said.due_on,
            done_at=done_at,
            done_by=done_by,
            outcome=outcome,
        )
