import pytest
from django.utils import translation

from tests.tickets.stories import Cast, make_cast

from .stories import NOW


@pytest.fixture(autouse=True)
def _sentences_in_english():
    """Refusals are read in the language of the sources."""
    with translation.override("en"):
        yield


@pytest.fixture
def cast(db) -> Cast:
    return make_cast(at=NOW)
