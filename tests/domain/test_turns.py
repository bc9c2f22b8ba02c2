"""AVL-5: when something was down, from turns heard in any order and any number of times."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lynnsupport.common.intervals import Interval
from tickets.incidents.domain.turns import Turn, spans_of

NOW = datetime(2026, 11, 23, 13, 0, tzinfo=UTC)
DOWN, UP = True, False


def at(minute: int) -> datetime:
    return NOW + timedelta(minutes=minute)


@pytest.mark.parametrize(
    ("told", "spans"),
    [
        ([], []),
        ([(1, DOWN)], [(1, None)]),
        ([(1, DOWN), (5, UP)], [(1, 5)]),
        ([(5, UP), (1, DOWN)], [(1, 5)]),  # the end was heard first
        ([(5, UP)], []),
        ([(1, DOWN), (1, DOWN), (3, DOWN), (5, UP), (5, UP), (7, UP)], [(1, 5)]),
        ([(1, DOWN), (5, UP), (8, DOWN)], [(1, 5), (8, None)]),
        ([(1, DOWN), (8, DOWN), (5, UP)], [(1, 5), (8, None)]),  # the end came late, the relapse stays
        ([(1, DOWN), (1, UP)], []),
    ],
)
def test_spans_follow_the_turns(told, spans):
    turns = [Turn(at(minute), is_down) for minute, is_down in told]

    assert spans_of(turns) == [Interval(at(start), None if end is None else at(end)) for start, end in spans]


_TURNS = st.lists(
    st.builds(lambda minute, is_down: Turn(at(minute), is_down), st.integers(0, 12), st.booleans()),
    max_size=12,
)


@settings(max_examples=50)
@given(_TURNS, st.randoms(use_true_random=False))
def test_neither_order_nor_repeats_matter(turns, random):
    again = [*turns, *turns[: len(turns) // 2]]
    random.shuffle(again)

    assert spans_of(again) == spans_of(turns)


@settings(max_examples=50)
@given(_TURNS)
def test_spans_agree_with_a_watcher_who_looks_each_minute(turns):
    """The oracle: what the last word was after each minute; being up wins over being down at once."""
    seen, is_down = [], False
    for minute in range(13):
        said = {turn.is_down for turn in turns if turn.at == at(minute)}
        is_down = False if UP in said else (is_down or DOWN in said)
        seen.append(is_down)
    shown = [
        any(span.start <= at(m) and (span.end is None or at(m) < span.end) for span in spans_of(turns))
        for m in range(13)
    ]

    assert shown == seen
