"""Figures of the terms of closing and reminding, read from what an administrator writes."""


def parse_days(text: str) -> tuple[int, ...]:
    """Days from "30 7"; ValueError unless there are some, whole, positive and descending (CON-3)."""
    days = tuple(int(figure) for figure in text.split())
    if not days or list(days) != sorted(set(days), reverse=True) or days[-1] < 1:
        raise ValueError(f"days {days} do not descend to 1 or more")
    return days
