"""A mail comes in: its bytes are stored, then it ends in exactly one way, however often it comes again."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import structlog
from django.conf import settings
from django.db import DatabaseError, InterfaceError, OperationalError, transaction
from django.db.models import F, QuerySet
from django.utils import translation

from lynnsupport.common.inserting import change
from lynnsupport.common.prepared import prepared
from tickets.inbound.domain.limits import Limits, OverLimit
from tickets.inbound.domain.outcomes import Kind, Why
from tickets.inbound.domain.reading import Head, Letter, Unreadable, read, read_head
from tickets.inbound.domain.text import one_line
from tickets.inbound.models import WHY_LABELS, InboundMail
from tickets.inbound.storing import keep, raw_of

from .settling import Settled, settle

log = structlog.get_logger(__name__)

MAX_ATTEMPTS = 3
_WHY = dict(WHY_LABELS)


@dataclass(frozen=True)
class Outcome:
    """How a mail ended: its kind, the number of the ticket it is on, and the reason in a sentence."""

    kind: Kind
    ticket: str | None
    reason: str


def ingest(raw: bytes, *, now: datetime) -> Outcome:
    """Take in one mail: stored first, in a transaction of its own, then processed. The same bytes again are
    counted and give the same outcome.

    Raises nothing for whatever the bytes are; OperationalError where the database is out of reach, and then
    the mail is safe if and only if it was stored.
    """
    return process(keep(raw, now=now, attempts=1), now=now, is_counted=True)


def process(mail: InboundMail, *, now: datetime, is_counted: bool = False) -> Outcome:
    """Find out what a stored mail is and act on it, in one transaction; a processed one stays as it ended.

    Each attempt is counted and committed before it begins (`is_counted`: when it was stored), so that a mail
    which kills its process is put into quarantine in the end, with its reason, as is one that fails.
    """
    if mail.outcome:
        return outcome_of(mail)
    if not is_counted:
        InboundMail.objects.filter(pk=mail.pk, outcome="").update(attempts=F("attempts") + 1)
        mail.refresh_from_db(fields=["attempts"])
    if mail.attempts > MAX_ATTEMPTS:
        return _give_up(mail, mail.last_error or "its process ended each time", now=now)
    try:
        return _processed(mail, now=now)
    except (OperationalError, InterfaceError):
        raise  # nothing is wrong with the mail: the next sweep brings it again
    except Exception as error:
        log.exception("mail_not_processed", mail=mail.pk)
        return _give_up(mail, f"{type(error).__name__}: {error}", now=now)


def process_waiting(*, now: datetime, limit: int = 100) -> int:
    """What was stored and never processed, oldest first; one that cannot be holds up no other.

    Whoever stored a mail processes it at once: what lies here was left behind by a process that died, or is
    in somebody's hands, who holds its row.
    """
    waiting = InboundMail.objects.filter(outcome="").order_by("received_at", "id")
    done = 0
    for mail in waiting[:limit]:
        try:
            process(mail, now=now)
            done += 1
        except DatabaseError as error:
            InboundMail.objects.filter(pk=mail.pk).update(last_error=str(error)[:2000])
            log.warning("mail_left_for_later", mail=mail.pk, error=str(error))
    return done


def outcome_of(mail: InboundMail) -> Outcome:
    """The sentence is in the installation's language, so that it is the same whoever asks."""
    with translation.override(settings.LANGUAGE_CODE):
        sentence = " ".join(filter(None, (str(_WHY[Why(mail.why)]), mail.detail)))
    return Outcome(Kind(mail.outcome), mail.ticket.number if mail.ticket else None, sentence)


@prepared
def _held(mail: int) -> QuerySet[InboundMail]:
    """That mail, for this transaction alone."""
    return InboundMail.objects.select_for_update(of=("self",)).filter(pk=mail)


def _processed(mail: InboundMail, *, now: datetime) -> Outcome:
    with transaction.atomic():
        (held,) = _held(mail.pk)
        if held.outcome:
            return outcome_of(held)
        if "raw" in mail.__dict__:
            held.raw = mail.raw
        _end(held, _judged(held, now=now), now=now)
        return outcome_of(held)


def _judged(mail: InboundMail, *, now: datetime) -> Settled:
    raw = raw_of(mail)
    if not raw.strip():
        return Settled(Kind.QUARANTINED, Why.EMPTY)
    if mail.is_cut:
        _note(mail, read_head(raw, Limits()))
        return Settled(Kind.QUARANTINED, Why.OVER_LIMIT, detail=f"{mail.size} bytes")
    try:
        letter = read_letter(raw)
    except OverLimit as over:
        _note(mail, read_head(raw, Limits()))
        return Settled(Kind.QUARANTINED, Why.OVER_LIMIT, detail=str(over))
    except Unreadable as error:
        return Settled(Kind.QUARANTINED, Why.UNREADABLE, detail=str(error))
    _note(mail, letter.head)
    return settle(mail, letter, now=now)


def read_letter(raw: bytes, monotonic: Callable[[], float] = time.monotonic) -> Letter:
    """`read` within the shipped limits. Raises OverLimit and Unreadable."""
    began = monotonic()
    return read(raw, Limits(), lambda: monotonic() - began)


def _note(mail: InboundMail, head: Head | None) -> None:
    """What lists show of it."""
    if head is None:
        return
    mail.subject = head.subject
    if head.senders:
        mail.sender_address = one_line(head.senders[0].address, 320)
        mail.sender_name = one_line(head.senders[0].name, 150)


def _end(mail: InboundMail, settled: Settled, *, now: datetime) -> None:
    mail.outcome, mail.why, mail.processed_at = settled.kind, settled.why, now
    mail.detail = one_line(settled.detail, 500)
    mail.ticket, mail.message, mail.bounced = settled.ticket, settled.message, settled.bounced
    mail.contact = settled.contact
    change(
        mail,
        *("outcome", "why", "detail", "processed_at", "subject", "sender_address", "sender_name"),
        *("authentication", "contact", "ticket", "message", "bounced"),
    )


def _give_up(mail: InboundMail, error: str, *, now: datetime) -> Outcome:
    with transaction.atomic():
        (held,) = _held(mail.pk)
        if not held.outcome:
            try:
                _note(held, read_head(raw_of(held), Limits()))
            except Exception:  # whatever broke it may break its head too; the bytes are kept
                log.exception("mail_head_not_read", mail=mail.pk)
            held.last_error = one_line(error, 2000)
            held.save(update_fields=["last_error"])
            _end(held, Settled(Kind.QUARANTINED, Why.FAILED, detail=one_line(error, 300)), now=now)
        return outcome_of(held)
