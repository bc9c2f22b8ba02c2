"""The service works again, or fails again; the linked tickets go the same way."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import uuid5

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from lynnsupport.accounts.models import User
from lynnsupport.common.refusal import Refused
from sla.domain.targets import RESTORATION_KINDS
from tickets.domain.lifecycle import State
from tickets.incidents.domain.segments import Segment, ended
from tickets.incidents.domain.words import Impact
from tickets.incidents.models import Entry, Incident
from tickets.incidents.queries import (
    decision_on,
    has_published_rca,
    rca_clocks_of,
    segments_in_force,
)
from tickets.models import Ticket, TicketEvent
from tickets.operations import record_restoration
from tickets.operations.clocks import reopen_clocks
from tickets.operations.record import locked as locked_ticket
from tickets.operations.record import record, save

from .deadlines import match_rca_clocks
from .impact import keep_revision
from .record import locked, note
from .rights import require, require_words
from .updates import KEYS, tell_update


@dataclass
class Restored:
    """What a restoration did to the linked tickets; `refused` holds what could not be, with the reason."""

    incident: Incident
    tickets: list[Ticket] = field(default_factory=list)
    refused: list[tuple[Ticket, Refused]] = field(default_factory=list)


@transaction.atomic
def restore(incident: Incident, *, by: User, now: datetime, at: datetime | None = None) -> Restored:
    """The service works again since `at`: the impact ends there, and the linked tickets are restored.

    Done again with the same moment, only tickets that were not restored yet are. Raises Refused for another
    moment than the one on record, and for one in the future or not after the start.
    """
    require(by, "incidents.change_incident", "AVL-3")
    incident = locked(incident)
    at = at or incident.restored_at or now
    if incident.is_restored and at != incident.restored_at:
        raise Refused(
            _("The restoration is already on record."),
            rule="AVL-3",
            instead=_("Record it if the service failed again; else correct the impact."),
        )
    if at > now:
        raise Refused(_("That moment lies in the future."), rule="AVL-3", instead=_("Check date and time."))
    segments = segments_in_force(incident)
    if at <= incident.started_at or at <= segments[-1].start:
        raise Refused(
            _("That moment does not lie after the start of the last segment of the impact."),
            rule="AVL-3",
            instead=_("Check date and time, or correct the impact first."),
        )
    if not incident.is_restored:
        incident.restored_at = at
        incident.next_update_at = None
        incident.save(update_fields=["restored_at", "next_update_at"])
        keep_revision(incident, ended(segments, at), by=by, reason=str(_("Service restored")), now=now)
        note(incident, Entry.Kind.RESTORED, at=at, now=now, by=by)
    done = restore_tickets(incident, by=by, now=now)
    match_rca_clocks(incident, now=now)
    return done


def restore_tickets(incident: Incident, *, by: User, now: datetime) -> Restored:
    """Each by itself: one that refuses keeps none of the others from it. The caller holds the incident."""
    done = Restored(incident)
    waiting = Ticket.objects.filter(incident_link__incident=incident, restored_at__isnull=True)
    for ticket in waiting.exclude(state=State.CLOSED).order_by("pk"):
        try:
            done.tickets.append(record_restoration(ticket, by=by, at=incident.restored_at, now=now))
        except Refused as refused:
            done.refused.append((ticket, refused))
            words = f"{ticket.number}: {refused}"
            if not incident.entries.filter(kind=Entry.Kind.NOT_RESTORED, words=words).exists():
                note(incident, Entry.Kind.NOT_RESTORED, now=now, by=by, words=words)
    return done


@transaction.atomic
def relapse(
    incident: Incident, *, by: User, impact: Impact, words: str, now: datetime, at: datetime | None = None
) -> Incident:
    """The service failed again at `at`: the incident goes on, and so does restoration on its tickets.

    The term of the root cause analysis restarts at the next restoration (RCA-1). `words` are told on the
    linked tickets. Raises Refused where the incident lasts anyway, is closed, or that term is over.
    """
    require(by, "incidents.change_incident", "RCA-1")
    words = require_words(words, _("Say what fails again: the customers read it."), "RCA-1")
    incident = locked(incident)
    at = at or now
    _require_within_term(incident, at, now)
    was_restored_at, incident.restored_at = incident.restored_at, None
    incident.save(update_fields=["restored_at"])
    segments = [*segments_in_force(incident), Segment(impact, at, None)]
    keep_revision(incident, segments, by=by, reason=words, now=now)
    note(incident, Entry.Kind.RELAPSED, at=at, now=now, by=by, words=words)
    restored_by_it = Ticket.objects.filter(incident_link__incident=incident, restored_at=was_restored_at)
    for ticket in restored_by_it.exclude(state__in=[State.CLOSED, State.SOLUTION_PROPOSED]).order_by("pk"):
        _reopen_restoration(ticket, incident, at=at, by=by, words=words, now=now)
    match_rca_clocks(incident, now=now)
    tell_update(
        incident, by=by, words=words, submission_key=uuid5(KEYS, f"relapse:{incident.pk}:{at}"), now=now
    )
    return incident


@transaction.atomic
def close(incident: Incident, *, by: User, words: str, now: datetime) -> Incident:
    """Nothing is left to do on it but the analysis and its actions. Closing it twice is closing it once."""
    require(by, "incidents.change_incident", "AVL-3")
    incident = locked(incident)
    if incident.is_closed:
        return incident
    words = require_words(words, _("Say why: the reason stays on record."), "AVL-3")
    if not incident.is_restored:
        raise Refused(
            _("The service is not restored yet."), rule="AVL-3", instead=_("Record the restoration first.")
        )
    if decision_on(incident) is None:
        raise Refused(
            _("Nobody has decided yet how far it reached."),
            rule="AVL-3",
            instead=_("Decide it first: the availability of every affected tenant hangs on it."),
        )
    incident.closed_at = now
    incident.save(update_fields=["closed_at"])
    note(incident, Entry.Kind.CLOSED, now=now, by=by, words=words)
    return incident


def _require_within_term(incident: Incident, at: datetime, now: datetime) -> None:
    if not incident.is_restored:
        raise Refused(
            _("The incident lasts: correct its impact instead."), rule="AVL-3",
            instead=_("Add a segment under «Correct the impact»."),
        )  # fmt: skip
    if at > now:
        raise Refused(_("That moment lies in the future."), rule="RCA-1", instead=_("Check date and time."))
    if at < incident.restored_at:
        raise Refused(_("It was not restored yet at that moment."), rule="RCA-1")
    passed = {"due_at__lt": at, "started_at": incident.restored_at}
    if (
        incident.is_closed
        or has_published_rca(incident)
        or incident.rca_terms.filter(**passed, cancelled_at__isnull=True).exists()
        or rca_clocks_of(incident).filter(**passed).exists()
    ):
        raise Refused(
            _("The term of its root cause analysis is over."), rule="RCA-1", instead=_("Open a new incident.")
        )


def _reopen_restoration(
    ticket: Ticket, incident: Incident, *, at: datetime, by: User, words: str, now: datetime
) -> None:
    ticket = locked_ticket(ticket)
    ticket.restored_at = None
    event = record(
        ticket, TicketEvent.Kind.INCIDENT_UPDATED, at=at, now=now, by=by, reason=words,
        incident=incident.number,
    )  # fmt: skip
    reopen_clocks(ticket, RESTORATION_KINDS, at=at, cause=event, now=now)
    save(ticket, by=by, reason=words)
