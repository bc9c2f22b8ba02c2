"""Which tenants an incident touches: one row for each, however they were named."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from lynnsupport.accounts.models import Tenant, User
from lynnsupport.common.refusal import Refused
from tickets.incidents.domain.words import Reach
from tickets.incidents.models import AffectedTenant, Entry, Incident

from .record import locked, note
from .rights import require, require_words
from .terms import match_rca_term


@transaction.atomic
def add_tenants(incident: Incident, *, by: User, tenants: Iterable[Tenant], now: datetime) -> int:
    """These are touched too; returns how many were not known to be. One taken out before comes back."""
    require(by, "incidents.change_incident", "AVL-5")
    incident = locked(incident)
    chosen = list(tenants)
    if not chosen:
        raise Refused(_("No tenant is chosen."), rule="AVL-5")
    AffectedTenant.objects.filter(incident=incident, tenant__in=chosen, withdrawn_at__isnull=False).update(
        withdrawn_at=None, withdrawn_by=None, withdraw_reason="", added_by=by, added_at=now
    )
    added = store(incident, chosen, by=by, now=now)
    codes = ", ".join(sorted(tenant.code for tenant in chosen))
    note(incident, Entry.Kind.TENANTS_ADDED, now=now, by=by, words=codes)
    match_rca_term(incident, now=now)
    return added


@transaction.atomic
def withdraw_tenant(
    incident: Incident, *, by: User, tenant: Tenant, reason: str, now: datetime
) -> AffectedTenant:
    """It was not touched after all. Raises Refused without a reason and where it is not among them."""
    require(by, "incidents.change_incident", "AVL-5")
    reason = require_words(reason, _("Say why it was not affected: the reason stays on record."), "AVL-5")
    incident = locked(incident)
    row = AffectedTenant.objects.filter(incident=incident, tenant=tenant, withdrawn_at__isnull=True).first()
    if row is None:
        raise Refused(_("This tenant is not among the affected ones."), rule="AVL-5")
    row.withdrawn_by, row.withdrawn_at, row.withdraw_reason = by, now, reason
    row.save()
    note(incident, Entry.Kind.TENANT_WITHDRAWN, now=now, by=by, words=f"{tenant.code}: {reason}")
    match_rca_term(incident, now=now)
    return row


def named_by(incident: Incident) -> list[Tenant]:
    """The tenants that «all» and «some countries» mean now; none where they are listed by hand."""
    cloud = Tenant.objects.filter(deployment=Tenant.Deployment.CLOUD)
    match incident.reach:
        case Reach.ALL:
            return list(cloud)
        case Reach.COUNTRIES:
            return list(cloud.filter(customer__country__in=incident.countries))
    return []


def store(incident: Incident, tenants: Iterable[Tenant], *, by: User | None, now: datetime) -> int:
    """Rows for those that have none yet; one that was taken out stays out. The caller holds the incident."""
    known = set(AffectedTenant.objects.filter(incident=incident).values_list("tenant", flat=True))
    rows = [
        AffectedTenant(incident=incident, tenant=tenant, added_by=by, added_at=now)
        for tenant in tenants
        if tenant.pk not in known
    ]
    AffectedTenant.objects.bulk_create(rows)
    return len(rows)


def join_new_tenants(*, now: datetime) -> int:
    """Tenants that were added while an incident of all, or of their country, lasts; returns how many rows."""
    joined = 0
    lasting = Incident.objects.filter(restored_at__isnull=True).exclude(reach=Reach.LISTED)
    for incident in lasting.order_by("pk"):
        with transaction.atomic():
            held = locked(incident)
            added = 0 if held.is_restored else store(held, named_by(held), by=None, now=now)
            if added:
                note(held, Entry.Kind.TENANTS_ADDED, now=now, by=None, words=str(added))
        joined += added
    return joined
