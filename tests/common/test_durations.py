"""Lengths of time in words: cut to minutes, never more than there is."""

import re
from datetime import timedelta

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from lynnsupport.common.durations import duration_in_words, remaining_in_words


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


@pytest.mark.parametrize(
    ("length", "in_days", "words"),
    [
        (timedelta(0), False, "0 min"),
        (timedelta(seconds=59), False, "0 min"),
        (timedelta(minutes=1), False, "1 min"),
        (timedelta(minutes=59, seconds=59), False, "59 min"),
        (timedelta(hours=1), False, "1 h"),
        (timedelta(hours=3, minutes=20), False, "3 h 20 min"),
        (timedelta(hours=60), False, "60 h"),
        (timedelta(hours=47, minutes=59), True, "47 h 59 min"),
        (timedelta(hours=48), True, "2 d"),
        (timedelta(hours=52, minutes=30), True, "2 d 4 h"),
    ],
)
def test_duration_is_cut_to_minutes(length, in_days, words):
    assert duration_in_words(length, in_days=in_days) == words


def test_duration_refuses_a_negative_length():
    with pytest.raises(ValueError, match="not negative"):
        duration_in_words(timedelta(seconds=-1))


@pytest.mark.parametrize(
    ("left", "business", "words"),
    [
        (timedelta(hours=3, minutes=20), True, "3 h 20 min of business time left"),
        (timedelta(hours=3, minutes=20), False, "3 h 20 min left"),
        (timedelta(days=3), True, "72 h of business time left"),
        (timedelta(days=3), False, "3 d left"),
        (timedelta(seconds=59), True, "less than a minute left"),
        (timedelta(0), True, "less than a minute left"),
        (timedelta(microseconds=-1), True, "overdue by less than a minute"),
        (timedelta(minutes=-5), True, "overdue by 5 min of business time"),
        (timedelta(minutes=-5), False, "overdue by 5 min"),
        (timedelta(days=-3), False, "overdue by 3 d"),
    ],
)
def test_remaining_says_what_is_left_or_by_how_much_it_is_late(left, business, words):
    assert remaining_in_words(left, business=business) == words


@given(st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=400)))
def test_duration_never_says_more_than_there_is_and_misses_less_than_a_minute(length):
    with translation.override("en"):
        words = duration_in_words(length)
    hours, minutes = (
        int(found[1]) if (found := re.search(rf"(\d+) {unit}", words)) else 0 for unit in ("h", "min")
    )
    told = timedelta(hours=hours, minutes=minutes)
    assert timedelta(0) <= length - told < timedelta(minutes=1)
