"""A statement recomputed from its JSON alone, with nothing of the product, as a customer would."""

from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo


def _second(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


def _midnight(day: date, zone: ZoneInfo) -> int:
    return int(datetime.combine(day, time(), zone).timestamp())


def recompute(statement: dict) -> dict:
    """Seconds one by one in sets; the figures that the recipe of docs/availability.md names."""
    zone = ZoneInfo(statement["contract"]["time_zone"])
    first = date.fromisoformat(statement["period"]["first_day"])
    after = date.fromisoformat(statement["period"]["day_after"])
    period = range(_midnight(first, zone), _midnight(after, zone))
    now = _second(statement["as_of"])

    down = set()
    for outage in statement["outages"]:
        if (outage["cause"], outage["scope"], outage["impact"]) == ("own", "platform", "full"):
            end = now if outage["end"] is None else min(_second(outage["end"]), now)
            down.update(range(_second(outage["start"]), end))

    excluded = set()
    agreements = sorted(statement["maintenance"], key=lambda agreement: agreement["first_day"])
    day = first - timedelta(days=1)
    while day < after:
        in_force = [each for each in agreements if date.fromisoformat(each["first_day"]) <= day]
        if in_force:
            start = datetime.combine(day, time.fromisoformat(in_force[-1]["daily_start"]), zone)
            begins = int(start.astimezone(UTC).timestamp())
            excluded.update(range(begins, begins + 3600))
        day += timedelta(days=1)
    for each in statement["announcements"]:
        if _second(each["announced_at"]) < _second(each["start"]):
            window = set(range(_second(each["start"]), _second(each["end"])))
            for hours in each["productive_hours"]:
                window -= set(range(_second(hours["start"]), _second(hours["end"])))
            excluded |= window

    seconds = set(period)
    counted = len((down - excluded) & seconds)
    left = len(seconds - excluded)
    shares = {"period": _share(len(seconds), counted), "excluding": _share(left, counted)}
    return {
        "period_seconds": len(seconds),
        "counted_seconds": counted,
        "excluded_seconds": len(excluded & seconds),
        "availability": {
            name: None if share is None else f"{share.numerator}/{share.denominator}"
            for name, share in shares.items()
        },
        "credit_percent": {
            name: _credit(share, statement["policy"]["tiers"]) for name, share in shares.items()
        },
    }


def _share(whole: int, lost: int) -> Fraction | None:
    return Fraction(whole - lost, whole) if whole else None


def _credit(share: Fraction | None, tiers: list[dict]) -> int:
    credit = 0
    for tier in sorted(tiers, key=lambda tier: Fraction(tier["under"]), reverse=True):
        if share is not None and share * 100 < Fraction(tier["under"]):
            credit = tier["credit"]
    return credit
