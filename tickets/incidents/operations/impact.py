"""How bad it was and when, how far it reaches, and whose fault it is: each said by a person (AVL-3)."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from lynnsupport.accounts.models import User
from lynnsupport.common.refusal import Refused
from tickets.incidents.domain.segments import Flaw, Segment, flaws
from tickets.incidents.domain.words import Cause, Scope
from tickets.incidents.models import Decision, Entry, ImpactSegment, Incident, Revision
from tickets.incidents.queries import decision_on, segments_in_force

from .deadlines import match_rca_clocks
from .record import locked, note
from .rights import require, require_words
from .terms import match_rca_term

FLAW_WORDS = {
    Flaw.NONE_GIVEN: _("No segment is given."),
    Flaw.EMPTY: _("A segment ends when it starts."),
    Flaw.OVERLAP: _("Two segments overlap."),
    Flaw.OPEN_BEFORE_ANOTHER: _("Only the last segment may be without an end."),
    Flaw.BEFORE_THE_START: _("A segment lies before the incident started."),
    Flaw.STARTS_LATER: _("The first segment begins after the incident started."),
    Flaw.IN_THE_FUTURE: _("A segment reaches into the future."),
    Flaw.AFTER_RESTORATION: _("A segment reaches beyond the restoration."),
    Flaw.OPEN_THOUGH_RESTORED: _("The service is restored, and the last segment has no end."),
    Flaw.ENDED_THOUGH_LASTING: _("The incident lasts, and the last segment has an end."),
}


@transaction.atomic
def revise_impact(
    incident: Incident, *, by: User, segments: Sequence[Segment], reason: str, now: datetime
) -> Revision:
    """The complete list anew; what stood before stays on record. The same list again changes nothing.

    The incident starts with the first segment. Raises Refused with every flaw of the list.
    """
    require(by, "incidents.change_incident", "AVL-3")
    reason = require_words(reason, _("Say why: the reason stays on record."), "AVL-3")
    incident = locked(incident)
    ordered = sorted(segments, key=lambda each: each.start)
    started = ordered[0].start if ordered else incident.started_at
    found = flaws(ordered, started=started, restored=incident.restored_at, now=now)
    if found:
        raise Refused(" ".join(str(FLAW_WORDS[flaw]) for flaw in found), rule="AVL-3")
    if started > incident.detected_at:
        raise Refused(_("It would start after it was detected."), rule="AVL-3")
    last = incident.revisions.order_by("number").last()
    if last and segments_in_force(incident) == ordered:
        return last
    if started != incident.started_at:
        incident.started_at = started
        incident.save(update_fields=["started_at"])
    revision = keep_revision(incident, ordered, by=by, reason=reason, now=now)
    note(incident, Entry.Kind.REVISED, now=now, by=by, words=reason)
    match_rca_term(incident, now=now)
    return revision


@transaction.atomic
def decide(
    incident: Incident, *, by: User, scope: Scope, cause: Cause, reason: str, now: datetime
) -> Decision:
    """What it is: the platform as a whole or a feature, and whose fault; `Scope.OPEN` takes a decision back.

    Each decision is a row of its own with who, when and why. The same again changes nothing.
    """
    require(by, "incidents.decide_incident", "AVL-3")
    reason = require_words(reason, _("Say why: the reason stays on record."), "AVL-3")
    incident = locked(incident)
    before = decision_on(incident)
    if before is None and scope == Scope.OPEN:
        raise Refused(_("Nobody has decided about it yet."), rule="AVL-3")
    if before and (before.scope, before.cause, before.reason) == (scope, cause, reason):
        return before
    decision = Decision.objects.create(
        incident=incident,
        number=before.number + 1 if before else 1,
        scope=scope,
        cause=cause,
        reason=reason,
        by=by,
        at=now,
    )
    words = f"{decision.get_scope_display()} · {decision.get_cause_display()}. {reason}"
    note(incident, Entry.Kind.DECIDED, now=now, by=by, words=words)
    match_rca_clocks(incident, now=now)
    return decision


def keep_revision(
    incident: Incident, segments: Sequence[Segment], *, by: User, reason: str, now: datetime
) -> Revision:
    """The caller holds the incident and has judged the list."""
    revision = Revision.objects.create(
        incident=incident, number=incident.revisions.count() + 1, reason=reason, by=by, at=now
    )
    ImpactSegment.objects.bulk_create(
        ImpactSegment(revision=revision, impact=each.impact, start=each.start, end=each.end)
        for each in segments
    )
    return revision
