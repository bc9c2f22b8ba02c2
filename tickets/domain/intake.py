"""What a ticket says (INT-3): which answers are required, and which are still missing."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from lynnsupport.common.search import fold


class Channel(StrEnum):
    PORTAL = "portal"
    EMAIL = "email"
    TELEPHONE = "telephone"


class Priority(StrEnum):
    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"


@dataclass(frozen=True)
class Receipt:
    """How the reporter is told by mail that a ticket is registered (INT-1).

    `is_sent` False: not now, because they have been answered automatically often enough. `is_verified`
    False: nobody has shown that the reporter wrote, so the customer's side is sent none of what was written.
    `asks` False: the designated contacts are not asked by mail to escalate, for the same reason (CON-2).
    `also` are the numbers of earlier tickets of theirs whose receipt was not sent.
    """

    is_sent: bool = True
    is_verified: bool = True
    asks: bool = True
    also: tuple[str, ...] = ()


RECEIPT = Receipt()


@dataclass(frozen=True)
class Answers:
    """The content of a new ticket, whatever the channel. Empty text means «not said».

    `tenant` is the tenant's ID; `detected_at` an instant, `detected_zone` the zone in which the
    reporter stated it; `country` a code of accounts, empty for the customer's own.
    `has_workaround` is None while it is not known. Detection and impact are None where a mail lacks them
    (INT-4); the forms require them.
    """

    tenant: str
    subject: str
    description: str
    detected_at: datetime | None
    detected_zone: str
    impact_percent: Decimal | None
    impact_description: str = ""
    has_workaround: bool | None = None
    workaround: str = ""
    urgency: str = ""
    priority: Priority = Priority.NORMAL
    products: str = ""
    social_networks: str = ""
    test_data: str = ""
    session_reference: str = ""
    previous_engineer: str = ""
    lccd_name: str = ""
    lccd_email: str = ""
    lccd_phone: str = ""
    troubleshooting: str = ""
    is_custom_development: bool = False
    is_preview: bool = False
    country: str = ""
    proposed_severity: int | None = None  # SEV-4


# INT-3: required; yet a mail that lacks them becomes a ticket, whose answer asks for them (INT-4).
REQUIRED = ("detected_at", "impact_percent")
# INT-3: asked for, not required. The order is the one in which they help most.
ASKED_FOR = (
    "impact_description",
    "has_workaround",
    "urgency",
    "products",
    "social_networks",
    "session_reference",
    "test_data",
    "evidence",
    "previous_engineer",
    "lccd_name",
    "lccd_email",
    "lccd_phone",
    "troubleshooting",
)


def missing_answers(content: object, *, has_evidence: bool) -> tuple[str, ...]:
    """Names from REQUIRED and ASKED_FOR that `content` (an Answers, or a record like it) leaves open."""
    return tuple(
        name
        for name in (*REQUIRED, *ASKED_FOR)
        if (not has_evidence if name == "evidence" else getattr(content, name) in (None, ""))
    )


_PREVIEW_MARK = "[funcionalidad en preview]"


def is_marked_preview(subject: str) -> bool:
    """Whether a subject begins with `[Funcionalidad en Preview]`, in any case, accents or not (EXC-2)."""
    folded = fold(subject)
    return folded.replace("[ ", "[").replace(" ]", "]").startswith(_PREVIEW_MARK)
