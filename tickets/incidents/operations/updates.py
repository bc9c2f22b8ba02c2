"""News of an incident, told on every linked ticket at once."""

from datetime import datetime
from uuid import UUID, uuid5

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from lynnsupport.accounts.models import User
from lynnsupport.common.refusal import Refused
from tickets.domain.lifecycle import State
from tickets.incidents.models import Entry, Incident, Update
from tickets.models import Ticket
from tickets.operations import answer_customer

from .record import locked, note
from .rights import require, require_words

KEYS = UUID("0f6a3b52-5b8e-4f0b-9a36-7a9f3f1f2c11")  # what an incident tells twice is one message


@transaction.atomic
def tell_update(
    incident: Incident,
    *,
    by: User,
    words: str,
    submission_key: UUID,
    now: datetime,
    next_update_at: datetime | None = None,
) -> Update:
    """A public answer on each open linked ticket, with its mail; the incident's page shows it too.

    The same key gives the same news. Raises Refused for an empty text and a next update that is past.
    """
    require(by, "incidents.change_incident", "AVL-5")
    words = require_words(words, _("Write what is new: the customers read it."), "AVL-5")
    incident = locked(incident)
    before = Update.objects.filter(submission_key=submission_key).first()
    if before:
        return before
    if next_update_at is not None and next_update_at <= now:
        raise Refused(
            _("The next update lies in the past."), rule="AVL-5", instead=_("Choose a later moment.")
        )
    update = Update.objects.create(
        incident=incident,
        words=words,
        by=by,
        at=now,
        next_update_at=next_update_at,
        submission_key=submission_key,
    )
    incident.next_update_at = next_update_at
    incident.save(update_fields=["next_update_at"])
    note(incident, Entry.Kind.UPDATED, now=now, by=by, words=words)
    linked = Ticket.objects.filter(incident_link__incident=incident).exclude(state=State.CLOSED)
    for ticket in linked.order_by("pk"):
        answer_customer(
            ticket,
            by=by,
            body=f"{incident.number}: {words}",
            submission_key=uuid5(KEYS, f"{submission_key}:{ticket.pk}"),
            now=now,
        )
    return update
