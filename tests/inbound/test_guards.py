"""What keeps a mail from being lost or doubled, each guard broken on purpose once: without it, it is."""

import hashlib
from types import SimpleNamespace

import pytest
from django.db import IntegrityError, transaction

from lynnsupport.outbox.models import OutboxMessage
from tickets.inbound import mailbox, storing
from tickets.inbound.models import InboundMail
from tickets.inbound.operations import ingest
from tickets.models import Ticket

from .conftest import NOW
from .mails import mail

pytestmark = pytest.mark.django_db
STEPS = ("fetched", "stored", "filed", "processed")


class Box:
    """A mailbox as far as `poll` needs one: mails by UID, and which of them carry the mark."""

    def __init__(self, *raws: bytes) -> None:
        self.mails = dict(enumerate(raws, start=1))
        self.marked: set[int] = set()
        self.folder = SimpleNamespace(status=lambda folder, asked: {"UIDVALIDITY": 1})
        self.client = SimpleNamespace(uid=self._fetch)

    def _fetch(self, command: str, uid: str, what: str):
        return "OK", [(b"1 FETCH", self.mails[int(uid)])]

    def uids(self, criteria: str) -> list[str]:
        return [str(uid) for uid in self.mails if uid not in self.marked]

    def flag(self, uid: str, flags: list[str], value: bool) -> None:
        self.marked.add(int(uid))


class Died(BaseException):
    """The process ends here: nothing after it is done, and nothing catches it."""


def dying_at(step: str):
    def at(name: str) -> None:
        if name == step:
            raise Died

    return at


def polled_twice(box: Box, step: str) -> list[bytes]:
    """What is stored after one process died at that step and another took its place."""
    with pytest.raises(Died):
        mailbox.poll(box, now=lambda: NOW, step=dying_at(step))
    mailbox.poll(box, now=lambda: NOW)
    return [bytes(each.raw) for each in InboundMail.objects.defer(None).order_by("pk")]


@pytest.fixture
def raws(settings) -> list[bytes]:
    settings.IMAP_ARCHIVE = ""
    return [mail(sender=f"nadie{number}@example.org", subject="Hola") for number in range(3)]


@pytest.mark.parametrize("step", STEPS)
def test_past_failure_20_whoever_dies_when_each_mail_is_stored_once(raws, step):
    assert polled_twice(Box(*raws), step) == raws


def test_a_mailbox_that_is_marked_before_the_mail_is_stored_loses_it(raws, monkeypatch):
    """The negative control: the same test with the two steps in the other order."""
    box, keep = Box(*raws), mailbox.keep
    deaths = iter([Died])

    def marked_first(raw, *, now, place):
        box.flag(str(place.uid), [mailbox.STORED], True)
        for death in deaths:
            raise death
        return keep(raw, now=now, place=place)

    monkeypatch.setattr(mailbox, "keep", marked_first)
    assert polled_twice(box, "never") == raws[1:]


def test_a_mail_that_is_not_committed_before_it_is_marked_is_lost_with_its_transaction(raws, monkeypatch):
    """The other half of that order: stored means committed, not only written."""
    box, keep = Box(*raws), mailbox.keep
    is_first = iter([True])

    def rolled_back(raw, *, now, place):
        with transaction.atomic():
            kept = keep(raw, now=now, place=place)
            if next(is_first, False):
                transaction.set_rollback(True)
        return kept

    with monkeypatch.context() as broken:
        broken.setattr(mailbox, "keep", rolled_back)
        with pytest.raises(Died):
            mailbox.poll(box, now=lambda: NOW, step=dying_at("filed"))
    mailbox.poll(box, now=lambda: NOW)
    assert [bytes(each.raw) for each in InboundMail.objects.defer(None).order_by("pk")] == raws[1:]


# ---------- one row for the same bytes ----------


def of_the_designated_contact(cast) -> bytes:
    """Without a Message-ID nothing but its bytes tells it from another."""
    return mail(sender=cast.designated.email, subject=f"{cast.tenant.code} No anda", message_id="")


def on_record() -> tuple[int, int]:
    return InboundMail.objects.count(), Ticket.objects.count()


def test_the_same_bytes_are_one_row_and_one_ticket(cast):
    raw = of_the_designated_contact(cast)
    for _ in range(2):
        ingest(raw, now=NOW)
    assert on_record() == (1, 1)
    stored = InboundMail.objects.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        InboundMail.objects.create(sha256=stored.sha256, raw=raw, size=len(raw), received_at=NOW)


def test_without_the_digest_the_same_mail_would_be_two_rows_and_two_tickets(cast, monkeypatch):
    """The negative control: a digest that tells nothing, so that its uniqueness holds nothing back."""
    count = iter(range(10))

    def telling_nothing(raw: bytes):
        return hashlib.sha256(f"{next(count)}".encode())

    monkeypatch.setattr(storing, "hashlib", SimpleNamespace(sha256=telling_nothing))
    raw = of_the_designated_contact(cast)
    for _ in range(2):
        ingest(raw, now=NOW)
    assert on_record() == (2, 2)
    assert OutboxMessage.objects.filter(kind="ticket_registered").count() == 1  # that limit is another guard
