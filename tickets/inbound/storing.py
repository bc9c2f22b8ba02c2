"""The first step with a mail: its bytes are safe before anybody looks into them."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet

from lynnsupport.common.inserting import insert
from lynnsupport.common.prepared import prepared

from .domain.limits import Limits
from .domain.reading import read_head
from .models import InboundMail, MailboxEntry

# A database holds no value of more than a gigabyte; of what is larger than this the beginning is kept.
KEPT_BYTES = 256 * 1024 * 1024
CUT_TO = 1024 * 1024


@dataclass(frozen=True)
class Place:
    """Where in a mailbox a mail lies (RFC 9051 2.3.1)."""

    mailbox: str
    uid_validity: int
    uid: int


def keep(raw: bytes, *, now: datetime, place: Place | None = None, attempts: int = 0) -> InboundMail:
    """Store the bytes as they are and return their row; the same bytes again are counted and add nothing.

    One transaction of its own. Delivered from the same place of a mailbox it is the same delivery, and not
    counted. `attempts` is 1 where the caller goes on to process it at once.
    """
    sha256 = hashlib.sha256(raw).hexdigest()
    try:
        with transaction.atomic():
            return _new(raw, sha256, now=now, place=place, attempts=attempts)
    except IntegrityError:  # it is there already
        known = InboundMail.objects.get(sha256=sha256)
    with transaction.atomic():
        if place is None or _is_new_place(known, place, now):
            InboundMail.objects.filter(pk=known.pk).update(copies=F("copies") + 1)
    return known


def _new(raw: bytes, sha256: str, *, now: datetime, place: Place | None, attempts: int) -> InboundMail:
    head = read_head(raw, Limits())
    is_cut = len(raw) > KEPT_BYTES
    mail = InboundMail(
        sha256=sha256,
        raw=raw[:CUT_TO] if is_cut else raw,
        size=len(raw),
        is_cut=is_cut,
        identifier=head.message_id if head else "",
        received_at=now,
        attempts=attempts,
    )
    if mail.identifier and _named_alike(mail.identifier):
        others = InboundMail.objects.filter(identifier=mail.identifier).exclude(sha256=sha256)
        mail.has_twin = others.update(has_twin=True) > 0
    insert([mail])
    if place:
        _is_new_place(mail, place, now)
    return mail


@prepared
def _named_alike(identifier: str) -> QuerySet[InboundMail, int]:
    """One row if there is a mail with that Message-ID."""
    return InboundMail.objects.filter(identifier=identifier).order_by().values_list("pk", flat=True)[:1]


def _is_new_place(mail: InboundMail, place: Place, now: datetime) -> bool:
    _entry, is_new = MailboxEntry.objects.get_or_create(
        mailbox=place.mailbox,
        uid_validity=place.uid_validity,
        uid=place.uid,
        defaults={"mail": mail, "stored_at": now},
    )
    return is_new


def raw_of(mail: InboundMail) -> bytes:
    """The bytes as they arrived; a database may hand them out as a view of its own."""
    return bytes(mail.raw)
