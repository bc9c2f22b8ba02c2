"""What a reader decides: which notices come by mail, putting a banner away, the tenant's secret addresses."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from lynnsupport.accounts.access import tenants_visible_to
from lynnsupport.accounts.models import User
from lynnsupport.common import clock
from lynnsupport.common.refusal import Refused
from lynnsupport.notices import operations
from lynnsupport.notices.domain.kinds import ALWAYS_SENT, Kind
from lynnsupport.notices.forms import MailChoicesForm
from lynnsupport.notices.models import MailChoice, TenantAddress
from lynnsupport.notices.models.notice import KIND_LABELS

from .reach import version_or_404

TENANTS_SHOWN = 50


@login_required
@require_http_methods(["GET", "POST"])
def choices(request: HttpRequest) -> HttpResponse:
    """«Mis avisos»: what comes by mail, and the addresses for a calendar program."""
    form = MailChoicesForm(request.POST or None, initial={"wanted": _wanted(request.user)})
    if request.method == "POST" and form.is_valid():
        operations.choose_mails(by=request.user, now=clock.now(), wanted=form.cleaned_data["wanted"])
        messages.success(request, _("Your choice is kept."))
        return redirect("notices:choices")
    return render(request, "notices/choices.html", {"form": form, "tenants": _tenants(request)})


@login_required
@require_POST
def new_address(request: HttpRequest) -> HttpResponse:
    """A new secret address for a tenant; the old one ends."""
    chosen = request.POST.get("tenant", "")
    tenant = tenants_visible_to(request.user).filter(pk=chosen if chosen.isdecimal() else None).first()
    if tenant is None:
        raise Http404(_("There is no such tenant."))
    operations.renew_address(tenant, by=request.user, now=clock.now())
    messages.success(request, _("The tenant has a new secret address; the one before it answers no more."))
    return HttpResponseRedirect(reverse("notices:choices") + "#calendars")


@login_required
@require_POST
def put_away(request: HttpRequest, reference: str) -> HttpResponse:
    """The banner's button; back to the page on which it was pressed."""
    version = version_or_404(request, reference)
    try:
        operations.dismiss(version.notice, by=request.user, now=clock.now())
    except Refused as refused:
        messages.warning(request, str(refused))
    return HttpResponseRedirect(_back(request))


@csrf_exempt  # RFC 8058: the mail program posts without having seen a page; the token is the proof
@require_http_methods(["GET", "POST"])
def decline(request: HttpRequest, token: str) -> HttpResponse:
    """A mail's unsubscribe link: one POST and it is done; by GET only asked, since scanners open links."""
    if request.method == "GET":
        asked = operations.declined_by(token)
    else:
        asked = operations.decline_by_link(token, now=clock.now())
    if asked is None:
        raise Http404(_("This link is not one of ours, or it was cut on the way."))
    address, kind = asked
    context = {
        "address": address,
        "kind_label": dict(KIND_LABELS)[kind],
        "is_done": request.method == "POST",
        "is_always_sent": kind in ALWAYS_SENT,
    }
    return render(request, "notices/decline.html", context)


def _wanted(user: User) -> list[str]:
    declined = set(MailChoice.objects.filter(address=user.email.lower()).values_list("kind", flat=True))
    return [kind.value for kind in Kind if kind not in declined]


def _tenants(request: HttpRequest) -> list[dict[str, object]]:
    """The reader's tenants with the addresses that answer now, empty where none was made."""
    tenants = list(tenants_visible_to(request.user)[:TENANTS_SHOWN])
    secrets = dict(TenantAddress.objects.filter(tenant__in=tenants).values_list("tenant", "secret"))
    shown = []
    for tenant in tenants:
        secret = secrets.get(tenant.pk)
        addresses = [
            request.build_absolute_uri(reverse(f"notices:{name}", args=[secret])) if secret else ""
            for name in ("tenant_calendar", "tenant_feed")
        ]
        shown.append({"tenant": tenant, "calendar": addresses[0], "feed": addresses[1]})
    return shown


def _back(request: HttpRequest) -> str:
    asked = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(
        asked, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return asked if is_ours else reverse("home")
