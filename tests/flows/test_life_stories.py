"""Whatever happens to a ticket, its clocks show what a naive count of what was done says."""

from datetime import datetime, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.agreement import put_agreement
from tests.flows.life_stories import ACTS, COMMON, GAPS, IMPACTS, Life
from tests.flows.naive_clocks import Shown, clocks
from tests.tickets.stories import chile, make_cast
from tickets.models import ClockMilestone
from tickets.operations import sweep_clocks
from tickets.verification import differences

pytestmark = pytest.mark.rule(
    "SEV-5", "EXC-1", "EXC-2", "EXC-3", "RSP-4", "RST-6", "RST-7", "CON-5", "CRP-3", "INT-6"
)

ORIGINS = [
    chile("2026-11-23 10:00"),  # an ordinary Monday
    chile("2026-12-07 16:30"),  # a holiday tomorrow
    chile("2026-09-04 12:10"),  # a Friday before Chile's clocks go forward
    chile("2027-04-02 17:50"),  # and one before they go back
    chile("2026-11-28 23:00"),  # a Saturday night
]
names = st.sampled_from([*ACTS, *COMMON])
steps = st.tuples(st.sampled_from(GAPS), names, st.integers(0, 59))


@pytest.fixture
def agreed(db):
    put_agreement()


def shown_by(life: Life) -> list[Shown]:
    """What the stored clocks show, in minutes."""

    def minutes(at: datetime | None) -> int | None:
        return None if at is None else (at - life.origin) // timedelta(minutes=1)

    return [
        Shown(
            row.kind,
            minutes(row.started_at),
            row.state,
            minutes(row.due_at),
            minutes(row.breached_at),
            minutes(row.stopped_at),
        )
        for row in life.ticket.clocks.order_by("kind", "started_at", "pk")
    ]


def check(life: Life, end: int, *, every: bool = True) -> None:
    """Compare at minute `end`; `every`: also rebuild all stored clocks from their events."""
    life.minute = end
    sweep_clocks(now=life.now)
    expected = sorted(clocks(life.log, end), key=lambda clock: (clock.kind, clock.started))
    shown = shown_by(life)
    assert shown == expected, f"stored and counted: {set(shown) ^ set(expected)}"
    if every:
        assert [str(difference) for difference in differences(life.now)] == []
    breaches = ClockMilestone.objects.filter(clock__ticket=life.ticket, percent=100)
    kept = {(fact.clock.kind, fact.at) for fact in breaches.select_related("clock")}
    true = {(clock.kind, life.at(clock.breached)) for clock in expected if clock.breached is not None}
    assert true <= kept, f"not kept: {true - kept}"  # RST-7: more may be kept than is true now, never less
    assert sweep_clocks(now=life.now) == 0, "a second sweep found something new"


@given(
    origin=st.sampled_from(ORIGINS),
    impact=st.sampled_from(IMPACTS),
    by_colleague=st.booleans(),
    is_preview=st.integers(0, 9).map(lambda n: n == 0),
    plan=st.lists(steps, min_size=1, max_size=14),
    rest=st.sampled_from([0, 60, 500, 3000]),
)
@example(ORIGINS[0], 95, False, True, [(2, "close", 0), (2, "reply", 0)], 0)
@example(ORIGINS[1], 5, False, False, [(480, "close", 0), (30, "correct", 6), (8, "reply", 1)], 500)
@example(
    ORIGINS[2], 40, False, False, [(14, "call", 0), (8, "close", 0), (8, "reply", 1), (2, "restore", 17)], 60
)
@example(
    ORIGINS[4], 40, False, False, [(34, "reply", 29), (4, "close", 0), (4, "call", 57), (8, "reply", 1)], 60
)
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_clocks_of_a_random_life_show_what_was_done(
    agreed, origin, impact, by_colleague, is_preview, plan, rest
):
    with transaction.atomic():
        cast = make_cast(at=origin)
        life = Life(cast, origin, impact=impact, by_colleague=by_colleague, is_preview=is_preview)
        for step in plan:
            life.play(*step)
        check(life, life.minute + rest)
        transaction.set_rollback(True)


@pytest.mark.parametrize("change", ["state", "due_at", "stopped_at"])
def test_the_naive_count_sees_a_clock_that_is_wrong(agreed, change):
    """Negative control: a stored clock that was tampered with does not pass."""
    life = Life(make_cast(at=ORIGINS[0]), ORIGINS[0], impact=40, by_colleague=False, is_preview=False)
    life.play(30, "restore", 0)
    stored = life.ticket.clocks.get(kind="restoration")
    wrong = {
        "state": {"state": "breached", "breached_at": stored.due_at},
        "due_at": {"due_at": stored.due_at + timedelta(minutes=1)},
        "stopped_at": {"stopped_at": stored.stopped_at + timedelta(minutes=1)},
    }
    life.ticket.clocks.filter(pk=stored.pk).update(**wrong[change])
    with pytest.raises(AssertionError):
        check(life, life.minute)
