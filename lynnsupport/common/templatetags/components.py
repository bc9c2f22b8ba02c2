"""The pieces that pages are built of; the gallery (`/galeria/`) shows each in every state.

Each tag declares its arguments: Django refuses an unknown one when the template is compiled, and an
unknown state, icon or kind raises ValueError when it is rendered.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cache, lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from django import template
from django.conf import settings
from django.contrib.messages.storage.base import Message
from django.contrib.staticfiles import finders
from django.core.paginator import Page
from django.forms import BaseForm, BoundField
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from lynnsupport.common import durations
from lynnsupport.common.moments import describe_instant, zone_name
from lynnsupport.common.refusal import Refused

register = template.Library()

SEVERITIES = {1: _("S1 Critical"), 2: _("S2 High"), 3: _("S3 Low")}

# state → (label, icon)
CLOCK_STATES: Mapping[str, tuple[Any, str]] = {
    "not_started": (_("Not started"), "dash-circle"),
    "running": (_("Running"), "clock"),
    "at_risk": (_("At risk"), "exclamation-triangle-fill"),
    "breached": (_("Breached"), "x-octagon-fill"),
    "met": (_("Met"), "check-circle-fill"),
    "paused": (_("Paused"), "pause-circle-fill"),
    "excused": (_("Excused"), "slash-circle"),
    "cancelled": (_("Cancelled"), "x-lg"),
}
TICKET_STATES: Mapping[str, tuple[Any, str]] = {
    "registered": (_("Registered"), "inbox"),
    "open": (_("Open"), "circle-half"),
    "waiting_customer": (_("Waiting for the customer"), "reply"),
    "waiting_provider": (_("Waiting for a third party"), "hourglass-split"),
    "solution_proposed": (_("Solution proposed"), "lightbulb"),
    "closed": (_("Closed"), "check2-circle"),
}
NOTICE_ICONS = {
    "info": "info-circle-fill",
    "ok": "check-circle-fill",
    "warn": "exclamation-triangle-fill",
    "danger": "exclamation-octagon-fill",
}
MESSAGE_KINDS = {"debug": "info", "info": "info", "success": "ok", "warning": "warn", "error": "danger"}
TIMELINE_KINDS = ("plain", "info", "ok", "warn", "danger")


def _declared(value: Any, known: Iterable[Any], what: str) -> Any:
    if value not in known:
        raise ValueError(f"unknown {what} {value!r}; known are {', '.join(map(str, known))}")
    return value


def _trimmed(content: SafeString) -> SafeString:
    """What stood between the tags; it was escaped when it was rendered, stripping loses the mark."""
    return mark_safe(content.strip())  # noqa: S308


# ---------- icons ----------


@cache
def sprite_names() -> frozenset[str]:
    """The names of the icons that the vendored sprite holds."""
    path = finders.find("vendor/icons.svg")
    if path is None:
        raise ValueError("static/vendor/icons.svg is missing")
    with open(path, encoding="utf-8") as sprite:
        return frozenset(re.findall(r'<symbol id="([^"]+)"', sprite.read()))


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """An icon of the sprite; without `label` it is decoration and screen readers skip it."""
    if settings.DEBUG or name not in sprite_names():
        _declared(name, sorted(sprite_names()), "icon")
    return _icon(name, _plain(label))


# A list holds hundreds of these small pieces, and few different ones: each is made once.


def _plain(text: Any) -> str:
    """`text` without a mark that it is safe: as a key the marked and the unmarked would be one."""
    return str(text) + ""


@lru_cache(maxsize=1024)
def _icon(name: str, label: str) -> SafeString:
    url = static("vendor/icons.svg")
    if label:
        return format_html(
            '<svg class="icon" role="img" aria-label="{}"><use href="{}#{}"></use></svg>', label, url, name
        )
    return format_html('<svg class="icon" aria-hidden="true"><use href="{}#{}"></use></svg>', url, name)


# ---------- states ----------


@register.simple_tag
def severity_chip(severity: int | None, decided: bool = True) -> SafeString:
    """`S1 Crítica`; one that no engineer has decided yet is outlined and says so. None: not assessed."""
    if severity is not None:
        _declared(severity, SEVERITIES, "severity")
    return _severity_chip(severity, bool(decided), get_language())


@cache
def _severity_chip(severity: int | None, decided: bool, _language: str | None) -> SafeString:
    if severity is None:
        return format_html('<span class="chip chip-none">{}</span>', _("Severity not assessed"))
    label = SEVERITIES[severity]
    if decided:
        return format_html('<span class="chip chip-s{}">{}</span>', severity, label)
    return format_html(
        '<span class="chip chip-s{} chip-proposed">{} · {}</span>', severity, label, _("suggested")
    )


@register.simple_tag
def clock_badge(state: str, reason: str = "") -> SafeString:
    """The state of one clock; `reason` says why it is paused, excused or cancelled."""
    _declared(state, CLOCK_STATES, "clock state")
    return _clock_badge(str(state), _plain(reason), get_language())


@lru_cache(maxsize=1024)
def _clock_badge(state: str, reason: str, _language: str | None) -> SafeString:
    label, name = CLOCK_STATES[state]
    context = {"state": state, "label": label, "icon_name": name, "reason": reason}
    return render_to_string("components/clock_badge.html", context)


@register.simple_tag
def state_label(state: str) -> SafeString:
    """The state of a ticket in plain words."""
    return _state_label(str(_declared(state, TICKET_STATES, "ticket state")), get_language())


@cache
def _state_label(state: str, _language: str | None) -> SafeString:
    label, name = TICKET_STATES[state]
    return render_to_string(
        "components/state_label.html", {"state": state, "label": label, "icon_name": name}
    )


# ---------- time ----------


@register.simple_tag
def instant(at: datetime, zone: tzinfo | None = None) -> SafeString:
    """`jue 26 nov, 17:30 (Chile)`, in `zone` or else the reader's.

    Where the reader's clock shows another time than `zone`, theirs stands below.
    """
    if timezone.is_naive(at):
        raise ValueError(f"{at} has no time zone")
    # in UTC: two instants an hour apart may show the same on a wall clock, and would be one key
    return _instant(at.astimezone(UTC), zone, timezone.get_current_timezone(), get_language())


@lru_cache(maxsize=4096)
def _instant(at: datetime, zone: tzinfo | None, own: tzinfo, _language: str | None) -> SafeString:
    written = format_html(
        '<time class="instant" datetime="{}">{}</time>',
        at.isoformat(timespec="seconds").replace("+00:00", "Z"),
        describe_instant(at, zone or own),
    )
    if zone is None or at.astimezone(zone).utcoffset() == at.astimezone(own).utcoffset():
        return written
    return format_html('{}<span class="instant-own">{}</span>', written, describe_instant(at, own))


@register.filter
def zone_label(name: str) -> str:
    """`America/Santiago` as people there call it: `Chile`."""
    return zone_name(ZoneInfo(name))


@register.filter
def remaining(left: timedelta, measure: str = "business") -> str:
    """`quedan 3 h 20 min hábiles`; `measure` is `business` or `elapsed`; negative is overdue."""
    _declared(measure, ("business", "elapsed"), "measure")
    return durations.remaining_in_words(left, business=measure == "business")


@register.filter
def duration(length: timedelta) -> str:
    """`3 h 20 min`."""
    return durations.duration_in_words(length)


# ---------- page furniture ----------


@register.simple_block_tag(end_name="endpage_header")
def page_header(
    content: str, title: str, lead: str = "", back_url: str = "", back_label: str = ""
) -> SafeString:
    """The page's h1, a sentence below it, a way back, and between the tags its acts."""
    return render_to_string(
        "components/page_header.html",
        {
            "title": title,
            "lead": lead,
            "back_url": back_url,
            "back_label": back_label,
            "acts": _trimmed(content),
        },
    )


@register.simple_block_tag(end_name="endnotice")
def notice(
    content: str, kind: str = "info", title: str = "", action_url: str = "", action_label: str = ""
) -> SafeString:
    """A strip that tells something: `kind` info, ok, warn or danger; at most one act."""
    return render_to_string(
        "components/notice.html",
        {
            "content": _trimmed(content),
            "kind": kind,
            "icon_name": NOTICE_ICONS[_declared(kind, NOTICE_ICONS, "kind of notice")],
            "title": title,
            "action_url": action_url,
            "action_label": action_label,
        },
    )


@register.inclusion_tag("components/refusal.html")
def refusal(refused: Refused) -> dict[str, Any]:
    """An act that is closed now: why, by which rule, from when it is open, what to do instead."""
    return {"refused": refused}


@register.inclusion_tag("components/notice.html")
def message_strip(message: Message) -> dict[str, Any]:
    """One of Django's messages, as a notice of the kind that its level asks for."""
    kind = MESSAGE_KINDS[message.level_tag]
    return {"content": message.message, "kind": kind, "icon_name": NOTICE_ICONS[kind]}


@register.inclusion_tag("components/empty_state.html")
def empty_state(
    title: str, text: str = "", icon_name: str = "inbox", action_url: str = "", action_label: str = ""
) -> dict[str, Any]:
    """What will stand here and how it gets here."""
    return {
        "title": title,
        "text": text,
        "icon_name": icon_name,
        "action_url": action_url,
        "action_label": action_label,
    }


@register.inclusion_tag("components/error_summary.html")
def error_summary(form: BaseForm) -> dict[str, Any]:
    """Every error of a bound form with a link to its field; nothing where there is none."""
    entries = [{"anchor": "", "label": "", "message": message} for message in form.non_field_errors()]
    for field in form:
        entries += [
            {"anchor": _anchor(field), "label": field.label, "message": message} for message in field.errors
        ]
    return {"entries": entries}


def _anchor(field: BoundField) -> str:
    """The id that a link can jump to; a group of choices has it on its first one."""
    if field.is_hidden:
        return ""
    return field.id_for_label or f"{field.auto_id}_0"


@register.inclusion_tag("components/pagination.html", takes_context=True)
def pagination(context: template.Context, page: Page) -> dict[str, Any]:
    """Links to the other pages, keeping the rest of the query string; nothing where there is one page."""
    return {
        "request": context["request"],
        "page": page,
        "numbers": page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1),
        "gap": page.paginator.ELLIPSIS,
    }


@register.inclusion_tag("components/file_list.html")
def file_list(files: Iterable[Any]) -> dict[str, Any]:
    """Files to download: each has `name`, `size` in bytes and `url`."""
    return {"files": files}


@register.simple_block_tag(end_name="endtimeline_item")
def timeline_item(
    content: str, title: str, when: Any = None, by: str = "", kind: str = "plain", icon_name: str = "clock"
) -> SafeString:
    """One event of a `<ol class="timeline">`: what, when, by whom, and between the tags the detail."""
    return render_to_string(
        "components/timeline_item.html",
        {
            "content": _trimmed(content),
            "title": title,
            "when": when,
            "by": by,
            "kind": _declared(kind, TIMELINE_KINDS, "kind of event"),
            "icon_name": icon_name,
        },
    )
