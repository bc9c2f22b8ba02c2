"""A ticket told on the telephone: what the call itself settles is settled with it (INT-1, CON-2, CON-5)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from lynnsupport.accounts.models import Contact, User
from tickets.domain.intake import Answers, Channel
from tickets.domain.lifecycle import State
from tickets.evidence import Upload
from tickets.models import Ticket

from .conversation import write_note
from .intake import Opening, escalate, open_ticket
from .reachability import record_unreachable


@dataclass(frozen=True)
class Reached:
    """Whether a designated contact could be spoken to: who it was, or whom the desk tried and how."""

    contact: Contact | None = None
    tried: str = ""


@transaction.atomic
def take_call(
    *,
    by: User,
    caller: Contact,
    answers: Answers,
    now: datetime,
    called_at: datetime | None = None,
    called_from: str = "",
    reached: Reached | None = None,
    evidence: Sequence[Upload] = (),
    submission_key: UUID | None = None,
) -> Opening:
    """Open the ticket of a call; the designated contact who was reached escalates it (CON-2).

    That nobody was reached stops the restoration clock of a severity 1 (CON-5), and is a note otherwise. The
    same key gives the same ticket, and settles nothing twice. Raises Refused as `open_ticket` and `escalate`
    do; nothing is written then.
    """
    opening = open_ticket(
        by=by,
        channel=Channel.TELEPHONE,
        answers=answers,
        now=now,
        reporter=caller,
        called_at=called_at,
        called_from=called_from,
        evidence=evidence,
        submission_key=submission_key,
    )
    if opening.is_new and reached:
        _settle(opening.ticket, reached, by=by, now=now)
    return opening


def _settle(ticket: Ticket, reached: Reached, *, by: User, now: datetime) -> None:
    if reached.contact and ticket.state == State.REGISTERED:
        escalate(ticket, by=by, contact=reached.contact, at=now, now=now)
    elif reached.tried and ticket.is_escalated and ticket.severity == 1 and ticket.policy_version_id:
        record_unreachable(ticket, by=by, words=reached.tried, now=now)
    elif reached.tried:
        write_note(ticket, by=by, body=reached.tried, now=now)
