"""The desk's pages for incidents, in Django's admin, and its acts on tickets."""

from .monitors import HealthAddressAdmin, MonitorSourceAdmin, ProposalAdmin

__all__ = ["HealthAddressAdmin", "MonitorSourceAdmin", "ProposalAdmin"]
