"""What may be done with incidents: one function per act, each one transaction."""

from .summaries import require_summary, write_summary

__all__ = ["require_summary", "write_summary"]
