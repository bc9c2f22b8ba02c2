"""How a mail ends (exactly one way), and why."""

from enum import StrEnum


class Kind(StrEnum):
    NEW_TICKET = "new_ticket"
    REPLY = "reply"
    BOUNCE = "bounce"
    IGNORED = "ignored"
    QUARANTINED = "quarantined"


class Why(StrEnum):
    """The reason of an outcome, as a code; `models.WHY_LABELS` says it in words."""

    OPENED = "opened"
    ADDED = "added"
    REOPENED = "reopened"
    GOES_ON = "goes_on"
    FOLLOWED = "followed"
    # a mail of ours came back, or nobody knows which
    RETURNED = "returned"
    RETURNED_UNKNOWN = "returned_unknown"
    DELIVERED_REPORT = "delivered_report"
    # written by a machine
    OWN_MAIL = "own_mail"
    AUTO_SUBMITTED = "auto_submitted"
    LIST = "list"
    NULL_SENDER = "null_sender"
    NO_REPLY = "no_reply"
    ABSENCE = "absence"
    RECEIPT = "receipt"
    INVITATION = "invitation"
    DUPLICATE = "duplicate"
    # put aside for a person
    EMPTY = "empty"
    UNREADABLE = "unreadable"
    OVER_LIMIT = "over_limit"
    PARTIAL = "partial"
    NO_SENDER = "no_sender"
    FORGED = "forged"
    UNVERIFIED = "unverified"
    UNKNOWN_SENDER = "unknown_sender"
    AMBIGUOUS_SENDER = "ambiguous_sender"
    NO_ACCESS = "no_access"
    STAFF = "staff"
    NOT_ENTITLED = "not_entitled"
    NO_TENANT = "no_tenant"
    UNKNOWN_TENANT = "unknown_tenant"
    NOT_APPROVED = "not_approved"
    CLOSED_TICKET = "closed_ticket"  # of mails that came before an answer could open a ticket again
    REFUSED = "refused"
    FAILED = "failed"
