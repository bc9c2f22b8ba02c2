"""Where a published notice stands at a moment, in a word: ahead, under way, over, withdrawn."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from .domain.kinds import Kind
from .models import NoticeVersion

NEWS = timedelta(days=14)


@dataclass(frozen=True)
class Standing:
    """`kind` is that of a chip's colour: plain, info, warn, ok; `label` its word."""

    label: Any
    kind: str
    is_current: bool


def standing_of(version: NoticeVersion, now: datetime) -> Standing:
    if version.is_withdrawal:
        return Standing(_("Withdrawn"), "plain", is_current=False)
    if version.notice.kind == Kind.INCIDENT:
        return _of_incident(version, now)
    if version.starts_at and version.starts_at > now:
        return Standing(pgettext_lazy("notice", "Ahead"), "info", is_current=True)
    if version.ends_at and version.ends_at <= now:
        return Standing(pgettext_lazy("notice", "Over"), "plain", is_current=False)
    if version.notice.kind == Kind.MAINTENANCE:
        return Standing(pgettext_lazy("notice", "Under way"), "warn", is_current=True)
    is_news = (version.starts_at or version.published_at) + NEWS > now
    asks = bool(version.action_by and version.action_by > now)
    return Standing(
        pgettext_lazy("notice", "In effect"),
        "info" if is_news or asks else "plain",
        is_current=is_news or asks,
    )


def _of_incident(version: NoticeVersion, now: datetime) -> Standing:
    is_over = bool(version.ends_at and version.ends_at <= now)
    if version.progress == NoticeVersion.Progress.RESOLVED or is_over:
        return Standing(NoticeVersion.Progress.RESOLVED.label, "ok", is_current=False)
    label = version.get_progress_display() if version.progress else pgettext_lazy("notice", "Under way")
    return Standing(label, "warn", is_current=True)
