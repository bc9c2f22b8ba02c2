"""The recipe of docs/receipts.md, followed to the letter: a deadline counted again from its JSON alone.

Time is walked through step by step, with nothing but the standard library: whoever doubts a deadline can run
this against the file that the portal gives.
"""

import json
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

GIVE_UP_AFTER = timedelta(days=60)


def recount(text: str) -> dict[str, object]:
    """`due_at` and `outcome` as the data says they must be; neither is looked up in it."""
    data = json.loads(text)
    read_at, stopped_at = instant(data["read_at"]), instant(data["stopped_at"])
    due_at = due(data)
    lifted_at = min(
        (instant(each["start"]) for each in data["exclusions"] if each["reverted_at"] is None), default=None
    )
    if data["cancelled_at"]:
        return {"due_at": None, "outcome": "cancelled"}
    is_missed = due_at is not None and due_at < (stopped_at or read_at)
    if lifted_at and (stopped_at is None or lifted_at < stopped_at or is_missed):
        is_missed = due_at is not None and due_at < min(lifted_at, stopped_at or lifted_at)
        return {"due_at": iso(due_at) if is_missed else None, "outcome": "excused"}
    if stopped_at:
        outcome = "met_late" if is_missed else "met"
    elif is_missed:
        outcome = "breached"
    else:
        outcome = "paused" if any(each["end"] is None for each in data["pauses"]) else "running"
    return {"due_at": iso(due_at), "outcome": outcome}


def due(data: dict) -> datetime | None:
    """When the target is used up; None where the clock stands still before that."""
    calendar, target = data["calendar"]["definition"], data["target"]
    start = instant(data["counts_from"])
    if target["unit"] == "business_day_ends":
        return end_of_business_day(calendar, start, target["amount"])
    pauses = [(instant(each["start"]), instant(each["end"])) for each in data["pauses"]]
    ends = [start, *(end for pause in pauses for end in pause if end)]
    is_whole = all(each.second == 0 for each in ends)
    step = timedelta(minutes=1) if is_whole else timedelta(seconds=1)
    at, left = start, seconds(calendar, target)
    while left > 0:
        held = [end for begin, end in pauses if begin <= at and (end is None or at < end)]
        if None in held or at - start > GIVE_UP_AFTER:
            return None
        if not held and (target["unit"] == "elapsed_minutes" or is_open(calendar, at)):
            left -= step // timedelta(seconds=1)
        at += step
    return at


def seconds(calendar: dict, target: dict) -> int:
    """What the target promises; a business day is worth the longest day of the usual week."""
    if target["unit"] != "business_days":
        return target["amount"] * 60
    days = (
        sum(closes - opens for opens, closes in hours(text)) for text in calendar["weekly_hours"].values()
    )
    return target["amount"] * max(days) * 60


def is_open(calendar: dict, at: datetime) -> bool:
    local = at.astimezone(ZoneInfo(calendar["time_zone"]))
    minute = local.hour * 60 + local.minute
    return any(opens <= minute < closes for opens, closes in hours_on(calendar, local))


def end_of_business_day(calendar: dict, start: datetime, nth: int) -> datetime:
    zone = ZoneInfo(calendar["time_zone"])
    day = start.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    while nth:
        day += timedelta(days=1)
        nth -= bool(hours_on(calendar, day))
    closes = max(closes for _opens, closes in hours_on(calendar, day))
    return (day + timedelta(minutes=closes)).replace(tzinfo=zone).astimezone(UTC)


def hours_on(calendar: dict, day: datetime) -> list[tuple[int, int]]:
    date = day.date().isoformat()
    if date in calendar["special"]:
        return hours(calendar["special"][date]["hours"])
    return [] if date in calendar["closed"] else hours(calendar["weekly_hours"][str(day.weekday())])


def hours(text: str) -> list[tuple[int, int]]:
    """Minutes of the day, from "09:00-13:00 14:00-18:00"."""
    return [tuple(minutes(end) for end in part.split("-")) for part in text.split()]


def minutes(text: str) -> int:
    hour, minute = text.split(":")
    return int(hour) * 60 + int(minute)


def instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
