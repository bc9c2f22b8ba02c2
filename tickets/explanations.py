"""Why: the sentences beside a severity, a deadline, a state, in the reader's language.

The domain says which rule decided and with which figures; here it becomes words.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal

from django.utils.dateformat import format as format_date
from django.utils.formats import number_format
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from sla.domain.clock_events import PauseReason
from sla.domain.targets import Target, Unit
from sla.models import KIND_LABELS

from .domain.severity import Because, plain
from .models import SeverityAssessment, Ticket
from .models.ticket import PRIORITY_LABELS
from .operations.severity import Suggestion

CLOCK_NAMES = dict(KIND_LABELS)

MISSING_NAMES = {
    "detected_at": gettext_lazy("When it was detected, with the time zone or country"),
    "impact_percent": gettext_lazy("Which part of the operation is affected, in percent"),
    "impact_description": gettext_lazy("What it means for the business"),
    "has_workaround": gettext_lazy("Whether there is another way to go on working"),
    "urgency": gettext_lazy("Why it is urgent"),
    "products": gettext_lazy("Products involved"),
    "social_networks": gettext_lazy("Social networks or channels involved"),
    "session_reference": gettext_lazy("Session name or ID"),
    "test_data": gettext_lazy("Test data to reproduce it"),
    "evidence": gettext_lazy("Screenshots, recordings or logs"),
    "previous_engineer": gettext_lazy("Engineer who worked on it before"),
    "lccd_name": gettext_lazy("Responsible LCCD: name"),
    "lccd_email": gettext_lazy("Responsible LCCD: e-mail"),
    "lccd_phone": gettext_lazy("Responsible LCCD: telephone"),
    "troubleshooting": gettext_lazy("Basic checks already done"),
}

REPORTED_NAMES = MISSING_NAMES | {
    "has_workaround": gettext_lazy("Another way to go on working"),
    "workaround": gettext_lazy("Which way"),
    "priority": gettext_lazy("Priority agreed with Lynn"),
}

PAUSE_REASONS = {
    PauseReason.WAITING_CUSTOMER: gettext_lazy("waiting for the customer"),
    PauseReason.CONTACT_UNREACHABLE: gettext_lazy("the contact cannot be reached"),
    PauseReason.THIRD_PARTY: gettext_lazy("waiting for a third party"),
    PauseReason.CLOSED: gettext_lazy("it was closed, or counted as done until it proved not to hold"),
}

# By which rule no target applies, and what that means for the reader.
NO_TARGET = {
    "SUP-2": gettext_lazy(
        "This instance is installed on premise. The agreement's deadlines cover Lynn Cloud, so none applies "
        "here; support attends the ticket all the same."
    ),
    "SUP-3": gettext_lazy(
        "A custom development has the deadlines agreed for it, and the contract names none; support attends "
        "the ticket all the same."
    ),
    "EXC-2": gettext_lazy("Features in preview have no deadlines; support attends the ticket all the same."),
}

_SENTENCES = {
    Because.NOT_STATED: gettext_lazy(
        "The impact was not said. Until it is, severity 2 is assumed (INT-4): a degraded service."
    ),
    Because.UNDER_LOW: gettext_lazy(
        "%(impact)s of the operation is affected, less than %(low)s: severity 3 (SEV-1)."
    ),
    Because.BETWEEN: gettext_lazy(
        "%(impact)s of the operation is affected, between %(low)s and %(high)s: severity 2 (SEV-1)."
    ),
    Because.OVER_WITH_WORKAROUND: gettext_lazy(
        "%(impact)s of the operation is affected, more than %(high)s, but there is another way to go on "
        "working: severity 2 (SEV-2)."
    ),
    Because.OVER_WITHOUT_WORKAROUND: gettext_lazy(
        "%(impact)s of the operation is affected, more than %(high)s, and no other way to go on working is "
        "known: severity 1 (SEV-1)."
    ),
}


def why_suggestion(suggestion: Suggestion) -> str:
    """One sentence for a suggestion that was just made."""
    return _sentence(
        suggestion.assessment.because,
        impact=suggestion.impact_percent,
        weighted=suggestion.assessment.weighted_impact,
        weight=suggestion.weight,
        priority=suggestion.priority,
        low=suggestion.borders.low_under,
        high=suggestion.borders.critical_over,
    )


def why_severity(assessment: SeverityAssessment) -> str:
    """One sentence for a stored assessment: the rule of a suggestion, the reason of a decision."""
    if assessment.step == SeverityAssessment.Step.SUGGESTED:
        return _sentence(
            Because(assessment.because),
            impact=assessment.impact_percent,
            weighted=assessment.weighted_impact,
            weight=assessment.weight,
            priority=assessment.priority,
            low=assessment.low_under,
            high=assessment.critical_over,
        )
    person = assessment.by or assessment.contact
    name = person.name if person else ""
    if assessment.step == SeverityAssessment.Step.PROPOSED:
        return _("%(name)s proposed severity %(severity)d.") % {"name": name, "severity": assessment.severity}
    if assessment.step == SeverityAssessment.Step.DISPUTED:
        return _("%(name)s disputed it and holds severity %(severity)d to be right: %(reason)s") % {
            "name": name,
            "severity": assessment.severity,
            "reason": assessment.reason,
        }
    return _("%(name)s decided severity %(severity)d: %(reason)s") % {
        "name": name,
        "severity": assessment.severity,
        "reason": assessment.reason,
    }


def _sentence(
    because: Because,
    *,
    impact: Decimal | None,
    weighted: Decimal | None,
    weight: Decimal,
    priority: str,
    low: Decimal,
    high: Decimal,
) -> str:
    if impact is None or weighted is None:
        return str(_SENTENCES[Because.NOT_STATED])
    figures = {"impact": percent(weighted), "low": percent(low), "high": percent(high)}
    if weight != 1:
        figures["impact"] = _("%(weighted)s (%(impact)s × %(weight)s for priority «%(priority)s», SEV-3)") % {
            "weighted": percent(weighted),
            "impact": percent(impact),
            "weight": figure(weight),
            "priority": dict(PRIORITY_LABELS)[priority],
        }
    return _SENTENCES[because] % figures


def figure(value: Decimal) -> str:
    """A figure as the reader writes it: `87,5`."""
    return number_format(plain(value))


def percent(value: Decimal) -> str:
    return f"{figure(value)} %"


def impact(ticket: Ticket) -> str:
    """The affected part of the operation, as far as it was said."""
    return _("Not said yet") if ticket.impact_percent is None else percent(ticket.impact_percent)


def missing_names(names: Iterable[str]) -> list[str]:
    """What is asked for and not answered yet (INT-3), in words."""
    return [str(MISSING_NAMES[name]) for name in names]


def target_in_words(target: Target) -> str:
    """`15 minutes, day and night`, `1 business hour`, `2 business days`."""
    if target.unit is Unit.BUSINESS_DAYS:
        return ngettext("%(count)d business day", "%(count)d business days", target.amount) % {
            "count": target.amount
        }
    if target.unit is Unit.BUSINESS_DAY_ENDS:
        return ngettext(
            "the end of %(count)d business day", "the end of %(count)d business days", target.amount
        ) % {"count": target.amount}
    hours, minutes = divmod(target.amount, 60)
    if target.is_elapsed:
        if minutes:
            return ngettext(
                "%(count)d minute, day and night", "%(count)d minutes, day and night", target.amount
            ) % {"count": target.amount}
        return ngettext("%(count)d hour, day and night", "%(count)d hours, day and night", hours) % {
            "count": hours
        }
    if minutes:
        return ngettext("%(count)d business minute", "%(count)d business minutes", target.amount) % {
            "count": target.amount
        }
    return ngettext("%(count)d business hour", "%(count)d business hours", hours) % {"count": hours}


def pause_reason(reason: PauseReason) -> str:
    return str(PAUSE_REASONS[reason])


def no_target(rule: str) -> str:
    """Why no deadline applies, for a rule of NO_TARGET."""
    return str(NO_TARGET[rule])


_DATE_FORMATS = {"es": "D j b", "en": "D j M"}


def date_in_words(day: date) -> str:
    """`vie 27 nov`."""
    spoken = (get_language() or "en").partition("-")[0]
    return format_date(day, _DATE_FORMATS.get(spoken, _DATE_FORMATS["en"]))


def span_in_words(start: datetime, end: datetime, zone: tzinfo) -> str:
    """`09:00–13:00` on the clock of `zone`; a day ends at 24:00, even where the next begins at 01:00."""
    opens, closes = start.astimezone(zone), end.astimezone(zone)
    last = (end.astimezone(UTC) - timedelta.resolution).astimezone(zone)
    ends_the_day = last.date() < closes.date()
    return f"{opens:%H:%M}–{'24:00' if ends_the_day else f'{closes:%H:%M}'}"
