"""What an analysis lacks, in words for whoever completes it."""

from collections.abc import Mapping
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy

from lynnsupport.common.moments import describe_instant

from .domain.rca import Hole, HoleKind
from .models import Rca

_WORDS: Mapping[HoleKind, Any] = {
    HoleKind.NOT_RESTORED: gettext_lazy("The service is not restored yet."),
    HoleKind.EMPTY_SECTION: gettext_lazy("The section «%(section)s» is empty."),
    HoleKind.NO_TIMELINE: gettext_lazy("The timeline is empty."),
    HoleKind.MOMENT_WITHOUT_WORDS: gettext_lazy("Line %(where)s of the timeline does not say what happened."),
    HoleKind.MOMENT_IN_THE_FUTURE: gettext_lazy("Line %(where)s of the timeline lies in the future."),
    HoleKind.START_MISSING: gettext_lazy("The timeline has no line for the start of the incident, %(at)s."),
    HoleKind.DETECTION_MISSING: gettext_lazy("The timeline has no line for the detection, %(at)s."),
    HoleKind.RESTORATION_MISSING: gettext_lazy("The timeline has no line for the restoration, %(at)s."),
    HoleKind.NO_ACTIONS: gettext_lazy("No corrective or preventive action is written."),
    HoleKind.ACTION_WITHOUT_WORDS: gettext_lazy("Action %(where)s does not say what is done."),
    HoleKind.ACTION_WITHOUT_OWNER: gettext_lazy("Action %(where)s has no owner."),
    HoleKind.ACTION_WITHOUT_DATE: gettext_lazy("Action %(where)s has no date."),
    HoleKind.DOWNTIME_NOT_STATED: gettext_lazy(
        "The downtime of tenant %(where)s is not stated; its statement counts %(counted)s s."
    ),
    HoleKind.DOWNTIME_DIFFERS: gettext_lazy(
        "Tenant %(where)s: the analysis states %(stated)s s of downtime, its statement counts %(counted)s s."
    ),
    HoleKind.DOWNTIME_OF_ANOTHER: gettext_lazy(
        "The analysis states downtime for tenant %(where)s, which is not affected."
    ),
}


def in_words(hole: Hole) -> str:
    section = str(Rca._meta.get_field(hole.where).verbose_name) if hole.kind == "empty_section" else ""
    return _WORDS[hole.kind] % {
        "section": section,
        "where": hole.where,
        "at": describe_instant(hole.at, timezone.get_current_timezone()) if hole.at else "",
        "stated": hole.stated,
        "counted": hole.counted,
    }
