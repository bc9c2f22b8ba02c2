"""The desk's pages for incidents, in Django's admin, and its acts on tickets."""

from . import ticket_acts
from .incident import IncidentAdmin

__all__ = ["IncidentAdmin", "ticket_acts"]
