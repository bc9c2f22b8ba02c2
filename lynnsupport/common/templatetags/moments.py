"""`{% load moments %}`: instants in the reader's zone, which is Django's current one.

`{{ ticket.registered_at|when }}` prints `jue 26 nov, 17:30 (Chile)`; in mails, whose context holds ISO
strings, `{{ due_at|instant|when }}`.
"""

from datetime import datetime

from django import template
from django.utils import timezone

from lynnsupport.common.moments import describe_instant

register = template.Library()


@register.filter
def instant(text: str) -> datetime:
    """An ISO 8601 string of a mail's context as an aware datetime.

    ValueError for anything else, a missing value included: a mail that would leave out its deadline is better
    given up where people see it.
    """
    if not isinstance(text, str):
        raise ValueError(f"{text!r} is no instant in ISO 8601")
    at = datetime.fromisoformat(text)
    if timezone.is_naive(at):
        raise ValueError(f"{text!r} has no time zone")
    return at


@register.filter
def when(at: datetime | None) -> str:
    """The instant for a person; nothing for None or an empty value, as Django's own `date` does."""
    if at is None or at == "":
        return ""
    return describe_instant(at, timezone.get_current_timezone())
