"""Approval and access: who may, what it leaves in the history, and that an ended login is dead at once."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.tokens import default_token_generator
from django.urls import reverse
from django.utils import translation

from lynnsupport.accounts.domain.roles import Role
from lynnsupport.accounts.models import Contact, Partner, User
from lynnsupport.accounts.operations import (
    approve_partner,
    end_access,
    give_access,
    restore_access,
    suspend_partner,
)
from lynnsupport.accounts.queries import Person, desk_leads, whom_to_contact
from lynnsupport.common.refusal import Refused
from tests.factories import PASSWORD, ContactFactory, CustomerFactory, PartnerFactory, UserFactory

pytestmark = pytest.mark.django_db

NOW = datetime(2025, 11, 24, 12, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _in_english():
    """The sentences below are those of the sources."""
    with translation.override("en"):
        yield


@pytest.fixture
def administrator():
    return UserFactory(role=Role.ADMINISTRATOR)


def last_entry(row):
    entry = row.history.latest("history_id")
    return entry.history_user, entry.history_change_reason, entry.history_date


def refusal(act):
    with translation.override("en"), pytest.raises(Refused) as caught:
        act()
    return str(caught.value)


@pytest.mark.rule("SUP-4")
class TestApproval:
    CASES = [
        (approve_partner, Partner.Approval.PENDING, Partner.Approval.APPROVED),
        (approve_partner, Partner.Approval.SUSPENDED, Partner.Approval.APPROVED),
        (suspend_partner, Partner.Approval.PENDING, Partner.Approval.SUSPENDED),
        (suspend_partner, Partner.Approval.APPROVED, Partner.Approval.SUSPENDED),
    ]

    @pytest.mark.parametrize(("decide", "before", "after"), CASES)
    def test_SUP_4_is_decided_with_actor_reason_and_time(self, decide, before, after, administrator):
        partner = PartnerFactory(approval=before)
        decided = decide(partner, by=administrator, reason=" Acuerdo 12. ", now=NOW)
        partner.refresh_from_db()
        assert [partner.approval, decided.approval] == [after, after]
        assert partner.is_approved == (after == Partner.Approval.APPROVED)
        assert last_entry(partner) == (administrator, "Acuerdo 12.", NOW)

    @pytest.mark.parametrize(
        ("decide", "state"),
        [(approve_partner, Partner.Approval.APPROVED), (suspend_partner, Partner.Approval.SUSPENDED)],
    )
    def test_deciding_the_same_again_changes_nothing(self, decide, state, administrator):
        partner = PartnerFactory(approval=state)
        decide(partner, by=administrator, reason="Otra vez.", now=NOW)
        assert partner.history.count() == 1

    @pytest.mark.parametrize("role", sorted(set(Role) - {Role.ADMINISTRATOR}))
    def test_is_not_for_other_roles(self, role):
        partner = PartnerFactory(approval=Partner.Approval.PENDING)
        by = UserFactory(role=role)
        said = refusal(lambda: approve_partner(partner, by=by, reason="x", now=NOW))
        partner.refresh_from_db()
        assert said == "You may not decide a partner's commercial approval. (SUP-4)"
        assert partner.approval == Partner.Approval.PENDING

    def test_is_not_for_an_ended_administrator(self):
        by = UserFactory(role=Role.ADMINISTRATOR, is_active=False)
        refusal(lambda: suspend_partner(PartnerFactory(), by=by, reason="x", now=NOW))

    def test_needs_a_reason(self, administrator):
        said = refusal(lambda: suspend_partner(PartnerFactory(), by=administrator, reason=" ", now=NOW))
        assert said == "Say why; it is kept in the history. (SUP-4)"

    def test_a_long_reason_is_kept_whole(self, administrator):
        partner = PartnerFactory()
        suspend_partner(partner, by=administrator, reason="porque sí, " * 50 + "fin", now=NOW)
        assert last_entry(partner)[1] == "porque sí, " * 50 + "fin"

    def test_a_later_save_does_not_repeat_the_reason(self, administrator):
        partner = suspend_partner(PartnerFactory(), by=administrator, reason="Deuda.", now=NOW)
        partner.name = "Otro nombre"
        partner.save()
        assert last_entry(partner)[:2] == (None, None)


@pytest.mark.rule("SUP-4")
class TestWhomToContact:
    def test_SUP_4_is_the_executive(self):
        executive = UserFactory(
            role=Role.EXECUTIVE, name="Eva Ejemplo", email="eva@example.com", phone="+56 2 1"
        )
        person = whom_to_contact(PartnerFactory(executive=executive))
        assert person == Person("Eva Ejemplo", "eva@example.com", "+56 2 1")

    def test_is_the_desk_once_the_executive_has_gone(self, settings):
        settings.SUPPORT_EMAIL = "mesa@example.com"
        partner = PartnerFactory(executive__is_active=False)
        with translation.override("en"):
            assert whom_to_contact(partner) == Person("Support desk", "mesa@example.com", "")


def test_desk_leads_are_those_with_access_by_name():
    for name, active in [("Zoe", True), ("Ana", True), ("Bea", False)]:
        UserFactory(role=Role.DESK_LEAD, name=name, is_active=active)
    UserFactory(role=Role.ENGINEER)
    assert [user.name for user in desk_leads()] == ["Ana", "Zoe"]


class TestGivingAccess:
    def test_makes_a_login_without_a_password(self, administrator):
        customer = CustomerFactory(country="EC", partner__country="CL")
        contact = ContactFactory(customer=customer, user=None, email="ana@example.com", name="Ana", phone="1")
        user = give_access(contact, role=Role.PARTNER, by=administrator, now=NOW)
        contact.refresh_from_db()
        assert contact.user == user
        stored = User.objects.get(pk=user.pk)
        assert (stored.email, stored.name, stored.phone) == ("ana@example.com", "Ana", "1")
        assert (stored.role, stored.time_zone, stored.date_joined) == (
            Role.PARTNER, "America/Guayaquil", NOW,
        )  # fmt: skip
        assert not stored.has_usable_password()
        assert [last_entry(row)[0] for row in (stored, contact)] == [administrator, administrator]

    def test_begins_in_the_language_that_was_noted(self, administrator):
        contact = ContactFactory(user=None, language="en")
        assert (
            contact.reads,
            give_access(contact, role=Role.PARTNER, by=administrator, now=NOW).language,
        ) == (
            "en",
            "en",
        )
        contact.refresh_from_db()
        User.objects.filter(pk=contact.user.pk).update(language="es")  # their own choice counts from now on
        contact.user.refresh_from_db()
        assert (contact.language, contact.reads) == ("en", "es")

    def test_twice_is_once(self, administrator):
        contact = ContactFactory(user=None)
        first, again = (give_access(contact, role=Role.PARTNER, by=administrator, now=NOW) for _ in range(2))
        assert first == again
        assert (first.history.count(), contact.history.count()) == (1, 2)

    def test_in_another_role_changes_the_role_and_keeps_the_password(self, administrator):
        contact = ContactFactory()
        user = give_access(contact, role=Role.PARTNER_ADMIN, by=administrator, now=NOW)
        assert (user, user.role) == (contact.user, Role.PARTNER_ADMIN)
        assert user.check_password(PASSWORD)

    def test_after_its_end_opens_it_without_the_old_password(self, administrator):
        contact = ContactFactory(user__is_active=False)
        user = give_access(contact, role=Role.PARTNER, by=administrator, now=NOW)
        assert (user, user.is_active, user.has_usable_password()) == (contact.user, True, False)

    @pytest.mark.parametrize("role", sorted(set(Role) - {Role.PARTNER, Role.PARTNER_ADMIN}))
    def test_never_gives_a_role_of_lynn(self, role, administrator):
        contact = ContactFactory(user=None)
        refusal(lambda: give_access(contact, role=role, by=administrator, now=NOW))
        assert Contact.objects.get(pk=contact.pk).user is None

    @pytest.mark.parametrize("whose", ["engineer", "another partner's contact"])
    def test_never_takes_over_a_login_with_the_same_address(self, whose, administrator):
        owners = {
            "engineer": lambda: UserFactory(email="ana@example.com"),
            "another partner's contact": lambda: ContactFactory(email="ana@example.com").user,
        }
        owner = owners[whose]()
        contact = ContactFactory(user=None, email="Ana@Example.com")
        said = refusal(lambda: give_access(contact, role=Role.PARTNER, by=administrator, now=NOW))
        assert said.startswith("ana@example.com is somebody's login already.")
        assert Contact.objects.get(pk=contact.pk).user is None
        assert User.objects.get(email="ana@example.com") == owner


class TestEndingAccess:
    def test_leaves_actor_reason_and_time(self, administrator):
        user = UserFactory(role=Role.ENGINEER)
        end_access(user, by=administrator, reason="Dejó la empresa.", now=NOW)
        user.refresh_from_db()
        assert (user.is_active, user.has_usable_password()) == (False, False)
        assert last_entry(user) == (administrator, "Dejó la empresa.", NOW)

    def test_ends_every_session_at_the_next_request(self, client, administrator):
        user = ContactFactory().user
        client.force_login(user)
        assert client.get(reverse("account_profile")).status_code == 200
        end_access(user, by=administrator, reason="Dejó la empresa.", now=NOW)
        assert client.get(reverse("account_profile")).status_code == 302

    def test_ends_a_session_for_good_even_if_access_comes_back_before_its_next_request(
        self, client, administrator
    ):
        user = ContactFactory().user
        client.force_login(user)
        end_access(user, by=administrator, reason="Dejó la empresa.", now=NOW)
        restore_access(user, by=administrator, reason="Volvió.", now=NOW)
        assert client.get(reverse("account_profile")).status_code == 302

    def test_neither_password_nor_an_earlier_link_opens_it_again(self, client, administrator):
        user = ContactFactory().user
        link = default_token_generator.make_token(user)
        end_access(user, by=administrator, reason="Dejó la empresa.", now=NOW)
        user = restore_access(user, by=administrator, reason="Volvió.", now=NOW)
        assert not client.login(email=user.email, password=PASSWORD)
        assert not default_token_generator.check_token(user, link)

    def test_twice_is_once(self, administrator):
        user = UserFactory()
        for _ in range(2):
            end_access(user, by=administrator, reason="Dejó la empresa.", now=NOW)
        assert user.history.count() == 2
        for _ in range(2):
            restore_access(user, by=administrator, reason="Volvió.", now=NOW + timedelta(days=1))
        assert user.history.count() == 3
        assert last_entry(user) == (administrator, "Volvió.", NOW + timedelta(days=1))

    @pytest.mark.parametrize("act", [end_access, restore_access])
    def test_needs_a_reason(self, act, administrator):
        said = refusal(lambda: act(UserFactory(), by=administrator, reason="", now=NOW))
        assert said == "Say why; it is kept in the history."

    def test_is_not_for_oneself(self, administrator):
        said = refusal(lambda: end_access(administrator, by=administrator, reason="Adiós.", now=NOW))
        assert said == "Nobody ends their own access. Ask an administrator."


class TestWhoManagesAccess:
    """An administrator everybody; a partner's administrator the people of their own organisation."""

    @pytest.fixture
    def people(self):
        partner, other = PartnerFactory(), PartnerFactory()
        customer, sister = CustomerFactory(partner=partner), CustomerFactory(partner=partner)
        return {
            "partner": ContactFactory(partner=partner),
            "customer": ContactFactory(customer=customer),
            "sister": ContactFactory(customer=sister),
            "other": ContactFactory(partner=other),
            "their customer": ContactFactory(customer=CustomerFactory(partner=other)),
        }

    MANAGED = [
        ("partner", Role.PARTNER_ADMIN, {"partner", "customer", "sister"}),
        ("customer", Role.PARTNER_ADMIN, {"customer"}),
        ("other", Role.PARTNER_ADMIN, {"other", "their customer"}),
        ("partner", Role.PARTNER, set()),
    ]

    @pytest.mark.parametrize(("home", "role", "managed"), MANAGED)
    def test_a_partners_administrator(self, people, home, role, managed):
        by = ContactFactory(
            partner=people[home].partner, customer=people[home].customer, user__role=role
        ).user
        assert self.managed_by(by, people) == managed

    @pytest.mark.parametrize("role", sorted(set(Role) - {Role.PARTNER, Role.PARTNER_ADMIN}))
    def test_of_lynns_people_only_the_administrator(self, people, role):
        managed = self.managed_by(UserFactory(role=role), people)
        assert managed == (set(people) if role == Role.ADMINISTRATOR else set())

    def test_an_ended_administrator_manages_nobody(self, people):
        by = ContactFactory(
            partner=people["partner"].partner, user__role=Role.PARTNER_ADMIN, user__is_active=False
        ).user
        assert self.managed_by(by, people) == set()

    @pytest.mark.parametrize("act", [end_access, restore_access])
    def test_nobody_of_a_partner_touches_lynns_people(self, act, people):
        by = ContactFactory(user__role=Role.PARTNER_ADMIN).user
        engineer = UserFactory()
        assert refusal(lambda: act(engineer, by=by, reason="x", now=NOW)) == (
            "You may not decide this person's access."
        )

    @staticmethod
    def managed_by(by, people):
        """Whose access `by` can end, give back, and give in another role; the three agree."""
        acts = [
            lambda contact: end_access(contact.user, by=by, reason="x", now=NOW),
            lambda contact: restore_access(contact.user, by=by, reason="x", now=NOW),
            lambda contact: give_access(contact, role=Role.PARTNER_ADMIN, by=by, now=NOW),
        ]
        sets = []
        for act in acts:
            sets.append(set())
            for name, contact in people.items():
                try:
                    act(contact)
                except Refused:
                    continue
                sets[-1].add(name)
        assert sets[0] == sets[1] == sets[2]
        return sets[0]
