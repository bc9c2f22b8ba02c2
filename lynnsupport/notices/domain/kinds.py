"""What a notice can be about, where it comes from, and by which ways it goes out (NOT-1, NOT-2)."""

from enum import StrEnum


class Kind(StrEnum):
    CHANGE = "change"
    MAINTENANCE = "maintenance"
    INCIDENT = "incident"
    DEPRECATION = "deprecation"


class Origin(StrEnum):
    LYNN = "lynn"
    THIRD_PARTY = "third_party"
    CHANNEL = "channel"


class Step(StrEnum):
    """What a version does to the notice."""

    ANNOUNCED = "announced"
    CORRECTED = "corrected"
    WITHDRAWN = "withdrawn"


class Progress(StrEnum):
    """How far an incident has come; the words of Statuspage."""

    INVESTIGATING = "investigating"
    IDENTIFIED = "identified"
    MONITORING = "monitoring"
    RESOLVED = "resolved"


class Way(StrEnum):
    """A way by which one person is told. Page, feeds and calendar have readers, not recipients."""

    MAIL = "mail"
    BANNER = "banner"
    EXECUTIVE = "executive"


# NOT-4: of one's own tenants these come by mail whatever a person has chosen.
ALWAYS_SENT = frozenset({Kind.MAINTENANCE, Kind.INCIDENT})
