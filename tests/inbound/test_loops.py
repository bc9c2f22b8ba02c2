"""Machines that write to machines: every exchange ends, bounces find their mail, nobody is flooded."""

import pytest

from lynnsupport.outbox.identity import return_path
from lynnsupport.outbox.models import OutboxMessage, Suspension
from tests.tickets.stories import raise_ticket
from tickets.inbound.domain.outcomes import Kind, Why
from tickets.inbound.models import InboundMail
from tickets.inbound.operations import ingest
from tickets.models import Ticket

from .conftest import NOW
from .mails import SUPPORT, bounce, mail

pytestmark = pytest.mark.django_db


def robot_answers(sender: str, ours: OutboxMessage, style: str, number: int) -> bytes:
    """What a machine sends back that answers everything it gets."""
    headers = {
        "polite": {"Auto_Submitted": "auto-replied", "In_Reply_To": ours.message_id, "subject": "Re: x"},
        "threaded": {"In_Reply_To": ours.message_id, "subject": "Re: x"},
        "by subject": {"subject": f"Re: {ours.about} recibido"},
        "forgetful": {"subject": "Gracias por su mensaje"},
        "opener": {"subject": "{code} Hemos recibido su mensaje"},
    }[style]
    return mail(sender=sender, text=f"Hemos recibido su mensaje {number}.", **headers)


@pytest.mark.parametrize("style", ["polite", "threaded", "by subject", "forgetful", "opener"])
@pytest.mark.parametrize("who", ["designated", "colleague"])
def test_an_exchange_with_a_robot_ends_after_two_of_our_mails(cast, style, who):
    robot = getattr(cast, who).email
    ingest(mail(sender=robot, subject=f"{cast.tenant.code} No anda"), now=NOW)
    answered: set[int] = set()
    for number in range(30):
        ours = OutboxMessage.objects.filter(to_address=robot).exclude(pk__in=answered).first()
        if ours is None:
            break
        answered.add(ours.pk)
        raw = robot_answers(robot, ours, style, number)
        ingest(raw.replace(b"{code}", cast.tenant.code.encode()), now=NOW)
    assert 1 <= OutboxMessage.objects.filter(to_address=robot).count() <= 2


def test_a_thousand_mails_in_one_name_bring_it_one_answer_without_their_words(cast, settings):
    for number in range(40):
        ingest(mail(sender=cast.colleague.email, subject=f"Compre {number}", text="Oferta"), now=NOW)
    told = OutboxMessage.objects.get(to_address=cast.colleague.email)
    assert "Oferta" not in str(told.context)
    assert "Compre" not in str(told.context)


@pytest.mark.parametrize(
    "headers",
    [
        {"sender": SUPPORT},
        {"sender": "Lynn <support_lynn+LYN-2026-000001.0123456789abcdef0123@lynn.cx>"},
        {"sender": "no-reply@example.com"},
        {"sender": "MAILER-DAEMON@example.com"},
        {"Auto_Submitted": "auto-generated"},
        {"List_Id": "<anuncios.example.com>"},
        {"Precedence": "bulk"},
        {"Return_Path": "<>"},
    ],
    ids=str,
)
def test_machines_are_set_aside_and_not_answered(cast, told, headers):
    raw = mail(**({"sender": cast.designated.email, "subject": f"{cast.tenant.code} No anda"} | headers))
    assert ingest(raw, now=NOW).kind == Kind.IGNORED
    assert told() == []
    assert not Ticket.objects.exists()


def test_a_mail_of_ours_that_comes_back_in_is_known_by_its_message_id(cast):
    raise_ticket(cast, NOW)
    ours = OutboxMessage.objects.filter(to_address=cast.designated.email).first()
    raw = mail(sender="otro@example.com", subject="x", message_id=ours.message_id)
    assert (ingest(raw, now=NOW).kind, InboundMail.objects.get().why) == (Kind.IGNORED, Why.OWN_MAIL)


@pytest.fixture
def ours(cast):
    raise_ticket(cast, NOW)
    return OutboxMessage.objects.get(to_address=cast.designated.email)


def test_a_final_bounce_is_kept_on_its_mail_and_suspends_the_address(cast, ours, told):
    told()
    raw = bounce(of=ours.message_id, to=return_path(ours.pk), recipient=ours.to_address)
    outcome = ingest(raw, now=NOW)
    ours.refresh_from_db()
    assert (outcome.kind, outcome.ticket) == (Kind.BOUNCE, ours.about)
    assert (ours.bounced_at, Suspension.objects.get().address) == (NOW, ours.to_address)
    assert told() == [("address_suspended", cast.desk_lead.email)]
    assert ingest(raw, now=NOW) == outcome
    assert told() == []


def test_a_bounce_without_our_envelope_is_found_by_the_returned_message_id(ours):
    ingest(bounce(of=ours.message_id, to=SUPPORT, recipient=ours.to_address), now=NOW)
    ours.refresh_from_db()
    assert ours.bounced_at == NOW


@pytest.mark.parametrize(
    ("status", "action", "kind"),
    [
        ("4.2.2", "delayed", Kind.BOUNCE),
        ("5.2.2", "failed", Kind.BOUNCE),
        ("2.0.0", "delivered", Kind.IGNORED),
    ],
)
def test_what_is_not_final_suspends_nobody(ours, status, action, kind):
    raw = bounce(
        of=ours.message_id, to=return_path(ours.pk), recipient=ours.to_address, status=status, action=action
    )
    assert ingest(raw, now=NOW).kind == kind
    assert not Suspension.objects.exists()


def test_a_forged_bounce_suspends_nobody(ours):
    forged = return_path(ours.pk).replace(f"b-{ours.pk}.", f"b-{ours.pk}.0")
    raw = bounce(of="<inventado@lynn.cx>", to=forged, recipient=ours.to_address)
    assert (ingest(raw, now=NOW).kind, InboundMail.objects.get().why) == (Kind.BOUNCE, Why.RETURNED_UNKNOWN)
    theirs = bounce(of=ours.message_id, to=SUPPORT, recipient="otra.persona@example.com")
    ingest(theirs, now=NOW)
    assert not Suspension.objects.exists()


@pytest.mark.parametrize(
    ("server", "field", "accepts", "kind"),
    [
        ("", "mx.lynn.cx; dmarc=fail", True, Kind.NEW_TICKET),
        ("mx.lynn.cx", "mx.lynn.cx; dmarc=pass header.from=example.com", False, Kind.NEW_TICKET),
        ("mx.lynn.cx", "mx.lynn.cx; dmarc=fail header.from=example.com", True, Kind.QUARANTINED),
        ("mx.lynn.cx", "mx.lynn.cx; spf=fail smtp.mailfrom=example.com", True, Kind.QUARANTINED),
        ("mx.lynn.cx", "mx.lynn.cx; spf=pass smtp.mailfrom=evil.example.net", False, Kind.QUARANTINED),
        ("mx.lynn.cx", "mx.lynn.cx; spf=pass smtp.mailfrom=x@example.com", False, Kind.NEW_TICKET),
        ("mx.lynn.cx", "mx.lynn.cx; dkim=pass header.d=example.com", False, Kind.NEW_TICKET),
        ("mx.lynn.cx", "mx.forged.example; dmarc=pass", False, Kind.QUARANTINED),
        ("mx.lynn.cx", "", False, Kind.QUARANTINED),
        ("mx.lynn.cx", "", True, Kind.NEW_TICKET),
    ],
)
def test_only_our_own_servers_word_about_a_sender_counts(cast, settings, server, field, accepts, kind):
    settings.MAIL_AUTHSERV_ID, settings.MAIL_ACCEPT_UNVERIFIED = server, accepts
    found = {"Authentication_Results": field} if field else {}
    raw = mail(sender=cast.designated.email, subject=f"{cast.tenant.code} No anda", **found)
    assert ingest(raw, now=NOW).kind == kind


def test_a_forged_result_below_our_servers_own_does_not_count(cast, settings):
    settings.MAIL_AUTHSERV_ID = "mx.lynn.cx"
    raw = mail(sender=cast.designated.email, subject=f"{cast.tenant.code} No anda")
    top = b"Authentication-Results: mx.lynn.cx; dmarc=fail\nAuthentication-Results: mx.lynn.cx; dmarc=pass\n"
    assert (ingest(top + raw, now=NOW).kind, InboundMail.objects.get().why) == (Kind.QUARANTINED, Why.FORGED)


@pytest.mark.parametrize(
    "sender",
    ["a@example.com, {victim}", "", "{victim}\nFrom: {victim}", "sin arroba", "{victim}>, <x@example.com"],
)
def test_a_sender_that_is_not_one_is_nobody(cast, sender):
    raw = (
        f"From: {sender.format(victim=cast.designated.email)}\nTo: {SUPPORT}\n"
        f"Subject: {cast.tenant.code} No anda\n\nHola\n"
    ).encode()
    assert ingest(raw, now=NOW).kind == Kind.QUARANTINED
    assert not Ticket.objects.exists()
