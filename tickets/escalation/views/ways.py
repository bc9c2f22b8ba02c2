"""The ways to escalate a ticket, each open or closed with its reason before anything is typed (ESC-8)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from lynnsupport.accounts.models import Contact
from lynnsupport.accounts.queries import whom_to_contact
from lynnsupport.common import clock
from lynnsupport.common.refusal import Refused
from tickets.escalation import letter
from tickets.escalation.domain.eligibility import CHANGES, Ground, Level, Verdict, suits, ways
from tickets.escalation.forms import DeskForm, ExecutiveForm
from tickets.escalation.operations import raise_to_desk, raise_to_executive
from tickets.escalation.operations.record import as_refusal
from tickets.escalation.queries import case_of, in_charge, of_ticket
from tickets.forms import refuse
from tickets.models import Ticket
from tickets.views.kept import KEPT_FORMS, kept_without_session, take_kept, typed_by
from tickets.views.reach import NOT_ON_CUSTOMERS_SIDE, ticket_or_404, writer_of

from .priority import turned_into_request

KEPT_FORMS["escalation:desk"] = DeskForm
KEPT_FORMS["escalation:executive"] = ExecutiveForm

TITLES = {
    Level.DESK: gettext_lazy("Level 1: to the support desk"),
    Level.EXECUTIVE: gettext_lazy("Level 2: to the commercial executive"),
    Level.TELEPHONE: gettext_lazy("Level 3: by telephone"),
}


@dataclass(frozen=True)
class Panel:
    """One way: open with its form, or closed; `left` is the time until it opens."""

    level: Level
    title: Any
    verdict: Verdict
    closed: Refused | None
    left: timedelta | None
    form: forms.Form | None
    is_unfolded: bool

    @property
    def number(self) -> int:
        return int(self.level)


def _page_of(number: str) -> str:
    return reverse("escalation:ways", args=[number])


@kept_without_session("escalation:desk", back_to=_page_of)
@require_http_methods(["GET"])
def show_ways(request: HttpRequest, number: str) -> HttpResponse:
    """The three ways as they stand now."""
    ticket = ticket_or_404(request, number)
    kept = take_kept(request, _page_of(number))
    if kept is None:
        return show(request, ticket, clock.now())
    level, form_class = (Level.EXECUTIVE, ExecutiveForm) if "statement" in kept else (Level.DESK, DeskForm)
    return show(request, ticket, clock.now(), tried={level: form_class(initial=kept)}, came_back=True)


@kept_without_session("escalation:desk", back_to=_page_of)
@require_http_methods(["GET", "POST"])
def to_desk(request: HttpRequest, number: str) -> HttpResponse:
    """Level 1 is raised; a changed urgency becomes a request to change the priority (ESC-5)."""
    ticket = ticket_or_404(request, number)
    if request.method == "GET":
        return redirect(_page_of(number) + "#nivel-1")
    form, now = DeskForm(request.POST), clock.now()
    if not form.is_valid():
        return show(request, ticket, now, tried={Level.DESK: form})
    said = dict(form.cleaned_data)
    if said["ground"] in CHANGES:
        return turned_into_request(request, ticket, said)
    try:
        _require_customer_side(request)
        raise_to_desk(ticket, by=request.user, now=now, **said)
    except Refused as refusal:
        refuse(form, str(refusal), field="description")
        return show(request, ticket_or_404(request, number), now, tried={Level.DESK: form})
    messages.success(request, _("Your escalation is with the support desk."))
    return redirect(reverse("tickets:detail", args=[number]) + "#escalamiento")


@kept_without_session("escalation:executive", back_to=_page_of)
@require_http_methods(["GET", "POST"])
def to_executive(request: HttpRequest, number: str) -> HttpResponse:
    """Level 2 is sent, or with `act=preview` its mail shown as it would be sent."""
    ticket = ticket_or_404(request, number)
    if request.method == "GET":
        return redirect(_page_of(number) + "#nivel-2")
    form, now = ExecutiveForm(request.POST), clock.now()
    if request.POST.get("act") == "preview":
        return _preview(request, ticket, form, now)
    if not form.is_valid():
        return show(request, ticket, now, tried={Level.EXECUTIVE: form})
    said = form.cleaned_data
    if said["ground"] in CHANGES:
        return turned_into_request(request, ticket, said)
    try:
        _require_customer_side(request)
        raise_to_executive(
            ticket,
            by=request.user,
            ground=said["ground"],
            content=form.content,
            now=now,
            submission_key=said["submission_key"],
        )
    except Refused as refusal:
        refuse(form, str(refusal), field="description")
        return show(request, ticket_or_404(request, number), now, tried={Level.EXECUTIVE: form})
    names = ", ".join(person.name for person in in_charge(ticket.customer.partner, now))
    messages.success(request, _("Your mail is on its way to %(name)s.") % {"name": names})
    return redirect(reverse("tickets:detail", args=[number]) + "#escalamiento")


def show(
    request: HttpRequest,
    ticket: Ticket,
    now: datetime,
    *,
    tried: Mapping[Level, forms.Form] | None = None,
    came_back: bool = False,
) -> HttpResponse:
    """The page; `tried` holds a form that was sent and comes back with its text, open or not."""
    tried = tried or {}
    contact = writer_of(request)
    case = case_of(ticket, contact=contact, now=now)
    verdicts = ways(case, now)
    begun = _begun(ticket, contact, verdicts) if contact else {}
    panels = [
        _panel(level, verdict, begun, tried, now, is_reader=contact is None)
        for level, verdict in verdicts.items()
    ]
    rca = ways(case, now, Ground.RCA_REQUESTED)[Level.DESK]
    form = next(iter(tried.values()), None)
    context = {
        "ticket": ticket,
        "panels": panels,
        "rca": None if rca.allowed else as_refusal(rca),
        "form": form if form is not None and form.errors else None,
        "came_back": came_back,
        "is_customer_side": contact is not None,
        "executive": whom_to_contact(ticket.customer.partner),
        "recipients": in_charge(ticket.customer.partner, now),
        "letter": _letter(ticket, contact, panels),
        "escalations": of_ticket(ticket, with_internal=False),
        "typed_by": typed_by(request),
        "now": now,
    }
    return render(request, "escalation/ways.html", context)


def _begun(ticket: Ticket, contact: Contact, verdicts: Mapping[Level, Verdict]) -> Mapping[Level, forms.Form]:
    """The forms of the ways, filled with what the ticket says."""
    content = letter.content_of(ticket, contact)
    desk = {"ground": suits(verdicts[Level.DESK]), "impact": content.impact}
    if not ticket.is_escalated:
        desk["description"] = content.description
    executive = {"ground": suits(verdicts[Level.EXECUTIVE])} | {
        name: getattr(content, name) for name in letter.Content.__dataclass_fields__
    }
    return {Level.DESK: DeskForm(initial=desk), Level.EXECUTIVE: ExecutiveForm(initial=executive)}


def _panel(
    level: Level,
    verdict: Verdict,
    begun: Mapping[Level, forms.Form],
    tried: Mapping[Level, forms.Form],
    now: datetime,
    *,
    is_reader: bool,
) -> Panel:
    closed = None if verdict.allowed else as_refusal(verdict)
    if closed is None and is_reader:
        closed = Refused(NOT_ON_CUSTOMERS_SIDE, rule=verdict.rule)
    return Panel(
        level=level,
        title=TITLES[level],
        verdict=verdict,
        closed=closed,
        left=verdict.allowed_from - now if verdict.allowed_from else None,
        form=tried.get(level) or (begun.get(level) if closed is None else None),
        is_unfolded=level in tried,
    )


def _letter(ticket: Ticket, contact: Contact | None, panels: list[Panel]) -> letter.Letter | None:
    """The mail of level 2 as its form stands."""
    form = panels[Level.EXECUTIVE - 1].form
    if contact is None or not isinstance(form, ExecutiveForm):
        return None
    language = ticket.customer.partner.executive.language
    return letter.compose(ticket, contact, form.content, language=language)


def _preview(request: HttpRequest, ticket: Ticket, form: ExecutiveForm, now: datetime) -> HttpResponse:
    if not request.htmx:
        return show(request, ticket, now, tried={Level.EXECUTIVE: form})
    contact = writer_of(request)
    language = ticket.customer.partner.executive.language
    shown = letter.compose(ticket, contact, form.content, language=language) if contact else None
    context = {"letter": shown, "recipients": in_charge(ticket.customer.partner, now)}
    return render(request, "escalation/_letter.html", context)


def _require_customer_side(request: HttpRequest) -> None:
    if writer_of(request) is None:
        raise Refused(NOT_ON_CUSTOMERS_SIDE, rule="ESC-1")
