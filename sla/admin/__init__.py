"""Calendars, policies and who is bound to which, at the desk. Publishing is an act of its own."""

from . import calendars, commitments, policies

__all__ = ["calendars", "commitments", "policies"]
