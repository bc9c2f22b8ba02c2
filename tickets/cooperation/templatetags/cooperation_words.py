"""`{% load cooperation_words %}`: days on which something begins or ends, with their year."""

from datetime import date

from django import template
from django.utils.formats import date_format

register = template.Library()


@register.filter
def day_of(day: date | str) -> str:
    """A date, or the ISO 8601 text of one in a mail's context, for a person."""
    return date_format(date.fromisoformat(day) if isinstance(day, str) else day, "DATE_FORMAT")
