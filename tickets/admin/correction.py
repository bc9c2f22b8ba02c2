"""«Correct the data»: what a ticket says, changed with a reason and never over somebody else's correction."""

from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from lynnsupport.common import clock
from lynnsupport.common.refusal import Refused
from tickets import operations
from tickets.desk_forms.whole import CorrectionForm
from tickets.domain.stated_time import instants_of
from tickets.models import Ticket
from tickets.operations.content import CORRECTABLE

from .history import changes_between
from .page import posted_number
from .refusals import closed_by_role

if TYPE_CHECKING:
    from .ticket import TicketAdmin

PERMISSION = "tickets.change_ticket"
# The form asks for the detection as a clock on the wall showed it.
DETECTION = frozenset({"detected_local", "detected_zone", "detected_occurrence"})
ASKED_IN_PARTS = frozenset({"detected_at", "detected_zone"})


def correct(desk: "TicketAdmin", request: HttpRequest, ticket: Ticket) -> HttpResponse:
    refusal = closed_by_role(request.user, PERMISSION, "INT-3")
    if refusal:
        return _page(desk, request, ticket, None, refusal, status=403)
    now = clock.now()
    if request.method != "POST":
        return _page(desk, request, ticket, _form(request, ticket, _stands_now(ticket), now))
    seen = _version_seen(request, ticket)
    form = _form(request, ticket, seen, now, data=request.POST)
    if not form.is_valid():
        return _page(desk, request, ticket, form, seen=seen, status=422)
    changed = set(form.changed_data)
    try:
        operations.correct_content(
            ticket,
            by=request.user,
            changes=_changes(form, changed),
            seen={name: getattr(seen, name) for name in CORRECTABLE},
            reason=form.cleaned_data["reason"],
            now=now,
        )
    except Refused as refused:
        latest = _stands_now(ticket)
        again = _form(
            request, ticket, latest, now, typed={name: request.POST.get(name, "") for name in changed}
        )
        meanwhile = changes_between(latest, seen)
        return _page(desk, request, ticket, again, refused, meanwhile=meanwhile, status=409)
    messages.success(request, _("The correction is on the ticket."))
    return HttpResponseRedirect(reverse("admin:tickets_ticket_change", args=[ticket.pk]))


def _page(
    desk: "TicketAdmin",
    request: HttpRequest,
    ticket: Ticket,
    form: CorrectionForm | None,
    refusal: Refused | None = None,
    *,
    seen: Any = None,
    status: int = 200,
    **context: Any,
) -> HttpResponse:
    return desk.page(
        request,
        "admin/tickets/ticket/correct.html",
        {
            "title": _("Correct the data of %(ticket)s") % {"ticket": ticket.number},
            "ticket": ticket,
            "form": form,
            "refusal": refusal,
            "seen": (seen or _stands_now(ticket)).history_id,
            **context,
        },
        status=status,
    )


def _stands_now(ticket: Ticket) -> Any:
    """The latest version in the history: what the ticket says now, with a number to name it by."""
    return ticket.history.order_by("-history_id").first()


def _version_seen(request: HttpRequest, ticket: Ticket) -> Any:
    """The version that the page had shown; the latest if it names none of this ticket."""
    number = posted_number(request, "seen")
    return ticket.history.filter(history_id=number).first() or _stands_now(ticket)


def _form(
    request: HttpRequest, ticket: Ticket, version: Any, now: datetime, *, data: Any = None, typed: Any = None
) -> CorrectionForm:
    initial = {**_as_asked(version), **(typed or {})}
    return CorrectionForm(data, initial=initial, ticket=ticket, reader=request.user, now=now)


def _as_asked(version: Any) -> dict[str, Any]:
    """The content of a version as the form shows it."""
    zone = ZoneInfo(version.detected_zone)
    detected = version.detected_at.astimezone(zone) if version.detected_at else None
    shown = detected.replace(tzinfo=None, fold=0, second=0, microsecond=0) if detected else None
    twice = shown is not None and len(instants_of(shown, zone)) == 2
    return {
        **{name: getattr(version, name) for name in CORRECTABLE if name not in ASKED_IN_PARTS},
        "has_workaround": {True: "yes", False: "no", None: ""}[version.has_workaround],
        "detected_local": shown,
        "detected_zone": version.detected_zone,
        "detected_occurrence": str(1 + detected.fold) if twice else "",
    }


def _changes(form: CorrectionForm, changed: set[str]) -> dict[str, Any]:
    """The new values by the names of the model."""
    data = form.cleaned_data
    changes = {name: data[name] for name in changed & set(CORRECTABLE) - ASKED_IN_PARTS}
    if changed & DETECTION:
        changes |= {"detected_at": data["detected_at"], "detected_zone": data["detected_zone"]}
    return changes
