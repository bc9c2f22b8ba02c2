"""What every operation on incidents does alike: take the incident, write down what was done."""

from datetime import datetime

from lynnsupport.accounts.models import User
from tickets.incidents.models import Entry, Incident


def locked(incident: Incident) -> Incident:
    """The incident as it is now, held until the transaction ends. Incidents are taken before tickets."""
    return Incident.objects.select_for_update(of=("self",)).get(pk=incident.pk)


def note(
    incident: Incident,
    kind: Entry.Kind,
    *,
    now: datetime,
    by: User | None,
    at: datetime | None = None,
    words: str = "",
) -> Entry:
    """Append one entry to the incident's record."""
    return Entry.objects.create(
        incident=incident, kind=kind, at=at or now, recorded_at=now, by=by, words=words
    )
