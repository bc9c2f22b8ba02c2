"""A calendar as it is written down: hours as text, a whole definition as JSON with its digest."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time
from enum import StrEnum
from itertools import pairwise
from typing import Self
from zoneinfo import ZoneInfo

from .business_time import BusinessCalendar

type Hours = tuple[tuple[time, time], ...]

_INTERVAL = re.compile(r"(\d{1,2}):(\d\d)\s*[-–]\s*(\d{1,2}):(\d\d)")
MIDNIGHT = time(0)


class BadHoursReason(StrEnum):
    NOT_UNDERSTOOD = "not_understood"
    NO_SUCH_TIME = "no_such_time"
    ENDS_BEFORE_START = "ends_before_start"
    OVERLAP = "overlap"


class BadHours(ValueError):
    """Hours that cannot be: why, and the part of the text that is at fault."""

    def __init__(self, reason: BadHoursReason, part: str) -> None:
        super().__init__(f"{reason}: {part}")
        self.reason = reason
        self.part = part


def parse_hours(text: str) -> Hours:
    """Hours from "09:00-13:00 14:00-18:00" (blanks or commas between), in order; empty text is closed.

    24:00 and 00:00 at an interval's end are midnight at the day's end. Raises BadHours.
    """
    rest = _INTERVAL.sub("", text).replace(",", " ").strip()
    if rest:
        raise BadHours(BadHoursReason.NOT_UNDERSTOOD, rest)
    hours = tuple(sorted(_interval(match) for match in _INTERVAL.finditer(text)))
    for (_, end), (start, following) in pairwise(hours):
        if end == MIDNIGHT or start < end:
            raise BadHours(BadHoursReason.OVERLAP, format_hours([(start, following)]))
    return hours


def _interval(match: re.Match[str]) -> tuple[time, time]:
    from_hour, from_minute, to_hour, to_minute = map(int, match.groups())
    if (to_hour, to_minute) == (24, 0):
        to_hour = 0
    try:
        start, end = time(from_hour, from_minute), time(to_hour, to_minute)
    except ValueError:
        raise BadHours(BadHoursReason.NO_SUCH_TIME, match[0]) from None
    if end != MIDNIGHT and end <= start:
        raise BadHours(BadHoursReason.ENDS_BEFORE_START, match[0])
    return start, end


def format_hours(hours: Hours | list[tuple[time, time]]) -> str:
    """What `parse_hours` reads back; midnight at the day's end is written 24:00."""
    return " ".join(f"{start:%H:%M}-{'24:00' if end == MIDNIGHT else f'{end:%H:%M}'}" for start, end in hours)


@dataclass(frozen=True, slots=True)
class Special:
    """A date with hours of its own; `name` says why."""

    name: str
    hours: Hours


@dataclass(frozen=True)
class CalendarDefinition:
    """Everything that decides what is open: what a calendar version keeps."""

    time_zone: str
    weekly_hours: Mapping[int, Hours]
    closed: Mapping[date, str] = field(default_factory=dict)  # date to the name of the holiday
    special: Mapping[date, Special] = field(default_factory=dict)

    @property
    def is_ever_open(self) -> bool:
        """Whether a usual week has any hours: without, a target could never fall due."""
        return any(self.weekly_hours.values())

    def calendar(self) -> BusinessCalendar:
        return BusinessCalendar(
            ZoneInfo(self.time_zone),
            self.weekly_hours,
            self.closed.keys(),
            {day: special.hours for day, special in self.special.items()},
        )

    def to_data(self) -> dict[str, object]:
        """As JSON, days sorted; `from_data` reads it back."""
        return {
            "time_zone": self.time_zone,
            "weekly_hours": {str(day): format_hours(self.weekly_hours.get(day, ())) for day in range(7)},
            "closed": {day.isoformat(): self.closed[day] for day in sorted(self.closed)},
            "special": {
                day.isoformat(): {"name": special.name, "hours": format_hours(special.hours)}
                for day, special in sorted(self.special.items())
            },
        }

    @classmethod
    def from_data(cls, data: Mapping) -> Self:
        return cls(
            time_zone=data["time_zone"],
            weekly_hours={int(day): parse_hours(text) for day, text in data["weekly_hours"].items()},
            closed={date.fromisoformat(day): name for day, name in data["closed"].items()},
            special={
                date.fromisoformat(day): Special(special["name"], parse_hours(special["hours"]))
                for day, special in data["special"].items()
            },
        )


def digest(data: Mapping) -> str:
    """SHA-256 of JSON data in one canonical form, in hexadecimal."""
    canonical = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()
