"""The support engineers' desk: Django's admin with a start page of what falls due."""

from collections.abc import Iterator
from typing import Any

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from lynnsupport.accounts.models import User
from lynnsupport.common import clock
from lynnsupport.outbox.queries import unfinished_by_state
from tickets.cooperation.queries import customers_without_contact, waiting_proposals
from tickets.desk_rows import with_next_clock
from tickets.escalation.queries import open_at_desk, open_priority_requests
from tickets.inbound.queries import waiting as mails_waiting
from tickets.queries import desk_counts, desk_queue

from .models import PeriodicJob
from .queries import late_jobs

DUE_NEXT = 10
# What the start page counts: the figure, its words, the narrowing of the queue, and whether it presses.
FIGURES: list[tuple[str, Any, dict[str, str], str]] = [
    ("breached", _("breached"), {"clock": "breached"}, "danger"),
    ("at_risk", _("at risk"), {"clock": "at_risk"}, "warn"),
    ("critical", _("of severity 1"), {"severity": "1"}, "danger"),
    ("customer_waits", _("whose customer waits for an answer"), {"waits": "true"}, "warn"),
    ("unassigned", _("without an owner"), {"owner": "nobody"}, "warn"),
    ("registered", _("awaiting a designated contact"), {"state": "registered"}, "warn"),
    ("waiting", _("waiting for the customer or a third party"), {"state": "waiting"}, "plain"),
    ("open", _("open in all"), {}, "plain"),
]


@method_decorator(secure_admin_login, name="login")  # the portal's login, with its limits and second factor
class DeskSite(admin.AdminSite):
    site_header = _("Lynn support desk")
    site_title = _("Lynn support desk")
    index_title = _("Desk")
    index_template = "admin/desk/start.html"
    enable_nav_sidebar = False

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """What falls due next, what asks for somebody, and whether the machinery runs."""
        return super().index(request, {**_start(request.user), **(extra_context or {})})

    def autocomplete_view(self, request: HttpRequest) -> HttpResponse:
        """Suggestions for the fields that a page of the desk offers, and for no other path to a model."""
        asked = tuple(request.GET.get(name) for name in ("app_label", "model_name", "field_name"))
        if asked not in set(self._suggested()):
            raise PermissionDenied
        return super().autocomplete_view(request)

    def _suggested(self) -> Iterator[tuple[str, str, str]]:
        for model, page in self._registry.items():
            parts = [(model, page), *((inline.model, inline) for inline in page.inlines)]
            for part_model, part in parts:
                for name in part.autocomplete_fields:
                    yield part_model._meta.app_label, part_model._meta.model_name, name


def _start(user: User) -> dict[str, Any]:
    now = clock.now()
    due = desk_queue().filter(next_due_at__isnull=False)[:DUE_NEXT]
    late = {job.name: job for job in late_jobs(now)}
    jobs = {job.name: job for job in PeriodicJob.objects.all()} | late
    return {
        "now": now,
        "rows": with_next_clock(due, now),
        "figures": _figures(desk_counts(now)),
        "escalated": _escalations(),
        "proposals": waiting_proposals().count(),
        "without_contact": customers_without_contact(now).count(),
        "jobs": [(job, job.name in late) for job in sorted(jobs.values(), key=lambda job: job.name)],
        "mails": unfinished_by_state(),
        "quarantined": mails_waiting().count(),
        "may_see_mails": user.has_perm("outbox.view_message"),
    }


def _escalations() -> list[tuple[int, Any, str, str]]:
    """What waits at the desk of escalations and of changes of priority, each with the list that shows it."""
    escalations, requests = open_at_desk().count(), open_priority_requests().count()
    return [
        (
            escalations,
            _("escalated to the desk"),
            f"{reverse('admin:escalation_escalation_changelist')}?waits=desk",
            "danger" if escalations else "plain",
        ),
        (
            requests,
            _("changes of priority to decide"),
            f"{reverse('admin:escalation_priorityrequest_changelist')}?decided_at__isempty=1",
            "warn" if requests else "plain",
        ),
    ]


def _figures(counts: dict[str, int]) -> list[tuple[int, Any, str, str]]:
    """Each with the address of the queue narrowed to it; a figure of zero presses nobody."""
    queue = reverse("admin:tickets_ticket_changelist")
    return [
        (
            counts[name],
            words,
            f"{queue}?{urlencode(narrowing)}" if narrowing else queue,
            kind if counts[name] else "plain",
        )
        for name, words, narrowing, kind in FIGURES
    ]
