"""Who can escalate for each customer now, until when, and what ends soon; proposals of the partner's."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from lynnsupport.accounts.access import contact_of, contacts_visible_to, customers_visible_to
from lynnsupport.accounts.models import Customer
from lynnsupport.accounts.queries import whom_to_contact
from lynnsupport.common import clock
from lynnsupport.common.refusal import Refused
from tickets.cooperation.forms import ProposalForm
from tickets.cooperation.operations import propose_designation
from tickets.cooperation.queries import contacts_by_customer, contacts_of


@require_safe
@login_required
def contacts(request: HttpRequest) -> HttpResponse:
    now = clock.now()
    customers = contacts_by_customer(request.user, now)
    only_without = request.GET.get("sin") == "1"  # CON-4: for the desk, which sees every customer
    own = contact_of(request.user)
    context = {
        "customers": [each for each in customers if each.has_nobody or not only_without],
        "only_without": only_without,
        "may_propose": _may_propose(request),
        "executive": whom_to_contact(own.partner) if own else None,
    }
    return render(request, "cooperation/contacts.html", context)


@require_http_methods(["GET", "POST"])
@login_required
def propose(request: HttpRequest, pk: int) -> HttpResponse:
    """Proposes a designated contact for a customer; Lynn agrees, or declines and says why."""
    customer = _customer_or_404(request, pk)
    now = clock.now()
    people = contacts_visible_to(request.user).filter(partner=customer.partner_id)
    people = people.filter(customer__isnull=True) | people.filter(customer=customer)
    form = ProposalForm(request.POST or None, customer=customer, people=people.order_by("name", "pk"))
    if request.method == "POST" and form.is_valid():
        try:
            propose_designation(by=request.user, customer=customer, now=now, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Your proposal is with Lynn: you hear of the decision by mail."))
            return redirect("cooperation:contacts")
    context = {"customer": customer, "form": form, "standing": contacts_of(customer, now)}
    return render(request, "cooperation/propose.html", context)


def _may_propose(request: HttpRequest) -> bool:
    return contact_of(request.user) is not None and request.user.has_perm("accounts.manage_colleagues")


def _customer_or_404(request: HttpRequest, pk: int) -> Customer:
    found = customers_visible_to(request.user).filter(pk=pk).first() if _may_propose(request) else None
    if found is None:
        raise Http404(_("There is no such customer."))
    return found
