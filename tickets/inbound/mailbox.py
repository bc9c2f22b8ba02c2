"""The support mailbox over IMAP: fetch without marking, store and commit, and only then mark or move.

Whatever dies in between is taken up again: the key of a mail's place (UIDVALIDITY and UID) and the digest of
its bytes tell what is stored already.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from imap_tools import BaseMailBox, MailBox, MailBoxStartTls, MailBoxUnencrypted

from .operations import process
from .storing import Place, keep

# Ours alone: people read mails in other programs, and what they have read may not be stored yet.
STORED = "LynnStored"

type Step = Callable[[str], None]


def no_step(name: str) -> None:
    """What happens between the steps of taking in a mail: nothing. Tests let a process die there."""


@dataclass(frozen=True)
class Fetched:
    """How many mails were taken from the mailbox, and how many were left for the next time."""

    stored: int = 0
    left: int = 0


@contextmanager
def connected() -> Iterator[BaseMailBox]:
    """The support mailbox, logged in, its folder open. Raises imap_tools' and the socket's errors."""
    timeout = settings.IMAP_TIMEOUT_SECONDS
    kinds = {"tls": MailBox, "starttls": MailBoxStartTls, "none": MailBoxUnencrypted}
    box = kinds[settings.IMAP_SECURITY](settings.IMAP_HOST, settings.IMAP_PORT, timeout=timeout)
    with box.login(settings.IMAP_USER, settings.IMAP_PASSWORD, initial_folder=settings.IMAP_FOLDER):
        yield box


def poll(box: BaseMailBox, *, now: Callable[[], datetime], limit: int = 100, step: Step = no_step) -> Fetched:
    """Take in up to `limit` mails that lie in the open folder, oldest first, one after the other."""
    validity = _uid_validity(box)
    if settings.IMAP_ARCHIVE and not box.folder.exists(settings.IMAP_ARCHIVE):
        box.folder.create(settings.IMAP_ARCHIVE)
    waiting = _waiting(box)
    for uid in waiting[:limit]:
        raw = _fetch(box, uid)
        if raw is None:  # moved or deleted meanwhile by somebody else
            continue
        step("fetched")
        place = Place(f"{settings.IMAP_USER}/{settings.IMAP_FOLDER}"[:250], validity, int(uid))
        mail = keep(raw, now=now(), place=place)
        step("stored")
        _file_away(box, uid)
        step("filed")
        process(mail, now=now())
        step("processed")
    return Fetched(min(len(waiting), limit), max(len(waiting) - limit, 0))


def _uid_validity(box: BaseMailBox) -> int:
    status = box.folder.status(settings.IMAP_FOLDER, ["UIDVALIDITY"])
    return int(status["UIDVALIDITY"])


def _waiting(box: BaseMailBox) -> list[str]:
    """The UIDs of what is not stored yet: everything that was not moved, or does not carry our mark."""
    criteria = "ALL" if settings.IMAP_ARCHIVE else f"UNKEYWORD {STORED}"
    return sorted(box.uids(criteria), key=int)


def _fetch(box: BaseMailBox, uid: str) -> bytes | None:
    """The mail byte for byte; PEEK leaves it unread."""
    status, data = box.client.uid("FETCH", uid, "(BODY.PEEK[])")
    if status != "OK":
        raise OSError(f"FETCH {uid}: {status} {data!r}"[:300])
    return next((bytes(part[1]) for part in data or () if isinstance(part, tuple)), None)


def _file_away(box: BaseMailBox, uid: str) -> None:
    if settings.IMAP_ARCHIVE:
        box.move(uid, settings.IMAP_ARCHIVE)
    else:
        box.flag(uid, [STORED, "\\Seen"], True)


def wait_for_news(box: BaseMailBox, seconds: int) -> bool | None:
    """Whether something happened within that time (RFC 2177); None where the server has no IDLE."""
    if "IDLE" not in box.client.capabilities:
        return None
    return bool(box.idle.wait(timeout=seconds))
