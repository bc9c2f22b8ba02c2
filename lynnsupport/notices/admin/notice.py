"""Notices at the desk: the list, the form with its live count, and the page from which each goes out."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lynnsupport.common import clock
from lynnsupport.common.admin import RolePermissionsAdmin
from lynnsupport.common.refusal import Refused
from lynnsupport.notices import operations
from lynnsupport.notices.desk_forms import NoticeForm, WithdrawForm, initial_of
from lynnsupport.notices.domain.audience import Audience
from lynnsupport.notices.domain.kinds import Kind
from lynnsupport.notices.models import Notice, NoticeVersion
from lynnsupport.notices.prefilled import Usual, usual_notices
from lynnsupport.notices.reach import count_people, partners_of, tenants_of

from .acts import ACTS
from .page import page_of

# What another page may fill in by the address of the empty form, such as a maintenance agreement's.
FILLED_BY_ADDRESS = ("starts_at", "ends_at", "time_zone", "tenants", "to_tenants", "title_es", "body_es")


@admin.register(Notice)
class NoticeAdmin(RolePermissionsAdmin, admin.ModelAdmin):
    view_permission = "notices.view_notice"
    change_permission = "notices.write_notice"
    list_display = ["reference_shown", "title_shown", "kind", "stage", "published_shown"]
    list_display_links = ["reference_shown", "title_shown"]
    list_filter = ["kind"]
    list_per_page = 50
    search_fields = ["versions__search_text"]
    search_help_text = gettext_lazy("Words of the title or text, without accents.")
    actions = None
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest):
        return super().get_queryset(request).select_related("current").prefetch_related("versions")

    @admin.display(description=gettext_lazy("reference"), ordering="pk")
    def reference_shown(self, notice: Notice) -> str:
        return notice.reference

    @admin.display(description=gettext_lazy("title"))
    def title_shown(self, notice: Notice) -> str:
        return _latest(notice).title or "—"

    @admin.display(description=gettext_lazy("state"))
    def stage(self, notice: Notice) -> str:
        version = _latest(notice)
        if version.is_published:
            return version.get_step_display()
        waits = version.approval_asked_at and version.needs_approval and not version.approved_at
        return _("Waits for approval") if waits else version.get_state_display()

    @admin.display(description=gettext_lazy("sent at"), ordering="current__published_at")
    def published_shown(self, notice: Notice):
        return notice.current.published_at if notice.current else None

    # ---------- addresses ----------

    def get_urls(self):
        def at(route: str, view, name: str):
            return path(route, self.admin_site.admin_view(view), name=f"notices_notice_{name}")

        return [
            at("audience/", self.audience_view, "audience"),
            at("<int:pk>/edit/", self.edit_view, "edit"),
            at("<int:pk>/withdraw/", self.withdraw_view, "withdraw"),
            *(at(f"<int:pk>/{name}/", self._act_view(name), name) for name in ACTS),
            *super().get_urls(),
        ]

    def _act_view(self, name: str):
        def view(request: HttpRequest, pk: int) -> HttpResponse:
            return self.act(request, pk, name)

        return view

    # ---------- pages ----------

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: dict | None = None):
        """First which of the usual notices; then the form, filled in accordingly."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        usual = usual_notices().get(request.GET.get("plantilla", ""))
        if request.method == "GET" and usual is None and "plantilla" not in request.GET:
            context = {"title": _("New notice"), "usual": usual_notices().values()}
            return self._page(request, "admin/notices/choose.html", context)
        if request.method == "GET":
            return self._form(request, NoticeForm(initial=_first_words(usual, request)), None)
        form = NoticeForm(request.POST)
        if not form.is_valid():
            return self._form(request, form, None)
        version = operations.draft_notice(
            by=request.user, kind=form.cleaned_data["kind"], now=clock.now(), content=form.content()
        )
        return self._saved(request, version)

    def change_view(self, request: HttpRequest, object_id: str, form_url="", extra_context=None):
        """The notice's page: where it stands, what can be done, how it reads, who was told."""
        if request.method != "GET":
            raise PermissionDenied
        return self._show(request, self._found(request, object_id))

    def edit_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The form of the draft in hand."""
        notice = self._found(request, pk)
        version = _in_hand(notice)
        if version is None or not self.has_change_permission(request):
            raise PermissionDenied
        if request.method == "GET":
            return self._form(request, NoticeForm(version=version, initial=initial_of(version)), version)
        form = NoticeForm(request.POST, version=version, initial={"kind": notice.kind})
        if not form.is_valid():
            return self._form(request, form, version)
        try:
            operations.save_draft(version, by=request.user, now=clock.now(), content=form.content())
        except Refused as refused:
            form.add_error(None, str(refused))
            return self._form(request, form, version)
        return self._saved(request, version)

    def withdraw_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Asks why; the withdrawal is then a draft like any other, to be sent from the notice's page."""
        notice = self._found(request, pk)
        if not self.has_change_permission(request):
            raise PermissionDenied
        form = WithdrawForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                operations.withdraw(notice, by=request.user, now=clock.now(), **form.cleaned_data)
            except Refused as refused:
                form.add_error("reason_es", str(refused))
            else:
                messages.success(request, _("The withdrawal is written; read it over and send it."))
                return _to(notice.pk)
        context = {"title": _("Withdraw %(notice)s") % {"notice": notice}, "notice": notice, "form": form}
        return self._page(request, "admin/notices/withdraw.html", context)

    def audience_view(self, request: HttpRequest) -> HttpResponse:
        """How many the form's audience reaches now: a fragment for the page, by POST since forms are long."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        form = NoticeForm(request.POST)
        return TemplateResponse(request, "admin/notices/_count.html", _counted(form.audience()))

    def act(self, request: HttpRequest, pk: int, name: str) -> HttpResponse:
        """One button of the notice's page; what it met stands on the page again."""
        notice = self._found(request, pk)
        if request.method != "POST":
            return _to(pk)
        try:
            done = ACTS[name](request, notice, clock.now())
        except Refused as refused:
            return self._show(request, self._found(request, pk), refusal=refused, status=409)
        messages.success(request, done)
        return _to(pk)

    # ---------- parts ----------

    def _found(self, request: HttpRequest, pk: str | int) -> Notice:
        number = str(pk)
        notice = None
        if number.isascii() and number.isdigit() and len(number) < 19:
            notice = Notice.objects.filter(pk=number).select_related("current").first()
        if notice is None or not self.has_view_permission(request, notice):
            raise Http404(_("There is no such notice."))
        return notice

    def _saved(self, request: HttpRequest, version: NoticeVersion) -> HttpResponse:
        messages.success(request, _("The draft is kept. Nobody was told yet: read it over below."))
        return _to(version.notice_id)

    def _form(self, request: HttpRequest, form: NoticeForm, version: NoticeVersion | None) -> HttpResponse:
        title = _("Edit %(notice)s") % {"notice": version.notice} if version else _("New notice")
        context = {
            "title": title,
            "form": form,
            "version": version,
            "back": reverse("admin:notices_notice_change", args=[version.notice_id])
            if version
            else reverse("admin:notices_notice_changelist"),
            **_counted_of(form, version),
        }
        return self._page(request, "admin/notices/form.html", context)

    def _show(
        self, request: HttpRequest, notice: Notice, *, refusal: Refused | None = None, status: int = 200
    ) -> HttpResponse:
        context = page_of(notice, request.user, clock.now()) | {"refusal": refusal, "title": str(notice)}
        return self._page(request, "admin/notices/page.html", context, status=status)

    def _page(
        self, request: HttpRequest, template: str, context: dict[str, Any], *, status: int = 200
    ) -> HttpResponse:
        request.current_app = self.admin_site.name
        context = {**self.admin_site.each_context(request), "opts": self.opts, **context}
        return TemplateResponse(request, template, context, status=status)


def _to(pk: int) -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse("admin:notices_notice_change", args=[pk]))


def _latest(notice: Notice) -> NoticeVersion:
    """The version in hand, else the last one there is."""
    versions = sorted(notice.versions.all(), key=lambda version: version.number)
    in_hand = [v for v in versions if v.state in (v.State.DRAFT, v.State.SCHEDULED)]
    return (in_hand or ([notice.current] if notice.current else versions))[-1]


def _in_hand(notice: Notice) -> NoticeVersion | None:
    return notice.versions.filter(state__in=["draft", "scheduled"]).select_related("notice").first()


def _first_words(usual: Usual | None, request: HttpRequest) -> dict[str, Any]:
    filled = {
        "kind": Kind.CHANGE,
        "by_mail": True,
        "in_portal": True,
        "in_feed": True,
        "time_zone": "America/Santiago",
    }
    if usual is not None:
        filled |= {"kind": usual.kind, **usual.content}
    return filled | {name: request.GET[name] for name in FILLED_BY_ADDRESS if name in request.GET}


def _counted_of(form: NoticeForm, version: NoticeVersion | None) -> dict[str, Any]:
    if form.is_bound:
        return _counted(form.audience())
    return _counted(version.for_whom) if version else {}


def _counted(audience: Audience) -> dict[str, Any]:
    if audience.is_contradictory:
        return {"is_contradictory": True}
    return {
        "people": count_people(audience),
        "organisations": partners_of(audience).count(),
        "reached_tenants": tenants_of(audience).count(),
        "is_nobody": audience.is_nobody,
        "is_everyone": audience.everyone,
    }
