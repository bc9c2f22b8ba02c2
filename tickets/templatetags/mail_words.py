"""`{% load mail_words %}`: codes that a mail's context carries, in the reader's words."""

from datetime import date

from django import template

from tickets.explanations import CLOCK_NAMES, MISSING_NAMES, NO_TARGET, date_in_words
from tickets.models.ticket import CLOSE_REASON_LABELS

register = template.Library()


@register.filter
def clock_name(kind: str) -> str:
    return str(CLOCK_NAMES[kind])


@register.filter
def answer_name(name: str) -> str:
    """What is asked for in a ticket (INT-3)."""
    return str(MISSING_NAMES[name])


@register.filter
def no_target_sentence(rule: str) -> str:
    return str(NO_TARGET[rule])


@register.filter
def close_reason(code: str) -> str:
    return str(dict(CLOSE_REASON_LABELS)[code])


@register.filter
def day(text: str) -> str:
    """An ISO 8601 date of a mail's context, for a person."""
    return date_in_words(date.fromisoformat(text))
