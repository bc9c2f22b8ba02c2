"""The downtime that counts for a tenant, as its availability statement stands (RCA-1, AVL-6).

The statement lives in an app above this one, which registers how to ask for it as it gets ready.
"""

from datetime import datetime
from typing import Protocol

from lynnsupport.accounts.models import Tenant

from .domain.segments import full_seconds
from .models import Incident
from .queries import segments_in_force


class Provider(Protocol):
    """Counted seconds of the incident for the tenant; None where no statement says anything of it."""

    def __call__(self, incident: Incident, tenant: Tenant, *, now: datetime) -> int | None: ...


_PROVIDERS: list[Provider] = []


def register(provider: Provider) -> None:
    """`provider` is asked before the incident's own segments are. Called once, as an app gets ready."""
    if provider not in _PROVIDERS:
        _PROVIDERS.append(provider)


def downtime_of(incident: Incident, tenant: Tenant, *, now: datetime) -> int:
    """What the statement counts, in whole seconds; the incident's own full seconds where there is none."""
    for provider in _PROVIDERS:
        counted = provider(incident, tenant, now=now)
        if counted is not None:
            return counted
    return full_seconds(segments_in_force(incident), until=incident.restored_at or now)
