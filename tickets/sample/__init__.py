"""Invented people and tickets to look at the portal with; never for an installation that serves customers."""
