"""Notices at the desk: the list and the page of each, and the catalogue they speak of."""

from . import catalogue, notice

__all__ = ["catalogue", "notice"]
