"""Codes of statements and claims in the reader's words."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

from django.utils.dateformat import format as format_date
from django.utils.formats import date_format, number_format
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from credits.domain.availability import Cause, Impact, Scope
from credits.domain.currencies import minor_units
from credits.domain.cycles import Cycle
from credits.domain.days import Because, Look
from credits.models import ACT_LABELS, STATE_LABELS

CAUSES = {
    Cause.OWN: gettext_lazy("Lynn's own"),
    Cause.THIRD_PARTY: gettext_lazy("A third party"),
    Cause.BEYOND_CONTROL: gettext_lazy("Beyond Lynn's control"),
    Cause.CUSTOMER: gettext_lazy("The customer's network, Internet or configuration"),
    Cause.PREVIEW: gettext_lazy("A preview feature"),
}
SCOPES = {
    Scope.PLATFORM: gettext_lazy("The whole platform"),
    Scope.FEATURE: gettext_lazy("A feature, module or connector"),
}
IMPACTS = {Impact.FULL: gettext_lazy("Out of service"), Impact.DEGRADED: gettext_lazy("Degraded")}
WHY_NOT = {
    Because.CAUSE: gettext_lazy("its cause is not Lynn's (AVL-4)"),
    Because.SCOPE: gettext_lazy("the platform as a whole was active (AVL-3)"),
    Because.IMPACT: gettext_lazy("it was degraded, not out of service (AVL-3)"),
    Because.MAINTENANCE: gettext_lazy("inside the agreed maintenance window (SUP-5)"),
    Because.ANNOUNCED: gettext_lazy("announced beforehand, outside productive hours (AVL-4)"),
}
LOOKS = {
    Look.FULL: gettext_lazy("available"),
    Look.COUNTED: gettext_lazy("downtime that counts"),
    Look.EXCLUDED: gettext_lazy("trouble that does not count"),
    Look.UNKNOWN: gettext_lazy("not watched, counts as available"),
    Look.AHEAD: gettext_lazy("still to come"),
}
STATES = dict(STATE_LABELS)
ACTS = dict(ACT_LABELS)


def cycle_name(month: str) -> str:
    """`enero de 2026`: the cycle by the month in which it starts."""
    cycle = Cycle.parse(month)
    return date_format(date(cycle.year, cycle.month, 1), "YEAR_MONTH_FORMAT")


def day_name(day: date) -> str:
    """`lun 2 mar 2026`."""
    formats = {"es": "D j b Y", "en": "D j M Y"}
    spoken = (get_language() or "en").partition("-")[0]
    return format_date(day, formats.get(spoken, formats["en"]))


def money(amount: Decimal | str | None, currency: str) -> str:
    """`CLP 60.000`; a dash where there is no amount."""
    if amount is None:
        return "–"
    figure = number_format(Decimal(amount), decimal_pos=minor_units(currency), force_grouping=True)
    return f"{currency} {figure}"


def base(text: str | None, currency: str) -> str:
    """The exact base of a credit: an amount where it is one, else the fraction as it is kept (CRD-4)."""
    if text is None:
        return "–"
    exact = Fraction(text) * 10 ** minor_units(currency)
    if exact.denominator == 1:
        return money(Decimal(exact.numerator).scaleb(-minor_units(currency)), currency)
    return f"{currency} {text}"


def percent(text: str) -> str:
    """`99,9327 %` from the digits that were cut, which stay as they are."""
    return f"{number_format(text)} %" if text else "–"


def grouped(number: int) -> str:
    """`2.678.400`: a figure that a person can read aloud."""
    return number_format(number, force_grouping=True)


def seconds_in_words(seconds: int) -> str:
    """`1 h 5 min 3 s`, exact to the second: nothing is left out or rounded."""
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    parts = []
    if hours:
        parts.append(_("%(number)s h") % {"number": hours})
    if minutes:
        parts.append(_("%(number)s min") % {"number": minutes})
    if rest or not parts:
        parts.append(_("%(number)s s") % {"number": rest})
    return " ".join(parts)
