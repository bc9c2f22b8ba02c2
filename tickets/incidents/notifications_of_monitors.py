"""Who hears that a monitor proposes an outage: the desk leads, who have it decided."""

from collections.abc import Iterable, Iterator

from django.urls import reverse

from lynnsupport.accounts.queries import desk_leads
from lynnsupport.outbox.operations import Mail

from .models import MonitorSource, Proposal

IN_FULL = 10


def outages_proposed(source: MonitorSource, proposals: Iterable[Proposal]) -> Iterator[Mail]:
    """One mail to each desk lead for the new proposals of one message; of many the first are told in full."""
    told = list(proposals)
    if not told:
        return
    for lead in desk_leads():
        yield Mail.for_person(
            lead,
            key=f"outage_proposed:{told[0].pk}:{lead.email.lower()}",
            kind="outage_proposed",
            context={
                "monitor": source.name,
                "outages": [_told(each) for each in told[:IN_FULL]],
                "count": len(told),
                "more": max(len(told) - IN_FULL, 0),
                "path": reverse("admin:incidents_incident_proposals"),
            },
        )


def _told(proposal: Proposal) -> dict[str, str | None]:
    return {
        "words": proposal.words,
        "start": proposal.start.isoformat(),
        "end": proposal.end.isoformat() if proposal.end else None,
    }
