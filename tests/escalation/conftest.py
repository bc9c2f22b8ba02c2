"""The stories of escalation are played by the cast of the tickets' own tests."""

import pytest
from django.utils import translation

from tests.tickets.conftest import _tickets_alone, agreement, cast, told

__all__ = ["_tickets_alone", "agreement", "cast", "told"]


@pytest.fixture(autouse=True)
def _in_english():
    """Refusals are read in the language of the sources."""
    with translation.override("en"):
        yield
