"""The stories of escalation are played by the cast of the tickets' own tests."""

from tests.tickets.conftest import agreement, cast, told

__all__ = ["agreement", "cast", "told"]
