"""Notices as JSON: the portal's own feed, and a summary in the shape of Atlassian Statuspage (API v2)."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from .domain.kinds import Kind
from .markdown import to_html, to_line
from .models import NoticeVersion, Product

# News without an end is shown for so long.
NEWS = timedelta(days=14)
RECENT = timedelta(days=2)


def live(versions: QuerySet[NoticeVersion], now: datetime) -> QuerySet[NoticeVersion]:
    """Those that still tell something: ahead, in effect, asking for an act, or new."""
    return versions.filter(
        Q(ends_at__gt=now)
        | Q(action_by__gt=now)
        | Q(ends_at__isnull=True, starts_at__gt=now - NEWS)
        | Q(ends_at__isnull=True, published_at__gt=now - NEWS)
        | Q(published_at__gt=now - RECENT)
    )


def feed(versions: Iterable[NoticeVersion], language: str) -> dict[str, Any]:
    """As docs/notices-feed.md says."""
    return {
        "version": 1,
        "language": language,
        "notices": [_notice(version, language) for version in versions],
    }


def _notice(version: NoticeVersion, language: str) -> dict[str, Any]:
    return {
        "id": version.notice.reference,
        "uid": str(version.notice.uid),
        "version": version.number,
        "status": version.step,
        "kind": version.notice.kind,
        "kind_label": str(version.notice.get_kind_display()),
        "origin": version.origin,
        "progress": version.progress or None,
        "title": version.in_language("title", language),
        "summary": to_line(version.in_language("body", language)),
        "html": str(to_html(version.in_language("body", language))),
        "what_changed": version.in_language("what_changed", language) or None,
        "products": [product.slug for product in version.products.all()],
        "providers": [provider.slug for provider in version.providers.all()],
        "starts_at": iso(version.starts_at),
        "ends_at": iso(version.ends_at),
        "time_zone": version.time_zone,
        "announces_downtime": version.announces_downtime,
        "action": version.in_language("action", language) or None,
        "action_by": iso(version.action_by),
        "published_at": iso(version.published_at),
        "url": url_of(version),
    }


def iso(at: datetime | None) -> str | None:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z") if at else None


def url_of(version: NoticeVersion) -> str:
    return settings.PORTAL_BASE_URL.rstrip("/") + reverse("notices:detail", args=[version.notice.reference])


# ---------- Statuspage ----------

_COMPONENT_STATUS = {
    "minor": "degraded_performance",
    "major": "partial_outage",
    "critical": "major_outage",
}
_WORST_FIRST = ("major_outage", "partial_outage", "degraded_performance", "under_maintenance", "operational")
_INDICATOR = {
    "major_outage": "critical",
    "partial_outage": "major",
    "degraded_performance": "minor",
    "under_maintenance": "maintenance",
    "operational": "none",
}


def summary(versions: Sequence[NoticeVersion], *, now: datetime) -> dict[str, Any]:
    """Components are the catalogue's products; incidents the open ones; maintenances those ahead or running.

    Only what is public comes in here.
    """
    standing = [version for version in versions if not version.is_withdrawal]
    incidents = [
        v
        for v in standing
        if v.notice.kind == Kind.INCIDENT
        and v.progress != NoticeVersion.Progress.RESOLVED
        and (v.ends_at is None or v.ends_at > now)
    ]
    maintenances = [
        v for v in standing if v.notice.kind == Kind.MAINTENANCE and v.ends_at and v.ends_at > now
    ]
    components = _components(incidents, [v for v in maintenances if v.starts_at <= now])
    worst = min((c["status"] for c in components), key=_WORST_FIRST.index, default="operational")
    return {
        "page": {
            "id": "lynn",
            "name": "Lynn",
            "url": settings.PORTAL_BASE_URL,
            "time_zone": settings.TIME_ZONE,
            "updated_at": iso(max((v.published_at for v in versions), default=None)),
        },
        "components": components,
        "incidents": [_incident(v) for v in incidents],
        "scheduled_maintenances": [_maintenance(v, now) for v in maintenances],
        "status": {"indicator": _INDICATOR[worst], "description": str(_descriptions()[worst])},
    }


def _descriptions() -> dict[str, str]:
    return {
        "operational": _("All systems operational"),
        "under_maintenance": _("Maintenance under way"),
        "degraded_performance": _("Degraded performance"),
        "partial_outage": _("Partial outage"),
        "major_outage": _("Major outage"),
    }


def _components(incidents: list[NoticeVersion], running: list[NoticeVersion]) -> list[dict[str, Any]]:
    """One for Lynn itself, which what names no product touches, then one for each product."""
    states: dict[int | None, list[str]] = {}
    for version, status in [
        *((v, _COMPONENT_STATUS.get(v.impact, "degraded_performance")) for v in incidents),
        *((v, "under_maintenance") for v in running),
    ]:
        for key in [product.pk for product in version.products.all()] or [None]:
            states.setdefault(key, []).append(status)
    named: list[tuple[int | None, str, str]] = [(None, "lynn", "Lynn")]
    named += [(p.pk, p.slug, p.name) for p in Product.objects.filter(is_active=True)]
    return [
        {
            "id": slug,
            "name": name,
            "status": min(states.get(key, ["operational"]), key=_WORST_FIRST.index),
            "position": position,
            "description": None,
            "group_id": None,
            "group": False,
            "page_id": "lynn",
            "showcase": True,
            "only_show_if_degraded": False,
        }
        for position, (key, slug, name) in enumerate(named, start=1)
    ]


def _incident(version: NoticeVersion) -> dict[str, Any]:
    return _event(version, version.progress or "investigating", version.impact or "minor") | {
        "resolved_at": None,
        "monitoring_at": iso(version.published_at) if version.progress == "monitoring" else None,
    }


def _maintenance(version: NoticeVersion, now: datetime) -> dict[str, Any]:
    status = "in_progress" if version.starts_at <= now else "scheduled"
    return _event(version, status, "maintenance") | {
        "scheduled_for": iso(version.starts_at),
        "scheduled_until": iso(version.ends_at),
    }


def _event(version: NoticeVersion, status: str, impact: str) -> dict[str, Any]:
    reference = version.notice.reference
    published = [
        each
        for each in version.notice.versions.all()
        if each.state == NoticeVersion.State.PUBLISHED and each.is_public
    ]
    published.sort(key=lambda each: -each.number)
    return {
        "id": reference,
        "name": version.title,
        "status": status,
        "impact": impact,
        "created_at": iso(min(each.published_at for each in published)),
        "started_at": iso(version.starts_at or min(each.published_at for each in published)),
        "updated_at": iso(version.published_at),
        "shortlink": url_of(version),
        "page_id": "lynn",
        "components": [{"id": product.slug, "name": product.name} for product in version.products.all()],
        "incident_updates": [
            {
                "id": f"{reference}-{each.number}",
                "incident_id": reference,
                "status": (each.progress or status) if impact != "maintenance" else status,
                "body": to_line(each.what_changed or each.body, 1000),
                "created_at": iso(each.published_at),
                "updated_at": iso(each.published_at),
                "display_at": iso(each.published_at),
            }
            for each in published
        ],
    }
