"""`{% load ticket_rows %}`: the rows of a list of tickets, and what falls due on each."""

from collections.abc import Iterable
from datetime import tzinfo
from functools import lru_cache
from typing import Any

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.timezone import get_current_timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from lynnsupport.common.templatetags.components import (
    clock_badge,
    instant,
    remaining,
    severity_chip,
    state_label,
)
from tickets.addresses import in_portal
from tickets.clock_faces import ClockFace
from tickets.domain.lifecycle import State
from tickets.rows import Row

register = template.Library()

SELECTED = mark_safe(" selected")
ROWS_KEPT = 5_000  # some 8 MB

_ROW = """
<tr>
  <th scope="row"><a href="{url}"><span class="nowrap ticket-number">{number}</span><br>
    <bdi>{subject}</bdi></a></th>
  <td data-label="{customer_label}"><span>{customer}<br><span class="soft">{tenant}</span></span></td>
  <td data-label="{severity_label}"><span>{severity}</span></td>
  <td data-label="{state_label}"><span>{state}</span></td>
  <td class="deadline" data-label="{deadline_label}"><span>{deadline}</span></td>{rest}
</tr>"""
_REST = """
  <td data-label="{owner_label}"><span>{owner}</span></td>
  <td class="moment" data-label="{last_label}"><span>{last}</span></td>"""


@register.simple_tag
def ticket_rows(rows: Iterable[Row], brief: bool = False) -> SafeString:
    """The `tr` of each ticket; brief ones leave out its owner and its last message."""
    language, zone = get_language(), get_current_timezone()
    return format_html_join("", "{}", ((_row(row, brief, language, zone),) for row in rows))


@register.simple_tag
def due(clock: ClockFace) -> SafeString:
    """When it falls due, and what is left until then."""
    due_at = instant(clock.due_at) if clock.due_at else ""
    if clock.left is None:
        return format_html("{}", due_at)
    dot = " · " if due_at else ""
    return format_html(
        '{}{}<span class="nowrap">{}</span>', due_at, dot, remaining(clock.left, clock.measure)
    )


@register.simple_tag
def options(choices: Iterable[tuple[Any, Any]], chosen: str) -> SafeString:
    """The options of a list to choose from; there may be hundreds."""
    return format_html_join(
        "",
        '<option value="{}"{}>{}</option>',
        ((value, SELECTED if str(value) == chosen else "", label) for value, label in choices),
    )


@lru_cache(maxsize=ROWS_KEPT)
def _row(row: Row, brief: bool, _language: str | None, _zone: tzinfo) -> SafeString:
    """A row is the same as long as it says the same; most are shown again and again."""
    return format_html(
        _ROW,
        url=in_portal(row.number),
        number=row.number,
        subject=row.subject,
        customer_label=_("Customer"),
        customer=row.customer,
        tenant=row.tenant,
        severity_label=_("Severity"),
        severity=severity_chip(row.severity, bool(row.decided_severity)),
        state_label=_("State"),
        state=state_label(row.state),
        deadline_label=_("Deadline"),
        deadline=_deadline(row),
        rest="" if brief else _rest(row),
    )


def _rest(row: Row) -> SafeString:
    return format_html(
        _REST,
        owner_label=_("Owner"),
        owner=row.owner or _("Support desk"),
        last_label=_("Last message"),
        last=instant(row.last_message_at),
    )


def _deadline(row: Row) -> SafeString:
    """The clock that falls due first, or why none runs."""
    if row.clock:
        badge = clock_badge(row.clock.badge, row.clock.detail)
        return format_html("{} {}<br>{}", row.clock.name, badge, due(row.clock))
    if row.state == State.REGISTERED:
        why = _("Does not run until it is escalated")
    elif row.no_target_rule:
        why = f"{_('No deadline applies')} ({row.no_target_rule})"
    else:
        why = _("None running")
    return format_html('<span class="soft">{}</span>', why)
