"""Who sees what: every visible set of every reader against a table written by hand."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db.models import Q

from lynnsupport.accounts import access
from lynnsupport.accounts.access import contact_of, customer_scope
from lynnsupport.accounts.domain.roles import Role
from lynnsupport.accounts.models import Contact, Contract, Customer, User
from tests.factories import (
    ContactFactory,
    ContractFactory,
    CustomerFactory,
    PartnerFactory,
    TenantFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

ALL_PARTNERS = {"north", "south", "empty"}
ALL_CUSTOMERS = {"north-1", "north-2", "south-1"}
ALL_TENANTS = {"north-1a", "north-1b", "north-2a", "south-1a"}
ALL_PEOPLE = {
    "of north",
    "admin of north",
    "of north-1",
    "admin of north-1",
    "of south-1",
    "of empty",
    "moved",
}

EVERYTHING = (ALL_PARTNERS, ALL_CUSTOMERS, ALL_TENANTS, ALL_PEOPLE)
NOTHING = (set(), set(), set(), set())
NORTH = (
    {"north"},
    {"north-1", "north-2"},
    {"north-1a", "north-1b", "north-2a"},
    {"of north", "admin of north", "of north-1", "admin of north-1", "moved"},
)
NORTH_1 = ({"north"}, {"north-1"}, {"north-1a", "north-1b"}, {"of north-1", "admin of north-1"})

EXPECTED = {
    "desk": EVERYTHING,
    "engineer": EVERYTHING,
    "desk lead": EVERYTHING,
    "administrator": EVERYTHING,
    "executive of north and empty": (NORTH[0] | {"empty"}, NORTH[1], NORTH[2], NORTH[3] | {"of empty"}),
    "executive of south": ({"south"}, {"south-1"}, {"south-1a"}, {"of south-1"}),
    "executive of nobody": NOTHING,
    "of north": NORTH,
    "admin of north": NORTH,
    "of north-1": NORTH_1,
    "admin of north-1": NORTH_1,
    "of south-1": ({"south"}, {"south-1"}, {"south-1a"}, {"of south-1"}),
    "of empty": ({"empty"}, set(), set(), {"of empty"}),
    "moved": NOTHING,
    "partner's login without a contact": NOTHING,
    "stranger": NOTHING,
}


@pytest.fixture
def readers():
    """Three partners, one of them without customers, and a login of each kind; named as in EXPECTED."""
    of_north, of_south = (UserFactory(role=Role.EXECUTIVE) for _ in range(2))
    north = PartnerFactory(name="north", executive=of_north)
    south = PartnerFactory(name="south", executive=of_south)
    empty = PartnerFactory(name="empty", executive=of_north)
    north_1 = CustomerFactory(partner=north, name="north-1")
    north_2 = CustomerFactory(partner=north, name="north-2")
    south_1 = CustomerFactory(partner=south, name="south-1")
    homes = {"north-1a": north_1, "north-1b": north_1, "north-2a": north_2, "south-1a": south_1}
    for name, customer in homes.items():
        ContractFactory(tenant=TenantFactory(customer=customer, name=name))
    people = {
        "of north": ContactFactory(name="of north", partner=north),
        "admin of north": ContactFactory(name="admin of north", partner=north, user__role=Role.PARTNER_ADMIN),
        "of north-1": ContactFactory(name="of north-1", customer=north_1),
        "admin of north-1": ContactFactory(
            name="admin of north-1", customer=north_1, user__role=Role.PARTNER_ADMIN
        ),
        "of south-1": ContactFactory(name="of south-1", customer=south_1),
        "of empty": ContactFactory(name="of empty", partner=empty),
        "moved": ContactFactory(name="moved", customer=north_2),
    }
    # as if the customer had gone to another partner, the contact not
    Contact.objects.filter(name="moved").update(customer=south_1)
    logins = {name: contact.user for name, contact in people.items()} | {
        "desk": UserFactory(role=Role.DESK),
        "engineer": UserFactory(role=Role.ENGINEER),
        "desk lead": UserFactory(role=Role.DESK_LEAD),
        "administrator": UserFactory(role=Role.ADMINISTRATOR),
        "executive of north and empty": of_north,
        "executive of south": of_south,
        "executive of nobody": UserFactory(role=Role.EXECUTIVE),
        "partner's login without a contact": UserFactory(role=Role.PARTNER),
    }
    return {name: User.objects.get(pk=user.pk) for name, user in logins.items()} | {
        "stranger": AnonymousUser()
    }


def names(rows):
    return {row.name for row in rows}


def visible(user):
    return (
        names(access.partners_visible_to(user)),
        names(access.customers_visible_to(user)),
        names(access.tenants_visible_to(user)),
        names(access.contacts_visible_to(user)),
    )


def differences(readers):
    return {name: visible(user) for name, user in readers.items() if visible(user) != EXPECTED[name]}


def test_each_reader_sees_exactly_their_own(readers):
    assert set(readers) == set(EXPECTED)
    assert differences(readers) == {}


def test_an_ended_login_sees_nothing(readers):
    del readers["stranger"]
    User.objects.update(is_active=False)
    for user in readers.values():
        user.refresh_from_db()
    assert {name: visible(user) for name, user in readers.items()} == dict.fromkeys(readers, NOTHING)


def test_the_scope_leads_over_any_path(readers):
    seen = {name: {contract.tenant.name for contract in contracts_of(user)} for name, user in readers.items()}
    assert seen == {name: tenants for name, (_, _, tenants, _) in EXPECTED.items()}


def contracts_of(user):
    return Contract.objects.filter(customer_scope(user, "tenant__customer__")).select_related("tenant")


def test_a_foreign_customer_answers_like_an_absent_one(readers):
    reader = readers["of north-1"]
    foreign, absent = Customer.objects.get(name="south-1").pk, 10**9
    found = [access.customers_visible_to(reader).filter(pk=pk).first() for pk in (foreign, absent)]
    assert found == [None, None]


@pytest.mark.parametrize("scope", ["customer_scope", "_member", "contact_of"])
def test_the_table_notices_a_broken_scope(readers, monkeypatch, scope):
    """Negative control: widen one guard, and the comparison above turns red."""
    anybody = Contact.objects.get(name="of north")
    broken = {"customer_scope": lambda user, path="": Q(), "_member": lambda user: anybody}
    monkeypatch.setattr(access, scope, broken.get(scope, lambda user: anybody))
    assert differences(readers) != {}


def test_a_role_of_lynn_gains_nothing_by_a_contact(readers):
    """A login can no longer be both; were it so, the role decides alone."""
    executive = readers["executive of nobody"]
    Contact.objects.filter(name="of north").update(user=executive)
    assert (contact_of(executive), visible(executive)) == (None, NOTHING)


class TestContactOf:
    def test_asks_the_database_once_a_request(self, django_assert_num_queries):
        contact = ContactFactory(customer=CustomerFactory())
        user = User.objects.get(pk=contact.user.pk)
        with django_assert_num_queries(1):
            found = [contact_of(user) for _ in range(5)]
            assert found[0].partner.executive.name
            assert found[0].customer.name
        assert found == [contact] * 5

    def test_remembers_that_there_is_none(self, django_assert_num_queries):
        user = UserFactory(role=Role.PARTNER)
        with django_assert_num_queries(1):
            assert [contact_of(user) for _ in range(3)] == [None] * 3

    def test_a_fresh_instance_asks_again(self):
        contact = ContactFactory()
        before = User.objects.get(pk=contact.user.pk)
        assert contact_of(before) == contact
        Contact.objects.filter(pk=contact.pk).update(user=None)
        assert contact_of(User.objects.get(pk=before.pk)) is None
        before.refresh_from_db()
        assert contact_of(before) is None

    def test_a_contact_linked_meanwhile_is_known_at_once(self):
        user = UserFactory(role=Role.PARTNER)
        assert contact_of(user) is None
        contact = ContactFactory(user=user)
        assert contact_of(user) == contact

    @pytest.mark.parametrize("role", sorted(set(Role) - {Role.PARTNER, Role.PARTNER_ADMIN}))
    def test_is_none_for_lynns_people_without_asking(self, role, django_assert_num_queries):
        user = UserFactory(role=role)
        with django_assert_num_queries(0):
            assert contact_of(user) is None


@pytest.mark.parametrize("role", sorted(Role))
def test_a_visible_list_costs_at_most_the_contact_and_itself(role, django_assert_max_num_queries):
    contact = ContactFactory(user__role=role)
    for _ in range(3):
        TenantFactory(customer=CustomerFactory(partner=contact.partner))
    user = User.objects.get(pk=contact.user.pk)
    with django_assert_max_num_queries(2):
        [tenant.customer.partner.name for tenant in access.tenants_visible_to(user)]
    with django_assert_max_num_queries(1):
        list(access.customers_visible_to(user))
