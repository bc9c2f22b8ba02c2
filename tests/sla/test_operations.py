from datetime import UTC, date, datetime, time, timedelta

import pytest

from lynnsupport.accounts.domain.roles import Role
from lynnsupport.common.refusal import Refused
from sla import operations, queries
from sla.domain.calendar_definition import digest
from sla.models import CalendarDay, CalendarVersion
from tests.factories import ContactFactory, TenantFactory, UserFactory
from tests.sla.factories import (
    BusinessCalendarFactory,
    CalendarDayFactory,
    PolicyTargetFactory,
    PolicyVersionFactory,
    published_calendar,
    published_policy,
)

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
TICK = timedelta(microseconds=1)


@pytest.fixture
def user():
    return UserFactory(role=Role.ADMINISTRATOR)


def changed_calendar(version: CalendarVersion, saturday: str = "10:00-12:00"):
    version.calendar.saturday = saturday
    version.calendar.save()
    return version.calendar


def changed_policy(version, by, minutes: int = 30):
    draft = operations.draft_policy(version.policy, based_on=version, by=by)
    draft.targets.update(amount=minutes)
    return draft


class TestPublishingACalendar:
    def test_version_is_what_the_calendar_says(self, user):
        calendar = BusinessCalendarFactory()
        CalendarDayFactory(calendar=calendar, date=date(2026, 12, 25))
        version = operations.publish_calendar(calendar, by=user, effective_at=NOW, now=NOW)
        assert (version.number, version.published_by, version.published_at) == (1, user, NOW)
        assert version.definition == calendar.definition().to_data()
        assert version.digest == digest(version.definition)

    def test_later_changes_leave_the_version_as_it_is(self, user):
        first = published_calendar()
        second = operations.publish_calendar(changed_calendar(first), by=user, effective_at=NOW, now=NOW)
        assert (first.number, second.number) == (1, 2)
        weekly = [each.definition["weekly_hours"]["5"] for each in CalendarVersion.objects.order_by("number")]
        assert weekly == ["", "10:00-12:00"]

    def test_unchanged_calendar_is_refused(self, user):
        first = published_calendar()
        with pytest.raises(Refused) as refused:
            operations.publish_calendar(first.calendar, by=user, effective_at=NOW, now=NOW)
        assert str(refused.value) == "Nothing has changed since version 1."

    def test_calendar_that_never_opens_is_refused(self, user):
        week = dict.fromkeys(("monday", "tuesday", "wednesday", "thursday", "friday"), "")
        with pytest.raises(Refused) as refused:
            operations.publish_calendar(BusinessCalendarFactory(**week), by=user, effective_at=NOW, now=NOW)
        assert str(refused.value) == (
            "This calendar never opens: a target that counts in it would never fall due. "
            "Write hours for at least one weekday."
        )

    def test_only_the_first_version_may_begin_in_the_past(self, user):
        first = operations.publish_calendar(
            BusinessCalendarFactory(), by=user, effective_at=NOW - timedelta(days=900), now=NOW
        )
        calendar = changed_calendar(first)
        with pytest.raises(Refused) as refused:
            operations.publish_calendar(calendar, by=user, effective_at=NOW - TICK, now=NOW)
        assert str(refused.value) == "A new version cannot take effect in the past."
        assert refused.value.allowed_from == NOW
        assert operations.publish_calendar(calendar, by=user, effective_at=NOW, now=NOW).number == 2

    def test_versions_take_effect_in_their_order(self, user):
        first, soon = published_calendar(), NOW + timedelta(days=9)
        second = operations.publish_calendar(changed_calendar(first), by=user, effective_at=soon, now=NOW)
        calendar = changed_calendar(second, "10:00-11:00")
        with pytest.raises(Refused) as refused:
            operations.publish_calendar(calendar, by=user, effective_at=soon - TICK, now=NOW)
        assert str(refused.value) == "A new version cannot take effect before the one published last."
        assert refused.value.allowed_from == soon
        third = operations.publish_calendar(calendar, by=user, effective_at=soon, now=NOW)
        in_force = CalendarVersion.objects.filter(effective_at__lte=soon).order_by("-effective_at", "-number")
        assert in_force.first() == third


class TestPublishingAPolicy:
    def test_draft_becomes_binding(self, user):
        draft = PolicyTargetFactory().version
        version = operations.publish_policy(draft, by=user, effective_at=NOW, now=NOW)
        version.refresh_from_db()
        assert (version.effective_at, version.published_at, version.published_by) == (NOW, NOW, user)
        assert version.digest == digest(version.terms_data())

    def test_published_version_is_refused(self, user):
        with pytest.raises(Refused, match="cannot be changed"):
            operations.publish_policy(published_policy(), by=user, effective_at=NOW, now=NOW)

    def test_version_without_targets_is_refused(self, user):
        with pytest.raises(Refused) as refused:
            operations.publish_policy(PolicyVersionFactory(), by=user, effective_at=NOW, now=NOW)
        assert str(refused.value) == "This version has no target: it would promise nothing."

    def test_unchanged_version_is_refused(self, user):
        first = published_policy()
        draft = operations.draft_policy(first.policy, based_on=first, by=user)
        with pytest.raises(Refused) as refused:
            operations.publish_policy(draft, by=user, effective_at=NOW, now=NOW)
        assert str(refused.value) == "Nothing has changed since version 1."

    @pytest.mark.parametrize(
        ("effective_at", "reason"),
        [
            (NOW - TICK, "A new version cannot take effect in the past."),
            (NOW, None),
        ],
    )
    def test_new_version_begins_now_or_later(self, effective_at, reason, user):
        draft = changed_policy(published_policy(), user)
        if reason is None:
            assert operations.publish_policy(draft, by=user, effective_at=effective_at, now=NOW).number == 2
            return
        with pytest.raises(Refused) as refused:
            operations.publish_policy(draft, by=user, effective_at=effective_at, now=NOW)
        assert str(refused.value) == reason

    def test_versions_take_effect_in_their_order(self, user):
        soon = NOW + timedelta(days=9)
        second = operations.publish_policy(
            changed_policy(published_policy(), user), by=user, effective_at=soon, now=NOW
        )
        with pytest.raises(Refused) as refused:
            operations.publish_policy(
                changed_policy(second, user, 40), by=user, effective_at=soon - TICK, now=NOW
            )
        assert refused.value.allowed_from == soon

    def test_draft_copies_every_number(self, user):
        first = published_policy()
        draft = operations.draft_policy(first.policy, based_on=first, by=user)
        assert (draft.number, draft.is_published, draft.terms_data()) == (2, False, first.terms_data())

    def test_second_draft_is_refused(self, user):
        first = published_policy()
        operations.draft_policy(first.policy, based_on=first, by=user)
        with pytest.raises(Refused) as refused:
            operations.draft_policy(first.policy, based_on=first, by=user)
        assert str(refused.value) == "This policy already has a draft. Change or publish that one."


NOT_YOURS = "Your role does not include this. Ask an administrator."


@pytest.mark.parametrize("role", [role for role in Role if role != Role.ADMINISTRATOR])
def test_only_an_administrator_changes_what_is_promised(role):
    by, calendar, policy = UserFactory(role=role), BusinessCalendarFactory(), published_policy()
    acts = [
        lambda: operations.publish_calendar(calendar, by=by, effective_at=NOW, now=NOW),
        lambda: operations.import_holidays(calendar, years=[2026], by=by, now=NOW),
        lambda: operations.draft_policy(policy.policy, based_on=policy, by=by),
        lambda: operations.publish_policy(policy, by=by, effective_at=NOW, now=NOW),
    ]
    for act in acts:
        with pytest.raises(Refused) as refused:
            act()
        assert str(refused.value) == NOT_YOURS
    assert not calendar.versions.exists()
    assert not calendar.days.exists()


def days_of(calendar):
    return {str(day.date): (day.name, day.kind, day.origin) for day in calendar.days.all()}


def dates(announced):
    return tuple(each.date for each in announced)


class TestImportingHolidays:
    @pytest.mark.rule("SUP-1")
    @pytest.mark.parametrize(
        ("country", "day", "name"),
        [
            ("CL", date(2026, 9, 18), "Día de la Independencia"),
            ("PE", date(2026, 7, 28), "Día de la Independencia"),
            ("EC", date(2026, 8, 10), "Primer Grito de Independencia"),
        ],
    )
    def test_SUP_1_names_are_spanish(self, country, day, name):
        calendar = BusinessCalendarFactory(country=country)
        imported = operations.import_holidays(calendar, years=[2026], by=None, now=NOW)
        assert calendar.days.get(date=day).name == name
        assert dates(imported.added) == tuple(calendar.days.values_list("date", flat=True))
        assert {each.date.year for each in imported.added} == {2026}

    def test_second_import_changes_nothing(self):
        calendar = BusinessCalendarFactory()
        operations.import_holidays(calendar, years=[2026, 2027], by=None, now=NOW)
        before = days_of(calendar)
        again = operations.import_holidays(calendar, years=[2026, 2027], by=None, now=NOW)
        assert not again.changes_anything
        assert days_of(calendar) == before

    def test_manual_corrections_win(self):
        calendar = BusinessCalendarFactory()
        christmas = CalendarDayFactory(
            calendar=calendar, date=date(2026, 12, 25), kind="special", hours="09:00-10:00", name="Guardia"
        )
        worked = CalendarDayFactory(
            calendar=calendar, date=date(2026, 12, 8), kind="usual", name="Se trabaja"
        )
        own = CalendarDayFactory(calendar=calendar, date=date(2026, 12, 24), name="Cierre de año")
        imported = operations.import_holidays(calendar, years=[2026], by=None, now=NOW)
        assert dates(imported.kept) == (worked.date, own.date, christmas.date)
        written = {day: what for day, what in days_of(calendar).items() if what[2] == "manual"}
        assert written == {
            "2026-12-08": ("Se trabaja", "usual", "manual"),
            "2026-12-24": ("Cierre de año", "closed", "manual"),
            "2026-12-25": ("Guardia", "special", "manual"),
        }

    def test_imported_days_follow_the_source(self, user):
        calendar = BusinessCalendarFactory()
        imported = {"calendar": calendar, "origin": "imported"}
        CalendarDayFactory(date=date(2026, 12, 25), name="Otro nombre", **imported)
        CalendarDayFactory(date=date(2026, 12, 26), name="Ya no es feriado", **imported)
        CalendarDayFactory(date=date(2025, 12, 26), name="De otro año", **imported)
        outcome = operations.import_holidays(calendar, years=[2026], by=user, now=NOW)
        assert (dates(outcome.renamed), dates(outcome.withdrawn)) == (
            (date(2026, 12, 25),),
            (date(2026, 12, 26),),
        )
        assert calendar.days.get(date=date(2026, 12, 25)).name == "Navidad"
        assert calendar.days.filter(date=date(2025, 12, 26)).exists()
        trail = CalendarDay.history.filter(history_date=NOW, history_user=user)
        assert {(str(each.date), each.history_type) for each in trail} >= {
            ("2026-12-25", "~"),
            ("2026-12-26", "-"),
            ("2026-01-01", "+"),
        }


@pytest.mark.rule("SUP-5")
class TestAgreeingTheMaintenanceWindow:
    @pytest.fixture
    def tenant(self):
        tenant = TenantFactory(time_zone="America/Santiago")
        tenant.product_administrator = ContactFactory(customer=tenant.customer)
        tenant.save()
        return tenant

    def agree(self, tenant, user, **changes):
        return operations.agree_maintenance(
            **{
                "tenant": tenant,
                "agreed_with": tenant.product_administrator,
                "daily_start": time(3),
                "effective_on": date(2026, 11, 24),
                "agreed_at": NOW,
                "by": user,
                "now": NOW,
            }
            | changes
        )

    def test_SUP_5_old_agreement_stays_for_the_days_it_covered(self, tenant, user):
        first = self.agree(tenant, user)
        second = self.agree(tenant, user, daily_start=time(4), effective_on=date(2026, 12, 1))
        covering = {
            day: queries.maintenance_agreement_on(tenant, day)
            for day in (date(2026, 11, 23), date(2026, 11, 24), date(2026, 11, 30), date(2026, 12, 1))
        }
        assert list(covering.values()) == [None, first, first, second]
        assert (first.recorded_by, first.recorded_at) == (user, NOW)
        assert queries.maintenance_agreement_on(TenantFactory(), date(2026, 12, 1)) is None

    @pytest.mark.parametrize(
        ("changes", "reason"),
        [
            (
                {"agreed_with": None},
                "The window is agreed with the tenant's product administrator. "
                "Record first who that is, in the tenant. (SUP-5)",
            ),
            (
                {"agreed_at": NOW + TICK},
                "An agreement cannot have been made in the future. (SUP-5)",
            ),
            (
                {"effective_on": date(2026, 11, 22)},
                "A window cannot begin on a day before it was agreed. (SUP-5)",
            ),
        ],
    )
    def test_SUP_5_refusals(self, tenant, user, changes, reason):
        if "agreed_with" in changes:
            changes = {"agreed_with": ContactFactory(customer=tenant.customer)}
        with pytest.raises(Refused) as refused:
            self.agree(tenant, user, **changes)
        assert str(refused.value) == reason

    @pytest.mark.parametrize(
        ("role", "is_allowed"),
        [(role, role in (Role.DESK_LEAD, Role.ADMINISTRATOR)) for role in Role],
    )
    def test_SUP_5_whoever_keeps_the_directory_records_it(self, tenant, role, is_allowed):
        by = UserFactory(role=role)
        if is_allowed:
            assert self.agree(tenant, by).recorded_by == by
            return
        with pytest.raises(Refused) as refused:
            self.agree(tenant, by)
        assert str(refused.value) == NOT_YOURS

    def test_SUP_5_day_it_was_agreed_is_the_tenants(self, tenant, user):
        """At 02:00 UTC on the 24th it is still the 23rd in Santiago."""
        agreed_at = datetime(2026, 11, 24, 2, tzinfo=UTC)
        agreement = self.agree(
            tenant, user, agreed_at=agreed_at, now=agreed_at, effective_on=date(2026, 11, 23)
        )
        assert agreement.effective_on == date(2026, 11, 23)

    def test_SUP_5_second_agreement_for_a_day_is_refused(self, tenant, user):
        self.agree(tenant, user)
        with pytest.raises(Refused, match="already begins"):
            self.agree(tenant, user, daily_start=time(4))
