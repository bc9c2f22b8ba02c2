"""A mail of ours stands in the conversation of the reader's own mail, and nothing of that mail acts in it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lynnsupport.outbox.domain.headers import LONGEST_IDENTIFIER, identifier_of
from lynnsupport.outbox.identity import message_id, thread_id
from lynnsupport.outbox.models import ReadersMail
from lynnsupport.outbox.operations import deliver_due, enqueue, remember_mail

from .support import NOW, mail

THREAD, READER = "LYN-2026-000123", "persona1@example.com"
ROOT = "<CAF+x=1a_b$2~3@mail.gmail.com>"
LAST = "<uno.dos/tres@[192.0.2.1]>"
LONG = f"<{'a' * 195}@{'b' * 45}.cl>"

HOSTILE = [
    "a@x.cl>\r\nBcc: victim@example.com",
    "a@x.cl\nBcc: victim@example.com",
    "a@x.cl\r",
    "a\u2028b@x.cl",
    "a@x.cl> <otro@y.cl",
    "a@x.cl <otro@y.cl>",
    "a b@x.cl",
    "a,b@x.cl",
    'a"b@x.cl',
    "a<b@x.cl",
    "a(b)@x.cl",
    "ñ@x.cl",
    "=?utf-8?q?=0ABcc:?=@x.cl",
    "a@b@x.cl",
    "a@",
    "@x.cl",
    "sin arroba",
    "",
    "<<a@x.cl>>",
    f"{'a' * LONGEST_IDENTIFIER}@x.cl",
]


@pytest.mark.parametrize("text", [ROOT, LAST, LONG])
def test_an_identifier_is_taken_as_it_is(text):
    assert (identifier_of(text), identifier_of(text.strip("<>"))) == (text, text)


@pytest.mark.parametrize("text", HOSTILE)
def test_what_is_no_identifier_is_left_out(text):
    assert identifier_of(text) == ""


@given(st.text(st.characters(), max_size=300) | st.from_regex(r"<?[!-~]{1,9}@[!-~]{1,9}>?", fullmatch=True))
def test_whatever_passes_is_one_short_word_between_one_pair_of_brackets(text):
    known_as = identifier_of(text)
    if known_as:
        assert known_as.isascii()
        assert known_as.isprintable()
        assert (len(known_as) <= LONGEST_IDENTIFIER, known_as.split()) == (True, [known_as])
        assert (known_as.count("<"), known_as.count(">"), known_as[0], known_as[-1]) == (1, 1, "<", ">")


def arrived(server, **changes):
    enqueue([mail(**changes)], now=NOW)
    deliver_due(now=NOW)
    return server.arrivals[-1]


@pytest.mark.django_db
def test_a_mail_answers_the_readers_last_mail_and_keeps_the_threads_root(server):
    for identifier in (ROOT, "<otro@example.com>", LAST, LAST):
        assert remember_mail(thread=THREAD, address=READER.upper(), identifier=identifier)
    message = arrived(server).message
    assert message["In-Reply-To"] == LAST
    assert message["References"].split() == [thread_id(THREAD), ROOT, LAST]


@pytest.mark.django_db
def test_the_longest_identifiers_arrive_unbroken(server):
    other = LONG.replace("a", "c")
    for identifier in (LONG, other):
        remember_mail(thread=THREAD, address=READER, identifier=identifier)
    lines = arrived(server, to_name="Ñandú " * 20).raw.splitlines()
    assert f"In-Reply-To: {other}".encode() in lines
    assert f"References: {thread_id(THREAD)} {LONG} {other}".encode() in lines
    others = [line for line in lines if not line.startswith((b"In-Reply-To:", b"References:"))]
    assert max(map(len, others)) <= 78  # RFC 2047 2: an encoded word has no more than 75


@pytest.mark.django_db
def test_nobody_elses_mail_and_no_other_thread_is_named(server):
    remember_mail(thread=THREAD, address="otra@example.com", identifier=ROOT)
    remember_mail(thread="LYN-2026-000124", address=READER, identifier=ROOT)
    message = arrived(server).message
    assert (message["In-Reply-To"], message["References"]) == (thread_id(THREAD), thread_id(THREAD))


@pytest.mark.django_db
@pytest.mark.parametrize("text", [*HOSTILE, message_id("otro"), thread_id("LYN-2026-000999")])
def test_past_failure_16_no_identifier_from_outside_writes_a_header(server, text):
    assert not remember_mail(thread=THREAD, address=READER, identifier=text)
    assert not ReadersMail.objects.exists()
    arrival = arrived(server)
    assert arrival.recipients == (READER,)
    assert arrival.message["References"] == thread_id(THREAD)


@pytest.mark.django_db
def test_where_the_check_is_lacking_a_header_would_be_written():
    """The negative control: what the check keeps out does break a mail."""
    ReadersMail.objects.create(
        thread=THREAD, address=READER, identifier="<a@x.cl>\r\nBcc: victim@example.com"
    )
    enqueue([mail()], now=NOW)
    assert deliver_due(now=NOW).sent == 0
