"""Lengths of time in words, as the reader's clock would say them.

Minutes are cut, never rounded up: what is left is not made to look like more than it is.
"""

from datetime import timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

MINUTE = timedelta(minutes=1)
DAYS_FROM_HOURS = 48  # shorter stretches are plainer in hours


def duration_in_words(length: timedelta, *, in_days: bool = False) -> str:
    """`3 h 20 min`; with `in_days`, stretches of 48 hours or more as `2 d 4 h`.

    Business time is never told in days: a business day has eight hours, a reader's day 24.
    ValueError for a negative length.
    """
    return _words(*_parts(length, in_days=in_days))


def remaining_in_words(left: timedelta, *, business: bool) -> str:
    """What is left of a target, or by how much it is overdue where `left` is negative.

    `business` says that `left` is open time of a business calendar rather than elapsed time.
    """
    is_overdue = left < timedelta(0)
    length = abs(left)
    if length < MINUTE:
        return _("overdue by less than a minute") if is_overdue else _("less than a minute left")
    parts = _parts(length, in_days=not business)
    words = _words(*parts)
    shown = [number for number in parts if number]
    amount = shown[0] if len(shown) == 1 else 2  # «queda 1 h», but «quedan 1 h 20 min»
    if is_overdue and business:
        text = ngettext(
            "overdue by %(time)s of business time", "overdue by %(time)s of business time", amount
        )
    elif is_overdue:
        text = _("overdue by %(time)s")
    elif business:
        text = ngettext("%(time)s of business time left", "%(time)s of business time left", amount)
    else:
        text = ngettext("%(time)s left", "%(time)s left", amount)
    return text % {"time": words}


def _parts(length: timedelta, *, in_days: bool) -> tuple[int, int, int]:
    """Days, hours and minutes to show; where days are shown minutes are not."""
    if length < timedelta(0):
        raise ValueError("a length of time is not negative")
    hours, minutes = divmod(length // MINUTE, 60)
    if in_days and hours >= DAYS_FROM_HOURS:
        days, hours = divmod(hours, 24)
        return days, hours, 0
    return 0, hours, minutes


def _words(days: int, hours: int, minutes: int) -> str:
    shown = []
    if days:
        shown.append(_("%(number)s d") % {"number": days})
    if hours:
        shown.append(_("%(number)s h") % {"number": hours})
    if minutes or not shown:
        shown.append(_("%(number)s min") % {"number": minutes})
    return " ".join(shown)
