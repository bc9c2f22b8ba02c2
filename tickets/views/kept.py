"""Nothing typed is lost: not when a session ended meanwhile, not when a form's token grew stale.

A form that comes without a session is put into the new, anonymous one; signing in carries it over, and the
page shows it again. A form whose token does not fit is shown back to the browser that sent it, to be sent
again by a press of a button: it may come from elsewhere, so nothing of it is acted upon.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.signing import BadSignature, Signer
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import Resolver404, resolve
from django.utils.translation import gettext as _

from tickets.forms import DisputeForm, RejectForm, ReplyForm, TicketForm, typed_answers

SESSION_KEY = "kept_form"
TYPED_BY = "typed_by"
# What an unsigned form may take of a session, in characters: enough for a long story, useless as a store.
LONGEST_UNSIGNED = 40_000

KEPT_FORMS: dict[str, type[forms.Form]] = {
    "tickets:new": TicketForm,
    "tickets:reply": ReplyForm,
    "tickets:dispute": DisputeForm,
    "tickets:solution": RejectForm,
}

_signer = Signer(salt="tickets.kept")


def typed_by(request: HttpRequest) -> str:
    """A mark of who is typing, for the form: on a shared computer the next reader must not get it."""
    return _signer.sign(str(request.user.pk))


def kept_without_session(place: str, back_to: Callable[..., str]) -> Callable:
    """Lets only people who signed in pass. What others post to the view is kept until they have.

    `place` names the view in KEPT_FORMS; `back_to` takes the view's arguments and gives the page that
    shows the text again.
    """

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def guarded(request: HttpRequest, **kwargs: Any) -> HttpResponse:
            if request.user.is_authenticated:
                return view(request, **kwargs)
            if request.method == "POST":
                _keep(request, place, back_to(**kwargs))
            return redirect_to_login(back_to(**kwargs))

        return guarded

    return decorate


def signed_out_note(request: HttpRequest) -> HttpResponse:
    """The answer to a request made in the background: the page stays, and with it what was typed."""
    return render(request, "tickets/_signed_out.html")


def take_kept(request: HttpRequest, page: str) -> dict[str, str] | None:
    """What the reader had typed on `page` when their session ended, once; None if there is nothing."""
    kept = request.session.get(SESSION_KEY)
    if kept is None or kept["page"] != page:
        return None
    del request.session[SESSION_KEY]
    if kept["by"] and not _is_by(request, kept["by"]):
        return None
    return kept["typed"]


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form is shown to its sender again with a fresh token; nothing was done with it."""
    try:
        place = resolve(request.path_info).view_name
    except Resolver404:
        place = ""
    form_class = KEPT_FORMS.get(place)
    typed = typed_answers(form_class, request.POST) if form_class else {}
    if not any(text.strip() for text in typed.values()):
        return render(request, "403_csrf.html", status=403)
    labels = {name: form_class.base_fields[name].label for name in typed}
    shown = [(name, labels[name], text) for name, text in typed.items() if text.strip()]
    return render(request, "tickets/stale_form.html", {"typed": shown}, status=403)


def _keep(request: HttpRequest, place: str, page: str) -> None:
    typed = typed_answers(KEPT_FORMS[place], request.POST)
    by = request.POST.get(TYPED_BY, "")
    if not _is_ours(by) and sum(map(len, typed.values())) > LONGEST_UNSIGNED:
        return
    request.session[SESSION_KEY] = {"page": page, "typed": typed, "by": by}
    messages.info(request, _("Your session had ended. Sign in: what you typed is kept."))


def _is_ours(mark: str) -> bool:
    try:
        _signer.unsign(mark)
    except BadSignature:
        return False
    return True


def _is_by(request: HttpRequest, mark: str) -> bool:
    try:
        return _signer.unsign(mark) == str(request.user.pk)
    except BadSignature:
        return False
