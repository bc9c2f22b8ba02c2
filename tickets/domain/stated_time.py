"""A time as people state it: what a clock on the wall showed, and where that clock hangs (INT-3)."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo


def instants_of(shown: datetime, zone: ZoneInfo) -> tuple[datetime, ...]:
    """The instants, in UTC and in order, at which clocks in `zone` show `shown` (naive).

    One, usually; none where clocks were put forward past it; two where they were put back over it. Which
    one a person means is theirs to say. ValueError for an aware `shown`.
    """
    if shown.tzinfo is not None:
        raise ValueError(f"{shown} is an instant already")
    candidates = {shown.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)}
    return tuple(sorted(at for at in candidates if at.astimezone(zone).replace(tzinfo=None) == shown))
