"""From a row to a letter: rendered in the recipient's language and zone, then dressed with its headers."""

import email.policy
import re
from email.headerregistry import Address
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template import Context
from django.template.loader import get_template
from django.utils import timezone, translation

from .domain.headers import one_line
from .identity import reply_address, return_path, thread_id
from .models import OutboxMessage, ReadersMail

if TYPE_CHECKING:
    from .operations import Mail

SUBJECT_LIMIT = 200
LONGEST_LINE = 998
WHOLE = frozenset({"message-id", "in-reply-to", "references", "list-unsubscribe"})


def write(message: OutboxMessage) -> None:
    """Fills `subject`, `body_text` and `body_html` from `templates/email/<kind>/`; saves nothing.

    Templates see the context captured at creation and, over it, `portal_url` (no slash at its end), `about`,
    `to_name`, `support_email`, `language`, `unsubscribe_url` (or nothing). Text templates need no escaping,
    HTML is escaped as on pages.
    Raises whatever a template raises, TemplateDoesNotExist among it, and ValueError for an empty subject.
    """
    told = message.context | {
        "portal_url": settings.PORTAL_BASE_URL.rstrip("/"),
        "support_email": settings.SUPPORT_EMAIL,
        "about": message.about,
        "to_name": message.to_name,
        "language": message.language,
        "unsubscribe_url": _unsubscribe_url(message),
    }
    with translation.override(message.language), timezone.override(ZoneInfo(message.time_zone)):
        subject = one_line(_render(message, "subject.txt", told, escape=False), limit=SUBJECT_LIMIT)
        if not subject:
            raise ValueError(f"email/{message.kind}/subject.txt came out empty")
        body_text = _tidy(_render(message, "body.txt", told, escape=False))
        body_html = _render(message, "body.html", told | {"subject_line": subject}, escape=True).strip()
    message.subject, message.body_text, message.body_html = subject, body_text, body_html


def sample_of(mail: "Mail") -> OutboxMessage:
    """The mail as it would be written, in a row that nobody stores: to show it before it is sent."""
    message = OutboxMessage(
        kind=mail.kind,
        to_address=mail.to,
        to_name=mail.to_name,
        language=mail.language,
        time_zone=mail.time_zone,
        context=dict(mail.context),
        about=mail.about,
        thread=mail.thread,
        unsubscribe=mail.unsubscribe,
    )
    write(message)
    return message


class _WholeLines(email.policy.EmailPolicy):
    """Folds as ever, but for the headers whose words may be longer than a line: Python would fold those by
    encoding them, which no mail program reads. RFC 5322 2.1.1 allows 998 characters."""

    def fold(self, name: str, value: str) -> str:
        return self._whole(name, value) or super().fold(name, value)

    def fold_binary(self, name: str, value: str) -> bytes:
        return self._whole(name, value).encode("ascii") or super().fold_binary(name, value)

    def _whole(self, name: str, value: str) -> str:
        line = f"{name}: {value}"
        is_whole = name.lower() in WHOLE and value.isascii() and value.isprintable()
        return line + self.linesep if is_whole and len(line) <= LONGEST_LINE else ""


class _Letter(EmailMultiAlternatives):
    def message(self, *, policy=email.policy.default):
        return super().message(policy=_WholeLines(**vars(policy)))


def compose(message: OutboxMessage) -> EmailMultiAlternatives:
    """The mail of a row that was written. ValueError for an address that no header can hold."""
    headers = {
        "Message-ID": message.message_id,
        "Auto-Submitted": "auto-generated",  # RFC 3834 5: no robot shall answer
        "X-Auto-Response-Suppress": "DR, RN, NRN, OOF, AutoReply",  # for Exchange; bounces still come
    }
    if message.thread:
        root, own = thread_id(message.thread), _readers_mails(message)
        headers["In-Reply-To"] = own[-1] if own else root
        headers["References"] = " ".join((root, *own))
    if message.unsubscribe:  # RFC 8058: one POST, without asking back
        headers["List-Unsubscribe"] = f"<{_unsubscribe_url(message)}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    headers["From"] = settings.DEFAULT_FROM_EMAIL
    letter = _Letter(
        subject=message.subject,
        body=message.body_text,
        from_email=return_path(message.pk),  # the envelope's; what is read is the header above
        to=[str(Address(display_name=message.to_name, addr_spec=message.to_address))],
        reply_to=[reply_address(message.thread)],
        headers=headers,
    )
    letter.attach_alternative(message.body_html, "text/html")
    if message.calendar:
        letter.attach("aviso.ics", message.calendar, f"text/calendar; method={_method(message.calendar)}")
    return letter


def _readers_mails(message: OutboxMessage) -> tuple[str, ...]:
    """The first and the last mail that the reader wrote about the ticket, if any: with these two their mail
    program finds the conversation, however long it is."""
    if not message.about:
        return ()
    mails = ReadersMail.objects.filter(thread=message.thread, address=message.to_address.lower())
    known_as = list(mails.order_by("pk").values_list("identifier", flat=True))
    return tuple(dict.fromkeys((*known_as[:1], *known_as[-1:])))


def _unsubscribe_url(message: OutboxMessage) -> str:
    return settings.PORTAL_BASE_URL.rstrip("/") + message.unsubscribe if message.unsubscribe else ""


def _method(calendar: str) -> str:
    """RFC 5546 3.2: what the reader's program shall do with the entry; to be shown unless it says so."""
    return "CANCEL" if re.search(r"^METHOD:CANCEL\r?$", calendar, re.M) else "PUBLISH"


def _render(message: OutboxMessage, part: str, told: dict[str, object], *, escape: bool) -> str:
    template = get_template(f"email/{message.kind}/{part}").template
    return template.render(Context(told, autoescape=escape))


def _tidy(text: str) -> str:
    """Plain text without the gaps that template tags leave, and with no line end but LF."""
    lines = [line.rstrip() for line in re.split(r"\r\n|\r|\n", text)]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip() + "\n"
