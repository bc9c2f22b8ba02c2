"""Monitors are heard; their proposals are confirmed into an incident or dismissed, by a person (AVL-5)."""

import secrets
from datetime import datetime, timedelta
from hashlib import sha256

from django.conf import settings
from django.db import transaction
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from lynnsupport.accounts.models import User
from lynnsupport.common.intervals import Interval, clip, subtract
from lynnsupport.common.refusal import Refused
from lynnsupport.outbox.operations import enqueue
from tickets.incidents.domain.alerts import Alert, Heard
from tickets.incidents.domain.segments import Segment
from tickets.incidents.domain.signatures import FRESH_FOR
from tickets.incidents.domain.words import Impact, Reach
from tickets.incidents.models import (
    HealthAddress,
    HeardSignature,
    Incident,
    MonitorGap,
    MonitorSource,
    Proposal,
)
from tickets.incidents.notifications_of_monitors import outages_proposed
from tickets.incidents.operations import open_incident, restore, revise_impact
from tickets.incidents.operations.rights import require, require_words
from tickets.incidents.queries import segments_in_force

from .turning import proposal_of, propose_from_turns


def digest_of(token: str) -> str:
    return sha256(token.encode()).hexdigest()


def new_token(source: MonitorSource, *, by: User) -> str:
    """A token for the monitor, to be shown once; the one before ends. The caller saves the source."""
    require(by, "incidents.manage_monitors", "AVL-5")
    token = secrets.token_urlsafe(32)
    source.token_digest, source.key_salt = digest_of(token), ""
    return token


def new_signing_key(source: MonitorSource, *, by: User) -> str:
    """A key for the monitor to sign with, to be shown once; its token ends. The caller saves the source."""
    require(by, "incidents.manage_monitors", "AVL-5")
    source.token_digest, source.key_salt = None, secrets.token_hex(16)
    return signing_keys_of(source)[0]


def signing_keys_of(source: MonitorSource) -> list[str]:
    """Derived, never stored: who reads the database alone cannot sign. With those of former secrets."""
    return [
        salted_hmac(
            "tickets.incidents.monitors", source.key_salt, secret=secret, algorithm="sha256"
        ).hexdigest()
        for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    ]


@transaction.atomic
def hear_signed(source: MonitorSource, heard: Heard, *, signature: str, now: datetime) -> bool:
    """The same as `hear`, once for each signature; False where it was taken before."""
    HeardSignature.objects.filter(source=source, at__lt=now - 2 * FRESH_FOR).delete()
    _, is_new = HeardSignature.objects.get_or_create(source=source, signature=signature, defaults={"at": now})
    if is_new:
        hear(source, heard, now=now)
    return is_new


@transaction.atomic
def hear(source: MonitorSource, heard: Heard, *, now: datetime) -> None:
    """Keep what a monitor says. Repeats, a resolve before its firing and messages out of order end alike."""
    source = MonitorSource.objects.select_for_update(of=("self",)).get(pk=source.pk)
    _note_silence(source, now)
    if source.kind == MonitorSource.Kind.ALERTMANAGER:
        new = [proposal for alert in heard.alerts if (proposal := _keep(source, alert, now))]
    else:
        new = propose_from_turns(source, heard, now=now)
    enqueue(outages_proposed(source, new), now=now)


@transaction.atomic
def confirm(
    proposal: Proposal,
    *,
    by: User,
    impact: Impact,
    now: datetime,
    incident: Incident | None = None,
    title: str = "",
) -> Incident:
    """A person vouches for it: a new incident, or what `incident` does not cover yet becomes a segment of it.

    Confirmed twice is confirmed once. Raises Refused where it was dismissed, and where the segments that
    would result cannot be.
    """
    require(by, "incidents.change_incident", "AVL-5")
    proposal = _held(proposal)
    if proposal.state == Proposal.State.CONFIRMED:
        return proposal.incident
    _require_pending(proposal)
    if incident is None:
        incident = _new_incident(proposal, by=by, impact=impact, title=title, now=now)
    else:
        _cover(incident, proposal, by=by, impact=impact, now=now)
    proposal.state, proposal.incident = Proposal.State.CONFIRMED, incident
    proposal.decided_by, proposal.decided_at = by, now
    proposal.save()
    return incident


@transaction.atomic
def dismiss(proposal: Proposal, *, by: User, reason: str, now: datetime) -> Proposal:
    """It was no outage, for a reason that stays on record. Dismissed twice is dismissed once."""
    require(by, "incidents.change_incident", "AVL-5")
    reason = require_words(reason, _("Say why it was no outage: the reason stays on record."), "AVL-5")
    proposal = _held(proposal)
    if proposal.state == Proposal.State.DISMISSED:
        return proposal
    _require_pending(proposal)
    proposal.state, proposal.reason = Proposal.State.DISMISSED, reason
    proposal.decided_by, proposal.decided_at = by, now
    proposal.save()
    return proposal


@transaction.atomic
def switch_probe(health: HealthAddress, *, by: User, now: datetime) -> None:
    """The own probe's monitor follows its address: what is switched off is not missed, nor that time."""
    require(by, "incidents.manage_monitors", "AVL-5")
    probes = MonitorSource.objects.select_for_update(of=("self",)).filter(
        kind=MonitorSource.Kind.PROBE, tenant=health.tenant_id
    )
    for source in probes.exclude(is_active=health.is_active):
        source.is_active = health.is_active
        if source.is_active and source.last_heard_at is not None:
            source.last_heard_at = now
        source.save(update_fields=["is_active", "last_heard_at"])


def _note_silence(source: MonitorSource, now: datetime) -> None:
    last = source.last_heard_at
    if source.silent_after and last and now - last > timedelta(seconds=source.silent_after):
        MonitorGap.objects.get_or_create(source=source, start=last, defaults={"end": now})
    source.watched_since = source.watched_since or now
    source.last_heard_at = max(last or now, now)
    source.save(update_fields=["watched_since", "last_heard_at"])


def _keep(source: MonitorSource, alert: Alert, now: datetime) -> Proposal | None:
    """The proposal, where it is a new one. Alertmanager tells the whole of an alert each time."""
    known = Proposal.objects.filter(source=source, fingerprint=alert.fingerprint, start=alert.start).first()
    if known is None:
        return proposal_of(source, alert, Interval(alert.start, alert.end), now)
    known.told_times += 1
    known.last_told_at = max(known.last_told_at, now)
    known.end = known.end or alert.end
    known.save(update_fields=["told_times", "last_told_at", "end"])
    return None


def _new_incident(proposal: Proposal, *, by: User, impact: Impact, title: str, now: datetime) -> Incident:
    started = min(proposal.start, now)
    incident = open_incident(
        by=by,
        title=title.strip() or proposal.words[:200],
        description=proposal.words,
        started_at=started,
        detected_at=min(max(started, proposal.first_told_at), now),
        impact=impact,
        reach=Reach.LISTED if proposal.tenant else Reach.ALL,
        tenants=[proposal.tenant] if proposal.tenant else (),
        now=now,
    )
    if proposal.end and started < proposal.end <= now:
        incident = restore(incident, by=by, at=proposal.end, now=now).incident
    return incident


def _cover(incident: Incident, proposal: Proposal, *, by: User, impact: Impact, now: datetime) -> None:
    segments = segments_in_force(incident)
    inside = Interval(incident.started_at, incident.restored_at)
    span = clip([Interval(proposal.start, proposal.end)], inside)
    lacking = subtract(span, [each.span for each in segments])
    if lacking:
        parts = [*segments, *(Segment(impact, each.start, each.end) for each in lacking)]
        revise_impact(incident, by=by, segments=parts, reason=proposal.words, now=now)


def _held(proposal: Proposal) -> Proposal:
    MonitorSource.objects.select_for_update(of=("self",)).get(pk=proposal.source_id)
    return Proposal.objects.select_related("tenant", "incident").get(pk=proposal.pk)


def _require_pending(proposal: Proposal) -> None:
    if proposal.state != Proposal.State.PENDING:
        raise Refused(
            _("It is decided already: %(state)s.") % {"state": proposal.get_state_display()}, rule="AVL-5"
        )
