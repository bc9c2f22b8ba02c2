"""The desk's pages for incidents, in Django's admin, and its acts on tickets."""

from . import ticket_acts
from .incident import IncidentAdmin
from .monitors import HealthAddressAdmin, MonitorSourceAdmin, ProposalAdmin

__all__ = ["HealthAddressAdmin", "IncidentAdmin", "MonitorSourceAdmin", "ProposalAdmin", "ticket_acts"]
