"""What arrives: the recipient's language and clock, headers nobody can forge a line into."""

from email.utils import getaddresses

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lynnsupport.outbox.identity import reply_address, thread_id
from lynnsupport.outbox.letters import sample_of
from lynnsupport.outbox.models import OutboxMessage
from lynnsupport.outbox.operations import Delivered, deliver_due, enqueue

from .support import NOW, mail

pytestmark = pytest.mark.django_db


def arrived(server, *mails):
    """The messages as the mail server took them."""
    assert enqueue(mails, now=NOW) == len(mails)
    assert deliver_due(now=NOW) == Delivered(sent=len(mails))
    return [arrival.message for arrival in server.arrivals[-len(mails) :]]


def text_of(message) -> str:
    return message.get_body(("plain",)).get_content()


def html_of(message) -> str:
    return message.get_body(("html",)).get_content()


@pytest.mark.parametrize(
    ("language", "zone", "subject", "first_line"),
    [
        (
            "es",
            "America/Santiago",
            "LYN-2026-000123 · Aviso: sin servicio",
            "Ana Pérez: jue 26 nov, 17:30 (Chile)",
        ),
        (
            "es",
            "America/Guayaquil",
            "LYN-2026-000123 · Aviso: sin servicio",
            "Ana Pérez: jue 26 nov, 15:30 (Ecuador)",
        ),
        (
            "en",
            "Europe/Madrid",
            "LYN-2026-000123 · Notice: sin servicio",
            "Ana Pérez: Thu 26 Nov, 21:30 (Spain)",
        ),
    ],
)
def test_a_mail_speaks_the_recipients_language_and_clock(server, language, zone, subject, first_line):
    [message] = arrived(server, mail(language=language, time_zone=zone))
    assert message["Subject"] == subject
    assert text_of(message).splitlines()[0] == first_line
    assert first_line in html_of(message)
    assert f'<html lang="{language}">' in html_of(message)


def test_mails_of_one_run_do_not_borrow_each_others_language(server):
    spanish, english = arrived(server, mail(1, language="es"), mail(2, language="en"))
    assert (spanish["Subject"], english["Subject"]) == (
        "LYN-2026-000123 · Aviso: sin servicio",
        "LYN-2026-000123 · Notice: sin servicio",
    )


def test_headers_say_who_writes_what_thread_and_that_no_robot_shall_answer(server):
    [message] = arrived(server, mail())
    stored = OutboxMessage.objects.get()
    names = [
        "From",
        "To",
        "Reply-To",
        "Message-ID",
        "Auto-Submitted",
        "X-Auto-Response-Suppress",
        "In-Reply-To",
        "References",
    ]
    assert {name: message.get_all(name) for name in names} == {
        "From": ["support_lynn@lynn.cx"],
        "To": ["Ana Pérez <persona1@example.com>"],
        "Reply-To": [reply_address("LYN-2026-000123")],
        "Message-ID": [stored.message_id],
        "Auto-Submitted": ["auto-generated"],
        "X-Auto-Response-Suppress": ["DR, RN, NRN, OOF, AutoReply"],
        "In-Reply-To": [thread_id("LYN-2026-000123")],
        "References": [thread_id("LYN-2026-000123")],
    }
    assert [name for name in message if name.lower().startswith(("list-", "bcc", "cc"))] == []


def test_mails_of_one_thread_share_its_root_and_others_have_none(server):
    first, second, other, alone = arrived(
        server, mail(1), mail(2), mail(3, thread="LYN-2026-000124"), mail(4, thread="")
    )
    assert first["References"] == second["References"] != other["References"]
    assert (alone["References"], alone["In-Reply-To"]) == (None, None)


def test_the_text_is_plain_and_the_html_is_escaped(server):
    [message] = arrived(server, mail())
    assert text_of(message).splitlines() == [
        "Ana Pérez: jue 26 nov, 17:30 (Chile)",
        "",
        "Se cayó <todo> & nadie contesta.",
        "",
        "--",
        *text_of(message).splitlines()[5:],
    ]
    assert "<p>Se cayó &lt;todo&gt; &amp; nadie contesta.</p>" in html_of(message)


def test_links_begin_with_the_configured_address(server, settings):
    settings.PORTAL_BASE_URL = "https://soporte.example.com/"
    [message] = arrived(server, mail(context=mail().context | {"portal_url": "https://evil.example.com"}))
    assert "https://soporte.example.com/tickets/LYN-2026-000123/" in text_of(message).splitlines()
    assert 'href="https://soporte.example.com/tickets/LYN-2026-000123/"' in html_of(message)
    assert "evil" not in text_of(message) + html_of(message)


HOSTILE = [
    "Ana\r\nBcc: victim@example.com",
    "Ana\nBcc: victim@example.com",
    "Ana\rBcc: victim@example.com",
    "Ana\u2028Bcc: victim@example.com",
    "Ana\u2029Bcc: victim@example.com",
    "Ana\x85Bcc: victim@example.com",
    "Ana\x0bBcc: victim@example.com",
    "Ana, victim@example.com",
    'Ana" <victim@example.com>, "',
    "Ana <victim@example.com>",
    "<victim@example.com>",
    "(Ana)",
    "Ana;victim@example.com",
    "=?utf-8?q?=0D=0ABcc:_victim=40example.com?=",
    "\\",
    '"',
    "Pérez, Ana",
    "",
    "ñ" * 300,
]


@pytest.mark.parametrize("text", HOSTILE)
def test_no_name_or_subject_adds_a_header_or_a_recipient(server, text):
    [message] = arrived(server, mail(to_name=text, context=mail().context | {"title": text}))
    assert server.arrivals[0].recipients == ("persona1@example.com",)
    assert [address for _, address in getaddresses(message.get_all("To"))] == ["persona1@example.com"]
    assert (message.get_all("Bcc"), message.get_all("Cc"), len(message.get_all("Subject"))) == (None, None, 1)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(name=st.text(max_size=60), title=st.text(max_size=120), text=st.text(max_size=200))
def test_whatever_people_write_one_mail_goes_to_one_address(mailoutbox, name, title, text):
    OutboxMessage.objects.all().delete()
    mailoutbox.clear()
    asked = mail(to_name=name, context=mail().context | {"title": title, "text": text})
    enqueue([asked], now=NOW)
    assert deliver_due(now=NOW) == Delivered(sent=1)
    message = mailoutbox[0].message()
    assert [address.addr_spec for address in message["To"].addresses] == ["persona1@example.com"]


def test_a_bare_carriage_return_smuggles_no_second_message(server):
    smuggled = "x\r.\rMAIL FROM:<a@example.com>\n.\r\nRCPT TO:<victim@example.com>\r\n.\r\nDATA"
    [message] = arrived(server, mail(context=mail().context | {"text": smuggled}))
    assert len(server.arrivals) == 1
    assert text_of(message).splitlines()[2:7] == [
        "x",
        ".",
        "MAIL FROM:<a@example.com>",
        ".",
        "RCPT TO:<victim@example.com>",
    ]


def test_a_subject_of_nothing_is_given_up(server):
    enqueue([mail(kind="silent")], now=NOW)
    assert deliver_due(now=NOW) == Delivered(given_up=1)
    assert OutboxMessage.objects.get().last_error == "ValueError: email/silent/subject.txt came out empty"


# ---------- what some mails carry besides ----------

LINK = "/avisos/baja/" + "x" * 150 + ":y/"


def test_the_link_to_unsubscribe_stands_in_the_header_in_one_piece(server):
    with_link, without = arrived(server, mail(1, unsubscribe=LINK), mail(2))
    assert with_link["List-Unsubscribe"] == f"<http://localhost:8000{LINK}>"
    assert with_link["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"  # RFC 8058 3.1
    raw = server.arrivals[0].message.as_bytes(policy=with_link.policy.clone(max_line_length=998))
    assert f"List-Unsubscribe: <http://localhost:8000{LINK}>".encode() in raw
    assert (without["List-Unsubscribe"], without["List-Unsubscribe-Post"]) == (None, None)


@pytest.mark.parametrize("method", ["PUBLISH", "CANCEL"])
def test_a_calendar_entry_goes_along_with_its_method(server, method):
    calendar = f"BEGIN:VCALENDAR\r\nMETHOD:{method}\r\nSUMMARY:Línea con METHOD:X\r\nEND:VCALENDAR\r\n"
    (message,) = arrived(server, mail(calendar=calendar))
    (attachment,) = message.iter_attachments()
    assert (attachment.get_content_type(), attachment.get_filename()) == ("text/calendar", "aviso.ics")
    assert attachment["Content-Type"].params["method"] == method
    assert attachment.get_content().split() == calendar.split()


def test_a_sample_is_written_as_the_mail_will_be_and_nothing_is_stored():
    sample = sample_of(mail())
    assert (sample.subject, sample.pk) == ("LYN-2026-000123 · Aviso: sin servicio", None)
    assert not OutboxMessage.objects.exists()


def test_a_link_too_long_to_store_is_refused():
    with pytest.raises(ValueError, match="unsubscribe"):
        enqueue([mail(unsubscribe="x" * 401)], now=NOW)
