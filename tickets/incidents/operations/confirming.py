"""A person makes of a monitor's proposal what it was: part of an incident, known or new (AVL-5)."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from lynnsupport.accounts.models import User
from lynnsupport.common.intervals import Interval, subtract
from lynnsupport.common.refusal import Refused
from tickets.incidents.domain.segments import Segment
from tickets.incidents.domain.words import Impact, Reach
from tickets.incidents.models import Incident, Proposal
from tickets.incidents.queries import segments_in_force

from .affected import add_tenants
from .impact import revise_impact
from .monitors import require_pending
from .opening import open_incident
from .record import locked
from .rights import require, require_words


@transaction.atomic
def confirm(
    proposal: Proposal, *, by: User, incident: Incident, impact: Impact, reason: str, now: datetime
) -> Proposal:
    """What the monitor saw belongs to `incident`: what its impact lacks of that time becomes part of it.

    The tenant that it is about is affected too. Nothing is decided by it about reach and cause. What still
    lasts by the monitor's word, lasts in an incident that lasts; in a restored one it ended no later.
    Confirming it twice is confirming it once. Raises Refused where it has been decided otherwise, and where
    the time lies outside what the incident can have been.
    """
    require(by, "incidents.decide_incident", "AVL-5")
    reason = require_words(reason, _("Say why: the reason stays on record."), "AVL-5")
    proposal = Proposal.objects.select_for_update().select_related("tenant").get(pk=proposal.pk)
    if proposal.state == Proposal.State.CONFIRMED and proposal.incident_id == incident.pk:
        return proposal
    require_pending(proposal)
    incident = locked(incident)
    _keep_span(proposal, incident, by=by, impact=impact, reason=reason, now=now)
    if proposal.tenant is not None:
        add_tenants(incident, by=by, tenants=[proposal.tenant], now=now)
    return _decided(proposal, incident, by=by, reason=reason, now=now)


@transaction.atomic
def confirm_as_new(
    proposal: Proposal,
    *,
    by: User,
    title: str,
    description: str,
    impact: Impact,
    reach: Reach,
    now: datetime,
) -> Incident:
    """An incident that began when the monitor says, of the proposal's tenant where `reach` is LISTED.

    It lasts until a person restores it, whatever the monitor says of its end. Pressed twice, it is the same
    incident.
    """
    require(by, "incidents.decide_incident", "AVL-5")
    proposal = Proposal.objects.select_for_update().select_related("tenant", "incident").get(pk=proposal.pk)
    if proposal.incident is not None:
        return proposal.incident
    require_pending(proposal)
    if reach == Reach.LISTED and proposal.tenant is None:
        raise Refused(
            _("The monitor names no tenant that we know."),
            rule="AVL-5",
            instead=_("Say that it affects all tenants, or open the incident by hand and list them."),
        )
    incident = open_incident(
        by=by,
        title=title,
        description=description,
        started_at=proposal.start,
        detected_at=max(proposal.first_told_at, proposal.start),
        impact=impact,
        reach=reach,
        tenants=[proposal.tenant] if proposal.tenant else [],
        now=now,
    )
    _decided(proposal, incident, by=by, reason=description, now=now)
    return incident


def _keep_span(
    proposal: Proposal, incident: Incident, *, by: User, impact: Impact, reason: str, now: datetime
) -> None:
    before = segments_in_force(incident)
    end = proposal.end
    if end is None and incident.restored_at is not None:
        end = incident.restored_at
    if end is not None and end <= proposal.start:
        return  # down for no time
    new = subtract([Interval(proposal.start, end)], [each.span for each in before])
    if new:
        segments = [*before, *(Segment(impact, part.start, part.end) for part in new)]
        revise_impact(incident, by=by, segments=segments, reason=reason, now=now)


def _decided(proposal: Proposal, incident: Incident, *, by: User, reason: str, now: datetime) -> Proposal:
    proposal.state, proposal.incident, proposal.reason = Proposal.State.CONFIRMED, incident, reason.strip()
    proposal.decided_by, proposal.decided_at = by, now
    proposal.save(update_fields=["state", "incident", "reason", "decided_by", "decided_at"])
    return proposal
