"""What may be done with outgoing mail: ask for it, deliver what is due, send a given-up one again."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import batched
from typing import Any, Self

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils import timezone

from lynnsupport.accounts.models import Contact, User
from lynnsupport.common.inserting import insert

from .delivery import Delivered, deliver_due
from .domain.headers import identifier_of, one_line
from .identity import is_ours, message_id
from .models import OutboxMessage, ReadersMail, Replay
from .nudge import nudge

__all__ = ["Delivered", "Mail", "NotGivenUp", "deliver_due", "enqueue", "remember_mail", "replay"]

type JSON = str | int | float | bool | list[JSON] | dict[str, JSON] | None

ROWS_PER_INSERT = 1000


@dataclass(frozen=True)
class Mail:
    """One mail to one person. `key` names the fact and the reader: the same key is never sent twice.

    `kind` names the templates `email/<kind>/{subject.txt,body.txt,body.html}`, rendered at the first attempt
    in `language` and `time_zone` (an IANA name) from `context`, which holds values as they are now; instants
    in it are ISO 8601 strings with an offset, and `path`, where there is one, is the portal page the mail
    leads to. `about` is the ticket's number; mails that share `thread` stand in one conversation at the
    reader's. `unsubscribe` is the portal's path at which one POST ends mails of this sort (RFC 8058), empty
    where nobody may; `calendar` an iCalendar text that goes along.
    """

    key: str
    kind: str
    to: str
    language: str
    time_zone: str
    context: Mapping[str, Any]
    about: str = ""
    thread: str = ""
    to_name: str = ""
    unsubscribe: str = ""
    calendar: str = ""

    @classmethod
    def for_person(cls, person: User | Contact, **what: Any) -> Self:
        """To a person of ours or of a partner, at their address, in their language and time zone."""
        return cls(to=person.email, to_name=person.name, language=person.reads, time_zone=person.zone, **what)


class NotGivenUp(Exception):
    """Only a message that was given up can be sent again; any other is on its way or has arrived."""


def enqueue(mails: Iterable[Mail], *, now: datetime) -> int:
    """Stores the mails whose keys are new, and returns how many; call it in the transaction of the fact.

    One INSERT for each thousand mails, taken from the iterable as it goes. After the commit the worker is
    nudged, once a transaction. A recipient that no mail can reach is stored as given up, for people to see,
    rather than failing the fact it tells. ValueError for a naive `now` and for what only code can get wrong:
    an empty key or kind, or one too long to store.
    """
    if timezone.is_naive(now):
        raise ValueError(f"{now} has no time zone")
    with transaction.atomic(savepoint=False):
        stored = sum(
            insert([_row(mail, now) for mail in batch], ignore_conflicts=True)
            for batch in batched(mails, ROWS_PER_INSERT)
        )
        if stored:
            _nudge_after_commit()
    return stored


def _nudge_after_commit() -> None:
    registered = transaction.get_connection().run_on_commit
    if not any(nudge in entry for entry in registered):
        transaction.on_commit(nudge, robust=True)


# SQLite stores what is too long as it is, so that is settled before it.
_LENGTHS = {
    name: OutboxMessage._meta.get_field(name).max_length
    for name in ("key", "kind", "language", "time_zone", "about", "thread", "unsubscribe")
}


def _row(mail: Mail, now: datetime) -> OutboxMessage:
    for name, longest in _LENGTHS.items():
        length = len(getattr(mail, name))
        if length > longest or (not length and name in {"key", "kind"}):
            raise ValueError(f"a mail's {name} has 1 to {longest} characters, not {length}: {mail.key!r}")
    address = mail.to.strip()
    problem = _problem_with(address)
    row = OutboxMessage(
        key=mail.key,
        kind=mail.kind,
        to_address=one_line(address, limit=254) if problem else address,
        to_name=one_line(mail.to_name, limit=150),
        language=mail.language,
        time_zone=mail.time_zone,
        context=_storable(dict(mail.context)),
        about=mail.about,
        thread=mail.thread,
        unsubscribe=mail.unsubscribe,
        calendar=_storable(mail.calendar),
        message_id=message_id(mail.key),
        created_at=now,
        next_attempt_at=now,
    )
    if problem:
        row.state, row.next_attempt_at = OutboxMessage.State.GIVEN_UP, None
        row.failure, row.last_error = OutboxMessage.Failure.BAD_ADDRESS, problem
    return row


@lru_cache(maxsize=1024)
def _problem_with(address: str) -> str:
    """Why no mail can go to that address, or nothing. Never repaired: that would change who gets the mail."""
    if len(address) > 254:  # RFC 3696, erratum 1690
        return f"{len(address)} characters"
    if one_line(address, limit=254) != address:
        return f"invisible characters: {address!r}"
    try:
        validate_email(address)
    except ValidationError as error:
        return f"{error.code}: {address!r}"
    return ""


def _storable(value: JSON) -> JSON:
    """`value` without NUL and lone surrogates, which PostgreSQL refuses and mails from anywhere may bring."""
    if isinstance(value, str):
        if value.isascii() and "\0" not in value:
            return value
        return value.replace("\0", "").encode("utf-8", "replace").decode()
    if isinstance(value, Mapping):
        return {_storable(name): _storable(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_storable(inner) for inner in value]
    return value


def remember_mail(*, thread: str, address: str, identifier: str) -> bool:
    """Mails of this thread to `address` stand from now on in the conversation of the mail with that
    Message-ID, which came from there. Returns whether they do: not for one that is malformed, of unusual
    length, or named as only ours are. Call it in the transaction that took the mail in."""
    known_as = identifier_of(identifier)
    if not (thread and address and known_as) or is_ours(known_as):
        return False
    row = ReadersMail(thread=thread, address=address.lower(), identifier=known_as)
    insert([row], ignore_conflicts=True)
    return True


def replay(message: OutboxMessage, *, by: User, now: datetime) -> None:
    """Puts a given-up message back in the queue with all its attempts before it; who asked is kept.

    It goes out under its old Message-ID and, if it was ever written, in its old words.
    NotGivenUp if it is in any other state by now.
    """
    with transaction.atomic():
        given_up = (
            OutboxMessage.objects.select_for_update()
            .filter(pk=message.pk, state=OutboxMessage.State.GIVEN_UP)
            .first()
        )
        if given_up is None:
            raise NotGivenUp(message.key)
        Replay.objects.create(
            message=given_up, by=by, at=now, failure=given_up.failure, last_error=given_up.last_error
        )
        given_up.state, given_up.failure = OutboxMessage.State.PENDING, ""
        given_up.attempts, given_up.next_attempt_at = 0, now
        given_up.save(update_fields=["state", "failure", "attempts", "next_attempt_at"])
        _nudge_after_commit()
