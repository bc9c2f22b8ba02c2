"""Mails taken apart: whatever the bytes are, either a letter comes of them or one of two named errors."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tickets.inbound.domain.delivery_status import read_bounce
from tickets.inbound.domain.drafting import read_words
from tickets.inbound.domain.limits import Limits, OverLimit
from tickets.inbound.domain.quotes import split_quotes
from tickets.inbound.domain.reading import Letter, Unreadable, read, read_head
from tickets.inbound.domain.senders import why_automatic
from tickets.inbound.domain.subjects import read_subject
from tickets.inbound.domain.text import decode, header_text, html_to_text, plain

LIMITS = Limits()


def take(raw: bytes, limits: Limits = LIMITS) -> Letter:
    return read(raw, limits, lambda: 0)


def nested(depth: int) -> bytes:
    """A mail of multiparts within each other."""
    head = "".join(f'Content-Type: multipart/mixed; boundary="b{n}"\n\n--b{n}\n' for n in range(depth))
    return f"From: a@example.com\n{head}Content-Type: text/plain\n\nHola\n".encode()


WHOLE = (
    b"From: =?utf-8?q?Ana_P=C3=A9rez?= <ana@example.com>\r\nTo: support_lynn@lynn.cx\r\n"
    b"Subject: =?iso-8859-1?q?700001_Ca=EDda?=\r\nMessage-ID: <1@example.com>\r\nMIME-Version: 1.0\r\n"
    b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\nContent-Type: text/plain; charset=latin1\r\n'
    b"Content-Transfer-Encoding: quoted-printable\r\n\r\nNo contesta: ca=EDda total\r\n--b\r\n"
    b'Content-Type: application/ms-tnef; name="winmail.dat"\r\nContent-Transfer-Encoding: base64\r\n\r\n'
    b"eJ8+IgAA\r\n--b\r\nContent-Type: message/rfc822\r\n\r\nFrom: x@example.com\r\nSubject: Dentro\r\n\r\n"
    b"Hola\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x\r\n\r\nAction: failed"
    b"\r\nStatus: 5.1.1\r\n\r\n--b--\r\n"
)


def test_a_whole_mail_is_taken_apart():
    letter = take(WHOLE)
    assert letter.head.sender
    assert letter.head.sender.name == "Ana Pérez"
    assert (letter.head.subject, letter.head.message_id) == ("700001 Caída", "1@example.com")
    assert letter.text == "No contesta: caída total"
    assert [(each.name, each.content) for each in letter.files] == [
        ("winmail.dat", b'x\x9f>"\x00\x00'),
        ("Dentro.eml", b"From: x@example.com\nSubject: Dentro\n\nHola"),
    ]


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"From: a@example.com\rSubject: CR\r\rSolo CR\rdos\r", "Solo CR\ndos"),
        (b"From: a@example.com\n\nNul\0o y m\xe1s", "Nulo y más"),
        (b"From: a@example.com\nContent-Type: text/plain; charset=utf-8\n\nma\xf1ana", "mañana"),
        (b"From: a@example.com\nContent-Type: text/plain; charset=nada-9\n\nma\xc3\xb1ana", "mañana"),
        (b"From: a@example.com\nContent-Type: text/plain; charset=idna\n\nhola", "hola"),
        (b"From: a@example.com\nContent-Type: text/html\n\n<p>Hola</p><p>Ad&iacute;os", "Hola\n\nAdíos"),
        (b"From: a@example.com\nContent-Type: x\n\nhola", "hola"),
        (b"From: a@example.com\nContent-Transfer-Encoding: base64\n\n!!!", None),
        (b"From: a@example.com\nContent-Type: multipart/mixed; boundary=b\n\nsin partes", None),
        (b'From: a@example.com\nContent-Type: multipart/mixed; boundary="b"\n\n--b\n\nuna', "una"),
    ],
)
def test_odd_texts_are_read_as_well_as_can_be(raw, text):
    letter = take(raw)
    assert text is None or letter.text == text


def test_of_two_versions_the_plain_one_counts_unless_it_is_empty():
    def mail(text):
        return (
            b"From: a@example.com\nContent-Type: multipart/alternative; boundary=b\n\n--b\n"
            b"Content-Type: text/plain\n\n" + text + b"\n--b\nContent-Type: text/html\n\n<p>HTML</p>\n--b--\n"
        )

    assert (take(mail(b"Texto")).text, take(mail(b" ")).text) == ("Texto", "HTML")
    assert "HTML" in take(mail(b"Texto")).html


@pytest.mark.parametrize(
    ("raw", "limits", "what"),
    [
        (b"From: a@example.com\n\n" + b"x" * 100, Limits(total_bytes=50), "bytes"),
        (b"From: a@example.com\nX: " + b"y" * 100 + b"\n\n", Limits(header_bytes=50), "header bytes"),
        (nested(12), LIMITS, "depth"),
        (nested(3000), LIMITS, "parts"),
        (nested(5), Limits(parts=3), "parts"),
        (WHOLE, Limits(decoded_bytes=10), "decoded bytes"),
        (WHOLE, Limits(text_characters=5), "characters"),
    ],
)
def test_what_is_over_a_limit_is_named_and_its_head_still_read(raw, limits, what):
    with pytest.raises(OverLimit) as caught:
        take(raw, limits)
    assert caught.value.what == what
    assert read_head(raw, Limits(header_bytes=10_000)) is not None


def test_a_slow_mail_is_given_up():
    ticks = iter(range(0, 1000, 15))
    with pytest.raises(OverLimit, match="seconds"):
        read(WHOLE, LIMITS, lambda: next(ticks))


@pytest.mark.parametrize("raw", [b"", b"\n", b"hola sin cabecera", b"\x00\xff\xfe" * 50])
def test_bytes_without_a_head_are_no_mail(raw):
    with pytest.raises(Unreadable):
        take(raw)


def everything(raw: bytes) -> None:
    """All that is done with a mail before the database is asked."""
    read_head(raw, LIMITS)
    try:
        letter = take(raw)
    except (OverLimit, Unreadable):
        return
    for text in (letter.text, letter.head.subject, *(file.name for file in letter.files)):
        assert not re.search("[\x00\ud800-\udfff]", text)
    assert "\n" not in letter.head.subject
    read_bounce(letter)
    why_automatic(letter)
    read_subject(letter.head.subject)
    read_words(letter.text, is_answer=False)
    html_to_text(letter.html)


@given(st.binary(max_size=2000))
@example(b"From: (((" + b"(" * 5000 + b"\n\n")
@example(b'Content-Type: text/plain; charset*0="a"; charset*1*=%\nFrom: a@b.cl\n\n')
@example(b"Content-Disposition: attachment; filename*=''%FF\n\nx")
@example(b"Subject: =?utf-8?b?" + b"=" * 300 + b"?=\n\n")
def test_random_bytes_never_break_it(raw):
    everything(raw)


WOUNDS = [b"\r", b"\0", b"--b", b"\n\n", b"=?utf-8?q?", b"%", b"multipart/", b'"', b"\xed\xa0"]


@st.composite
def mutated(draw):
    raw = bytearray(WHOLE)
    for _ in range(draw(st.integers(1, 8))):
        start = draw(st.integers(0, len(raw)))
        length = draw(st.integers(0, 40))
        raw[start : start + length] = draw(
            st.one_of(
                st.binary(max_size=20),
                st.sampled_from(WOUNDS),
                st.just(bytes(raw[:200])),
            )
        )
    return bytes(raw)


@given(mutated())
def test_a_mail_with_wounds_never_breaks_it(raw):
    everything(raw)


@given(st.text(max_size=300))
def test_splitting_quotes_loses_no_line(text):
    split = split_quotes(text)

    def lines(*parts):
        return sorted(line for part in parts for line in part.split("\n") if line.strip())

    assert lines(split.own, split.quoted) == lines(text)


@given(st.text(max_size=200))
def test_plain_text_is_plain_already(text):
    assert plain(plain(text)) == plain(text)


@given(
    st.binary(max_size=200),
    st.one_of(st.none(), st.sampled_from(["utf-8", "rot13", "hex", "zlib", "u" * 99, "\0"])),
)
def test_any_bytes_are_some_text(content, charset):
    assert isinstance(decode(content, charset), str)


@given(st.text(alphabet="=?utf-8bqBQ_ \t\r\n?=aé%FF", max_size=80))
def test_any_header_is_one_line(value):
    assert "\n" not in header_text(value)


@given(
    st.recursive(
        st.sampled_from(["Hola", "&lt;", "<br>", "<td>x", "<script>y</script>"]),
        lambda inner: st.builds(
            lambda tag, parts: f"<{tag}>{''.join(parts)}</{tag}>",
            st.sampled_from(["p", "div", "table", "tr", "td", "blockquote", "li", "pre", "a"]),
            st.lists(inner, max_size=4),
        ),
    )
)
def test_any_html_is_some_text(html):
    assert "y" not in html_to_text(html) or "y" in re.sub("<script>y</script>", "", html)


def test_html_as_deep_as_it_likes_is_read_without_end_of_stack():
    assert html_to_text("<div>" * 20_000 + "fondo") in ("fondo", "")
