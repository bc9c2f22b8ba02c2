"""Tickets at the desk: the queue, the page made for work, its acts, and the history behind them.

Only these addresses exist: a ticket is opened by telephone (INT-1) and never deleted; each act is a POST of
its own that calls one operation.
"""

import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from lynnsupport.common import clock
from lynnsupport.common.admin import RolePermissionsAdmin
from lynnsupport.common.refusal import Refused
from tickets.desk_forms.acts import WriteForm
from tickets.domain.lifecycle import IllegalTransition
from tickets.models import Message, Ticket
from tickets.queries import with_links_known

from . import correction, history, joining, queue_views, telephone, versions
from .acts import DeskAct, all_acts
from .page import RELATIONS, UNREAD, Attempt, events_meanwhile, posted_number, ticket_page
from .refusals import as_refusal
from .story import told


@admin.register(Ticket)
class TicketAdmin(RolePermissionsAdmin, admin.ModelAdmin):
    view_permission = "tickets.view_ticket"
    search_fields = ("number",)
    autocomplete_fields = ("customer",)  # what the queue's filter suggests

    def get_urls(self):
        def at(route: str, view: Callable[..., HttpResponse], name: str):
            return path(route, self.admin_site.admin_view(view), name=f"tickets_ticket_{name}")

        return [
            at("", self.changelist_view, "changelist"),
            at("take/", self.take_view, "take_several"),
            at("versions/", self.versions_view, "versions"),
            at("telephone/", self.telephone_view, "telephone"),
            at("telephone/<int:contact_id>/", self.telephone_form_view, "telephone_form"),
            at("telephone/<int:contact_id>/draft/", self.telephone_draft_view, "telephone_draft"),
            at("telephone/<int:contact_id>/advice/", self.telephone_advice_view, "telephone_advice"),
            at("telephone/<int:contact_id>/tenants/", self.telephone_tenants_view, "telephone_tenants"),
            at("<int:object_id>/change/", self.change_view, "change"),
            at("<int:object_id>/history/", self.history_view, "history"),
            at("<int:object_id>/correct/", self.correction_view, "correct"),
            at("<int:object_id>/split/", self.split_view, "split"),
            at("<int:object_id>/merge/", self.merge_view, "merge"),
            *(
                path(
                    f"<int:object_id>/{act.slug}/",
                    self.admin_site.admin_view(self.act_view),
                    {"act": act},
                    name=act.url_name,
                )
                for act in all_acts()
            ),
        ]

    # ---------- the queue, the telephone, corrections: each in a module of its own ----------

    def changelist_view(self, request, extra_context=None):
        self.require_view(request)
        return queue_views.queue(self, request)

    def take_view(self, request):
        self.require_view(request)
        return queue_views.take_several(self, request)

    def telephone_view(self, request):
        self.require_view(request)
        return telephone.choose_caller(self, request)

    def telephone_form_view(self, request, contact_id):
        self.require_view(request)
        return telephone.enter_ticket(self, request, contact_id)

    @method_decorator(require_POST)
    def telephone_draft_view(self, request, contact_id):
        self._require_call(request)
        return telephone.keep_typing(self, request, contact_id)

    @method_decorator(require_POST)
    def telephone_advice_view(self, request, contact_id):
        self._require_call(request)
        return telephone.advise(self, request, contact_id)

    def telephone_tenants_view(self, request, contact_id):
        self._require_call(request)
        return telephone.offer_tenants(self, request, contact_id)

    def _require_call(self, request: HttpRequest) -> None:
        if not request.user.has_perm(telephone.PERMISSION):
            raise PermissionDenied

    def versions_view(self, request):
        return versions.show(self, request)

    def correction_view(self, request, object_id):
        self.require_view(request)
        return correction.correct(self, request, self.ticket_or_404(request, object_id))

    def split_view(self, request, object_id):
        self.require_view(request)
        return joining.split(self, request, self.ticket_or_404(request, object_id))

    def merge_view(self, request, object_id):
        self.require_view(request)
        return joining.merge(self, request, self.ticket_or_404(request, object_id))

    def history_view(self, request, object_id, extra_context=None):
        self.require_view(request)
        return history.show(self, request, self.ticket_or_404(request, object_id))

    # ---------- the page and its acts ----------

    def change_view(self, request, object_id, form_url="", extra_context=None):
        """The page made for work. It only shows; what is done goes to the address of its act."""
        self.require_view(request)
        if request.method not in ("GET", "HEAD"):
            return HttpResponse(status=405, headers={"Allow": "GET, HEAD"})
        ticket = self.ticket_or_404(request, object_id)
        return self.show(request, ticket, ticket_page(request, ticket, clock.now()))

    def act_view(self, request, object_id, act: DeskAct):
        self.require_view(request)
        ticket = self.ticket_or_404(request, object_id)
        if request.method != "POST":  # after a new login, or by going back
            return HttpResponseRedirect(page_url(ticket))
        return self._act(request, ticket, act, clock.now())

    def _act(self, request: HttpRequest, ticket: Ticket, act: DeskAct, now: datetime) -> HttpResponse:
        seen = posted_number(request, "seen")
        form = act.form(request.POST, request.FILES, ticket=ticket, now=now)
        if not form.is_valid():
            return self._show_again(request, ticket, now, Attempt(act, form, None), seen, status=422)
        try:
            result = act.perform(ticket, form.cleaned_data, by=request.user, seen=seen, now=now)
        except (Refused, IllegalTransition) as error:
            if isinstance(form, WriteForm):
                form.ask_for_files_again()
            return self._show_again(
                request, ticket, now, Attempt(act, form, as_refusal(error)), seen, status=409
            )
        if isinstance(result, Message) and result.body != _typed(form).strip():
            attempt = Attempt(act, self._with_new_key(request, act, ticket, now), SENT_BEFORE)
            return self._show_again(request, ticket, now, attempt, seen, status=409)
        messages.success(request, act.done_sentence(form.cleaned_data))
        for event in events_meanwhile(ticket, seen=seen, by=request.user):
            line = told(event)
            messages.info(
                request, _("Meanwhile: %(what)s (%(name)s).") % {"what": line.title, "name": line.by}
            )
        anchor = f"#m{result.pk}" if isinstance(result, Message) else ""
        return HttpResponseRedirect(page_url(ticket) + anchor)

    def _show_again(
        self, request: HttpRequest, ticket: Ticket, now: datetime, attempt: Attempt, seen: int, *, status: int
    ) -> HttpResponse:
        """The page as it is now, with what was typed and what it met."""
        fresh = self.ticket_or_404(request, ticket.pk)
        context = ticket_page(request, fresh, now, attempt=attempt, seen=seen)
        return self.show(request, fresh, context, status=status)

    def _with_new_key(self, request: HttpRequest, act: DeskAct, ticket: Ticket, now: datetime):
        data = request.POST.copy()
        data["submission_key"] = str(uuid.uuid4())
        return act.form(data, request.FILES, ticket=ticket, now=now)

    def show(
        self, request: HttpRequest, ticket: Ticket, context: dict[str, Any], *, status: int = 200
    ) -> HttpResponse:
        return self.page(request, "admin/tickets/ticket/page.html", context, status=status)

    # ---------- what the modules beside this one call ----------

    def page(
        self, request: HttpRequest, template: str, context: dict[str, Any], *, status: int = 200
    ) -> HttpResponse:
        request.current_app = self.admin_site.name
        context = {**self.admin_site.each_context(request), "opts": self.opts, **context}
        return TemplateResponse(request, template, context, status=status)

    def ticket_or_404(self, request: HttpRequest, object_id: int) -> Ticket:
        tickets = with_links_known(self.get_queryset(request)).select_related(*RELATIONS).defer(*UNREAD)
        found = tickets.filter(pk=object_id).first()
        if found is None:
            raise Http404(_("There is no such ticket."))
        return found

    def require_view(self, request: HttpRequest) -> None:
        if not self.has_view_permission(request):
            raise PermissionDenied


SENT_BEFORE = Refused(
    gettext_lazy("This form had been sent before, with another text."),
    instead=gettext_lazy("Press the button to send this one too."),
)


def page_url(ticket: Ticket) -> str:
    return reverse("admin:tickets_ticket_change", args=[ticket.pk])


def _typed(form) -> str:
    data = form.cleaned_data
    return data["body"] if "body" in data else data["summary"]
