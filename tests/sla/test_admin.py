"""Calendars and policies at the desk: who may, what a form refuses, how something becomes binding."""

from datetime import UTC, date, datetime

import pytest
import time_machine
from django.contrib.messages import get_messages
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from lynnsupport.accounts.domain.roles import Role
from sla.models import (
    BusinessCalendar,
    CalendarDay,
    CalendarVersion,
    ContractPolicy,
    MaintenanceAgreement,
    PolicyVersion,
    SlaPolicy,
    TenantCalendar,
)
from sla.operations import draft_policy
from sla.shipped import load_agreement
from tests.factories import ContactFactory, ContractFactory, TenantFactory, UserFactory
from tests.sla.factories import (
    BusinessCalendarFactory,
    CalendarDayFactory,
    SlaPolicyFactory,
    published_calendar,
    published_policy,
)

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _today():
    with time_machine.travel(NOW, tick=False):
        yield


def login(client, role=Role.ADMINISTRATOR):
    user = UserFactory(role=role, language="en")
    client.force_login(user)
    return user


def page(model, name="changelist", *args):
    return reverse(f"admin:sla_{model._meta.model_name}_{name}", args=args)


def act(client, row, action):
    """Runs an action from the page of a row."""
    return client.post(
        page(type(row), "change", row.pk),
        {"CHANGE_FORM-action": action, "CHANGE_FORM-select_across": "0", "_selected_action": row.pk},
    )


def said(response) -> list[str]:
    return [str(message) for message in get_messages(response.wsgi_request)]


def tenant_with_administrator():
    tenant = TenantFactory(time_zone="America/Santiago")
    tenant.product_administrator = ContactFactory(customer=tenant.customer)
    tenant.save()
    return tenant


def agreed_maintenance():
    tenant = tenant_with_administrator()
    return MaintenanceAgreement.objects.create(
        tenant=tenant,
        agreed_with=tenant.product_administrator,
        daily_start="03:00",
        effective_on=date(2026, 11, 24),
        agreed_at=NOW,
        recorded_by=UserFactory(),
        recorded_at=NOW,
    )


ROWS = {
    BusinessCalendar: lambda: published_calendar().calendar,
    CalendarDay: CalendarDayFactory,
    CalendarVersion: published_calendar,
    SlaPolicy: lambda: published_policy().policy,
    PolicyVersion: published_policy,
    TenantCalendar: lambda: TenantCalendar.objects.create(
        tenant=TenantFactory(), calendar=published_calendar().calendar
    ),
    ContractPolicy: lambda: ContractPolicy.objects.create(
        contract=ContractFactory(), policy=published_policy().policy
    ),
    MaintenanceAgreement: agreed_maintenance,
}
by_model = pytest.mark.parametrize("model", ROWS, ids=lambda model: model.__name__)


@by_model
@pytest.mark.parametrize("role", list(Role))
def test_who_opens_what(client, model, role):
    row = ROWS[model]()
    login(client, role)
    reads = role in (Role.DESK, Role.ENGINEER, Role.DESK_LEAD, Role.ADMINISTRATOR)
    for url in (page(model), page(model, "change", row.pk)):
        assert client.get(url).status_code == (200 if reads else 302)


@by_model
def test_engineers_only_read(client, model):
    row = ROWS[model]()
    login(client, Role.ENGINEER)
    assert client.get(page(model, "add")).status_code == 403
    assert client.post(page(model, "change", row.pk), {}).status_code == 403
    assert 'name="_save"' not in client.get(page(model, "change", row.pk)).content.decode()


@by_model
def test_nobody_deletes(client, model):
    row = ROWS[model]()
    login(client)
    assert client.post(page(model, "delete", row.pk), {"post": "yes"}).status_code == 403
    assert model.objects.filter(pk=row.pk).exists()


@by_model
def test_list_costs_the_same_for_one_row_and_three(client, model):
    login(client)
    counts = []
    for wanted in (1, 3):
        while model.objects.count() < wanted:
            ROWS[model]()
        client.get(page(model))
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert client.get(page(model)).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]


class TestCalendarPage:
    def posted(self, calendar, days=(), **changes):
        fields = {
            "code": calendar.code,
            "name": calendar.name,
            "country": calendar.country,
            "time_zone": calendar.time_zone,
            "notes": "",
            "reason": "",
            **{name: getattr(calendar, name) for name in BusinessCalendar.WEEKDAY_FIELDS},
            "days-TOTAL_FORMS": len(days),
            "days-INITIAL_FORMS": sum("id" in day for day in days),
            "versions-TOTAL_FORMS": 0,
            "versions-INITIAL_FORMS": 0,
        }
        for number, day in enumerate(days):
            fields |= {f"days-{number}-{name}": value for name, value in day.items()}
        return fields | changes

    def test_error_stands_beside_its_day_and_nothing_is_lost(self, client):
        calendar = BusinessCalendarFactory()
        login(client)
        response = client.post(
            page(BusinessCalendar, "change", calendar.pk),
            self.posted(calendar, tuesday="9 to 5", saturday="10:00-12:00"),
        )
        form = response.context["adminform"].form
        assert form.errors == {"tuesday": ["«9 to 5» is not understood; write hours such as 09:00-13:00."]}
        assert form["saturday"].value() == "10:00-12:00"

    def test_change_is_kept_with_who_and_why(self, client):
        calendar = BusinessCalendarFactory()
        user = login(client)
        response = client.post(
            page(BusinessCalendar, "change", calendar.pk),
            self.posted(calendar, saturday="10:00 - 12:00", reason="Guardia de los sábados"),
        )
        assert said(response)[0] == "What differs from the published version binds only once you publish it."
        entry = calendar.history.first()
        assert (entry.saturday, entry.history_user, entry.history_change_reason) == (
            "10:00-12:00",
            user,
            "Guardia de los sábados",
        )

    def test_day_that_a_person_touches_is_theirs(self, client):
        calendar = BusinessCalendarFactory()
        mine, untouched = (
            CalendarDayFactory(calendar=calendar, origin="imported", date=date(2026, 12, day))
            for day in (24, 25)
        )
        login(client)
        days = [
            {
                "id": mine.pk,
                "calendar": calendar.pk,
                "name": "Medio día",
                "kind": "special",
                "hours": "09:00-12:00",
            },
            {
                "id": untouched.pk,
                "calendar": calendar.pk,
                "name": untouched.name,
                "kind": "closed",
                "hours": "",
            },
            {"calendar": calendar.pk, "date": "2026-12-31", "name": "Cierre", "kind": "closed", "hours": ""},
        ]
        response = client.post(page(BusinessCalendar, "change", calendar.pk), self.posted(calendar, days))
        assert response.status_code == 302
        assert list(calendar.days.values_list("date", "kind", "hours", "origin")) == [
            (date(2026, 12, 24), "special", "09:00-12:00", "manual"),
            (date(2026, 12, 25), "closed", "", "imported"),
            (date(2026, 12, 31), "closed", "", "manual"),
        ]

    def test_only_the_days_of_this_year_and_the_next_are_in_the_form(self, client):
        load_agreement(now=NOW)
        login(client)
        calendar = BusinessCalendar.objects.get(code="chile")
        response = client.get(page(BusinessCalendar, "change", calendar.pk))
        days = response.context["inline_admin_formsets"][0].formset.queryset
        assert {day.date.year for day in days} == {2026, 2027}

    @pytest.mark.parametrize(
        ("day", "errors"),
        [
            (
                {"kind": "special", "hours": ""},
                {"hours": ["Write hours exactly where the day has other hours."]},
            ),
            (
                {"kind": "closed", "hours": "09:00-10:00"},
                {"hours": ["Write hours exactly where the day has other hours."]},
            ),
        ],
    )
    def test_day_without_sense_is_refused(self, client, day, errors):
        calendar = BusinessCalendarFactory()
        login(client)
        row = {"calendar": calendar.pk, "date": "2026-12-31", "name": "Cierre", **day}
        response = client.post(page(BusinessCalendar, "change", calendar.pk), self.posted(calendar, [row]))
        assert response.context["inline_admin_formsets"][0].formset.errors == [errors]

    def test_day_of_another_year_is_not_taken_twice(self, client):
        calendar = BusinessCalendarFactory()
        CalendarDayFactory(calendar=calendar, date=date(2030, 12, 31))
        login(client)
        row = {"calendar": calendar.pk, "date": "2030-12-31", "name": "Cierre", "kind": "closed", "hours": ""}
        response = client.post(page(BusinessCalendar, "change", calendar.pk), self.posted(calendar, [row]))
        assert response.status_code == 200
        assert calendar.days.count() == 1


class TestPublishing:
    def test_nothing_is_published_by_looking(self, client):
        calendar = BusinessCalendarFactory()
        login(client)
        response = client.get(page(BusinessCalendar, "publish", calendar.pk))
        assert [(change.label, change.after) for change in response.context["changes"]][:3] == [
            ("Time zone", "America/Santiago"),
            ("Monday", "09:00-13:00 14:00-18:00"),
            ("Tuesday", "09:00-13:00 14:00-18:00"),
        ]
        assert not calendar.versions.exists()

    def test_confirmed_it_binds_at_once(self, client):
        calendar = BusinessCalendarFactory()
        user = login(client)
        response = client.post(page(BusinessCalendar, "publish", calendar.pk), {"effective_at": ""})
        assert response.headers["Location"] == page(BusinessCalendar, "change", calendar.pk)
        version = calendar.versions.get()
        assert (version.effective_at, version.published_at, version.published_by) == (NOW, NOW, user)
        assert said(response) == [f"Published: {calendar.name}, version 1"]

    def test_later_date_is_read_in_the_readers_zone(self, client):
        version = published_calendar()
        version.calendar.saturday = "10:00-12:00"
        version.calendar.save()
        login(client)
        response = client.get(page(BusinessCalendar, "publish", version.calendar_id))
        assert [(each.label, each.before, each.after) for each in response.context["changes"]] == [
            ("Saturday", "closed", "10:00-12:00")
        ]
        client.post(
            page(BusinessCalendar, "publish", version.calendar_id), {"effective_at": "2026-12-01T00:00"}
        )
        second = version.calendar.versions.get(number=2)
        assert second.effective_at == datetime(2026, 12, 1, 3, tzinfo=UTC)

    @pytest.mark.parametrize(
        ("effective_at", "error"),
        [
            ("2026-11-20T00:00", "A new version cannot take effect in the past."),
            ("", "Nothing has changed since version 1."),
        ],
    )
    def test_refusal_is_said_on_the_page(self, client, effective_at, error):
        version = published_calendar()
        login(client)
        response = client.post(
            page(BusinessCalendar, "publish", version.calendar_id), {"effective_at": effective_at}
        )
        assert response.context["form"].non_field_errors() == [error]
        assert version.calendar.versions.count() == 1

    @pytest.mark.parametrize("role", [role for role in Role if role != Role.ADMINISTRATOR])
    def test_others_may_not(self, client, role):
        calendar, draft = BusinessCalendarFactory(), published_policy()
        login(client, role)
        reads = role in (Role.DESK, Role.ENGINEER, Role.DESK_LEAD)
        for url in (
            page(BusinessCalendar, "publish", calendar.pk),
            page(PolicyVersion, "publish", draft.pk),
        ):
            assert client.post(url).status_code == (403 if reads else 302)
        assert not calendar.versions.exists()

    def test_absent_is_not_found(self, client):
        login(client)
        assert client.get(page(BusinessCalendar, "publish", 999)).status_code == 404

    def test_link_stands_only_where_it_may_be_published(self, client):
        version = published_policy()
        admin = login(client)
        draft = draft_policy(version.policy, based_on=version, by=admin)
        for each, is_shown in ((version, False), (draft, True)):
            content = client.get(page(PolicyVersion, "change", each.pk)).content.decode()
            assert (page(PolicyVersion, "publish", each.pk) in content) is is_shown


class TestPolicyPages:
    def draft_form(self, draft, *targets, **changes):
        fields = {
            "critical_over": "80",
            "low_under": "10",
            "weight_low": "0.9",
            "weight_normal": "1",
            "weight_high": "1.1",
            "warning_percents": "50 75 90",
            "targets-TOTAL_FORMS": len(targets),
            "targets-INITIAL_FORMS": sum("id" in target for target in targets),
        }
        for number, target in enumerate(targets):
            fields |= {f"targets-{number}-{name}": value for name, value in target.items()}
            fields[f"targets-{number}-version"] = draft.pk
        return fields | changes

    def test_from_the_first_number_to_a_binding_version(self, client):
        first = published_policy()
        login(client)
        response = act(client, first.policy, "new_version")
        draft = first.policy.versions.get(number=2)
        assert response.headers["Location"] == page(PolicyVersion, "change", draft.pk)

        target = {"id": draft.targets.get().pk, "kind": "first_response", "severity": 1, "amount": 10}
        form = self.draft_form(draft, target | {"unit": "elapsed_minutes"}, low_under="15")
        assert client.post(page(PolicyVersion, "change", draft.pk), form).status_code == 302

        response = client.get(page(PolicyVersion, "publish", draft.pk))
        assert [(each.label, each.before, each.after) for each in response.context["changes"]] == [
            ("severity 3 under (percent of impact)", "10", "15"),
            (
                "First response, severity 1",
                "15 minutes, day and night, warnings at 50 75 90 %",
                "10 minutes, day and night, warnings at 50 75 90 %",
            ),
        ]
        response = client.post(page(PolicyVersion, "publish", draft.pk), {"effective_at": ""})
        draft.refresh_from_db()
        assert (draft.effective_at, draft.is_published) == (NOW, True)

    def test_published_version_is_read_only(self, client):
        version = published_policy()
        login(client)
        url = page(PolicyVersion, "change", version.pk)
        assert client.post(url, self.draft_form(version, low_under="20")).status_code == 403
        content = client.get(url).content.decode()
        assert 'name="low_under"' not in content
        assert 'name="targets-0-amount"' not in content

    def test_targets_of_a_draft_can_be_removed(self, client):
        first = published_policy()
        draft = draft_policy(first.policy, based_on=first, by=login(client))
        target = {"id": draft.targets.get().pk, "kind": "first_response", "severity": 1, "amount": 10}
        form = self.draft_form(draft, target | {"unit": "elapsed_minutes", "DELETE": "on"})
        assert client.post(page(PolicyVersion, "change", draft.pk), form).status_code == 302
        assert not draft.targets.exists()

    @pytest.mark.parametrize(
        ("changes", "target", "errors", "target_errors"),
        [
            (
                {"low_under": "90"},
                {},
                {"__all__": ["The borders must ascend: over 0, the lower one first, under 100 (SEV-1)."]},
                {},
            ),
            (
                {"weight_low": "2"},
                {},
                {"__all__": ["The weights must be positive and ascend with the priority (SEV-3)."]},
                {},
            ),
            (
                {"warning_percents": "90 50"},
                {},
                {
                    "warning_percents": [
                        "Write percentages between 1 and 99 in ascending order, such as 50 75 90."
                    ]
                },
                {},
            ),
            ({}, {"amount": 0}, {}, {"amount": ["A target must leave time: write 1 or more."]}),
        ],
    )
    def test_impossible_numbers_are_refused(self, client, changes, target, errors, target_errors):
        first = published_policy()
        draft = draft_policy(first.policy, based_on=first, by=login(client))
        row = {"id": draft.targets.get().pk, "kind": "first_response", "severity": 1, "amount": 10}
        form = self.draft_form(draft, row | {"unit": "elapsed_minutes"} | target, **changes)
        response = client.post(page(PolicyVersion, "change", draft.pk), form)
        assert response.context["adminform"].form.errors == errors
        assert response.context["inline_admin_formsets"][0].formset.errors == [target_errors]

    def test_RST_4_policy_of_a_contract_begins_with_the_default_one(self, client):
        default = published_policy(is_default=True)
        own = SlaPolicyFactory()
        login(client)
        act(client, own, "new_version")
        assert own.versions.get().terms_data() == default.terms_data()

    def test_second_draft_and_none_to_begin_from_are_refused(self, client):
        first, own = published_policy(), SlaPolicyFactory()
        login(client)
        act(client, first.policy, "new_version")
        assert said(act(client, first.policy, "new_version")) == [
            f"This draft says what «{first}» says; change it, then publish it.",
            "This policy already has a draft. Change or publish that one.",
        ]
        assert said(act(client, own, "new_version"))[-1] == (
            "There is no published policy to begin from; load the shipped one first."
        )

    @pytest.mark.parametrize(
        ("model", "published", "unpublished"),
        [
            (SlaPolicy, lambda **kw: published_policy(**kw).policy, SlaPolicyFactory),
            (BusinessCalendar, lambda **kw: published_calendar(**kw).calendar, BusinessCalendarFactory),
        ],
    )
    def test_default_passes_from_one_to_another(self, client, model, published, unpublished):
        former, next_one, empty = published(is_default=True), published(), unpublished()
        user = login(client)

        assert said(act(client, empty, "make_default")) == [
            "No version of it is in force: nothing would apply. Publish a version first."
        ]
        act(client, next_one, "make_default")
        assert list(model.objects.filter(is_default=True)) == [next_one]
        assert [each.history.first().history_user for each in (former, next_one)] == [user, user]


class TestBinding:
    def test_SUP_1_tenant_is_given_a_calendar(self, client):
        tenant, calendar = TenantFactory(), published_calendar().calendar
        login(client)
        client.post(page(TenantCalendar, "add"), {"tenant": tenant.pk, "calendar": calendar.pk})
        assert tenant.support_calendar.calendar == calendar

    def test_RST_4_policy_without_a_version_is_refused(self, client):
        contract, policy = ContractFactory(), SlaPolicyFactory()
        login(client)
        response = client.post(page(ContractPolicy, "add"), {"contract": contract.pk, "policy": policy.pk})
        assert response.context["adminform"].form.errors == {
            "policy": ["This policy has no published version yet."]
        }

    def test_who_is_bound_stays(self, client):
        link = ROWS[ContractPolicy]()
        other, agreed = ContractFactory(), published_policy().policy
        login(client)
        client.post(
            page(ContractPolicy, "change", link.pk), {"contract": other.pk, "policy": agreed.pk, "reason": ""}
        )
        changed = ContractPolicy.objects.get()
        assert (changed.contract, changed.policy) == (link.contract, agreed)


@pytest.mark.rule("SUP-5")
class TestMaintenance:
    def answers(self, tenant, **changes):
        return {
            "tenant": tenant.pk,
            "daily_start": "03:00",
            "effective_on": "2026-11-24",
            "agreed_at_0": "2026-11-20",
            "agreed_at_1": "12:00",
        } | changes

    def test_SUP_5_agreement_is_recorded(self, client):
        tenant = tenant_with_administrator()
        user = login(client, Role.DESK_LEAD)
        response = client.post(page(MaintenanceAgreement, "add"), self.answers(tenant))
        assert response.status_code == 302
        agreement = tenant.maintenance_agreements.get()
        assert (agreement.agreed_with, agreement.recorded_by) == (tenant.product_administrator, user)
        assert (agreement.agreed_at, agreement.recorded_at) == (datetime(2026, 11, 20, 15, tzinfo=UTC), NOW)

    def test_SUP_5_refusal_stands_on_the_form(self, client):
        login(client)
        response = client.post(page(MaintenanceAgreement, "add"), self.answers(TenantFactory()))
        assert response.context["adminform"].form.errors == {
            "__all__": [
                "The window is agreed with the tenant's product administrator. "
                "Record first who that is, in the tenant. (SUP-5)"
            ]
        }

    def test_SUP_5_agreement_is_never_rewritten(self, client):
        agreement = agreed_maintenance()
        login(client)
        assert client.post(page(MaintenanceAgreement, "change", agreement.pk), {}).status_code == 403
