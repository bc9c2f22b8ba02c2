"""A ticket that comes by telephone (INT-1): who calls, then what they tell."""

import re
import uuid
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from lynnsupport.accounts.models import Contact, Customer, Designation, Tenant
from lynnsupport.accounts.queries import is_designated, whom_to_contact
from lynnsupport.common import clock
from lynnsupport.common.refusal import Refused
from tickets import operations
from tickets.desk_forms.whole import TelephoneForm
from tickets.fields import SubmissionKeyField
from tickets.forms import FILES_AGAIN, typed_answers
from tickets.models import CallDraft, Ticket
from tickets.operations.drafts import discard_call, keep_call
from tickets.views.advice import advice_on, defaults_of

from .queue import loosely
from .refusals import closed_by_role

if TYPE_CHECKING:
    from .ticket import TicketAdmin

PERMISSION = "tickets.register_call"
CALLERS_SHOWN = 20
TENANTS_OFFERED = 50
FEW_TENANTS = 8  # so many are seen at a glance
FEWEST_DIGITS = 4


def choose_caller(desk: "TicketAdmin", request: HttpRequest) -> HttpResponse:
    words = request.GET.get("q", "").strip()[:100]
    found = list(callers(words)[: CALLERS_SHOWN + 1]) if words else []
    drafts = CallDraft.objects.filter(user=request.user).select_related("caller__partner", "caller__customer")
    context = {
        "title": _("New ticket by telephone"),
        "words": words,
        "callers": found[:CALLERS_SHOWN],
        "has_more": len(found) > CALLERS_SHOWN,
        "unfinished": list(drafts.order_by("-updated_at")),
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
    caller = _caller_or_404(contact_id)
    now = clock.now()
    closed = closed_by_role(request.user, PERMISSION, "INT-1") or _not_approved(caller)
    if closed:
        status = 403 if request.method == "POST" else 200
        return _page(desk, request, caller, _form(request, caller, now), now, closed=closed, status=status)
    if request.method != "POST":
        draft = CallDraft.objects.filter(user=request.user, caller=caller).first()
        form = _form(request, caller, now, initial=draft.answers if draft else {})
        return _page(desk, request, caller, form, now, draft=draft)
    if request.POST.get("act") == "discard":
        discard_call(by=request.user, caller=caller)
        messages.success(request, _("The draft is discarded."))
        return HttpResponseRedirect(reverse("admin:tickets_ticket_telephone"))
    if request.POST.get("act") == "look":  # without scripts: the suggestion for what is typed so far
        keep_typing(desk, request, contact_id)
        form = _form(request, caller, now, initial=typed_answers(TelephoneForm, request.POST))
        return _page(desk, request, caller, form, now)
    form = _form(request, caller, now, data=request.POST, files=request.FILES)
    if not form.is_valid():
        return _page(desk, request, caller, form, now, status=422)
    try:
        ticket = _open(request, caller, form, now)
    except Refused as refused:
        return _page(desk, request, caller, form, now, refusal=refused, status=409)
    discard_call(by=request.user, caller=caller)
    messages.success(
        request, _("The ticket is %(number)s: tell it to the caller.") % {"number": ticket.number}
    )
    return HttpResponseRedirect(reverse("admin:tickets_ticket_change", args=[ticket.pk]))


def keep_typing(desk: "TicketAdmin", request: HttpRequest, contact_id: int) -> HttpResponse:
    """Keeps what is typed during the call, on the server; answers with the line that says so."""
    draft = keep_call(
        by=request.user,
        caller=_caller_or_404(contact_id),
        answers=typed_answers(TelephoneForm, request.POST),
        now=clock.now(),
        submission_key=SubmissionKeyField().clean(request.POST.get("submission_key")),
    )
    return desk.page(request, "tickets/_draft_state.html", {"draft": draft})


def advise(desk: "TicketAdmin", request: HttpRequest, contact_id: int) -> HttpResponse:
    """What stands beside the form, for what has been typed so far: severity, people, similar tickets."""
    caller = _caller_or_404(contact_id)
    now = clock.now()
    probe = _form(request, caller, now, data=request.POST)
    context = {"advice": advice_on(probe, caller, now, has_evidence=any(request.POST.getlist("files")))}
    return desk.page(request, "admin/tickets/ticket/call_advice.html", context)


def offer_tenants(desk: "TicketAdmin", request: HttpRequest, contact_id: int) -> HttpResponse:
    """The choices of the tenant field, narrowed by the words that are typed above it."""
    words = request.GET.get("tenant_q", "").strip()[:100]
    tenants = tenants_of(_caller_or_404(contact_id))
    for word in words.split():
        like = loosely(word)
        tenants = tenants.filter(
            Q(code__icontains=word) | Q(name__iregex=like) | Q(customer__name__iregex=like)
        )
    found = list(tenants[: TENANTS_OFFERED + 1])
    context = {"tenants": found[:TENANTS_OFFERED], "is_only_one": len(found) == 1, "words": words}
    return desk.page(request, "admin/tickets/ticket/tenant_options.html", context)


def _caller_or_404(contact_id: int) -> Contact:
    callers_known = Contact.objects.select_related("partner__executive", "customer")
    caller = callers_known.filter(pk=contact_id).first()
    if caller is None:
        raise Http404(_("There is no such contact."))
    return caller


def _open(request: HttpRequest, caller: Contact, form: TelephoneForm, now: datetime) -> Ticket:
    """The ticket of a valid form. Raises Refused, also for a form that had been sent with another story."""
    opening = operations.take_call(
        by=request.user,
        caller=caller,
        answers=form.answers(),
        now=now,
        called_at=form.time_of_call,
        called_from=form.called_from,
        reached=form.reached,
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


def designated_near(caller: Contact, now: datetime) -> list[Contact]:
    """Whoever is designated for one of the caller's customers, by name, in one query.

    Whether it counts for the tenant of this ticket at this moment (CON-1) is judged when it is entered.
    """
    customers = Customer.objects.filter(partner=caller.partner_id)
    if caller.customer_id:
        customers = customers.filter(pk=caller.customer_id)
    yesterday = now.date() - timedelta(days=1)  # a day may have ended here and not there
    goes_on = Q(last_day_on__isnull=True) | Q(last_day_on__gte=yesterday)
    designations = Designation.objects.filter(goes_on, customer__in=customers)
    people = Contact.objects.filter(partner=caller.partner_id, pk__in=designations.values("contact"))
    return list(people.order_by("name", "pk"))


def designated_for(caller: Contact, now: datetime) -> list[str]:
    """The customers for which this person may escalate at `now`, by name (CON-1)."""
    designations = caller.designations.select_related("customer").order_by("customer__name")
    customers = dict.fromkeys(designation.customer for designation in designations)
    return [customer.name for customer in customers if is_designated(caller, customer, now)]


def _form(request: HttpRequest, caller: Contact, now: datetime, **options: Any) -> TelephoneForm:
    return TelephoneForm(
        tenants=tenants_of(caller),
        reader=request.user,
        now=now,
        caller=caller,
        designated=designated_near(caller, now),
        **options,
    )


def _page(
    desk: "TicketAdmin",
    request: HttpRequest,
    caller: Contact,
    form: TelephoneForm,
    now: datetime,
    *,
    status: int = 200,
    **shown: Any,
) -> HttpResponse:
    """`closed`: why there is no form; `refusal`: what the last try met; `draft`: what was kept."""
    if "refusal" in shown and form.files:
        form.add_error("files", FILES_AGAIN)
    typed = form.data if form.is_bound else {**defaults_of(form), **form.initial}
    probe = _form(request, caller, now, data=typed)
    context = {
        "title": _("New ticket by telephone"),
        "advice": advice_on(probe, caller, now, has_evidence=False),
        "has_many_tenants": len(form.fields["tenant"].queryset) > FEW_TENANTS,
        "caller": caller,
        "form": form,
        "now": now,
        "designated_for": designated_for(caller, now),
        **shown,
    }
    return desk.page(request, "admin/tickets/ticket/telephone_form.html", context, status=status)
