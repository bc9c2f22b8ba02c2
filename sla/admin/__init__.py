"""Calendars, policies and who is bound to which, at the desk. Publishing is an act of its own."""

from . import calendars, case_terms, commitments, policies

__all__ = ["calendars", "case_terms", "commitments", "policies"]
