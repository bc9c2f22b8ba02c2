"""`{% load ticket_story %}`: what was said on a ticket and what happened to it, hundreds of times."""

from collections.abc import Iterable
from datetime import tzinfo
from functools import lru_cache
from typing import Any

from django import template
from django.template.loader import render_to_string
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.timezone import get_current_timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from lynnsupport.common.templatetags.components import icon, instant
from tickets.story import Told

from .ticket_text import as_written

register = template.Library()

EVENTS_KEPT = 5_000  # some 5 MB

_AUTOMATIC = """
<li class="message message-automatic" id="m{pk}">
  <details class="fold"><summary>{gear}{label} · {at}{chevron}</summary>{body}{files}</details>
</li>"""
_MESSAGE = """
<li class="message message-{side}" id="m{pk}">
  <div class="message-head"><strong>{author}</strong><span>{whose}</span>{at}</div>
  <div class="message-body">{body}{quoted}{files}</div>
</li>"""
_QUOTED = '<details class="fold small"><summary>{}{}</summary>{}</details>'
_EVENT = """
<li class="timeline-item timeline-{kind}">
  <span class="timeline-mark">{icon}</span>
  <div>
    <p class="timeline-title">{title}</p>
    <p class="timeline-meta">{at}{by}</p>
    {detail}{message}
  </div>
</li>"""


@register.simple_tag
def messages_told(entries: Iterable[Any]) -> SafeString:
    """The `li` of each message; see `views.detail.Entry`."""
    return format_html_join("", "{}", ((_message(entry),) for entry in entries))


@register.simple_tag
def events_told(story: Iterable[Told]) -> SafeString:
    """The `li` of each event, with a way to the message that it brought."""
    language, zone = get_language(), get_current_timezone()
    return format_html_join("", "{}", ((_event(told, language, zone),) for told in story))


def _message(entry: Any) -> SafeString:
    files = render_to_string("components/file_list.html", {"files": entry.files}) if entry.files else ""
    if entry.side == "system":
        return format_html(
            _AUTOMATIC,
            pk=entry.pk,
            gear=icon("gear"),
            label=_("Automatic message"),
            at=instant(entry.at),
            chevron=icon("chevron-down"),
            body=as_written(entry.body),
            files=files,
        )
    return format_html(
        _MESSAGE,
        side=entry.side,
        pk=entry.pk,
        author=entry.author,
        whose=f"{entry.whose} · {entry.channel}" if entry.channel else entry.whose,
        at=instant(entry.at),
        body=as_written(entry.body),
        quoted=_quoted(entry.quoted),
        files=files,
    )


def _quoted(text: str) -> SafeString | str:
    if not text:
        return ""
    return format_html(_QUOTED, _("Quoted text"), icon("chevron-down"), as_written(text))


@lru_cache(maxsize=EVENTS_KEPT)
def _event(told: Told, _language: str | None, _zone: tzinfo) -> SafeString:
    """What happened stays as it is, and is shown with every look at the page."""
    to_message = '<a class="small" href="#m{}">{}</a>'
    return format_html(
        _EVENT,
        kind=told.kind,
        icon=icon(told.icon),
        title=told.title,
        at=instant(told.at),
        by=f" · {told.by}" if told.by else "",
        detail=as_written(told.detail) if told.detail else "",
        message=format_html(to_message, told.message_id, _("See the message")) if told.message_id else "",
    )
