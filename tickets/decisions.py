"""What support has decided about a ticket beside its state, as its pages show it."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Prefetch, QuerySet, prefetch_related_objects

from lynnsupport.common.prepared import prepared

from .models import Exclusion, PatchPlan, ProviderDealing, SeverityAssessment, Ticket, TicketEvent
from .story import Told


@dataclass(frozen=True)
class Decisions:
    """Exclusions in force and reverted, and the plans of a patch, of which the first one holds.

    `dispute` is the objection to the severity on which an engineer has yet to decide (SEV-4).
    """

    in_force: list[Exclusion]
    reverted: list[Exclusion]
    plans: list[PatchPlan]
    dispute: SeverityAssessment | None

    @property
    def stated(self) -> list[Exclusion]:
        """Those in force that somebody decided, with a finding to be read."""
        return [exclusion for exclusion in self.in_force if exclusion.decided_by_id]

    def __bool__(self) -> bool:
        return bool(self.in_force or self.reverted or self.plans or self.dispute)


def decisions_of(
    ticket: Ticket, assessments: Sequence[SeverityAssessment], story: Sequence[Told]
) -> Decisions:
    """The decisions about `ticket`: one query, and one more each for dealings and plans where there are any.

    `assessments` and `story` are all of the ticket, in their order.
    """
    is_planned = any(line.what == TicketEvent.Kind.PATCH_PLANNED for line in story)
    exclusions = exclusions_of(ticket)
    return Decisions(
        in_force=[each for each in exclusions if each.is_in_force],
        reverted=[each for each in exclusions if not each.is_in_force],
        plans=_plans(ticket) if is_planned else [],
        dispute=open_dispute(ticket, assessments),
    )


def exclusions_of(ticket: Ticket) -> list[Exclusion]:
    """In force and reverted, each with its dealings; asked once for each `ticket` loaded."""
    if ticket.exclusions_read is None:
        found = _exclusions(ticket.pk)
        dealings = ProviderDealing.objects.select_related("by").order_by("-at", "-id")
        prefetch_related_objects(found, Prefetch("dealings", dealings))
        ticket.exclusions_read = found
    return ticket.exclusions_read


@prepared
def _exclusions(ticket: int) -> QuerySet[Exclusion]:
    return Exclusion.objects.filter(ticket=ticket).select_related("decided_by", "reverted_by")


def _plans(ticket: Ticket) -> list[PatchPlan]:
    return list(PatchPlan.objects.filter(ticket=ticket).select_related("by").order_by("-at", "-id"))


def open_dispute(ticket: Ticket, assessments: Sequence[SeverityAssessment]) -> SeverityAssessment | None:
    """The objection on which an engineer has yet to decide (SEV-4)."""
    if ticket.severity_disputed_at is None:
        return None
    disputes = [each for each in assessments if each.step == SeverityAssessment.Step.DISPUTED]
    return disputes[-1] if disputes else None


def deciding_assessment(assessments: Sequence[SeverityAssessment]) -> SeverityAssessment:
    """SEV-4: the latest decision, else the latest suggestion."""
    for step in (SeverityAssessment.Step.DECIDED, SeverityAssessment.Step.SUGGESTED):
        found = [each for each in assessments if each.step == step]
        if found:
            return found[-1]
    return assessments[-1]
