import pytest

from tests.agreement import put_agreement
from tickets import conditions
from tickets.domain.lifecycle import Act

from .stories import Cast, chile, make_cast

MONDAY = "2026-11-23 10:00"  # an ordinary Monday morning in Chile


@pytest.fixture
def agreement(db) -> None:
    """The shipped policy and calendars."""
    put_agreement()


@pytest.fixture
def cast(agreement) -> Cast:
    return make_cast(at=chile(MONDAY))


@pytest.fixture(autouse=True)
def _tickets_alone(monkeypatch):
    """These tests are about tickets, without what apps above them ask first; tests/incidents shows that."""
    monkeypatch.setitem(conditions._CONDITIONS, Act.PROPOSE_SOLUTION, [])


@pytest.fixture
def told(db):
    """`told()` gives what has been put in the outbox since the last call: (kind, address), in order."""
    from lynnsupport.outbox.models import OutboxMessage

    seen: set[int] = set()

    def news() -> list[tuple[str, str]]:
        rows = [row for row in OutboxMessage.objects.order_by("pk") if row.pk not in seen]
        seen.update(row.pk for row in rows)
        return [(row.kind, row.to_address) for row in rows]

    return news
