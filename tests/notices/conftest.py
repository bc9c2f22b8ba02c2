import pytest

from tests.tickets.stories import Cast, make_cast

from .stories import NOW


@pytest.fixture
def cast(db) -> Cast:
    return make_cast(at=NOW)
