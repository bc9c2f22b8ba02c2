"""At the desk: ask of the customer and withdraw it, remote access, and designations that partners propose."""

from datetime import datetime

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from lynnsupport.accounts.models import User
from lynnsupport.common import clock
from lynnsupport.common.admin import RolePermissionsAdmin
from lynnsupport.common.refusal import Refused
from tickets.admin.act import Data, DeskAct
from tickets.admin.acts import add_act
from tickets.domain.lifecycle import State
from tickets.models import Ticket

from . import desk_forms, operations
from .models import CustomerRequest, DesignationProposal, RemoteAccess
from .queries import live_accesses, open_requests


def _ask(ticket: Ticket, data: Data, by: User, now: datetime) -> CustomerRequest:
    return operations.ask(ticket, by=by, now=now, **data)


def _withdraw(ticket: Ticket, data: Data, by: User, now: datetime) -> CustomerRequest:
    request = ticket.customer_requests.get(pk=data["request"])
    return operations.withdraw(request, by=by, reason=data["reason"], now=now)


def _ask_for_access(ticket: Ticket, data: Data, by: User, now: datetime) -> RemoteAccess:
    period = {"starts_at": data["starts_at"] or now, "ends_at": data["ends_at"]}
    return operations.ask_for_access(
        ticket,
        by=by,
        contact=data["contact"],
        purpose=data["purpose"],
        submission_key=data["submission_key"],
        now=now,
        **period,
    )


def _revoke(ticket: Ticket, data: Data, by: User, now: datetime) -> RemoteAccess:
    access = ticket.remote_accesses.get(pk=data["access"])
    return operations.revoke_access(access, by=by, reason=data["reason"], now=now)


def _cannot_ask(ticket: Ticket) -> Refused | None:
    if ticket.state in (State.OPEN, State.WAITING_CUSTOMER):
        return None
    return Refused(_("The customer is asked while a ticket is open or waits for them."), rule="COP-1")


def _nothing_asked(ticket: Ticket) -> Refused | None:
    if not ticket.is_closed and open_requests(ticket):
        return None
    return Refused(_("Nothing is asked of the customer."), rule="COP-1")


def _nothing_to_revoke(ticket: Ticket) -> Refused | None:
    if live_accesses(ticket, clock.now()):
        return None
    return Refused(_("No remote access is asked for or allowed."), rule="COP-2")


ACTS = (
    DeskAct(
        form=desk_forms.AskForm,
        label=_("Ask for steps, tests or data"),
        button=_("Ask the customer"),
        icon="list-check",
        done=_("The request is on the ticket; restoration pauses until the customer writes."),
        permission="tickets.change_state",
        rule="COP-1",
        run=_ask,
        closed=_cannot_ask,
    ),
    DeskAct(
        form=desk_forms.WithdrawRequestForm,
        label=_("Withdraw a request"),
        button=_("Withdraw the request"),
        icon="arrow-counterclockwise",
        done=_("The request is withdrawn."),
        permission="tickets.change_state",
        rule="COP-1",
        run=_withdraw,
        closed=_nothing_asked,
    ),
    DeskAct(
        form=desk_forms.AccessForm,
        label=_("Ask for remote access"),
        button=_("Ask for the access"),
        icon="key",
        done=_("The contact is asked; restoration pauses until they decide."),
        permission="tickets.change_state",
        rule="COP-2",
        run=_ask_for_access,
        closed=_cannot_ask,
    ),
    DeskAct(
        form=desk_forms.RevokeAccessForm,
        label=_("End a remote access"),
        button=_("End the access"),
        icon="lock",
        done=_("The access has ended: from now on nothing is allowed."),
        permission="tickets.change_state",
        rule="COP-2",
        run=_revoke,
        closed=_nothing_to_revoke,
    ),
)
for act in ACTS:
    add_act(act)


@admin.register(DesignationProposal)
class DesignationProposalAdmin(RolePermissionsAdmin, admin.ModelAdmin):
    """CON-1: a proposal is read, then agreed or declined; nothing of it is changed."""

    view_permission = "accounts.view_directory"
    change_form_template = "admin/cooperation/proposal.html"
    list_display = ("contact", "customer", "starts_on", "last_day_on", "state", "proposed_by", "proposed_at")
    list_filter = ("state",)
    list_select_related = ("contact", "customer", "proposed_by")
    search_fields = ("contact__name", "contact__email", "customer__name")
    fields = (
        *("customer", "contact", "starts_on", "last_day_on", "words"),
        *("state", "proposed_by", "proposed_at", "decided_by", "decided_at", "decline_reason"),
    )
    readonly_fields = fields

    def has_add_permission(self, request):
        return False

    def get_urls(self):
        view = self.admin_site.admin_view(self.decide_view)
        name = "cooperation_designationproposal_decide"
        return [path("<int:pk>/decide/", view, name=name), *super().get_urls()]

    def change_view(self, request, object_id, form_url="", extra_context=None):
        context = {"decline_form": desk_forms.DeclineForm(), "may_decide": _may_decide(request)}
        return super().change_view(request, object_id, form_url, {**context, **(extra_context or {})})

    def decide_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """`decision` is `agree` or `decline`; a refusal is told on the proposal's page."""
        proposal = DesignationProposal.objects.filter(pk=pk).first()
        if proposal is None or not self.has_view_permission(request):
            raise Http404
        if request.method != "POST" or not _may_decide(request):
            raise PermissionDenied
        form = desk_forms.DeclineForm(request.POST)
        reason = form.cleaned_data["reason"] if form.is_valid() else ""
        try:
            if request.POST.get("decision") == "agree":
                operations.agree_designation(proposal, by=request.user, now=clock.now())
                told = gettext("%(name)s is designated.") % {"name": proposal.contact.name}
            else:
                operations.decline_designation(proposal, by=request.user, reason=reason, now=clock.now())
                told = gettext("The proposal is declined; the partner reads why.")
        except Refused as refused:
            self.message_user(request, str(refused), messages.ERROR)
        else:
            self.message_user(request, told, messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:cooperation_designationproposal_change", args=[pk]))


def _may_decide(request: HttpRequest) -> bool:
    return request.user.has_perm("accounts.change_directory")
