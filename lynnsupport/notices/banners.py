"""The banner on every page: at most one query, and for a minute none."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.cache import cache
from django.db.models import F

from .domain.kinds import Kind, Way
from .models import Delivery, NoticeVersion

KEPT_SECONDS = 60
SHOWN = 3
# A notice without an end is news for so long.
NEWS = timedelta(days=14)


@dataclass(frozen=True)
class Banner:
    """One line on top of a page. `is_kept` while its reader still has something to do."""

    reference: str
    kind: str
    kind_label: str
    title: str
    starts_at: datetime | None
    ends_at: datetime | None
    action_by: datetime | None
    is_withdrawal: bool
    is_resolved: bool
    is_kept: bool


def banners_for(user_pk: int, *, now: datetime) -> list[Banner]:
    """What the person still has to see, what asks for an act first, then by its time."""
    versions = _shown_to(user_pk)
    banners = [banner_of(version, now) for version in versions if now < _shown_until(version)]
    return sorted(banners, key=lambda banner: (not banner.is_kept, banner.starts_at or now))[:SHOWN]


def forget_banners(user_pk: int) -> None:
    """The next page asks the database again."""
    cache.delete(_key(user_pk))


def _key(user_pk: int) -> str:
    return f"notices.banners.{user_pk}"


def _shown_to(user_pk: int) -> Sequence[NoticeVersion]:
    kept = cache.get(_key(user_pk))
    if kept is None:
        shown = Delivery.objects.filter(
            user=user_pk, way=Way.BANNER, dismissed_at__isnull=True, version__notice__current=F("version")
        ).select_related("version__notice")
        kept = [delivery.version for delivery in shown.order_by("-version")[:20]]
        cache.set(_key(user_pk), kept, KEPT_SECONDS)
    return kept


def _shown_until(version: NoticeVersion) -> datetime:
    if version.is_withdrawal or version.progress == NoticeVersion.Progress.RESOLVED:
        return version.published_at + timedelta(days=2)
    ends = [at for at in (version.ends_at, version.action_by) if at is not None]
    if version.notice.kind == Kind.INCIDENT and not ends:
        return datetime.max.replace(tzinfo=version.published_at.tzinfo)  # until it is resolved
    return max(ends) if ends else max(version.starts_at or version.published_at, version.published_at) + NEWS


def banner_of(version: NoticeVersion, now: datetime) -> Banner:
    """The version as the banner shows it, whether it is sent yet or not."""
    return Banner(
        reference=version.notice.reference,
        kind=version.notice.kind,
        kind_label=version.notice.get_kind_display(),
        title=version.title,
        starts_at=version.starts_at,
        ends_at=version.ends_at,
        action_by=version.action_by if version.action_es else None,
        is_withdrawal=version.is_withdrawal,
        is_resolved=version.progress == NoticeVersion.Progress.RESOLVED,
        is_kept=bool(version.action_es and version.action_by and version.action_by > now),
    )
