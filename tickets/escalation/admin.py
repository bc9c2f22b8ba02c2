"""The desk's part: acts on a ticket's page, and every escalation as a list to read."""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from lynnsupport.accounts.models import User
from lynnsupport.common.refusal import Refused
from tickets.admin.act import Data, DeskAct, not_before
from tickets.admin.acts import add_act
from tickets.models import Ticket, TicketEvent

from . import desk_forms, operations
from .domain.eligibility import Level
from .models import Escalation, EscalationStep, PriorityRequest
from .queries import open_at_desk


def _call(ticket: Ticket, data: Data, by: User, now: datetime) -> Escalation:
    called_at = not_before(data["called_at"], ticket.registered_at) or now
    return operations.record_call(ticket, by=by, now=now, **{**data, "called_at": called_at})


def _mail(ticket: Ticket, data: Data, by: User, now: datetime) -> Escalation:
    return operations.record_mail(ticket, by=by, now=now, **data)


def _answer(ticket: Ticket, data: Data, by: User, now: datetime) -> EscalationStep:
    said = dict(data)
    escalation = ticket.escalations.get(pk=said.pop("escalation"))
    return operations.answer_at_desk(escalation, by=by, now=now, **said)


def _decide(ticket: Ticket, data: Data, by: User, now: datetime) -> PriorityRequest:
    said = dict(data)
    request = ticket.priority_requests.filter(pk=said.pop("request")).first()
    if request is None:
        raise Refused(_("No change of priority is asked for."), rule="ESC-6")
    return operations.decide_priority(request, by=by, now=now, **said)


def _no_call_escalates(ticket: Ticket) -> Refused | None:
    if ticket.severity != 1:
        return Refused(_("The telephone is for severity 1, and this ticket has another."), rule="ESC-3")
    if ticket.customer_waits_since is None:
        return Refused(
            _("Support has answered all that was written."),
            rule="ESC-3",
            instead=_("Record it as a plain call."),
        )
    return _closed(ticket)


def _no_mail_escalates(ticket: Ticket) -> Refused | None:
    if not ticket.may_have(TicketEvent.Kind.ESCALATION_ASKED):
        return Refused(
            _("No mail asks for an escalation."),
            rule="ESC-1",
            instead=_("The partner escalates in the portal."),
        )
    if any(each.is_open and each.level != Level.TELEPHONE for each in desk_forms.escalations_of(ticket)):
        return Refused(_("The ticket is escalated already, and it is being attended."), rule="ESC-1")
    return _closed(ticket)


def _closed(ticket: Ticket) -> Refused | None:
    return Refused(_("The ticket is closed."), rule="CRP-3") if ticket.is_closed else None


def _nothing_to_answer(ticket: Ticket) -> Refused | None:
    if desk_forms.open_for_desk(ticket):
        return None
    return Refused(_("No escalation waits for the desk."), rule="ESC-8")


def _nothing_asked(ticket: Ticket) -> Refused | None:
    if desk_forms.open_request(ticket):
        return None
    return Refused(_("No change of priority is asked for."), rule="ESC-6")


ACTS = (
    DeskAct(
        form=desk_forms.AnswerForm,
        label=_("Answer the escalation"),
        button=_("Send the answer"),
        icon="arrow-up-right",
        done=_("The answer is on its way."),
        permission="escalation.answer",
        rule="ESC-8",
        run=_answer,
        closed=_nothing_to_answer,
    ),
    DeskAct(
        form=desk_forms.PriorityForm,
        label=_("Decide the priority"),
        button=_("Decide the priority"),
        icon="sliders",
        done=_("The priority is decided, and the partner is told."),
        permission="escalation.decide_priority",
        rule="ESC-6",
        run=_decide,
        closed=_nothing_asked,
        overwrites=frozenset({TicketEvent.Kind.PRIORITY_DECIDED}),
    ),
    DeskAct(
        form=desk_forms.CallForm,
        label=_("Record the escalation by telephone"),
        button=_("Record the escalation"),
        icon="telephone",
        done=_("The escalation is on record, and owner and desk leads are told."),
        permission="escalation.answer",
        rule="ESC-3",
        run=_call,
        closed=_no_call_escalates,
    ),
    DeskAct(
        form=desk_forms.MailForm,
        label=_("Record an escalation by mail"),
        button=_("Record the escalation"),
        icon="envelope",
        done=_("The escalation is on record, and the partner is told."),
        permission="escalation.answer",
        rule="ESC-1",
        run=_mail,
        closed=_no_mail_escalates,
    ),
)
for _act in ACTS:
    add_act(_act)


class _ReadOnly(admin.ModelAdmin):
    """Facts: they come about by operations alone. A row leads to its ticket, where they are acted upon."""

    list_display_links = None

    @admin.display(description=_("ticket"), ordering="ticket__number")
    def case(self, row: Escalation | PriorityRequest) -> SafeString:
        page = reverse("admin:tickets_ticket_change", args=[row.ticket_id])
        return format_html('<a href="{}">{}</a>', page, row.ticket)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("escalation.view_escalation")

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)


class WaitsForFilter(admin.SimpleListFilter):
    """Who has to see to it next; the same as the figure on the desk's start page."""

    title = _("waits for")
    parameter_name = "waits"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("desk", _("Support desk")), ("executive", _("Commercial executive"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Escalation]) -> QuerySet[Escalation]:
        if self.value() is None:
            return queryset
        at_desk = Q(pk__in=open_at_desk().values("pk"))
        waits = at_desk if self.value() == "desk" else ~at_desk
        return queryset.filter(waits, settled_at__isnull=True)


@admin.register(Escalation)
class EscalationAdmin(_ReadOnly):
    list_display = (
        "case",
        "level",
        "stage",
        "ground",
        "rule",
        "contact",
        "raised_at",
        "acknowledge_by",
        "late_at",
    )
    list_filter = (WaitsForFilter, "level", "stage")
    list_select_related = ("ticket", "contact")
    search_fields = ("ticket__number", "ticket__subject")
    ordering = ("-raised_at", "-pk")


@admin.register(PriorityRequest)
class PriorityRequestAdmin(_ReadOnly):
    list_display = ("case", "ground", "before", "wanted", "contact", "asked_at", "answer", "decided_by")
    list_filter = (("decided_at", admin.EmptyFieldListFilter), "answer", "ground")
    list_select_related = ("ticket", "contact", "decided_by")
    search_fields = ("ticket__number", "ticket__subject")
    ordering = ("-asked_at", "-pk")
