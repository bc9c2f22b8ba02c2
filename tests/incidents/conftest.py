import pytest
from django.utils import translation

from tests.agreement import put_agreement
from tests.tickets.stories import Cast, chile, make_cast

MONDAY = "2026-11-23 10:00"  # an ordinary Monday morning in Chile


@pytest.fixture(autouse=True)
def _in_english():
    """The language of the sources: what a refusal says is matched whatever the catalogues hold."""
    with translation.override("en"):
        yield


@pytest.fixture
def agreement(db) -> None:
    """The shipped policy and calendars."""
    put_agreement()


@pytest.fixture
def cast(agreement) -> Cast:
    return make_cast(at=chile(MONDAY))


@pytest.fixture
def stranger(cast) -> Cast:
    """Another partner's people, who must read of nothing that is not theirs."""
    return make_cast(at=chile(MONDAY))
