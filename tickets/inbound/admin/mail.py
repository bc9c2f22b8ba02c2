"""Incoming mail at the desk: the list, a mail read safely, and what people decide about it.

Only these addresses exist: mails come by themselves, are changed by nobody and never deleted here.
"""

from collections.abc import Callable

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.csp import CSP
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lynnsupport.common import clock
from lynnsupport.common.admin import RolePermissionsAdmin
from lynnsupport.common.refusal import Refused
from tickets.admin.telephone import tenants_of
from tickets.admin.ticket import page_url as ticket_url
from tickets.domain.lifecycle import IllegalTransition
from tickets.inbound import operations, queries
from tickets.inbound.models import InboundMail
from tickets.inbound.operations.decisions import letter_of
from tickets.inbound.storing import raw_of

from .forms import AddForm, LinkForm, RejectForm, ReleaseForm, initial_of
from .page import PERMISSION, Attempt, drafted, mail_page
from .safe import html_response, raw_response

PER_PAGE = 50
SORTS = {
    queries.WAITING: gettext_lazy("Waiting for a decision"),
    queries.QUARANTINED: gettext_lazy("Quarantined"),
    queries.IGNORED: gettext_lazy("Set aside"),
    queries.BOUNCED: gettext_lazy("Came back"),
    queries.TAKEN: gettext_lazy("On a ticket"),
    queries.ALL: gettext_lazy("All"),
}


@admin.register(InboundMail)
class InboundMailAdmin(RolePermissionsAdmin, admin.ModelAdmin):
    view_permission = "inbound.view_mail"

    def get_urls(self):
        def at(route: str, view: Callable[..., HttpResponse], name: str):
            return path(route, self.admin_site.admin_view(view), name=f"inbound_inboundmail_{name}")

        return [
            at("", self.changelist_view, "changelist"),
            at("<int:object_id>/change/", self.change_view, "change"),
            at("<int:object_id>/html/", self.html_view, "html"),
            at("<int:object_id>/raw/", self.raw_view, "raw"),
            at("<int:object_id>/link/", self.link_view, "link"),
            at("<int:object_id>/add/", self.add_to_ticket_view, "add"),
            at("<int:object_id>/reject/", self.reject_view, "reject"),
            at("<int:object_id>/ticket/", self.release_view, "release"),
            at("of-message/<int:message_id>/", self.of_message_view, "of_message"),
        ]

    # ---------- reading ----------

    def changelist_view(self, request, extra_context=None):
        self.require_view(request)
        which = request.GET.get("which", queries.WAITING)
        which = which if which in SORTS else queries.WAITING
        words = request.GET.get("q", "").strip()[:100]
        pages = Paginator(queries.narrowed(which, words), PER_PAGE)
        context = {
            "title": _("Incoming mail"),
            "which": which,
            "sorts": SORTS.items(),
            "words": words,
            "page": pages.get_page(request.GET.get("page")),
        }
        return self.page(request, "admin/inbound/list.html", context)

    def change_view(self, request, object_id, form_url="", extra_context=None):
        self.require_view(request)
        return self.show(request, self.mail_or_404(object_id))

    def html_view(self, request, object_id):
        """The mail's HTML for the frame of its page."""
        self.require_view(request)
        mail = self.mail_or_404(object_id)
        letter = letter_of(mail) if not mail.erased_at else None
        if letter is None or not letter.html:
            raise Http404(_("This mail has no HTML."))
        return html_response(letter.html)

    def raw_view(self, request, object_id):
        self.require_view(request)
        mail = self.mail_or_404(object_id)
        if mail.erased_at:
            raise Http404(_("Its bytes were erased when their time had come."))
        return raw_response(raw_of(mail), f"{mail.sha256[:16]}.eml")

    def of_message_view(self, request, message_id):
        """From a message on a ticket to the mail that it came as."""
        self.require_view(request)
        mail = queries.mail_of_message(message_id)
        if mail is None:
            raise Http404(_("This message did not come by mail."))
        return HttpResponseRedirect(page_url(mail))

    # ---------- deciding ----------

    def link_view(self, request, object_id):
        mail = self.mail_to_decide(request, object_id)
        form = LinkForm(request.POST or None)
        if request.method != "POST" or not form.is_valid():
            return HttpResponseRedirect(page_url(mail))
        contact = form.cleaned_data["contact"]
        try:
            operations.link_to_contact(mail, by=request.user, contact=contact, now=clock.now())
        except Refused as refused:
            return self.show(request, mail, Attempt(form, refused), status=409)
        messages.success(request, _("The mail is linked to %(name)s.") % {"name": contact.name})
        return HttpResponseRedirect(page_url(mail))

    def add_to_ticket_view(self, request, object_id):
        mail = self.mail_to_decide(request, object_id)
        if request.method != "POST":
            return HttpResponseRedirect(page_url(mail))
        form = AddForm(request.POST)
        if not form.is_valid():
            return self.show(request, mail, Attempt(form), status=422)
        try:
            ticket = operations.add_to_ticket(
                mail,
                by=request.user,
                ticket=form.cleaned_data["number"],
                reason=form.cleaned_data["reason"],
                now=clock.now(),
            )
        except (Refused, IllegalTransition) as error:
            refused = error if isinstance(error, Refused) else Refused(str(error))
            return self.show(request, mail, Attempt(form, refused), status=409)
        messages.success(request, _("The mail is on ticket %(number)s.") % {"number": ticket.number})
        return HttpResponseRedirect(ticket_url(ticket))

    def reject_view(self, request, object_id):
        mail = self.mail_to_decide(request, object_id)
        if request.method != "POST":
            return HttpResponseRedirect(page_url(mail))
        form = RejectForm(request.POST)
        if not form.is_valid():
            return self.show(request, mail, Attempt(form), status=422)
        try:
            operations.reject(mail, by=request.user, reason=form.cleaned_data["reason"], now=clock.now())
        except Refused as refused:
            return self.show(request, mail, Attempt(form, refused), status=409)
        messages.success(request, _("The mail is rejected, and kept."))
        return HttpResponseRedirect(reverse("admin:inbound_inboundmail_changelist"))

    def release_view(self, request, object_id):
        """The form of a new ticket, filled in with what could be read of the mail."""
        mail = self.mail_to_decide(request, object_id)
        if mail.contact is None or not mail.can_be_released or mail.erased_at:
            return HttpResponseRedirect(page_url(mail))
        now = clock.now()
        tenants = tenants_of(mail.contact)
        draft, tenant = drafted(mail, mail.contact, tenants=tenants, now=now)
        options = {"tenants": tenants, "reader": request.user, "now": now}
        if draft:
            options["initial"] = initial_of(draft, tenant)
        if request.method != "POST":
            return self._release_page(request, mail, ReleaseForm(**options))
        form = ReleaseForm(request.POST, **options)
        if not form.is_valid():
            return self._release_page(request, mail, form, status=422)
        try:
            ticket = operations.open_ticket_with(
                mail,
                by=request.user,
                answers=form.answers(),
                quoted=draft.quoted if draft else "",
                reason=form.why,
                now=now,
            )
        except Refused as refused:
            return self._release_page(request, mail, form, refusal=refused, status=409)
        messages.success(request, _("The mail is ticket %(number)s.") % {"number": ticket.number})
        return HttpResponseRedirect(ticket_url(ticket))

    def _release_page(
        self,
        request: HttpRequest,
        mail: InboundMail,
        form: ReleaseForm,
        *,
        status: int = 200,
        **shown: Refused,
    ) -> HttpResponse:
        context = {"title": _("Open a ticket with this mail"), "mail": mail, "form": form, **shown}
        return self.page(request, "admin/inbound/release.html", context, status=status)

    # ---------- what these share ----------

    def show(
        self, request: HttpRequest, mail: InboundMail, attempt: Attempt | None = None, *, status: int = 200
    ) -> HttpResponse:
        context = mail_page(request, self.mail_or_404(mail.pk), attempt=attempt)
        response = self.page(request, "admin/inbound/mail.html", context, status=status)
        response._csp_config = settings.SECURE_CSP | {"frame-src": [CSP.SELF]}  # the mail's HTML
        return response

    def page(self, request: HttpRequest, template: str, context: dict, *, status: int = 200) -> HttpResponse:
        request.current_app = self.admin_site.name
        context = {**self.admin_site.each_context(request), "opts": self.opts, **context}
        return TemplateResponse(request, template, context, status=status)

    def require_view(self, request: HttpRequest) -> None:
        if not self.has_view_permission(request):
            raise PermissionDenied

    def mail_to_decide(self, request: HttpRequest, object_id: int) -> InboundMail:
        if not request.user.has_perm(PERMISSION):
            raise PermissionDenied
        return self.mail_or_404(object_id)

    def mail_or_404(self, object_id: int) -> InboundMail:
        people = ("contact__partner", "contact__customer", "contact__user", "ticket", "bounced")
        found = InboundMail.objects.select_related(*people).filter(pk=object_id).first()
        if found is None:
            raise Http404(_("There is no such mail."))
        return found


def page_url(mail: InboundMail) -> str:
    return reverse("admin:inbound_inboundmail_change", args=[mail.pk])
