"""The desk's pages for incoming mail, in Django's admin."""

from .mail import InboundMailAdmin

__all__ = ["InboundMailAdmin"]
