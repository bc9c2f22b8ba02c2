"""What a delivery report says (RFC 3464): of which mail, for whom, and whether for good."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from .reading import Letter
from .senders import looks_returned
from .text import one_line


@dataclass(frozen=True)
class Bounce:
    """A mail that came back. `is_final`: the address takes no mail; `words` are the other server's own.

    `recipient` is the address that failed, "" where the report does not say; `returned_ids` name the mail.
    """

    is_final: bool
    recipient: str
    words: str
    returned_ids: tuple[str, ...]


_TEXT_CODE = re.compile(r"\b([45])\d\d[ -](?:#?([245]\.\d{1,3}\.\d{1,3}))?|\b#?([45]\.\d{1,3}\.\d{1,3})\b")
_RETURNED_ID = re.compile(r"(?im)^[>\s]*message-id:\s*<([^<>\s]{1,500})>")
# A full mailbox or a refused text says nothing about the address.
_NOT_THE_ADDRESS = ("5.2.2", "5.2.3", "5.3.4", "5.7.")


def read_bounce(letter: Letter) -> Bounce | None:
    """The bounce that `letter` is; None for any other mail, and for a report of success."""
    if letter.status or letter.report_type == "delivery-status":
        return _from_report(letter)
    return _from_words(letter) if looks_returned(letter) else None


def is_report(letter: Letter) -> bool:
    """Whether it is a delivery report, of success too."""
    return bool(letter.status) or letter.report_type == "delivery-status"


def _from_report(letter: Letter) -> Bounce | None:
    groups = [group for group in letter.status if "action" in group or "status" in group]
    failed = [group for group in groups if _action(group) == "failed"]
    told = failed or [group for group in groups if _action(group) == "delayed"]
    if not told:
        return _from_words(letter) if not groups else None
    group = told[0]
    return Bounce(
        is_final=bool(failed) and _is_about_the_address(group),
        recipient=_address(group.get("final-recipient", "") or group.get("original-recipient", "")),
        words=one_line(group.get("diagnostic-code", "") or group.get("status", "") or letter.text, 1000),
        returned_ids=_returned(letter),
    )


def _action(group: Mapping[str, str]) -> str:
    action = group.get("action", "").partition("(")[0].strip().lower()
    if action:
        return action
    return "failed" if group.get("status", "").startswith("5") else "delayed"


def _is_about_the_address(group: Mapping[str, str]) -> bool:
    status = group.get("status", "").split(" ")[0]
    return status.startswith("5") and not status.startswith(_NOT_THE_ADDRESS)


def _address(text: str) -> str:
    """`rfc822; ana@example.com` without its type."""
    return text.rpartition(";")[2].strip().strip("<>").lower()[:254]


def _from_words(letter: Letter) -> Bounce:
    found = _TEXT_CODE.search(letter.text)
    code = found[0] if found else ""
    enhanced = (found[2] or found[3] or "") if found else ""
    return Bounce(
        is_final=code.startswith(("5", "#5")) and not enhanced.startswith(_NOT_THE_ADDRESS),
        recipient="",
        words=one_line(letter.text[found.start() :] if found else letter.text or letter.head.subject, 1000),
        returned_ids=_returned(letter),
    )


def _returned(letter: Letter) -> tuple[str, ...]:
    within = _RETURNED_ID.findall(letter.text)
    return tuple(dict.fromkeys((*letter.returned_ids, *within, *letter.head.answers_to)))[:20]
