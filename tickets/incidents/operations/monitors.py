"""Monitors are registered, get their tokens, and what they propose is decided by a person (AVL-5)."""

import hashlib
import secrets
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from lynnsupport.accounts.models import Tenant, User
from lynnsupport.common.refusal import Refused
from tickets.incidents.models import HealthAddress, MonitorSource, Proposal

from .rights import require, require_words

# The own probe asks every minute; this long without an answer to note down, the prober itself has failed.
PROBE_SILENT_AFTER = 300
TOKEN_BYTES = 32


def digest_of_token(token: str) -> str:
    """What is kept of a token. It is long and random: no salt is needed, and it can be looked up."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


@transaction.atomic
def register_monitor(
    *,
    by: User,
    name: str,
    kind: str,
    now: datetime,
    tenant: Tenant | None = None,
    silent_after: int | None = None,
) -> tuple[MonitorSource, str]:
    """A monitor that may tell of outages from now on, and its token, which nobody can read again."""
    require(by, "incidents.manage_monitors", "AVL-5")
    name = require_words(name, _("Give the monitor a name."), "AVL-5")
    if MonitorSource.objects.filter(name=name).exists():
        raise Refused(_("Another monitor has this name."), rule="AVL-5")
    if kind == MonitorSource.Kind.PROBE:
        raise Refused(_("The portal's own probe is switched on with a health address."), rule="AVL-5")
    token = secrets.token_urlsafe(TOKEN_BYTES)
    source = MonitorSource.objects.create(
        name=name,
        kind=MonitorSource.Kind(kind),
        tenant=tenant,
        silent_after=silent_after,
        token_digest=digest_of_token(token),
        created_by=by,
    )
    return source, token


@transaction.atomic
def renew_token(source: MonitorSource, *, by: User, now: datetime) -> str:
    """A new token; the old one is worth nothing from now on."""
    require(by, "incidents.manage_monitors", "AVL-5")
    source = MonitorSource.objects.select_for_update().get(pk=source.pk)
    if source.kind == MonitorSource.Kind.PROBE:
        raise Refused(_("The portal's own probe needs no token."), rule="AVL-5")
    token = secrets.token_urlsafe(TOKEN_BYTES)
    source.token_digest = digest_of_token(token)
    source.save(update_fields=["token_digest"])
    return token


@transaction.atomic
def set_health_address(
    tenant: Tenant, *, by: User, url: str, is_active: bool, now: datetime
) -> HealthAddress:
    """Where the own probe asks how the tenant is, and whether it does. The caller has checked the address."""
    require(by, "incidents.manage_monitors", "AVL-5")
    address, _is_new = HealthAddress.objects.update_or_create(
        tenant=tenant, defaults={"url": url, "is_active": is_active}
    )
    source, _is_new = MonitorSource.objects.get_or_create(
        tenant=tenant,
        kind=MonitorSource.Kind.PROBE,
        defaults={"name": f"Probe {tenant.code}", "silent_after": PROBE_SILENT_AFTER, "created_by": by},
    )
    source.is_active = is_active
    if is_active and source.watched_since is None:
        source.watched_since = now
    # The time while it was switched off is no gap: nobody was to watch.
    source.last_heard_at = now if is_active else source.last_heard_at
    source.save(update_fields=["is_active", "watched_since", "last_heard_at"])
    return address


@transaction.atomic
def dismiss(proposal: Proposal, *, by: User, reason: str, now: datetime) -> Proposal:
    """It was no outage: said by whom and why. Dismissing it twice is dismissing it once."""
    require(by, "incidents.decide_incident", "AVL-5")
    reason = require_words(reason, _("Say why it is no outage: the reason stays on record."), "AVL-5")
    proposal = Proposal.objects.select_for_update().get(pk=proposal.pk)
    if proposal.state == Proposal.State.DISMISSED:
        return proposal
    require_pending(proposal)
    proposal.state, proposal.reason = Proposal.State.DISMISSED, reason
    proposal.decided_by, proposal.decided_at = by, now
    proposal.save(update_fields=["state", "reason", "decided_by", "decided_at"])
    return proposal


def require_pending(proposal: Proposal) -> None:
    if proposal.state != Proposal.State.PENDING:
        raise Refused(
            _("Somebody has decided about this proposal already."),
            rule="AVL-5",
            instead=_("Look at the incident; its impact can be corrected there."),
        )
