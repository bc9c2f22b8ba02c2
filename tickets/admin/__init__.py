"""The desk's pages for tickets, in Django's admin."""

from .ticket import TicketAdmin

__all__ = ["TicketAdmin"]
