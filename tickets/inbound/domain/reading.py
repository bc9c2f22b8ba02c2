"""A mail taken apart: who, to whom, about what, its words, its files. It survives anything, or says why not.

The standard parser is used with its oldest policy, which never judges a header. Everything that is decoded
is guarded by itself, so that one broken part costs that part.
"""

import email.policy
import email.utils
import mimetypes
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from email.message import Message
from email.parser import BytesParser

from .limits import Budget, Limits, OverLimit, check_before_parsing, header_length
from .text import decode, header_text, html_to_text, one_line, plain

_POLICY = email.policy.compat32
_ID = re.compile(r"<([^<>\s]{1,500})>")
LONGEST_FIELD = 20_000
# Where servers write to whom a mail was really delivered.
_DELIVERED_TO = ("delivered-to", "x-original-to", "envelope-to", "x-envelope-to")
_ADDRESSED_TO = ("to", "cc", "resent-to", *_DELIVERED_TO)


class Unreadable(ValueError):
    """No mail can be made out in these bytes; the text says why."""


@dataclass(frozen=True)
class Mailbox:
    name: str
    address: str


@dataclass(frozen=True)
class Head:
    """What a mail says of itself. `return_path` is "" for the null sender, None where nothing is said.

    `senders` are the addresses of all From fields; `fields` all fields by their names in small letters, in
    order, as people read them.
    """

    message_id: str
    subject: str
    senders: tuple[Mailbox, ...]
    recipients: tuple[str, ...]
    answers_to: tuple[str, ...]  # Message-IDs, the nearest first
    return_path: str | None
    fields: Mapping[str, tuple[str, ...]] = field(repr=False)

    def first(self, name: str) -> str:
        return next(iter(self.fields.get(name, ())), "")

    @property
    def sender(self) -> Mailbox | None:
        """The one person it comes from; None where there is none, or more than one claim."""
        if len(self.fields.get("from", ())) != 1 or len(self.senders) != 1:
            return None
        return self.senders[0]


@dataclass(frozen=True)
class Enclosure:
    """A file of the mail, under the sender's name for it."""

    name: str
    content_type: str
    content: bytes = field(repr=False)


@dataclass(frozen=True)
class Letter:
    """A whole mail. `status` are the field groups of a delivery report, `returned_ids` the Message-IDs of the
    mail that it returns, `report_type` what it reports (RFC 6522)."""

    head: Head
    text: str = ""
    html: str = ""
    files: tuple[Enclosure, ...] = ()
    report_type: str = ""
    status: tuple[Mapping[str, str], ...] = ()
    returned_ids: tuple[str, ...] = ()
    is_partial: bool = False  # message/partial: a piece of a larger mail
    is_invitation_reply: bool = False


def read(raw: bytes, limits: Limits, elapsed: Callable[[], float]) -> Letter:
    """The mail in `raw`. Raises OverLimit, and Unreadable where nothing can be made out."""
    check_before_parsing(raw, limits)
    message = _parsed(raw)
    head = _head(message)
    if not head.fields:
        raise Unreadable
    return _Reader(Budget(limits, elapsed), limits).letter(message, head)


def read_head(raw: bytes, limits: Limits) -> Head | None:
    """The head alone, of a mail too large to be read or broken further down; None if that fails too."""
    cut = raw[: min(header_length(raw), limits.header_bytes)]
    try:
        return _head(_parsed(cut + b"\n\n"))
    except Unreadable:
        return None


def _parsed(raw: bytes) -> Message:
    try:
        return BytesParser(policy=_POLICY).parsebytes(raw.removeprefix(b"\xef\xbb\xbf"))
    except Exception as error:  # RecursionError and whatever else broken MIME brings out of it
        raise Unreadable(f"{type(error).__name__}: {error}"[:200]) from error


# ---------- the head ----------


def _head(message: Message) -> Head:
    raw_fields: dict[str, list[str]] = {}
    for name, value in message.raw_items():
        raw_fields.setdefault(str(name).lower(), []).append(str(value)[:LONGEST_FIELD])
    fields = {name: tuple(header_text(value) for value in values) for name, values in raw_fields.items()}

    def all_of(*names: str) -> list[str]:
        return [value for name in names for value in raw_fields.get(name, ())]

    return Head(
        message_id=message_id_of(next(iter(fields.get("message-id", ())), "")),
        subject=one_line(next(iter(fields.get("subject", ())), ""), 1000),
        senders=tuple(mailboxes(all_of("from"))),
        recipients=tuple(dict.fromkeys(box.address for box in mailboxes(all_of(*_ADDRESSED_TO)))),
        answers_to=tuple(_answered(fields)),
        return_path=_return_path(fields),
        fields=fields,
    )


def message_id_of(text: str) -> str:
    """The identifier without its angle brackets; what stands there where it is no proper one."""
    found = _ID.search(text)
    return plain(found[1]) if found else " ".join(text.split()).strip("<>")[:500]


def mailboxes(values: list[str]) -> Iterator[Mailbox]:
    """The addresses in header fields, names decoded; nothing for a field that cannot be read."""
    try:
        pairs = email.utils.getaddresses([_without_bytes(value) for value in values])
    except Exception:  # comments within comments make it call itself, and more
        return
    for name, address in pairs:
        local, at, domain = address.strip().rpartition("@")
        if at and local and domain:
            yield Mailbox(one_line(header_text(name), 150), one_line(address, 320))


def _without_bytes(value: str) -> str:
    return value if value.isascii() else decode(value.encode("utf-8", "surrogateescape"), None)


def _answered(fields: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    seen: set[str] = set()
    references = [found for value in fields.get("references", ()) for found in _ID.findall(value)]
    named = [found for value in fields.get("in-reply-to", ()) for found in _ID.findall(value)]
    for identifier in (*named, *reversed(references)):
        if identifier not in seen and len(seen) < 100:
            seen.add(identifier)
            yield identifier


def _return_path(fields: Mapping[str, tuple[str, ...]]) -> str | None:
    values = fields.get("return-path", ())
    return values[0].strip().strip("<>").strip() if values else None


# ---------- the body ----------


@dataclass
class _Gathered:
    plain: list[str] = field(default_factory=list)
    html: list[str] = field(default_factory=list)
    files: list[Enclosure] = field(default_factory=list)

    def add(self, other: "_Gathered") -> None:
        self.plain += other.plain
        self.html += other.html
        self.files += other.files

    @property
    def has_plain(self) -> bool:
        return any(text.strip() for text in self.plain)


class _Reader:
    def __init__(self, budget: Budget, limits: Limits) -> None:
        self.budget = budget
        self.limits = limits
        self.status: list[Mapping[str, str]] = []
        self.returned: list[str] = []
        self.shown_html = ""
        self.is_partial = False
        self.is_invitation_reply = False

    def letter(self, message: Message, head: Head) -> Letter:
        gathered = self._gather(message, 0)
        text = "\n\n".join(part.strip("\n") for part in gathered.plain if part.strip())
        if len(text) > self.limits.text_characters:
            raise OverLimit("characters", self.limits.text_characters)
        report = ""
        if _type_of(message) == "multipart/report":
            report = str(_guarded(message.get_param, "report-type") or "").lower()
        return Letter(
            head=head,
            text=text,
            html=self.shown_html,
            files=tuple(gathered.files),
            report_type=report,
            status=tuple(self.status),
            returned_ids=tuple(self.returned),
            is_partial=self.is_partial,
            is_invitation_reply=self.is_invitation_reply,
        )

    def _gather(self, part: Message, depth: int) -> _Gathered:
        self.budget.part(depth)
        kind = _type_of(part)
        if kind == "message/delivery-status":
            return self._delivery_status(part)
        if kind == "message/partial":
            self.is_partial = True
        if kind.startswith("message/") and part.is_multipart():
            return self._enclosed_mail(part, depth)
        if part.is_multipart():
            return self._children(part, kind, depth)
        return self._leaf(part, kind)

    def _children(self, part: Message, kind: str, depth: int) -> _Gathered:
        gathered = [self._gather(child, depth + 1) for child in _parts_of(part)]
        whole = _Gathered()
        if kind == "multipart/alternative" and any(one.has_plain and not one.html for one in gathered):
            # The plain version says it all; of the other versions only their files count.
            chosen = next(one for one in gathered if one.has_plain and not one.html)
            gathered = [one if one is chosen else replace(one, plain=[], html=[]) for one in gathered]
        for one in gathered:
            whole.add(one)
        return whole

    def _leaf(self, part: Message, kind: str) -> _Gathered:
        name = _file_name(part)
        content = self._content(part)
        is_file = bool(name) or _disposition(part) == "attachment"
        if kind == "text/calendar":
            method = str(_guarded(part.get_param, "method") or "")
            self.is_invitation_reply |= method.lower() == "reply"
        if kind == "text/rfc822-headers":
            self._note_returned(content)
        if kind in {"text/plain", "text/html", "text/enriched", "text"} and not is_file:
            text = decode(content, _charset(part))
            if kind == "text/html":
                self.shown_html = self.shown_html or text
                return _Gathered(plain=[html_to_text(text)], html=[text])
            return _Gathered(plain=[_unfolded(text, part)])
        if not content and not name:
            return _Gathered()
        return _Gathered(files=[Enclosure(name or self._name_for(kind), kind, content)])

    def _content(self, part: Message) -> bytes:
        try:
            content = part.get_payload(decode=True)
        except Exception:  # a transfer encoding that lies
            content = None
        if content is None:
            payload = part.get_payload()
            content = payload.encode("utf-8", "surrogateescape") if isinstance(payload, str) else b""
        found = content if isinstance(content, bytes) else b""
        self.budget.bytes_decoded(len(found))
        return found

    def _enclosed_mail(self, part: Message, depth: int) -> _Gathered:
        """A mail within the mail is evidence as it stands; its own parts only count against the limits."""
        inner = _parts_of(part)
        for message in inner:
            self._count(message, depth + 1)
            self.returned += [
                message_id_of(header_text(str(value))) for value in message.get_all("Message-ID", [])
            ]
        content = b"".join(filter(None, (_guarded(message.as_bytes) for message in inner)))
        self.budget.bytes_decoded(len(content))
        subject = header_text(str(inner[0].get("Subject", ""))) if inner else ""
        name = _file_name(part) or f"{one_line(subject, 80) or 'mensaje'}.eml"
        return _Gathered(files=[Enclosure(name, "message/rfc822", content)])

    def _count(self, message: Message, depth: int) -> None:
        ahead = [(message, depth)]
        while ahead:
            part, level = ahead.pop()
            self.budget.part(level)
            ahead += [(child, level + 1) for child in _parts_of(part)] if part.is_multipart() else []

    def _delivery_status(self, part: Message) -> _Gathered:
        for group in _parts_of(part)[:50]:
            fields = {str(name).lower(): header_text(str(value)) for name, value in group.raw_items()}
            if fields:
                self.status.append(fields)
        return _Gathered()

    def _note_returned(self, content: bytes) -> None:
        found = re.search(rb"(?im)^message-id:\s*(<[^<>\s]+>)", content)
        if found:
            self.returned.append(message_id_of(found[1].decode("ascii", "replace")))

    def _name_for(self, kind: str) -> str:
        return f"adjunto-{self.budget.parts}{mimetypes.guess_extension(kind, strict=False) or '.bin'}"


def _parts_of(part: Message) -> list[Message]:
    payload = part.get_payload()
    return [child for child in payload if isinstance(child, Message)] if isinstance(payload, list) else []


def _guarded[T](call: Callable[..., T], *arguments: object) -> T | None:
    """What `call` gives, or None where the mail is too broken for it."""
    try:
        return call(*arguments)
    except Exception:
        return None


def _type_of(part: Message) -> str:
    return _guarded(part.get_content_type) or "application/octet-stream"


def _disposition(part: Message) -> str:
    return _guarded(part.get_content_disposition) or ""


def _charset(part: Message) -> str | None:
    charset = _guarded(part.get_content_charset)
    return charset if isinstance(charset, str) else None


def _file_name(part: Message) -> str:
    name = _guarded(part.get_filename)
    return one_line(header_text(name), 255) if isinstance(name, str) else ""


def _unfolded(text: str, part: Message) -> str:
    """Lines that a mail program wrapped, made whole again (RFC 3676)."""
    if str(_guarded(part.get_param, "format") or "").lower() != "flowed":
        return text
    drops_space = str(_guarded(part.get_param, "delsp") or "").lower() == "yes"
    lines: list[str] = []
    flows = False
    for line in text.split("\n"):
        depth = len(line) - len(line.lstrip(">"))
        if flows and lines and depth == len(lines[-1]) - len(lines[-1].lstrip(">")):
            before = lines[-1][:-1] if drops_space else lines[-1]
            lines[-1] = before + line[depth:].removeprefix(" ")
        else:
            lines.append(line)
        flows = line.endswith(" ") and line.lstrip("> ") != "-- " and line != "-- "
    return "\n".join(lines)
