"""What every form of the desk has: its ticket, its moment, and fields that several share."""

from datetime import datetime
from typing import Any

from crispy_forms.helper import FormHelper
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lynnsupport.accounts.domain.roles import ROLES
from lynnsupport.accounts.models import Contact, User
from tickets.domain.stated_time import instants_of
from tickets.fields import WallTimeField
from tickets.forms import LONG
from tickets.models import Ticket

OWNER_ROLES = [role.value for role, rules in ROLES.items() if "tickets.answer_ticket" in rules.permissions]


def possible_owners() -> QuerySet[User]:
    return User.objects.filter(is_active=True, role__in=OWNER_ROLES).order_by("name", "pk")


def people_of(ticket: Ticket) -> QuerySet[Contact]:
    """Who may call about a ticket: its customer's people and the partner's own."""
    own = Q(customer__isnull=True) | Q(customer=ticket.customer_id)
    return Contact.objects.filter(own, partner=ticket.customer.partner_id).order_by("name", "pk")


class MomentField(WallTimeField):
    """A moment on the reader's clock, as an instant; of a repeated hour the first (RFC 5545 3.3.5)."""

    def to_python(self, value: Any) -> datetime | None:
        shown = super().to_python(value)
        if shown is None:
            return None
        instants = instants_of(shown, timezone.get_current_timezone())
        if not instants:
            raise ValidationError(_("That night the clocks were put forward, past this time."), code="gap")
        return instants[0]


class DeskForm(forms.Form):
    """`ticket` decides what can be chosen; every act has fields with ids of its own on the page."""

    slug = ""

    def __init__(self, *args: Any, ticket: Ticket, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, auto_id=f"{self.slug}_%s", **kwargs)
        self.ticket = ticket
        self.now = now

    @property
    def helper(self) -> FormHelper:
        helper = FormHelper()
        helper.form_tag = False
        helper.disable_csrf = True
        return helper


def reason_field(label: Any, help_text: Any = "", *, required: bool = True) -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=help_text,
        required=required,
        max_length=LONG,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


def moment_field(label: Any) -> MomentField:
    return MomentField(label=label, required=False, help_text=_("On your own clock; empty means now."))
