"""What a version would change, in words: rows of label, before and after."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from sla.models import KIND_LABELS, UNIT_LABELS, BusinessCalendar, PolicyVersion

KINDS, UNITS = dict(KIND_LABELS), dict(UNIT_LABELS)


@dataclass(frozen=True)
class Change:
    """`before` or `after` is empty where there is nothing on that side."""

    label: str
    before: str
    after: str


def calendar_changes(before: Mapping | None, after: Mapping) -> list[Change]:
    """Between two definitions of a calendar (`CalendarDefinition.to_data()`); None before the first."""
    return _differences(_calendar_facts(before), _calendar_facts(after))


def policy_changes(before: Mapping | None, after: Mapping) -> list[Change]:
    """Between the terms of two versions (`PolicyVersion.terms_data()`); None before the first."""
    return _differences(_policy_facts(before), _policy_facts(after))


def _differences(before: Mapping[str, str], after: Mapping[str, str]) -> list[Change]:
    labels = {**before, **after}
    pairs = ((label, before.get(label, ""), after.get(label, "")) for label in labels)
    return [Change(*pair) for pair in pairs if pair[1] != pair[2]]


def _calendar_facts(data: Mapping | None) -> dict[str, str]:
    if data is None:
        return {}
    facts = {_("Time zone"): data["time_zone"]}
    for number, name in enumerate(BusinessCalendar.WEEKDAY_FIELDS):
        label = str(BusinessCalendar._meta.get_field(name).verbose_name)
        facts[label] = data["weekly_hours"][str(number)] or _("closed")
    days: dict[str, str] = {day: f"{name}: {_('closed')}" for day, name in data["closed"].items()}
    days |= {day: f"{special['name']}: {special['hours']}" for day, special in data["special"].items()}
    for day in sorted(days):
        facts[date_format(date.fromisoformat(day), "DATE_FORMAT")] = days[day]
    return facts


def _policy_facts(data: Mapping | None) -> dict[str, str]:
    if data is None:
        return {}
    numbers = {"critical_over": data["critical_over"], "low_under": data["low_under"]}
    numbers |= {f"weight_{priority}": weight for priority, weight in data["weights"].items()}
    facts = {
        str(PolicyVersion._meta.get_field(name).verbose_name): number for name, number in numbers.items()
    }
    for target in data["targets"]:
        label = _("%(clock)s, severity %(severity)s") % {
            "clock": KINDS[target["kind"]],
            "severity": target["severity"],
        }
        percents = " ".join(map(str, target["warning_percents"]))
        facts[label] = _("%(amount)s %(unit)s, warnings at %(percents)s %%") % {
            "amount": target["amount"],
            "unit": UNITS[target["unit"]],
            "percents": percents,
        }
    return facts
