"""`{% load cooperation_words %}`: days of designations in the reader's words."""

from datetime import date

from django import template

from tickets.explanations import date_in_words

register = template.Library()


@register.filter
def day_of(day: date) -> str:
    """A date for a person."""
    return date_in_words(day)
