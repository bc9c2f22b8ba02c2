"""A new version of what credit is given for."""

from datetime import datetime

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from credits.domain.tiers import format_tiers, parse_tiers
from credits.models import CreditPolicyVersion
from lynnsupport.accounts.models import User
from lynnsupport.common.refusal import Refused


@transaction.atomic
def publish_credit_policy(
    *,
    tiers: str,
    binding_reading: str,
    claim_days: int,
    reminder_days: str,
    effective_at: datetime,
    by: User,
    now: datetime,
) -> CreditPolicyVersion:
    """The next version; it binds the cycles that begin once it is in force. Refused for the past."""
    if not by.has_perm("sla.change_policy"):
        raise Refused(_("Your role does not include this."), instead=_("Ask an administrator."))
    if effective_at < now:
        raise Refused(_("A new version cannot take effect in the past."), allowed_from=now)
    last = CreditPolicyVersion.objects.aggregate(number=Max("number"))["number"] or 0
    version = CreditPolicyVersion(
        number=last + 1,
        tiers=format_tiers(parse_tiers(tiers)),
        binding_reading=binding_reading,
        claim_days=claim_days,
        reminder_days=reminder_days,
        effective_at=effective_at,
        published_at=now,
        published_by=by,
    )
    version.full_clean()
    version.save()
    return version
