"""What the database and the forms refuse, each guard by itself."""

from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, models, transaction
from django.utils import translation

from lynnsupport.accounts.domain.roles import Role
from lynnsupport.accounts.models import Certification, Contact, Contract, Customer, Designation, Tenant, User
from tests.factories import (
    PASSWORD,
    CertificationFactory,
    ContactFactory,
    ContractFactory,
    CustomerFactory,
    DesignationFactory,
    PartnerFactory,
    TenantFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

EARLY, LATE = date(2026, 3, 1), date(2026, 3, 31)


def refuses(write):
    with pytest.raises(IntegrityError), transaction.atomic():
        write()


def errors(row):
    with translation.override("en"):
        with pytest.raises(ValidationError) as refusal:
            row.full_clean()
        return refusal.value.message_dict  # its texts are lazy: read here, in this language


class TestPeriods:
    @pytest.mark.parametrize("factory", [ContractFactory, CertificationFactory, DesignationFactory])
    def test_none_ends_before_it_starts(self, factory):
        refuses(lambda: factory(starts_on=LATE, last_day_on=EARLY))
        assert factory(starts_on=EARLY, last_day_on=EARLY).pk

    def test_the_form_says_so_too(self):
        assert errors(
            Certification(starts_on=LATE, last_day_on=EARLY, number="1", contact=ContactFactory())
        ) == {"__all__": ["The last day is before the first."]}


class TestContract:
    @pytest.mark.parametrize("day", [0, 32])
    def test_billing_day_exists_in_some_month(self, day):
        refuses(lambda: ContractFactory(billing_day=day))

    def test_value_is_not_negative(self):
        refuses(lambda: ContractFactory(base_monthly_value=Decimal("-0.01")))
        assert ContractFactory(base_monthly_value=None).pk

    def test_number_is_used_once(self):
        refuses(lambda: ContractFactory(number=ContractFactory().number))

    @pytest.mark.rule("EXC-2")
    def test_EXC_2_preview_is_covered_only_by_a_clause(self):
        contract = Contract.objects.get(pk=ContractFactory().pk)
        assert (contract.covers_preview, ContractFactory(covers_preview=True).covers_preview) == (False, True)


class TestNames:
    def test_a_customer_stands_once_with_its_partner(self):
        customer = CustomerFactory()
        refuses(lambda: CustomerFactory(partner=customer.partner, name=customer.name))
        assert CustomerFactory(name=customer.name).pk

    def test_a_tenants_id_is_one_regardless_of_case(self):
        TenantFactory(code="lynn-7")
        refuses(lambda: TenantFactory(code="lynn-7"))
        refuses(lambda: TenantFactory(code="LYNN-7"))

    @pytest.mark.parametrize("code", ["77 1", "77\t1", "771\n"])
    def test_a_tenants_id_has_no_blanks(self, code):
        row = Tenant(customer=CustomerFactory(), name="x", code=code)
        assert errors(row) == {"code": ["A tenant ID has no blanks in it."]}


class TestAddresses:
    """One spelling for each address, so that one person is one login and one contact."""

    @pytest.mark.parametrize("written", ["Ana.Rojas@Example.com", " ana.rojas@example.com "])
    def test_stored_and_found_in_one_spelling(self, written):
        user = User.objects.create_user(written, name="Ana", role=Role.DESK)
        contact = ContactFactory(email=written, user=None)
        user_stored, contact_stored = User.objects.get(pk=user.pk), Contact.objects.get()
        assert [user.email, user_stored.email, contact.email, contact_stored.email] == [
            "ana.rojas@example.com"
        ] * 4
        assert User.objects.get(email=written) == User.objects.get_by_natural_key(written) == user_stored

    def test_a_bulk_update_folds_it_too(self):
        UserFactory()
        User.objects.update(email="ANA@EXAMPLE.COM")
        assert User.objects.get().email == "ana@example.com"

    def test_belongs_to_one_login(self):
        UserFactory(email="ana@example.com")
        refuses(lambda: UserFactory(email="ANA@example.com"))
        again = User(email="ANA@example.com", name="Ana", role=Role.DESK, password="x")
        assert errors(again) == {"email": ["Someone already has this address."]}

    def test_belongs_to_one_contact_of_a_partner(self):
        contact = ContactFactory(email="ana@example.com", user=None)
        refuses(lambda: ContactFactory(partner=contact.partner, email="Ana@example.com", user=None))
        assert ContactFactory(email="ana@example.com", user=None).pk

    @pytest.mark.parametrize(
        "look_alike", ["\u212aate@example.com", "kate@example.\u0441om", "\u0131an@example.com"]
    )
    def test_a_look_alike_is_nobodys(self, look_alike):
        UserFactory(email="kate@example.com")
        UserFactory(email="ian@example.com")
        assert not User.objects.filter(email=look_alike).exists()
        assert "email" in errors(User(email=look_alike, name="x", role=Role.DESK, password="x"))

    def test_a_session_starts_with_any_spelling(self, client):
        UserFactory(email="ana@example.com", role=Role.PARTNER)
        assert client.login(email="ANA@Example.com", password=PASSWORD)


class TestLogin:
    def test_the_role_is_a_declared_one(self):
        refuses(lambda: UserFactory(role="root"))

    def test_signing_in_leaves_no_trace_in_the_history(self, client):
        user = UserFactory()
        client.force_login(user)
        user.refresh_from_db()
        assert user.last_login is not None
        assert user.history.count() == 1

    def test_other_changes_do(self):
        user = UserFactory()
        user.name = "Otra Persona"
        user.save(update_fields=["name"])
        user.save()
        assert user.history.count() == 3

    def test_the_history_keeps_no_password(self):
        fields = {field.name for field in User.history.model._meta.get_fields()}
        assert fields & {"password", "last_login"} == set()

    def test_of_a_contact_keeps_a_partners_role(self):
        user = ContactFactory().user
        user.role = Role.ENGINEER
        assert errors(user) == {"role": ["This login belongs to a contact of a partner."]}
        user.role = Role.PARTNER_ADMIN
        user.full_clean()

    def test_of_an_executive_with_partners_keeps_the_role(self):
        user = PartnerFactory().executive
        user.role = Role.DESK
        assert errors(user) == {"role": ["Give this person's partners another executive first."]}

    def test_time_zone_exists(self):
        user = UserFactory()
        user.time_zone = "America/Atlantis"
        assert list(errors(user)) == ["time_zone"]


class TestPeople:
    def test_a_login_has_one_contact(self):
        user = ContactFactory().user
        refuses(lambda: ContactFactory(user=user))

    @pytest.mark.parametrize("role", sorted(set(Role) - {Role.PARTNER, Role.PARTNER_ADMIN}))
    def test_a_contacts_login_is_of_the_partners_side(self, role):
        contact = ContactFactory(user=None)
        contact.user = UserFactory(role=role)
        assert list(errors(contact)) == ["user"]

    def test_a_contacts_customer_is_its_partners(self):
        contact = ContactFactory()
        contact.customer = CustomerFactory()
        assert errors(contact) == {"customer": ["This customer belongs to another partner."]}

    @pytest.mark.parametrize("role", sorted(set(Role) - {Role.EXECUTIVE}))
    def test_a_partners_executive_is_one(self, role):
        partner = PartnerFactory()
        partner.executive = UserFactory(role=role)
        assert list(errors(partner)) == ["executive"]

    @pytest.mark.parametrize("role", [Role.PARTNER, Role.PARTNER_ADMIN])
    def test_a_designation_is_agreed_by_one_of_lynns(self, role):
        designation = DesignationFactory()
        designation.agreed_by = UserFactory(role=role)
        assert list(errors(designation)) == ["agreed_by"]

    def test_a_tenants_administrator_is_of_its_customer_or_partner(self):
        tenant = TenantFactory()
        partner = tenant.customer.partner
        tenant.product_administrator = ContactFactory()
        assert list(errors(tenant)) == ["product_administrator"]
        tenant.product_administrator = ContactFactory(customer=CustomerFactory(partner=partner))
        assert list(errors(tenant)) == ["product_administrator"]
        for home in ({"partner": partner}, {"customer": tenant.customer}):
            tenant.product_administrator = ContactFactory(**home)
            tenant.full_clean()

    def test_a_certificates_number_is_used_once(self):
        refuses(lambda: CertificationFactory(number=CertificationFactory().number))


@pytest.mark.rule("CON-1")
class TestDesignations:
    # the first one runs from the 10th to the 20th of March, or without an end
    OVERLAPPING = [
        (1, 10, 20), (10, 10, 20), (12, 15, 20), (20, 25, 20), (1, 31, 20), (5, None, 20), (20, None, 20),
        (25, 28, None), (1, 10, None), (25, None, None),
    ]  # fmt: skip
    APART = [(1, 9, 20), (21, 31, 20), (21, None, 20), (1, 9, None)]

    @staticmethod
    def second_of(first_day, last_day, ends):
        def day(number):
            return number and date(2026, 3, number)

        one = DesignationFactory(starts_on=day(10), last_day_on=day(ends))
        return Designation(
            customer=one.customer, contact=one.contact, starts_on=day(first_day), last_day_on=day(last_day)
        )

    @pytest.mark.parametrize(("first_day", "last_day", "ends"), OVERLAPPING)
    def test_of_one_person_for_one_customer_never_overlap(self, first_day, last_day, ends):
        second = self.second_of(first_day, last_day, ends)
        assert "starts_on" in errors(second)
        if connection.vendor == "postgresql":  # SQLite has one writer at a time: the form's check suffices
            refuses(second.save)

    @pytest.mark.parametrize(("first_day", "last_day", "ends"), APART)
    def test_may_follow_one_another(self, first_day, last_day, ends):
        second = self.second_of(first_day, last_day, ends)
        second.full_clean()
        second.save()
        second.full_clean()  # a stored one does not stand in its own way

    @pytest.mark.parametrize("again", [{}, {"starts_on": date(2026, 5, 1)}])
    def test_without_an_end_there_is_one_on_every_database(self, again):
        one = DesignationFactory()
        refuses(lambda: DesignationFactory(customer=one.customer, contact=one.contact, **again))

    def test_of_others_may_overlap(self):
        one = DesignationFactory()
        partner = one.customer.partner
        assert DesignationFactory(customer=one.customer).pk
        assert DesignationFactory(customer=CustomerFactory(partner=partner), contact=one.contact).pk

    @pytest.mark.parametrize("home", ["another partner", "another customer"])
    def test_name_a_person_of_the_organisation(self, home):
        customer = CustomerFactory()
        homes = {
            "another partner": ContactFactory(),
            "another customer": ContactFactory(customer=CustomerFactory(partner=customer.partner)),
        }
        row = Designation(customer=customer, contact=homes[home], starts_on=EARLY)
        assert errors(row) == {"contact": ["This contact belongs to another organisation."]}


class TestNothingVanishes:
    @pytest.mark.parametrize(
        ("make", "reach"),
        [
            (CustomerFactory, lambda row: row.partner),
            (PartnerFactory, lambda row: row.executive),
            (TenantFactory, lambda row: row.customer),
            (ContractFactory, lambda row: row.tenant),
            (ContactFactory, lambda row: row.partner),
            (ContactFactory, lambda row: row.user),
            (lambda: ContactFactory(customer=CustomerFactory()), lambda row: row.customer),
            (CertificationFactory, lambda row: row.contact),
            (DesignationFactory, lambda row: row.contact),
            (DesignationFactory, lambda row: row.customer),
            (lambda: DesignationFactory(agreed_by=UserFactory()), lambda row: row.agreed_by),
            (
                lambda: TenantFactory(product_administrator=ContactFactory()),
                lambda row: row.product_administrator,
            ),
        ],
    )
    def test_what_others_refer_to_cannot_be_deleted(self, make, reach):
        row = make()
        with pytest.raises(models.ProtectedError):
            reach(row).delete()

    def test_every_relation_of_the_directory_protects(self):
        rules = {
            f"{model.__name__}.{field.name}": field.remote_field.on_delete
            for model in (Customer, Tenant, Contract, Contact, Certification, Designation)
            for field in model._meta.get_fields()
            if field.concrete and field.is_relation
        }
        assert rules == dict.fromkeys(rules, models.PROTECT)
