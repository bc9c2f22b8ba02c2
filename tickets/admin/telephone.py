"""A ticket that comes by telephone (INT-1): who calls, then what they tell."""

import re
import uuid
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from lynnsupport.accounts.models import Contact, Tenant
from lynnsupport.accounts.queries import is_designated, whom_to_contact
from lynnsupport.common import clock
from lynnsupport.common.refusal import Refused
from tickets import operations
from tickets.desk_forms.whole import TelephoneForm
from tickets.domain.intake import Channel
from tickets.forms import FILES_AGAIN
from tickets.models import Ticket

from .queue import loosely
from .refusals import closed_by_role

if TYPE_CHECKING:
    from .ticket import TicketAdmin

PERMISSION = "tickets.register_call"
CALLERS_SHOWN = 20
FEWEST_DIGITS = 4


def choose_caller(desk: "TicketAdmin", request: HttpRequest) -> HttpResponse:
    words = request.GET.get("q", "").strip()[:100]
    found = list(callers(words)[: CALLERS_SHOWN + 1]) if words else []
    context = {
        "title": _("New ticket by telephone"),
        "words": words,
        "callers": found[:CALLERS_SHOWN],
        "has_more": len(found) > CALLERS_SHOWN,
        "refusal": closed_by_role(request.user, PERMISSION, "INT-1"),
    }
    return desk.page(request, "admin/tickets/ticket/telephone.html", context)


def callers(words: str) -> QuerySet[Contact]:
    """Contacts in which every word is found: in their name, address, telephone, organisation or tenants."""
    found = Contact.objects.select_related("partner", "customer")
    for word in words.split():
        like = loosely(word)
        of_partner = Tenant.objects.filter(code__iexact=word, customer__partner=OuterRef("partner"))
        own = Q(customer__isnull=True) | Q(customer__tenants__code__iexact=word)
        found = found.filter(
            Q(name__iregex=like)
            | Q(email__icontains=word)
            | _telephone(word)
            | Q(partner__name__iregex=like)
            | Q(customer__name__iregex=like)
            | Q(Exists(of_partner)) & own
        )
    return found.order_by("name", "pk").distinct()


def _telephone(word: str) -> Q:
    """The digits as they follow each other, however the number was spaced when it was stored."""
    digits = re.sub(r"\D", "", word)
    return Q(phone__regex=r"\D*".join(digits)) if len(digits) >= FEWEST_DIGITS else Q(pk__in=[])


def enter_ticket(desk: "TicketAdmin", request: HttpRequest, contact_id: int) -> HttpResponse:
    caller = Contact.objects.select_related("partner__executive", "customer").filter(pk=contact_id).first()
    if caller is None:
        raise Http404(_("There is no such contact."))
    now = clock.now()
    closed = closed_by_role(request.user, PERMISSION, "INT-1") or _not_approved(caller)
    if closed:
        status = 403 if request.method == "POST" else 200
        return _page(desk, request, caller, _form(request, caller, now), now, closed=closed, status=status)
    if request.method != "POST":
        return _page(desk, request, caller, _form(request, caller, now), now)
    form = _form(request, caller, now, data=request.POST, files=request.FILES)
    if not form.is_valid():
        return _page(desk, request, caller, form, now, status=422)
    try:
        ticket = _open(request, caller, form, now)
    except Refused as refused:
        return _page(desk, request, caller, form, now, refusal=refused, status=409)
    messages.success(
        request, _("The ticket is %(number)s: tell it to the caller.") % {"number": ticket.number}
    )
    return HttpResponseRedirect(reverse("admin:tickets_ticket_change", args=[ticket.pk]))


def _open(request: HttpRequest, caller: Contact, form: TelephoneForm, now: datetime) -> Ticket:
    """The ticket of a valid form. Raises Refused, also for a form that had been sent with another story."""
    opening = operations.open_ticket(
        by=request.user,
        channel=Channel.TELEPHONE,
        answers=form.answers(),
        now=now,
        reporter=caller,
        called_at=form.time_of_call,
        evidence=form.cleaned_data["files"],
        submission_key=form.cleaned_data["submission_key"],
    )
    if opening.is_new or _says_the_same(opening.ticket, form):
        return opening.ticket
    form.data = form.data.dict() | {"submission_key": str(uuid.uuid4())}
    raise Refused(
        _("This form had been sent before and is ticket %(number)s.") % {"number": opening.ticket.number},
        instead=_("To open another with what it says now, press the button once more."),
    )


def _says_the_same(ticket: Ticket, form: TelephoneForm) -> bool:
    said = (form.cleaned_data["subject"], form.cleaned_data["description"])
    return (ticket.subject, ticket.description) == said


def _not_approved(caller: Contact) -> Refused | None:
    if caller.partner.is_approved:
        return None
    return Refused(
        _("%(partner)s is not commercially approved, and only approved partners are attended.")
        % {"partner": caller.partner},
        rule="SUP-4",
        instead=_("Please contact %(executive)s.") % {"executive": whom_to_contact(caller.partner).name},
    )


def tenants_of(caller: Contact) -> QuerySet[Tenant]:
    """The instances that this person may report about: their customer's, or all of their partner's."""
    tenants = Tenant.objects.filter(customer__partner=caller.partner_id)
    if caller.customer_id:
        tenants = tenants.filter(customer=caller.customer_id)
    return tenants.select_related("customer").order_by("customer__name", "code")


def designated_for(caller: Contact, now: datetime) -> list[str]:
    """The customers for which this person may escalate at `now`, by name (CON-1)."""
    designations = caller.designations.select_related("customer").order_by("customer__name")
    customers = dict.fromkeys(designation.customer for designation in designations)
    return [customer.name for customer in customers if is_designated(caller, customer, now)]


def _form(request: HttpRequest, caller: Contact, now: datetime, **options: Any) -> TelephoneForm:
    return TelephoneForm(tenants=tenants_of(caller), reader=request.user, now=now, **options)


def _page(
    desk: "TicketAdmin",
    request: HttpRequest,
    caller: Contact,
    form: TelephoneForm,
    now: datetime,
    *,
    status: int = 200,
    **shown: Refused,
) -> HttpResponse:
    """`closed`: why there is no form; `refusal`: what the last try met."""
    if "refusal" in shown and form.files:
        form.add_error("files", FILES_AGAIN)
    context = {
        "title": _("New ticket by telephone"),
        "caller": caller,
        "form": form,
        "now": now,
        "designated_for": designated_for(caller, now),
        **shown,
    }
    return desk.page(request, "admin/tickets/ticket/telephone_form.html", context, status=status)
