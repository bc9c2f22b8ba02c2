"""Downtime that was announced outside the portal, recorded by hand with its proof (AVL-4, EXC-3)."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from credits.models import AnnouncedDowntime
from lynnsupport.accounts.models import Tenant, User
from lynnsupport.common.refusal import Refused


@transaction.atomic
def record_announced_downtime(
    *,
    tenant: Tenant,
    starts_at: datetime,
    ends_at: datetime,
    announced_at: datetime,
    proof: str,
    by: User,
    now: datetime,
) -> AnnouncedDowntime:
    """Keeps what was announced to one tenant, when, and how that can be shown.

    Recorded twice it stays one row. Refused for an end before the start, an announcement that came too late
    or lies in the future, and without a proof.
    """
    _require(by)
    check_announcement(starts_at=starts_at, ends_at=ends_at, announced_at=announced_at, proof=proof, now=now)
    row, _is_new = AnnouncedDowntime.objects.get_or_create(
        tenant=tenant,
        starts_at=starts_at,
        ends_at=ends_at,
        reverted_at=None,
        defaults={
            "announced_at": announced_at,
            "proof": proof.strip(),
            "recorded_by": by,
            "recorded_at": now,
        },
    )
    return row


def check_announcement(
    *, starts_at: datetime, ends_at: datetime, announced_at: datetime, proof: str, now: datetime
) -> None:
    """Raises Refused where it would exclude nothing or prove nothing."""
    if ends_at <= starts_at:
        raise Refused(_("It ends before it begins."), rule="AVL-4", instead=_("Check both moments."))
    if announced_at >= starts_at:
        raise Refused(
            _("Announced at its start or later, a downtime excludes nothing."),
            rule="AVL-4",
            instead=_("It counts as an outage: record it on the platform incident."),
        )
    if announced_at > now:
        raise Refused(_("An announcement cannot lie in the future."), rule="AVL-4")
    if not proof.strip():
        raise Refused(
            _("Say how it was announced and where that can be seen: without proof nothing is excluded."),
            rule="AVL-4",
        )


@transaction.atomic
def revert_announced_downtime(
    downtime: AnnouncedDowntime, *, by: User, reason: str, now: datetime
) -> AnnouncedDowntime:
    """EXC-3: what it excluded counts again; a closed cycle gets a new version of its statement."""
    _require(by)
    if not reason.strip():
        raise Refused(_("Say why it is reverted."), rule="EXC-3")
    downtime = AnnouncedDowntime.objects.select_for_update().get(pk=downtime.pk)
    if downtime.reverted_at is None:
        downtime.reverted_at, downtime.reverted_by, downtime.revert_reason = now, by, reason.strip()
        downtime.save(update_fields=["reverted_at", "reverted_by", "revert_reason"])
    return downtime


def _require(by: User) -> None:
    if not by.has_perm("credits.record_evidence"):
        raise Refused(
            _("Only engineers of support record evidence."), rule="AVL-4", instead=_("Ask the support desk.")
        )
