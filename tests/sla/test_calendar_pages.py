"""Calendars month by month, holidays with a preview, versions side by side."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lynnsupport.accounts.domain.roles import Role
from sla.models import BusinessCalendar, CalendarDay
from sla.operations import import_holidays, plan_holidays, publish_calendar
from tests.factories import UserFactory
from tests.sla.factories import BusinessCalendarFactory, CalendarDayFactory, published_policy

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _today():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def calendar():
    return BusinessCalendarFactory(country="CL", time_zone="America/Santiago")


@pytest.fixture
def administrator(client):
    user = UserFactory(role=Role.ADMINISTRATOR, language="en")
    client.force_login(user)
    return user


def page(name, row):
    return reverse(f"admin:sla_{type(row)._meta.model_name}_{name}", args=[row.pk])


def shown(client, calendar, month):
    context = client.get(page("month", calendar), {"mes": month}).context
    return {day.date.day: day for week in context["weeks"] for day in week if day.is_in_month}, context


# ---------- a month ----------


@pytest.mark.rule("SUP-1")
@pytest.mark.usefixtures("administrator")
def test_a_month_shows_open_closed_special_and_holidays(client, calendar):
    CalendarDayFactory(calendar=calendar, date=date(2026, 9, 18), name="Independencia", origin="imported")
    CalendarDayFactory(
        calendar=calendar, date=date(2026, 9, 17), name="Víspera", kind="special", hours="09:00-12:00"
    )
    days, context = shown(client, calendar, "2026-09")
    assert len(days) == 30
    told = {
        number: (day.kind, day.hours, day.length, day.name, day.is_by_hand) for number, day in days.items()
    }
    assert told[16] == ("open", ("09:00–13:00", "14:00–18:00"), timedelta(hours=8), "", False)
    assert told[17] == ("special", ("09:00–12:00",), timedelta(hours=3), "Víspera", True)
    assert told[18] == ("holiday", (), timedelta(0), "Independencia", False)
    assert told[19] == ("closed", (), timedelta(0), "", False)
    # 22 weekdays, of which one is a holiday and one has three hours
    assert (context["open_days"], context["open_time"]) == (21, timedelta(hours=20 * 8 + 3))
    assert [day for day, each in days.items() if each.hours_of_day != 24] == [6]  # the clocks go forward
    assert (context["before"], context["after"]) == ("2026-08", "2026-10")


@pytest.mark.usefixtures("administrator")
@pytest.mark.parametrize(("asked", "month"), [("", 11), ("nonsense", 11), ("2026-13", 11), ("2027-02", 2)])
def test_a_month_that_is_none_is_the_running_one(client, calendar, asked, month):
    assert client.get(page("month", calendar), {"mes": asked}).context["first"].month == month


@pytest.mark.usefixtures("administrator")
def test_what_is_not_published_yet_is_said(client, calendar):
    publish_calendar(calendar, by=None, effective_at=NOW, now=NOW)
    text = "What stands here is not published yet"
    assert text not in client.get(page("month", calendar)).content.decode()
    CalendarDayFactory(calendar=calendar, date=date(2026, 12, 24))
    assert text in client.get(page("month", calendar)).content.decode()


# ---------- holidays ----------


@pytest.mark.rule("SUP-1")
def test_a_year_is_shown_before_it_is_imported_and_then_imported_as_shown(client, calendar, administrator):
    CalendarDayFactory(calendar=calendar, date=date(2027, 12, 25), name="Guardia", kind="usual")
    preview = client.get(page("holidays", calendar), {"year": "2027"})
    plan = preview.context["plan"]
    assert not calendar.days.filter(origin="imported").exists()
    assert [(each.date, each.until_now) for each in plan.kept] == [(date(2027, 12, 25), "Guardia")]
    answer = client.post(page("holidays", calendar), {"year": "2027", "plan": plan.digest})
    assert answer.status_code == 302
    imported = calendar.days.filter(origin="imported")
    assert [(day.date, day.name) for day in imported] == [(each.date, each.name) for each in plan.added]
    assert calendar.days.get(date=date(2027, 12, 25)).kind == "usual"
    assert CalendarDay.history.filter(history_user=administrator).count() == len(plan.added)


@pytest.mark.usefixtures("administrator")
def test_a_second_press_does_nothing_and_says_so(client, calendar):
    plan = client.get(page("holidays", calendar), {"year": "2027"}).context["plan"]
    said = {"year": "2027", "plan": plan.digest}
    client.post(page("holidays", calendar), said)
    count = calendar.days.count()
    again = client.post(page("holidays", calendar), said)
    assert (again.status_code, str(again.context["refusal"].reason)) == (
        409,
        "The calendar has changed since this was shown.",
    )
    assert (again.context["plan"].changes_anything, calendar.days.count()) == (False, count)


@pytest.mark.usefixtures("administrator")
def test_what_changed_since_the_preview_is_shown_again_instead_of_done(client, calendar):
    plan = client.get(page("holidays", calendar), {"year": "2027"}).context["plan"]
    CalendarDayFactory(calendar=calendar, date=date(2027, 1, 1), name="Se trabaja", kind="usual")
    answer = client.post(page("holidays", calendar), {"year": "2027", "plan": plan.digest})
    assert answer.status_code == 409
    assert calendar.days.count() == 1
    assert (
        client.post(
            page("holidays", calendar), {"year": "2027", "plan": answer.context["plan"].digest}
        ).status_code
        == 302
    )


@pytest.mark.usefixtures("administrator")
@pytest.mark.parametrize(
    ("year", "reason"),
    [
        ("1999", "There are no reliable tables of public holidays for 1999."),
        ("2051", "There are no reliable tables of public holidays for 2051."),
        ("el próximo", "A year has four digits, such as 2026."),
        ("٢٠٢٧", "A year has four digits, such as 2026."),
    ],
)
def test_a_year_that_cannot_be_is_refused_with_its_reason(client, calendar, year, reason):
    answer = client.get(page("holidays", calendar), {"year": year})
    if year.isascii() and year.isdigit():
        assert (answer.status_code, str(answer.context["refusal"].reason)) == (409, reason)
    else:
        assert str(answer.context["refusal"].reason) == reason
    assert not calendar.days.exists()


DAYS = st.dates(date(2027, 1, 1), date(2027, 12, 31))


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(by_hand=st.dictionaries(DAYS, st.sampled_from(["closed", "usual"]), max_size=8))
def test_an_import_is_idempotent_and_never_touches_what_a_person_wrote(calendar, by_hand):
    calendar.days.all().delete()
    for day, kind in by_hand.items():
        CalendarDayFactory(calendar=calendar, date=day, kind=kind, name="A mano")
    import_holidays(calendar, years=[2027], by=None, now=NOW)
    before = list(calendar.days.values_list("date", "name", "kind", "origin"))
    assert not plan_holidays(calendar, years=[2027]).changes_anything
    import_holidays(calendar, years=[2027], by=None, now=NOW)
    assert list(calendar.days.values_list("date", "name", "kind", "origin")) == before
    assert {(day, kind) for day, name, kind, _origin in before if name == "A mano"} == set(by_hand.items())


# ---------- comparing ----------


@pytest.mark.usefixtures("administrator")
def test_two_versions_of_a_calendar_stand_side_by_side(client, calendar):
    for number, hours in enumerate(("", "10:00-12:00", "10:00-13:00")):
        calendar.saturday = hours
        calendar.save()
        publish_calendar(calendar, by=None, effective_at=NOW + timedelta(days=number), now=NOW)
    last = client.get(page("compare", calendar)).context
    assert (last["before"].number, last["after"].number) == (2, 3)
    assert [(each.label, each.before, each.after) for each in last["changes"]] == [
        ("Saturday", "10:00-12:00", "10:00-13:00")
    ]
    first = client.get(page("compare", calendar), {"a": "1", "b": "3"}).context
    assert [(each.before, each.after) for each in first["changes"]] == [("closed", "10:00-13:00")]
    assert client.get(page("compare", calendar), {"a": "2", "b": "2"}).context["changes"] == []
    assert client.get(page("compare", calendar), {"a": "x", "b": "99"}).context["after"].number == 3


@pytest.mark.usefixtures("administrator")
def test_a_policy_with_one_version_or_none_has_nothing_to_compare(client, calendar):
    version = published_policy()
    context = client.get(page("compare", version.policy)).context
    assert (context["before"], context["after"], context["changes"]) == (version, version, [])
    assert client.get(page("compare", calendar)).context["after"] is None


# ---------- who ----------


@pytest.mark.parametrize(
    ("role", "looks", "imports"),
    [
        (Role.ADMINISTRATOR, 200, 200),
        (Role.DESK_LEAD, 200, 403),
        (Role.ENGINEER, 200, 403),
        (Role.PARTNER, 302, 302),
        (Role.EXECUTIVE, 302, 302),
    ],
)
def test_who_opens_what(client, calendar, role, looks, imports):
    client.force_login(UserFactory(role=role))
    assert client.get(page("month", calendar)).status_code == looks
    assert client.get(page("compare", calendar)).status_code == looks
    assert client.get(page("holidays", calendar)).status_code == imports
    assert client.post(page("holidays", calendar), {"year": "2027"}).status_code in (imports, 409)
    assert not calendar.days.exists()


@pytest.mark.usefixtures("administrator")
@pytest.mark.parametrize("name", ["month", "holidays", "compare"])
def test_an_absent_calendar_is_not_found(client, name):
    assert client.get(reverse(f"admin:sla_businesscalendar_{name}", args=[999])).status_code == 404


@pytest.mark.usefixtures("administrator")
def test_the_pages_are_reached_from_the_calendar(client, calendar):
    text = client.get(page("change", calendar)).content.decode()
    assert [name for name in ("month", "holidays", "compare") if page(name, calendar) not in text] == []
    assert BusinessCalendar.objects.count() == 1
