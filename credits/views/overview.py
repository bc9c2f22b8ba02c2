"""A year at a glance: for each tenant its cycles as rows of days, with percentage, seconds and tier."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from credits.domain.days import days_of
from credits.models import Claim
from credits.pictures import Bar, row_of_days
from credits.queries import tenants_of
from credits.reading import Shown, claims_by_cycle, year_of
from credits.sources import unknown_by_tenant
from lynnsupport.accounts.models import Tenant
from lynnsupport.common import clock
from lynnsupport.common.intervals import Interval

from .reach import may_view

TENANTS = 5


@dataclass(frozen=True)
class Line:
    """One cycle of the year."""

    shown: Shown
    bar: Bar
    claim: Claim | None

    @property
    def allowed(self) -> int:
        """The seconds that may be lost before the first tier."""
        return self.shown.result["allowed_seconds"][0]

    @property
    def credit(self) -> int:
        return self.shown.result["binding_credit_percent"]


@dataclass(frozen=True)
class Year:
    tenant: Tenant
    lines: list[Line]


@require_safe
@login_required
def overview(request: HttpRequest) -> HttpResponse:
    may_view(request)
    now = clock.now()
    asked = request.GET.get("q", "").strip()
    tenants = tenants_of(request.user)
    if asked:
        tenants = tenants.filter(name__icontains=asked) | tenants.filter(code__icontains=asked)
    page = Paginator(tenants, TENANTS).get_page(request.GET.get("page"))
    found = year_of(list(page), now=now)
    last_year = Interval(now - timedelta(days=400), now)
    unknown = unknown_by_tenant(list(page), last_year, now=now)
    claims = claims_by_cycle(each for cycles in found.values() for each in cycles)
    years = [
        Year(
            tenant,
            [_line(each, unknown[tenant.pk], claims) for each in found[tenant.pk]],
        )
        for tenant in page
    ]
    return render(request, "credits/overview.html", {"page": page, "years": years, "asked": asked})


def _line(each: Shown, unknown: Sequence[Interval], claims: Mapping[int, Claim]) -> Line:
    claim = claims.get(each.row.pk) if each.row else None
    return Line(each, row_of_days(days_of(each.data, unknown)), claim)
