import pytest

from tests.agreement import put_agreement
from tests.tickets.conftest import told as told
from tests.tickets.stories import Cast, chile, make_cast

NOW = chile("2026-11-23 10:00")


@pytest.fixture
def agreement(db) -> None:
    """The shipped policy and calendars."""
    put_agreement()


@pytest.fixture
def cast(agreement) -> Cast:
    return make_cast(at=NOW)


@pytest.fixture(autouse=True)
def _files_of_this_test(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"
