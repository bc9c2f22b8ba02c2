"""Working off what is due: claim a few rows, send them over one connection, record each one's fate.

A claim is committed before anything is sent, so a killed process leaves rows that say so; their lease ends
and another process takes them up. The clock of leases is the database's, the same for every process and
untouched by a `now` from a rehearsal; what is due is a question to `now`.
"""

import smtplib
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.core.mail import mailers
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from .domain.attempts import MAX_ATTEMPTS, UNREACHABLE_AFTER, judge, retry_after
from .domain.headers import one_line
from .letters import compose, write
from .models import OutboxMessage
from .queries import suspended_among

log = structlog.get_logger(__name__)

State, Failure = OutboxMessage.State, OutboxMessage.Failure

# A claim small enough that a killed process holds up few mails, large enough that connecting costs little.
CLAIM_SIZE = 25
# Seconds after a run's start in which a mail may be begun: with the slowest one on top (five replies of
# twenty seconds) the run ends before the task's time limit, and long before a lease.
BEGIN_WITHIN = 15


@dataclass(frozen=True)
class Delivered:
    """What became of the rows a run handled."""

    sent: int = 0
    retried: int = 0
    given_up: int = 0

    @property
    def handled(self) -> int:
        return self.sent + self.retried + self.given_up

    def __add__(self, other: "Delivered") -> "Delivered":
        return Delivered(self.sent + other.sent, self.retried + other.retried, self.given_up + other.given_up)


def deliver_due(*, now: datetime, limit: int = 200) -> Delivered:
    """Sends up to `limit` mails that are due at `now`, oldest first, and returns what became of them.

    Safe to run in any number of processes at once, and to kill at any instant. Must be called outside
    transactions (RuntimeError), because each claim has to be committed before its mails leave. Ends early
    when the mail server cannot be reached or after fifteen seconds; what is left stays due.
    """
    if timezone.is_naive(now):
        raise ValueError(f"{now} has no time zone")
    run = _Run(now, mailers.default)
    total = Delivered(given_up=_give_up_interrupted())
    while total.handled < limit and run.may_begin():
        claim = _claim(run, min(CLAIM_SIZE, limit - total.handled))
        if claim is None:
            break
        outcome = _send_all(claim)
        total += outcome.delivered
        if not outcome.server_answers:
            break
    return total


class _Run:
    """Moves `now` on with the time that sending takes, so that what is recorded is never too early."""

    def __init__(self, now: datetime, mailer: BaseEmailBackend):
        self.mailer = mailer
        self._now = now
        self._started = time.monotonic()

    def instant(self) -> datetime:
        return self._now + timedelta(seconds=time.monotonic() - self._started)

    def may_begin(self) -> bool:
        return time.monotonic() - self._started < BEGIN_WITHIN


@dataclass(frozen=True)
class _Claim:
    """Rows that this process alone may send, until the lease ends."""

    run: _Run
    lease_id: uuid.UUID
    rows: list[OutboxMessage]

    def held(self, rows: list[OutboxMessage]) -> QuerySet[OutboxMessage]:
        """Those of `rows` that are still ours: after the end of a lease they may be somebody else's."""
        return OutboxMessage.objects.filter(pk__in=[row.pk for row in rows], lease_id=self.lease_id)

    def record(self, row: OutboxMessage, state: State, **fields: object) -> None:
        if not self.held([row]).update(state=state, lease_id=None, lease_until=None, **fields):
            log.warning("outbox_lease_lost", key=row.key, state=state)

    def release(self, rows: list[OutboxMessage]) -> None:
        """Hands back rows that were not tried: as due as before, no attempt counted."""
        self.held(rows).update(
            state=State.PENDING, lease_id=None, lease_until=None, attempts=F("attempts") - 1
        )


@dataclass(frozen=True)
class _Outcome:
    delivered: Delivered
    server_answers: bool = True


def _abandoned() -> QuerySet[OutboxMessage]:
    return OutboxMessage.objects.filter(state=State.SENDING, lease_until__lte=Now())


def _give_up_interrupted() -> int:
    """Gives up mails during whose every attempt the process died; one of them may be what kills it."""
    return (
        _abandoned()
        .filter(attempts__gte=MAX_ATTEMPTS)
        .update(
            state=State.GIVEN_UP,
            failure=Failure.INTERRUPTED,
            interruptions=F("interruptions") + 1,
            next_attempt_at=None,
            lease_id=None,
            lease_until=None,
        )
    )


def _claim(run: _Run, size: int) -> _Claim | None:
    """Takes the oldest due rows, or one whose process died.

    That one is taken alone: should it be what kills its process, it shall not use up the attempts of others.
    """
    lease_id = uuid.uuid4()
    lease_until = Now() + timedelta(seconds=settings.OUTBOX_LEASE_SECONDS)
    with transaction.atomic(durable=True):
        rows = list(_free_to_take(_abandoned()).order_by("lease_until", "pk")[:1])
        interruptions = 1 if rows else 0
        if not rows:
            due = OutboxMessage.objects.filter(state=State.PENDING, next_attempt_at__lte=run.instant())
            rows = list(_free_to_take(due).order_by("next_attempt_at", "pk")[:size])
        if not rows:
            return None
        OutboxMessage.objects.filter(pk__in=[row.pk for row in rows]).update(
            state=State.SENDING,
            attempts=F("attempts") + 1,
            interruptions=F("interruptions") + interruptions,
            lease_id=lease_id,
            lease_until=lease_until,
        )
    for row in rows:
        row.attempts += 1
    return _Claim(run, lease_id, rows)


def _free_to_take(rows: QuerySet[OutboxMessage]) -> QuerySet[OutboxMessage]:
    """Passes over what another process is taking (on SQLite only one process can be in a transaction)."""
    return rows.select_for_update(skip_locked=True)


def _send_all(claim: _Claim) -> _Outcome:
    rows, total = _write_all(claim)
    if not rows:
        return _Outcome(total)
    try:
        claim.run.mailer.open()
    except SoftTimeLimitExceeded:
        raise
    except Exception as error:
        claim.record(
            rows[0],
            State.PENDING,
            attempts=F("attempts") - 1,
            next_attempt_at=claim.run.instant() + UNREACHABLE_AFTER,
            last_error=_text_of(error),
        )
        claim.release(rows[1:])
        log.warning("outbox_server_unreachable", error=_text_of(error))
        return _Outcome(total + Delivered(retried=1), server_answers=False)
    with _closing(claim.run.mailer):
        for position, row in enumerate(rows):
            if not claim.run.may_begin():
                claim.release(rows[position:])
                break
            outcome = _send(claim, row)
            total += outcome.delivered
            if not outcome.server_answers:
                claim.release(rows[position + 1 :])
                return _Outcome(total, server_answers=False)
    return _Outcome(total)


def _write_all(claim: _Claim) -> tuple[list[OutboxMessage], Delivered]:
    """Fixes the words of the rows that have none yet; one whose words cannot be found is given up.

    So is one to an address that returns what is sent to it.
    """
    ready, fresh, given_up = [], [], 0
    suspended = suspended_among(row.to_address for row in claim.rows)
    for row in claim.rows:
        if row.to_address.lower() in suspended:
            claim.record(row, State.GIVEN_UP, failure=Failure.SUSPENDED, next_attempt_at=None)
            given_up += 1
            continue
        if not row.is_written:
            try:
                write(row)
            except SoftTimeLimitExceeded:
                raise
            except Exception as error:
                log.warning("outbox_unwritable", key=row.key, kind=row.kind, error=_text_of(error))
                _give_up(claim, row, Failure.UNWRITABLE, error)
                given_up += 1
                continue
            fresh.append(row)
        ready.append(row)
    OutboxMessage.objects.bulk_update(fresh, ["subject", "body_text", "body_html"])
    return ready, Delivered(given_up=given_up)


def _send(claim: _Claim, row: OutboxMessage) -> _Outcome:
    try:
        claim.run.mailer.send_messages([compose(row)])
    except SoftTimeLimitExceeded:
        raise  # nobody knows whether it left; the lease will end
    except Exception as error:
        refusal = judge(error)
        return _Outcome(_after(refusal.is_final, claim, row, error), not refusal.breaks_connection)
    claim.record(row, State.SENT, sent_at=claim.run.instant(), next_attempt_at=None)
    return _Outcome(Delivered(sent=1))


def _after(is_final: bool, claim: _Claim, row: OutboxMessage, error: Exception) -> Delivered:
    if is_final:
        _give_up(claim, row, Failure.REFUSED, error)
        return Delivered(given_up=1)
    wait = retry_after(row.attempts)
    if wait is None:
        _give_up(claim, row, Failure.EXHAUSTED, error)
        return Delivered(given_up=1)
    claim.record(row, State.PENDING, next_attempt_at=claim.run.instant() + wait, last_error=_text_of(error))
    return Delivered(retried=1)


def _give_up(claim: _Claim, row: OutboxMessage, failure: Failure, error: Exception) -> None:
    claim.record(row, State.GIVEN_UP, failure=failure, next_attempt_at=None, last_error=_text_of(error))


@contextmanager
def _closing(mailer: BaseEmailBackend) -> Iterator[None]:
    """Says goodbye to the server; that it does not answer changes nothing any more."""
    try:
        yield
    finally:
        try:
            mailer.close()
        except OSError as error:
            log.info("outbox_server_left", error=_text_of(error))


def _text_of(error: Exception) -> str:
    """The server's own words where it spoke."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        replies = error.recipients.values()
    elif isinstance(error, smtplib.SMTPResponseException):
        replies = [(error.smtp_code, error.smtp_error)]
    else:
        return one_line(f"{type(error).__name__}: {error}", limit=500)
    spoken = (f"{code} {_decoded(words)}" for code, words in replies)
    return one_line("; ".join(spoken), limit=500)


def _decoded(words: bytes | str) -> str:
    return words.decode("utf-8", "replace") if isinstance(words, bytes) else words
