"""When a mail is tried again, and what a mail server's refusal means."""

import smtplib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

# Minutes after the 1st, 2nd, ... failed attempt: two days in all, so a server that is repaired after a
# weekend's first night still gets it. No jitter: one sender works the queue off in order, so nothing
# stampedes.
RETRY_AFTER: Sequence[timedelta] = tuple(
    timedelta(minutes=minutes) for minutes in (1, 2, 5, 15, 60, 240, 480, 720, 1440)
)
MAX_ATTEMPTS = len(RETRY_AFTER) + 1

# A server that cannot be reached has judged nothing: asked again soon, and never counted as an attempt.
UNREACHABLE_AFTER = timedelta(minutes=1)

_CLOSING = 421  # RFC 5321 4.2.3: «service not available, closing transmission channel»


def retry_after(attempts: int) -> timedelta | None:
    """How long to wait after that many failed attempts; None when it was the last one.

    ValueError for less than one.
    """
    if attempts < 1:
        raise ValueError(f"no attempt was made: {attempts}")
    return RETRY_AFTER[attempts - 1] if attempts < MAX_ATTEMPTS else None


@dataclass(frozen=True)
class Refusal:
    """What an error while sending one mail means for it, and for the connection it came over."""

    is_final: bool
    breaks_connection: bool


def judge(error: Exception) -> Refusal:
    """Reads an exception of `smtplib`, of the socket, or of composing the message.

    Final: the recipient or the text refused with a 5xx reply (RFC 5321 4.2.1), or a message that cannot be
    composed. A refusal of our own address is a fault of this installation, not of the mail, so it can wait.
    """
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return _by_codes([code for code, _ in error.recipients.values()])
    if isinstance(error, smtplib.SMTPSenderRefused):
        return Refusal(is_final=False, breaks_connection=error.smtp_code == _CLOSING)
    if isinstance(error, smtplib.SMTPResponseException):
        return _by_codes([error.smtp_code])
    if isinstance(error, ValueError):
        return Refusal(is_final=True, breaks_connection=False)
    return Refusal(is_final=False, breaks_connection=True)


def _by_codes(codes: Sequence[int]) -> Refusal:
    return Refusal(is_final=all(code >= 500 for code in codes), breaks_connection=_CLOSING in codes)
