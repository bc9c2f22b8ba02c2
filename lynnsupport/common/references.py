"""Ticket numbers: short, sequential, readable aloud (INT-2). Knowing one gives no access."""

import re

_NUMBER = re.compile(r"\bLYN-(\d{4})-(\d{6,})\b", re.IGNORECASE)


def ticket_number(year: int, sequence: int) -> str:
    """`LYN-2026-000123`; the sequence starts again each year and grows past six digits if it must.

    Raises ValueError for a sequence below 1.
    """
    if sequence < 1:
        raise ValueError(f"a ticket's sequence starts at 1, not {sequence}")
    return f"LYN-{year:04d}-{sequence:06d}"


def find_ticket_number(text: str) -> str | None:
    """The first ticket number written in `text`, normalised, or None."""
    match = _NUMBER.search(text)
    return ticket_number(int(match[1]), int(match[2])) if match and int(match[2]) else None
