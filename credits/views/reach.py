"""Which tenant, cycle or claim a view is about; a foreign one is as absent as any other."""

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _

from credits.models import Claim
from credits.queries import claims_of, shown_claims, tenants_of
from credits.reading import Shown, shown_cycle
from lynnsupport.accounts.access import contact_of
from lynnsupport.accounts.models import Tenant


class CycleName:
    """A path converter for `2026-01`."""

    regex = "[0-9]{4}-(?:0[1-9]|1[0-2])"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


def may_view(request: HttpRequest) -> None:
    if not request.user.has_perm("credits.view_statements"):
        raise PermissionDenied


def tenant_or_404(request: HttpRequest, code: str) -> Tenant:
    may_view(request)
    tenant = tenants_of(request.user).filter(code=code).first()
    if tenant is None:
        raise Http404(_("There is no such tenant."))
    return tenant


def cycle_or_404(request: HttpRequest, code: str, month: str, now: datetime) -> Shown:
    """The cycle that the address names; `?contrato=` and `?version=` choose among several."""
    tenant = tenant_or_404(request, code)
    version = request.GET.get("version", "")
    if version and not version.isdecimal():
        raise Http404(_("There is no such cycle."))
    shown = shown_cycle(
        tenant,
        month,
        now=now,
        contract=request.GET.get("contrato", ""),
        version=int(version) if version else None,
    )
    if shown is None:
        raise Http404(_("There is no such cycle."))
    return shown


def claim_or_404(request: HttpRequest, pk: int) -> Claim:
    may_view(request)
    claim = shown_claims(claims_of(request.user)).filter(pk=pk).first()
    if claim is None:
        raise Http404(_("There is no such claim."))
    return claim


def may_claim(request: HttpRequest) -> bool:
    """Whether the reader claims for their own organisation."""
    return request.user.has_perm("credits.claim_credit") and contact_of(request.user) is not None


def may_file(request: HttpRequest) -> bool:
    """Whether the reader may file a claim: their own, or as executive the partner's."""
    return may_claim(request) or (request.user.is_executive and request.user.has_perm("credits.decide_claim"))
