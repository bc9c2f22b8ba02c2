"""What the statements of a tenant count of one incident (RCA-1, AVL-6); registered as the apps get ready."""

from datetime import datetime

from credits.domain.days import explained
from credits.reading import cycles_over
from lynnsupport.accounts.models import Tenant
from lynnsupport.common.intervals import Interval, total_seconds, union
from tickets.incidents.models import Incident


def counted_of(incident: Incident, tenant: Tenant, *, now: datetime) -> int | None:
    """Whole seconds, over every cycle that it touches, frozen or running; one second counts once.

    None where no statement names the incident: nobody has decided on it, nothing was measured then, or the
    agreement does not cover the tenant (SUP-2).
    """
    if tenant.deployment != Tenant.Deployment.CLOUD:
        return None
    lasted = Interval(incident.started_at, incident.restored_at or max(now, incident.started_at))
    told = [
        each
        for shown in cycles_over(tenant, lasted, now=now)
        for each in explained(shown.data)
        if each.facts["incident"] == incident.number
    ]
    return total_seconds(union(part for each in told for part in each.counted)) if told else None
