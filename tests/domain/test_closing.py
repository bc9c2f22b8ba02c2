"""CRP-1, CRP-2: when the notice goes out, when the case closes; whole business days, borders included."""

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla.domain.business_time import BusinessCalendar
from tests.tickets.stories import CHILE, chile
from tickets.cooperation.domain.closing import Days, Step, began_at, next_step, term

HOURS = [(time(9), time(13)), (time(14), time(18))]
HOLIDAYS = (date(2026, 9, 18), date(2026, 12, 8), date(2026, 12, 25))
CALENDAR = BusinessCalendar(CHILE, dict.fromkeys(range(5), HOURS), HOLIDAYS)
DAYS = Days(notice=2, closing=3)
SECOND = timedelta(seconds=1)
pytestmark = pytest.mark.rule("CRP-1", "CRP-2")


@pytest.mark.parametrize(
    ("began", "notice", "closes"),
    [
        ("2026-11-23 10:00", "2026-11-25 18:00", "2026-11-26 18:00"),  # Monday
        ("2026-11-23 00:00", "2026-11-25 18:00", "2026-11-26 18:00"),  # its whole day is not counted
        ("2026-11-23 23:59", "2026-11-25 18:00", "2026-11-26 18:00"),
        ("2026-11-24 00:00", "2026-11-26 18:00", "2026-11-27 18:00"),  # a minute later it is another day
        ("2026-11-26 17:00", "2026-11-30 18:00", "2026-12-01 18:00"),  # over a weekend
        ("2026-11-28 12:00", "2026-12-01 18:00", "2026-12-02 18:00"),  # begun on a Saturday
        ("2026-12-04 10:00", "2026-12-09 18:00", "2026-12-10 18:00"),  # over a holiday, Tuesday the 8th
        ("2026-09-04 10:00", "2026-09-08 18:00", "2026-09-09 18:00"),  # summer time begins on the 6th
        ("2026-09-16 10:00", "2026-09-21 18:00", "2026-09-22 18:00"),  # the national holiday and a weekend
        ("2026-04-02 10:00", "2026-04-06 18:00", "2026-04-07 18:00"),  # summer time ends on the 5th
    ],
)
def test_a_term_counts_whole_business_days(began, notice, closes):
    counted = term(chile(began), CALENDAR, DAYS)
    assert (counted.notice_at, counted.closes_at) == (chile(notice), chile(closes))


def test_borders_a_second_before_at_and_after():
    counted = term(chile("2026-11-23 10:00"), CALENDAR, DAYS)
    told = counted.notice_at

    def step(now, announced_at=None):
        return next_step(counted, announced_at=announced_at, closes_at=counted.closes_at, now=now)

    assert [step(counted.notice_at + n * SECOND) for n in (-1, 0, 1)] == [
        Step.WAIT,
        Step.ANNOUNCE,
        Step.ANNOUNCE,
    ]
    assert [step(counted.closes_at + n * SECOND, told) for n in (-1, 0, 1)] == [
        Step.WAIT,
        Step.CLOSE,
        Step.CLOSE,
    ]
    assert step(counted.closes_at + timedelta(days=30)) is Step.ANNOUNCE  # never without its notice


@pytest.mark.parametrize(
    ("announced", "closes"),
    [
        ("2026-11-25 18:00", "2026-11-26 18:00"),  # in time
        ("2026-11-25 18:00:20", "2026-11-26 18:00"),  # by a sweep that comes every half minute
        ("2026-11-26 00:00", "2026-11-26 18:00"),  # six hours late, in the night: nothing lost
        ("2026-11-26 09:00", "2026-11-26 18:00"),  # the whole day is still to come
        ("2026-11-26 09:01", "2026-11-27 18:00"),  # time was lost: the next day's end
        ("2026-11-26 17:59", "2026-11-27 18:00"),
        ("2026-11-26 18:00", "2026-11-27 18:00"),  # as the term would have ended
        ("2026-12-01 11:00", "2026-12-02 18:00"),  # six days late
        ("2026-12-04 11:00", "2026-12-07 18:00"),  # told on a Friday
    ],
)
def test_a_late_notice_leaves_the_time_that_it_promises(announced, closes):
    counted = term(chile("2026-11-23 10:00"), CALENDAR, DAYS)
    assert counted.closes_at_after(chile(announced), CALENDAR, DAYS) == chile(closes)


@pytest.mark.parametrize(
    ("granted", "closes"),
    [
        (None, "2026-11-26 18:00"),
        ("2026-11-25 12:00", "2026-11-26 18:00"),  # less than the agreement gives
        ("2026-11-26 18:00", "2026-11-26 18:00"),
        ("2026-11-27 12:00", "2026-11-27 18:00"),
        ("2026-11-28 12:00", "2026-11-30 18:00"),  # a Saturday
        ("2026-11-30 20:00", "2026-12-01 18:00"),  # after that day's end
    ],
)
@pytest.mark.rule("COP-1")
def test_the_time_that_support_grants_is_left_whole(granted, closes):
    counted = term(
        chile("2026-11-23 10:00"), CALENDAR, DAYS, granted_until=chile(granted) if granted else None
    )
    assert (counted.notice_at, counted.closes_at) == (chile("2026-11-25 18:00"), chile(closes))


MON, TUE, WED = chile("2026-11-23 10:00"), chile("2026-11-24 10:00"), chile("2026-11-25 10:00")


@pytest.mark.parametrize(
    ("questions", "said", "since"),
    [
        ([], [], MON),
        ([MON], [], MON),
        ([MON, TUE], [], TUE),  # the whole term for the last question
        ([], [(TUE, False)], MON),  # support adds something: nothing new is asked
        ([], [(TUE, True)], None),  # support owes an answer
        ([], [(TUE, True), (WED, False)], WED),
        ([], [(TUE, True), (WED, False), (WED, True)], None),
    ],
)
@pytest.mark.rule("CRP-3")
def test_the_term_runs_while_support_owes_nothing(questions, said, since):
    assert began_at(MON, questions=questions, said=said) == since


@pytest.mark.parametrize(("notice", "closing"), [(0, 3), (3, 3), (4, 3), (-1, 2)])
def test_a_notice_must_come_a_day_before(notice, closing):
    with pytest.raises(ValueError, match="must come before"):
        Days(notice, closing)


def test_a_naive_moment_is_refused():
    with pytest.raises(ValueError, match="time zone"):
        term(datetime(2026, 11, 23, 10), CALENDAR, DAYS)


moments = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)).map(lambda at: at.replace(tzinfo=CHILE))


@given(began=moments, late=st.timedeltas(timedelta(), timedelta(days=20)))
def test_every_term_is_in_order_and_leaves_a_business_day_after_its_notice(began, late):
    counted = term(began, CALENDAR, DAYS)
    announced = counted.notice_at + late
    closes = counted.closes_at_after(announced, CALENDAR, DAYS)
    assert began < counted.notice_at < counted.closes_at <= closes
    assert CALENDAR.between(announced, closes) >= CALENDAR.standard_day
    assert closes == CALENDAR.end_of_business_day(closes - timedelta(days=1), 1)
