"""Open tickets that are bound to older versions: what the ones in force would change, and doing it."""

from typing import TYPE_CHECKING

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from lynnsupport.common import clock
from lynnsupport.common.refusal import Refused
from tickets.explanations import CLOCK_NAMES
from tickets.forms import LONG
from tickets.models import Ticket
from tickets.operations import apply_versions, preview_versions
from tickets.queries import under_older_versions

if TYPE_CHECKING:
    from .ticket import TicketAdmin

PERMISSION = "sla.change_policy"
# So many tickets are shown and changed at a time; the page says how many are left.
AT_A_TIME = 100


class ApplyForm(forms.Form):
    reason = forms.CharField(
        label=_("Why"),
        max_length=LONG,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The customers read it beside their new deadlines."),
    )


def show(desk: "TicketAdmin", request: HttpRequest) -> HttpResponse:
    """The tickets concerned with their deadlines before and after; posted, those that were ticked change."""
    if not request.user.has_perm(PERMISSION):
        raise PermissionDenied
    now = clock.now()
    form = ApplyForm(request.POST or None)
    refusal = None
    if request.method == "POST" and form.is_valid():
        try:
            return _apply(desk, request, form.cleaned_data["reason"], now)
        except Refused as refused:
            refusal = refused
    concerned = list(under_older_versions(now)[: AT_A_TIME + 1])
    rows: dict[int, list] = {}
    for each in preview_versions(concerned[:AT_A_TIME], now=now):
        rows.setdefault(each.ticket.pk, []).append((each, CLOCK_NAMES[each.clock.kind]))
    ticked = set(request.POST.getlist("ticket"))
    context = {
        "title": gettext("Open tickets under older versions"),
        "tickets": [
            (ticket, rows.get(ticket.pk, []), not ticked or str(ticket.pk) in ticked)
            for ticket in concerned[:AT_A_TIME]
        ],
        "has_more": len(concerned) > AT_A_TIME,
        "form": form,
        "refusal": refusal,
    }
    status = 200 if request.method == "GET" else 422
    return desk.page(request, "admin/tickets/versions.html", context, status=status)


def _apply(desk: "TicketAdmin", request: HttpRequest, reason: str, now) -> HttpResponse:
    chosen = [
        int(pk) for pk in request.POST.getlist("ticket") if pk.isascii() and pk.isdigit() and len(pk) < 19
    ]
    if not chosen:
        raise Refused(_("No ticket is ticked."), instead=_("Tick those that shall take over the versions."))
    tickets = list(Ticket.objects.filter(pk__in=chosen))
    applied = apply_versions(tickets, by=request.user, reason=reason, now=now)
    text = ngettext(
        "%(count)d ticket is now bound to the versions in force.",
        "%(count)d tickets are now bound to the versions in force.",
        len(applied.changed),
    )
    desk.message_user(request, text % {"count": len(applied.changed)}, messages.SUCCESS)
    if applied.kept:
        text = ngettext(
            "%(count)d ticket had them already, or is closed by now.",
            "%(count)d tickets had them already, or are closed by now.",
            len(applied.kept),
        )
        desk.message_user(request, text % {"count": len(applied.kept)}, messages.INFO)
    return HttpResponseRedirect(reverse("admin:tickets_ticket_versions"))
