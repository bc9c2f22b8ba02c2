"""Pieces of pages about notices: kinds and standings as chips, Markdown as HTML, the banner."""

from datetime import UTC, datetime, tzinfo
from typing import Any

from django import template
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from lynnsupport.common import clock
from lynnsupport.common.moments import describe_instant
from lynnsupport.notices.banners import banners_for
from lynnsupport.notices.markdown import to_html
from lynnsupport.notices.models import NoticeVersion
from lynnsupport.notices.models.notice import KIND_LABELS
from lynnsupport.notices.standing import Standing

register = template.Library()

KIND_ICONS = {
    "change": "arrow-repeat",
    "maintenance": "calendar-event",
    "incident": "exclamation-octagon-fill",
    "deprecation": "clock-history",
}


@register.simple_tag
def notice_kind(kind: str) -> SafeString:
    """The kind with its icon. KeyError for an unknown one."""
    context = {"kind": kind, "label": dict(KIND_LABELS)[kind], "icon_name": KIND_ICONS[kind]}
    return render_to_string("notices/_kind.html", context)


@register.simple_tag
def standing_chip(standing: Standing) -> SafeString:
    return format_html('<span class="chip standing-{}">{}</span>', standing.kind, standing.label)


@register.simple_tag
def notice_window(starts_at: datetime, ends_at: datetime | None, zone: tzinfo | None = None) -> SafeString:
    """`lun 30 nov, 02:00–04:00 (Chile)`, in `zone` or else the reader's, whose own time stands below where
    it differs. Without an end, the start alone."""
    own = timezone.get_current_timezone()
    written = format_html(
        '<time class="instant" datetime="{}">{}</time>',
        starts_at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        _window(starts_at, ends_at, zone or own),
    )
    if zone is None or starts_at.astimezone(zone).utcoffset() == starts_at.astimezone(own).utcoffset():
        return written
    return format_html('{}<span class="instant-own">{}</span>', written, _window(starts_at, ends_at, own))


def _window(starts_at: datetime, ends_at: datetime | None, zone: tzinfo) -> str:
    start = describe_instant(starts_at, zone)
    if ends_at is None:
        return start
    bare, _paren, named = start.rpartition(" (")
    last = ends_at.astimezone(zone)
    if last.date() == starts_at.astimezone(zone).date():
        return f"{bare}–{last:%H:%M} ({named}"
    return f"{bare} – {describe_instant(ends_at, zone)}"


@register.filter
def markdown(text: str) -> SafeString:
    """Safe HTML of a notice's text."""
    return to_html(text)


@register.filter
def version_title(version: NoticeVersion) -> str:
    """`Version 2 · Corrected`, or its state where it was not sent."""
    what = version.get_step_display() if version.is_published else version.get_state_display()
    return _("Version %(number)d · %(what)s") % {"number": version.number, "what": what}


@register.filter
def kind_icon(kind: str) -> str:
    return KIND_ICONS[kind]


@register.simple_tag(takes_context=True)
def notice_banners(context: template.Context) -> SafeString | str:
    """What the signed-in reader still has to see, on top of the page; nothing for anybody else."""
    user: Any = context.get("user")
    if user is None or not user.is_authenticated:
        return ""
    banners = banners_for(user.pk, now=clock.now())
    if not banners:
        return ""
    request = context.get("request")
    return render_to_string(
        "notices/_banners.html",
        {
            "banners": banners,
            "csrf_token": context.get("csrf_token"),
            "next": request.get_full_path() if request else "/",
        },
    )
