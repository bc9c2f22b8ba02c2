"""The daily maintenance window, agreed with the tenant's product administrator (SUP-5)."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from lynnsupport.accounts.models import Contact, Tenant, User
from lynnsupport.common.refusal import Refused
from sla.models import MaintenanceAgreement

from .rights import require


@transaction.atomic
def agree_maintenance(
    *,
    tenant: Tenant,
    agreed_with: Contact,
    daily_start: time,
    effective_on: date,
    agreed_at: datetime,
    by: User,
    now: datetime,
) -> MaintenanceAgreement:
    """SUP-5: records the daily window agreed with the tenant's product administrator.

    It covers the days from `effective_on` until the next agreement; days before it was agreed stay
    under what held then.
    """
    require(by, "accounts.change_directory")
    check_maintenance(
        tenant=tenant, agreed_with=agreed_with, effective_on=effective_on, agreed_at=agreed_at, now=now
    )
    return MaintenanceAgreement.objects.create(
        tenant=tenant,
        agreed_with=agreed_with,
        daily_start=daily_start,
        effective_on=effective_on,
        agreed_at=agreed_at,
        recorded_by=by,
        recorded_at=now,
    )


def check_maintenance(
    *, tenant: Tenant, agreed_with: Contact | None, effective_on: date, agreed_at: datetime, now: datetime
) -> None:
    """Raises Refused where such an agreement cannot be."""
    if agreed_with is None or tenant.product_administrator_id != agreed_with.pk:
        raise Refused(
            _("The window is agreed with the tenant's product administrator."),
            rule="SUP-5",
            instead=_("Record first who that is, in the tenant."),
        )
    if agreed_at > now:
        raise Refused(_("An agreement cannot have been made in the future."), rule="SUP-5")
    if effective_on < agreed_at.astimezone(ZoneInfo(tenant.time_zone)).date():
        raise Refused(_("A window cannot begin on a day before it was agreed."), rule="SUP-5")
    if MaintenanceAgreement.objects.filter(tenant=tenant, effective_on=effective_on).exists():
        raise Refused(_("An agreement already begins on this day."), rule="SUP-5")
