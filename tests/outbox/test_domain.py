"""Header text and the schedule of attempts, without a database."""

import smtplib
from datetime import timedelta
from email import policy
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lynnsupport.outbox.domain.attempts import MAX_ATTEMPTS, RETRY_AFTER, Refusal, judge, retry_after
from lynnsupport.outbox.domain.headers import one_line

FINAL = Refusal(is_final=True, breaks_connection=False)
LATER = Refusal(is_final=False, breaks_connection=False)
BROKEN = Refusal(is_final=False, breaks_connection=True)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("Ana Pérez", "Ana Pérez"),
        ("Ana\r\nBcc: otro@example.com", "Ana Bcc: otro@example.com"),
        ("Ana\u2028Bcc: x", "Ana Bcc: x"),
        ("Ana\u2029\u0085\x0b\x0c\x1c\x1d\x1eX", "Ana X"),
        ("Ana\x00\x07\tPérez", "Ana Pérez"),
        ("\u202eanA\u202c", "anA"),
        ("A\u200bna", "Ana"),
        ("👩\u200d💻", "👩\u200d💻"),
        ("Ana\ud800Pérez", "Ana Pérez"),
        ("=?utf-8?q?=0D=0ABcc:_x?=", "= ?utf-8?q?=0D=0ABcc:_x?="),
        ("   ", ""),
        ("", ""),
        ("abcdefghij", "abcdefghij"),
        ("abcdefghijk", "abcdefghi…"),
        ("abcdefgh   ijk", "abcdefgh…"),
    ],
)
def test_one_line_keeps_what_is_read_and_nothing_that_acts(text, line):
    assert one_line(text, limit=10 if text.startswith("abc") else 100) == line


@given(st.text(st.characters(), max_size=80))
def test_one_line_of_any_text_stands_in_a_header_and_encodes(text):
    line = one_line(text, limit=60)
    assert (len(line) <= 60, line.splitlines() in ([], [line])) == (True, True)
    message = EmailMessage(policy=policy.SMTP)
    message["Subject"] = line
    message.as_bytes()


def test_retry_after_grows_and_ends():
    waits = [retry_after(attempts) for attempts in range(1, MAX_ATTEMPTS + 1)]
    assert waits == [*RETRY_AFTER, None]
    assert list(RETRY_AFTER) == sorted(RETRY_AFTER)
    assert RETRY_AFTER[:6] == tuple(timedelta(minutes=m) for m in (1, 2, 5, 15, 60, 240))


def test_retry_after_no_attempt_is_refused():
    with pytest.raises(ValueError, match="no attempt"):
        retry_after(0)


@pytest.mark.parametrize(
    ("error", "refusal"),
    [
        (smtplib.SMTPRecipientsRefused({"a@example.com": (550, b"no such user")}), FINAL),
        (smtplib.SMTPRecipientsRefused({"a@example.com": (451, b"greylisted")}), LATER),
        (smtplib.SMTPRecipientsRefused({"a@example.com": (421, b"too busy")}), BROKEN),
        (smtplib.SMTPDataError(554, b"looks like spam"), FINAL),
        (smtplib.SMTPDataError(452, b"full"), LATER),
        (smtplib.SMTPDataError(421, b"closing"), BROKEN),
        (smtplib.SMTPSenderRefused(550, b"who are you", "us@example.com"), LATER),
        (smtplib.SMTPSenderRefused(421, b"closing", "us@example.com"), BROKEN),
        (smtplib.SMTPServerDisconnected("gone"), BROKEN),
        (TimeoutError("silent"), BROKEN),
        (ConnectionResetError(), BROKEN),
        (ValueError("Invalid address"), FINAL),
        (UnicodeEncodeError("ascii", "ñ", 0, 1, "no"), FINAL),
        (RuntimeError("a provider's own"), BROKEN),
    ],
)
def test_judge_tells_for_good_from_for_now(error, refusal):
    assert judge(error) == refusal
