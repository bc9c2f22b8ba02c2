"""What an incident is said to be: its impact, how far it reaches, and whose fault it is (AVL-3, AVL-4)."""

from enum import StrEnum


class Impact(StrEnum):
    FULL = "full"  # nothing works
    DEGRADED = "degraded"  # recorded; weighs nothing


class Scope(StrEnum):
    PLATFORM = "platform"  # the set of all services
    FEATURE = "feature"  # one feature, module or connector
    OPEN = "open"  # an earlier decision is taken back; nobody has decided anew


class Cause(StrEnum):
    OWN = "own"
    THIRD_PARTY = "third_party"
    BEYOND_CONTROL = "beyond_control"
    CUSTOMER = "customer"
    PREVIEW = "preview"


class Reach(StrEnum):
    """Which tenants an incident affects; whichever it is, each tenant gets a row of its own."""

    ALL = "all"
    COUNTRIES = "countries"
    LISTED = "listed"
