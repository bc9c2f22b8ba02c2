"""The page of a partner's people: who has access, invite a colleague, end access, give it back.

Everybody of the organisation reads it; whoever looks after their colleagues acts on it. An invitation's own
page is open to whoever holds its link.
"""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.password_validation import password_validators_help_texts
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lynnsupport.common import clock
from lynnsupport.common.refusal import Refused

from . import joining, operations
from .access import contact_of, contacts_visible_to, customers_visible_to
from .domain.roles import Role
from .invitations import send_access_link, send_invitation
from .models import Contact, Customer, Invitation, User

PERMISSION = "accounts.manage_colleagues"


class InviteForm(forms.Form):
    """Whom to invite, as what, and for which customer."""

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    email = forms.EmailField(
        label=gettext_lazy("E-mail"),
        max_length=254,
        help_text=gettext_lazy("They sign in with it. The link is sent there and works for nobody else."),
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    role = forms.TypedChoiceField(
        label=gettext_lazy("What they may do"),
        coerce=Role,
        initial=Role.PARTNER,
        widget=forms.RadioSelect,
        choices=[
            (Role.PARTNER, gettext_lazy("Raise and follow tickets")),
            (Role.PARTNER_ADMIN, gettext_lazy("The same, and look after their colleagues' access")),
        ],
    )
    customer = forms.ModelChoiceField(
        label=gettext_lazy("Customer"),
        queryset=Customer.objects.none(),
        required=False,
        empty_label=gettext_lazy("All: they belong to the partner itself"),
        help_text=gettext_lazy("A customer's people see that customer alone."),
    )

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, auto_id="invite_%s", **kwargs)
        if contact_of(by).customer_id:
            del self.fields["customer"]
        else:
            self.fields["customer"].queryset = customers_visible_to(by).order_by("name", "pk")


class JoinForm(forms.Form):
    """The password that whoever was invited chooses, twice."""

    password = forms.CharField(
        label=gettext_lazy("Password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label=gettext_lazy("The same password again"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if data.get("again") and data.get("password") and data["again"] != data["password"]:
            self.add_error("again", _("The two passwords differ."))
        return data


@dataclass(frozen=True)
class Colleague:
    """A person of the organisation; `access` is one of has, ended, never."""

    contact: Contact
    access: str
    is_reader: bool


@require_safe
@login_required
def people(request: HttpRequest) -> HttpResponse:
    _require_organisation(request)
    form = InviteForm(by=request.user) if _may_manage(request) else None
    return _show(request, form)


@require_http_methods(["GET", "POST"])
@login_required
def invite(request: HttpRequest) -> HttpResponse:
    """Sends an invitation; what is wrong stands beside the form, which keeps what was typed."""
    _require_manager(request)
    if request.method == "GET":
        return redirect("account_people")
    form = InviteForm(request.POST, by=request.user)
    if form.is_valid():
        typed = {"customer": None, **form.cleaned_data}
        try:
            invitation, token = joining.invite(by=request.user, now=clock.now(), **typed)
        except Refused as refusal:
            form.add_error("email", str(refusal))
        else:
            send_invitation(invitation, token, request=request)
            told = _("An invitation was sent to %(address)s. It works for 72 hours.")
            messages.success(request, told % {"address": invitation.email})
            return redirect("account_people")
    return _show(request, form)


@require_POST
@login_required
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    _require_manager(request)
    invitation = _own_invitation(request, pk)
    try:
        joining.withdraw_invitation(invitation, by=request.user, now=clock.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The invitation is withdrawn; its link opens nothing any more."))
    return redirect("account_people")


@require_http_methods(["GET", "POST"])
@login_required
def end_access(request: HttpRequest, pk: int) -> HttpResponse:
    """Asks why before it is done: every session of that person ends at once."""
    _require_manager(request)
    return _decide(request, _colleague(request, pk), ends=True)


@require_http_methods(["GET", "POST"])
@login_required
def give_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Asks why before it is done; a link to set a new password is sent to them."""
    _require_manager(request)
    return _decide(request, _colleague(request, pk), ends=False)


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Why"),
        max_length=500,
        help_text=gettext_lazy("It is kept with your name."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )


def _decide(request: HttpRequest, contact: Contact, *, ends: bool) -> HttpResponse:
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        act = operations.end_access if ends else operations.restore_access
        try:
            user = act(contact.user, by=request.user, reason=form.cleaned_data["reason"], now=clock.now())
        except Refused as refusal:
            form.add_error("reason", str(refusal))
        else:
            if ends:
                messages.success(request, _("%(name)s has no access any more.") % {"name": contact.name})
            else:
                send_access_link(user, request=request)
                told = _("%(name)s has access again; a link to set a password was sent to %(address)s.")
                messages.success(request, told % {"name": contact.name, "address": user.email})
            return redirect("account_people")
    return render(request, "account/access.html", {"contact": contact, "form": form, "ends": ends})


@never_cache
@sensitive_post_parameters("password", "again")
@sensitive_variables("form")
@require_http_methods(["GET", "POST"])
def join(request: HttpRequest, token: str) -> HttpResponse:
    """What the link of an invitation opens: choose a password, once, and sign in with it."""
    now = clock.now()
    invitation = joining.invitation_of(token, now=now)
    if invitation is None:
        return render(request, "account/join.html", {"invitation": None}, status=410)
    form = JoinForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            joining.accept_invitation(token, password=form.cleaned_data["password"], now=now)
        except ValidationError as error:
            form.add_error("password", error)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("You have access. Sign in with your address and your password."))
            return redirect("account_login")
    context = {"invitation": invitation, "form": form, "rules": password_validators_help_texts()}
    return render(request, "account/join.html", context)


def _show(request: HttpRequest, form: InviteForm | None) -> HttpResponse:
    now = clock.now()
    contacts = _colleagues(request).select_related("user", "customer").order_by("name", "pk")
    own = contact_of(request.user)
    return render(
        request,
        "account/people.html",
        {
            "colleagues": [Colleague(each, _access(each), each == own) for each in contacts],
            "invitations": joining.open_invitations(request.user, now=now),
            "now": now,
            "form": form,
            "organisation": own.organisation,
        },
    )


def _access(contact: Contact) -> str:
    if contact.user is None:
        return "never"
    return "has" if contact.user.is_active else "ended"


def _colleagues(request: HttpRequest) -> QuerySet[Contact]:
    return contacts_visible_to(request.user)


def _colleague(request: HttpRequest, pk: int) -> Contact:
    return get_object_or_404(_colleagues(request).filter(user__isnull=False).select_related("user"), pk=pk)


def _own_invitation(request: HttpRequest, pk: int) -> Invitation:
    invitation = Invitation.objects.select_related("customer").filter(pk=pk).first()
    if invitation is None or not joining.may_see(invitation, request.user):
        raise Http404(_("There is no such invitation."))
    return invitation


def _may_manage(request: HttpRequest) -> bool:
    return contact_of(request.user) is not None and request.user.has_perm(PERMISSION)


def _require_organisation(request: HttpRequest) -> None:
    if contact_of(request.user) is None:
        raise Http404(_("This page is for the people of a partner."))


def _require_manager(request: HttpRequest) -> None:
    if not _may_manage(request):
        raise Http404(_("This page is for a partner's administrator."))
