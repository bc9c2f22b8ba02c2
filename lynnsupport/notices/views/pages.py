"""The public pages: the archive with its search, and one notice with all that was said about it."""

from typing import Any

from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from lynnsupport.common import clock
from lynnsupport.common.search import fold
from lynnsupport.notices.domain.kinds import Kind
from lynnsupport.notices.forms import ArchiveForm
from lynnsupport.notices.models import NoticeVersion
from lynnsupport.notices.models.notice import number_in
from lynnsupport.notices.queries import versions_of, visible_to
from lynnsupport.notices.standing import standing_of

from .reach import version_or_404

PER_PAGE = 20


@require_safe
def archive(request: HttpRequest) -> HttpResponse:
    """What is ahead or under way first, then the rest by date; for whoever asks, what they may see."""
    now = clock.now()
    form = ArchiveForm(request.GET)
    form.is_valid()
    found = _narrowed(visible_to(request.user), form.cleaned_data)
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    rows = [(version, standing_of(version, now)) for version in page]
    context = {
        "form": form,
        "page": page,
        "current": [row for row in rows if row[1].is_current],
        "past": [row for row in rows if not row[1].is_current],
        "is_narrowed": any(form.cleaned_data.values()),
    }
    return render(request, "notices/archive.html", context)


@require_safe
def detail(request: HttpRequest, reference: str) -> HttpResponse:
    version = version_or_404(request, reference)
    context = {
        "version": version,
        "notice": version.notice,
        "standing": standing_of(version, clock.now()),
        "versions": list(versions_of(version, request.user)),
        "is_maintenance": version.notice.kind == Kind.MAINTENANCE,
        "may_edit": request.user.has_perm("notices.view_notice"),
    }
    return render(request, "notices/detail.html", context)


def _narrowed(versions: QuerySet[NoticeVersion], asked: dict[str, Any]) -> QuerySet[NoticeVersion]:
    if asked.get("kind"):
        versions = versions.filter(notice__kind=asked["kind"])
    if asked.get("product"):
        versions = versions.filter(products=asked["product"])
    if provider := asked.get("provider"):
        meant = Q(providers=provider) | Q(products__provider=provider)
        versions = versions.filter(pk__in=NoticeVersion.objects.filter(meant).values("pk"))
    for word in fold(asked.get("q") or "").split():
        number = number_in(word)
        versions = versions.filter(
            Q(search_text__contains=word) | Q(notice=number) if number else Q(search_text__contains=word)
        )
    return versions
