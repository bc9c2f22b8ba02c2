"""`{% load credit_words %}`: figures and codes of statements and claims, in the reader's words."""

from datetime import date

from django import template

from credits import words

register = template.Library()

register.filter("cycle_name", words.cycle_name)
register.filter("money", words.money)
register.filter("base", words.base)
register.filter("percent", words.percent)
register.filter("grouped", words.grouped)
register.filter("seconds_words", words.seconds_in_words)


@register.filter
def day(value: date | str) -> str:
    """A date, or one of a mail's context in ISO 8601."""
    return words.day_name(date.fromisoformat(value) if isinstance(value, str) else value)


@register.filter
def claim_state(code: str) -> str:
    return str(words.STATES[code])
