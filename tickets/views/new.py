"""A new ticket: asked for on one page, explained while it is typed, kept until it is sent."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from lynnsupport.accounts.access import contact_of, tenants_visible_to
from lynnsupport.accounts.models import Contact
from lynnsupport.accounts.queries import whom_to_contact
from lynnsupport.common import clock
from lynnsupport.common.refusal import Refused
from tickets.domain.intake import Answers, Channel
from tickets.fields import SubmissionKeyField
from tickets.forms import TicketForm, refuse, typed_answers
from tickets.models import Draft, Ticket
from tickets.operations import open_ticket
from tickets.operations.drafts import discard_draft, keep_draft

from .advice import advice_on, defaults_of
from .kept import kept_without_session, signed_out_note, take_kept, typed_by

PAGE = "tickets:new"


@kept_without_session(PAGE, back_to=lambda: reverse(PAGE))
@require_http_methods(["GET", "POST"])
def new_ticket(request: HttpRequest) -> HttpResponse:
    contact = contact_of(request.user)
    if contact is None or not request.user.has_perm("tickets.open_ticket"):
        return render(request, "tickets/not_yours.html", status=403)
    now = clock.now()
    act = request.POST.get("act", "send") if request.method == "POST" else "show"
    if act == "send":
        return _send(request, contact, now)
    if act == "draft":
        return _save_draft(request, now)
    if act == "discard":
        discard_draft(by=request.user)
        messages.success(request, _("The draft is discarded."))
        return redirect(PAGE)
    if act == "show":
        return _first_look(request, contact, now)
    return _show_again(request, contact, now)


@require_POST
def keep_typing(request: HttpRequest) -> HttpResponse:
    """Keeps the draft while it is typed; answers with the line that says so."""
    if not request.user.is_authenticated:
        return signed_out_note(request)
    draft = keep_draft(
        by=request.user,
        answers=typed_answers(TicketForm, request.POST),
        now=clock.now(),
        submission_key=SubmissionKeyField().clean(request.POST.get("submission_key")),
    )
    return render(request, "tickets/_draft_state.html", {"draft": draft})


@require_POST
def advise(request: HttpRequest) -> HttpResponse:
    """What stands beside the form, for what has been typed so far: suggestion, warnings, similar tickets."""
    if not request.user.is_authenticated:
        return signed_out_note(request)
    contact = contact_of(request.user)
    if contact is None:
        return render(request, "tickets/not_yours.html", status=403)
    now = clock.now()
    probe = _form(request, now, data=request.POST)
    has_evidence = any(request.POST.getlist("files"))
    return render(
        request, "tickets/_advice.html", {"advice": advice_on(probe, contact, now, has_evidence=has_evidence)}
    )


def _first_look(request: HttpRequest, contact: Contact, now: datetime) -> HttpResponse:
    kept = take_kept(request, reverse(PAGE))
    if kept is not None:
        keep_draft(by=request.user, answers=kept, now=now)
    draft = Draft.objects.filter(user=request.user).first()
    initial = draft.answers if draft else _given_by(request)
    form = _form(request, now, initial=initial)
    return _page(request, form, contact, now, draft=draft, came_back=kept is not None)


def _given_by(request: HttpRequest) -> dict[str, str]:
    """A tenant named in the address, as links from elsewhere do."""
    return {name: request.GET[name] for name in ("tenant",) if name in request.GET}


def _send(request: HttpRequest, contact: Contact, now: datetime) -> HttpResponse:
    form = _form(request, now, data=request.POST, files=request.FILES)
    if not form.is_valid():
        return _page(request, form, contact, now)
    answers, key = form.answers(), form.cleaned_data["submission_key"]
    try:
        opening = open_ticket(
            by=request.user,
            channel=Channel.PORTAL,
            answers=answers,
            now=now,
            evidence=form.cleaned_data["files"],
            submission_key=key,
        )
    except Refused as refusal:
        refuse(form, str(refusal), field="tenant")
        return _page(request, form, contact, now)
    if not opening.is_new and not _says_the_same(opening.ticket, answers):
        messages.warning(
            request,
            _("This form had been sent before and is ticket %(number)s. To open another with what it says "
              "now, press the button once more.") % {"number": opening.ticket.number},
        )  # fmt: skip
        return _show_again(request, contact, now)
    discard_draft(by=request.user)
    messages.success(request, _("Your ticket is %(number)s.") % {"number": opening.ticket.number})
    return redirect("tickets:detail", number=opening.ticket.number)


def _says_the_same(ticket: Ticket, answers: Answers) -> bool:
    """Whether the ticket a form became is the one it asks for: someone may have gone back and edited it."""
    return (ticket.subject, ticket.description) == (answers.subject, answers.description)


def _save_draft(request: HttpRequest, now: datetime) -> HttpResponse:
    keep_draft(by=request.user, answers=typed_answers(TicketForm, request.POST), now=now)
    messages.success(request, _("The draft is saved. Files are not part of it: choose them when you send."))
    return redirect(PAGE)


def _show_again(request: HttpRequest, contact: Contact, now: datetime) -> HttpResponse:
    """What was typed, unjudged, with a new key; for a look at the suggestion or after a stale token."""
    form = _form(request, now, initial=typed_answers(TicketForm, request.POST))
    return _page(request, form, contact, now, files_again=bool(request.FILES))


def _form(request: HttpRequest, now: datetime, **options: Any) -> TicketForm:
    return TicketForm(tenants=tenants_visible_to(request.user), reader=request.user, now=now, **options)


def _page(
    request: HttpRequest, form: TicketForm, contact: Contact, now: datetime, **context: Any
) -> HttpResponse:
    typed = form.data if form.is_bound else {**defaults_of(form), **form.initial}
    probe = _form(request, now, data=typed)
    approved = contact.partner.is_approved  # SUP-4
    return render(
        request,
        "tickets/new.html",
        {
            "form": form,
            "advice": advice_on(probe, contact, now, has_evidence=False),  # files do not come back
            "contact": contact,
            "is_approved": approved,
            "executive": whom_to_contact(contact.partner),
            "shows_form": approved or request.method == "POST",
            "typed_by": typed_by(request),
            **context,
        },
    )
