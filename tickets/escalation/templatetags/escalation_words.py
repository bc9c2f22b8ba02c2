"""`{% load escalation_words %}`: codes that a mail's context carries, in the reader's words."""

from django import template
from django.utils.translation import gettext as _

from tickets.escalation.domain.course import Step
from tickets.models.ticket import PRIORITY_LABELS

register = template.Library()


@register.filter
def priority_name(code: str) -> str:
    return str(dict(PRIORITY_LABELS)[code]).lower()


@register.filter
def step_in_subject(step: str) -> str:
    """What the subject of a mail says after the ticket's number."""
    return {
        Step.RAISE: _("escalated"),
        Step.ACKNOWLEDGE: _("escalation acknowledged"),
        Step.COMMENT: _("a word on the escalation"),
        Step.ASK_DESK: _("the desk was asked"),
        Step.RESOLVE: _("escalation resolved"),
        Step.RETURN: _("escalation returned"),
    }[Step(step)]


@register.filter
def step_sentence(step: str, number: str) -> str:
    """What happened to the escalation of the ticket `number`."""
    return {
        Step.ACKNOWLEDGE: _("The escalation of %(number)s is acknowledged and being attended."),
        Step.COMMENT: _("There is a comment on the escalation of %(number)s."),
        Step.ASK_DESK: _("The commercial executive asked the support desk about %(number)s."),
        Step.RESOLVE: _("The escalation of %(number)s is resolved. If it is not, escalate it again."),
        Step.RETURN: _("The escalation of %(number)s is returned: read why, and what to do instead."),
    }[Step(step)] % {"number": number}
