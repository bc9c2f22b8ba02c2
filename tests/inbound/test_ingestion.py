"""What holds for every mail: kept first, one end, failures survived; the pipe; what is erased when."""

import io
import json
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.core.management import call_command
from django.db import IntegrityError, OperationalError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lynnsupport.outbox.models import OutboxMessage
from tests.domain.test_mail_reading import mutated, nested
from tests.factories import UserFactory
from tickets.inbound.domain.outcomes import Kind, Why
from tickets.inbound.models import InboundMail, MailDecision
from tickets.inbound.operations import (
    erase_old,
    ingest,
    ingestion,
    process,
    process_waiting,
    reject,
    settling,
)
from tickets.inbound.storing import keep
from tickets.models import Attachment, Ticket

from .conftest import NOW
from .mails import mail

pytestmark = pytest.mark.django_db


def stored() -> InboundMail:
    return InboundMail.objects.get()


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"", Why.EMPTY),
        (b"\r\n \r\n", Why.EMPTY),
        (b"esto no es un correo", Why.UNREADABLE),
        (b"\x00\xff" * 1000, Why.UNREADABLE),
        (nested(50), Why.OVER_LIMIT),
        (b"From: a@example.com\nX: " + b"y" * 300_000 + b"\n\nHola", Why.OVER_LIMIT),
        (b"From: a@example.com\nContent-Type: message/partial; id=x; number=1\n\nHola", Why.PARTIAL),
        (b"Subject: sin remitente\n\nHola", Why.NO_SENDER),
        (b"From: a@example.com\nContent-Type: application/pkcs7-mime\n\nMII", Why.UNKNOWN_SENDER),
    ],
    ids=lambda value: str(value)[:20],
)
def test_what_is_no_mail_waits_in_quarantine_as_it_came(raw, why):
    outcome = ingest(raw, now=NOW)
    assert (outcome.kind, outcome.ticket, stored().why) == (Kind.QUARANTINED, None, why)
    assert outcome.reason
    assert bytes(stored().raw) == raw
    assert ingest(raw, now=NOW) == outcome


def test_a_mail_over_a_limit_still_says_from_whom_it_is():
    ingest(b"Subject: Enorme\nFrom: Ana <ana@example.com>\n" + nested(30), now=NOW)
    assert (stored().subject, stored().sender_address) == ("Enorme", "ana@example.com")


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.one_of(st.binary(max_size=300), mutated()))
def test_any_bytes_end_one_way_and_the_same_again(db, raw):
    first = ingest(raw, now=NOW)
    assert first.kind in set(Kind)
    assert ingest(raw, now=NOW) == first
    assert bytes(InboundMail.objects.defer(None).latest("pk").raw) or raw == b""


def test_a_wounded_mail_of_a_known_sender_becomes_a_ticket_or_is_put_aside(cast):
    whole = mail(sender=cast.designated.email, subject=f"{cast.tenant.code} No anda", files={"a.log": b"x"})
    for cut in range(0, len(whole), 97):
        assert ingest(whole[:cut], now=NOW).kind in {Kind.NEW_TICKET, Kind.QUARANTINED}
        wounded = whole[:cut] + b"\x00\xff=?\r" + whole[cut:]
        assert ingest(wounded, now=NOW).kind in {Kind.NEW_TICKET, Kind.QUARANTINED}
    assert not InboundMail.objects.filter(why=Why.FAILED).exists()


def test_an_empty_file_is_evidence_too(cast):
    raw = mail(sender=cast.designated.email, subject=f"{cast.tenant.code} A", files={"vacio.log": b""})
    assert ingest(raw, now=NOW).kind == Kind.NEW_TICKET
    assert Attachment.objects.get().size == 0


def test_names_that_others_chose_reach_no_disk_and_no_page(cast):
    names = ["../../etc/passwd", "a\u202egnp.exe", "\u200b.htaccess", "x" * 300 + ".log", "hola\x00.txt"]
    raw = mail(
        sender=cast.designated.email, subject=f"{cast.tenant.code} A", files=dict.fromkeys(names, b"x")
    )
    ingest(raw, now=NOW)
    shown = [attachment.name for attachment in Attachment.objects.order_by("pk")]
    assert shown[:3] == ["passwd", "agnp.exe", "htaccess"]
    assert len(shown[3]) <= 120
    assert all(attachment.file.name.split("/")[-1].isalnum() for attachment in Attachment.objects.all())


HOSTILE_SUBJECTS = ["<script>alert(1)</script>", "a\r\nBcc: x@example.org", "\u2028b", "=?utf-8?q?=0ABcc:?="]


@pytest.mark.parametrize("text", HOSTILE_SUBJECTS)
def test_hostile_subjects_reach_no_header(cast, text):
    raw = (
        f"From: {cast.designated.email}\nSubject: {cast.tenant.code} ".encode()
        + text.replace("\r\n", "\r\n ").encode()
        + b"\n\nHola\n"
    )
    ingest(raw, now=NOW)
    assert "\n" not in Ticket.objects.get().subject
    assert set(OutboxMessage.objects.values_list("to_address", flat=True)) == {cast.designated.email}


# ---------- failures ----------


def broken(*arguments, **options):
    raise ValueError("algo se rompió")


def test_a_mail_that_cannot_be_processed_is_quarantined_with_its_reason(cast, monkeypatch):
    monkeypatch.setattr(ingestion, "settle", broken)
    raw = mail(sender=cast.designated.email, subject=f"{cast.tenant.code} No anda")
    outcome = ingest(raw, now=NOW)
    assert (outcome.kind, stored().why) == (Kind.QUARANTINED, Why.FAILED)
    assert "algo se rompió" in stored().detail
    assert (stored().subject, bytes(stored().raw)) == (f"{cast.tenant.code} No anda", raw)


def test_a_failure_half_way_leaves_no_half_a_ticket(cast, monkeypatch, told):
    monkeypatch.setattr(settling, "Settled", broken)
    ingest(mail(sender=cast.designated.email, subject=f"{cast.tenant.code} No anda"), now=NOW)
    assert (Ticket.objects.count(), told(), stored().outcome) == (0, [], Kind.QUARANTINED)


def test_a_database_out_of_reach_leaves_the_mail_for_the_next_sweep(cast, monkeypatch):
    def gone(*arguments, **options):
        raise OperationalError("server closed the connection")

    raw = mail(sender=cast.designated.email, subject=f"{cast.tenant.code} No anda")
    with monkeypatch.context() as broken_database:
        broken_database.setattr(ingestion, "settle", gone)
        with pytest.raises(OperationalError):
            ingest(raw, now=NOW)
        assert process_waiting(now=NOW) == 0
    assert (stored().outcome, stored().attempts) == ("", 2)
    assert process_waiting(now=NOW) == 1
    assert stored().outcome == Kind.NEW_TICKET


def test_what_was_stored_and_not_processed_is_taken_up_with_its_time(cast):
    keep(mail(sender=cast.designated.email, subject=f"{cast.tenant.code} No anda"), now=NOW)
    later = NOW + timedelta(hours=2)
    assert (process_waiting(now=later), process_waiting(now=later)) == (1, 0)
    ticket = Ticket.objects.get()
    assert (ticket.registered_at, ticket.escalated_at) == (NOW, NOW)


def test_a_mail_that_ends_its_process_each_time_is_given_up(cast):
    kept = keep(mail(sender=cast.designated.email, subject=f"{cast.tenant.code} No anda"), now=NOW)
    InboundMail.objects.filter(pk=kept.pk).update(attempts=ingestion.MAX_ATTEMPTS)
    kept.refresh_from_db()
    assert process(kept, now=NOW).kind == Kind.QUARANTINED
    assert (stored().why, Ticket.objects.count()) == (Why.FAILED, 0)


# ---------- the pipe ----------


def received(raw: bytes, monkeypatch, capsys) -> dict:
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(raw)))
    call_command("receive_email")
    [line] = capsys.readouterr().out.splitlines()
    return json.loads(line)


@pytest.mark.rule("INT-1")
def test_the_pipe_tells_how_a_mail_ended(cast, monkeypatch, capsys):
    raw = mail(sender=cast.designated.email, subject=f"{cast.tenant.code} No anda")
    told = received(raw, monkeypatch, capsys)
    assert told == {
        "outcome": "new_ticket",
        "ticket": Ticket.objects.get().number,
        "reason": "Se abrió un ticket.",
    }
    assert received(raw, monkeypatch, capsys) == told
    assert received(b"", monkeypatch, capsys)["outcome"] == "quarantined"


def test_the_pipe_is_content_once_the_mail_is_safe(cast, monkeypatch, capsys):
    def gone(*arguments, **options):
        raise OperationalError("server closed the connection")

    monkeypatch.setattr(ingestion, "settle", gone)
    told = received(mail(sender=cast.designated.email, subject="x"), monkeypatch, capsys)
    assert (told["outcome"], stored().outcome) == (None, "")


# ---------- what stays ----------


@pytest.mark.parametrize("change", [{"raw": b"otro"}, {"outcome": "ignored"}, {"sha256": "0" * 64}])
def test_the_database_refuses_to_change_what_came(change):
    ingest(b"hola", now=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        InboundMail.objects.update(**change)


def test_decisions_stay_as_they_were_taken():
    ingest(b"hola", now=NOW)
    reject(stored(), by=UserFactory(), reason="Vacío", now=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        MailDecision.objects.update(reason="otro")


def test_bytes_are_erased_only_when_the_settings_say_so_and_nobody_needs_them(cast, settings):
    ingest(mail(sender=cast.designated.email, subject=f"{cast.tenant.code} No anda"), now=NOW)
    ingest(mail(sender=cast.designated.email, subject="Fuera de la oficina"), now=NOW)
    for name in ("a", "b"):
        ingest(mail(sender=f"{name}@example.org", subject="Hola"), now=NOW)
    rejected = InboundMail.objects.get(sender_address="a@example.org")
    reject(rejected, by=cast.engineer, reason="Publicidad", now=NOW)
    later = NOW + timedelta(days=400)
    settings.MAIL_RETENTION_DAYS = 0
    assert erase_old(now=later) == 0
    settings.MAIL_RETENTION_DAYS = 365
    assert erase_old(now=NOW + timedelta(days=364)) == 0
    assert erase_old(now=later) == 2
    assert erase_old(now=later) == 0
    kept = InboundMail.objects.defer(None).filter(erased_at__isnull=True)
    assert {each.outcome for each in kept} == {"new_ticket", "quarantined"}
    assert all(bytes(each.raw) for each in kept)


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite empties tables by DELETE")
def test_nothing_is_deleted():
    ingest(b"hola", now=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        InboundMail.objects.all().delete()
