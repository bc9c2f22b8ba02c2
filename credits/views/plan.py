"""What a downtime would cost before it is planned for good."""

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from credits.forms import PlanForm
from credits.planning import cost_of
from credits.queries import tenants_of
from lynnsupport.common import clock
from lynnsupport.common.intervals import Interval
from lynnsupport.common.moments import zone_name


@require_safe
@login_required
def plan(request: HttpRequest) -> HttpResponse:
    """A question changes nothing: it stands in the address, and can be sent to a colleague."""
    if not request.user.has_perm("credits.record_evidence") and not request.user.is_executive:
        raise PermissionDenied
    now, tenants = clock.now(), tenants_of(request.user)
    zone = timezone.get_current_timezone()
    data = request.GET if "starts_local" in request.GET else None
    form = PlanForm(data, tenants=tenants, now=now)
    costs = None
    if form.is_bound and form.is_valid():
        chosen = list(form.cleaned_data["tenants"]) or list(tenants)
        window = Interval(form.cleaned_data["starts_local"], form.cleaned_data["ends_local"])
        costs = cost_of(chosen, window, is_announced=form.cleaned_data["is_announced"], now=now)
    return render(request, "credits/plan.html", {"form": form, "costs": costs, "zone_name": zone_name(zone)})
