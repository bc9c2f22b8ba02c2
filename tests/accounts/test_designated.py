"""CON-1: a designation counts while its period and a certificate hold, by the customer's calendar."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from lynnsupport.accounts import queries
from lynnsupport.accounts.domain.countries import COUNTRY_ZONES
from lynnsupport.accounts.models import Contact
from lynnsupport.accounts.queries import designated_contacts, is_designated
from tests.factories import (
    CertificationFactory,
    ContactFactory,
    CustomerFactory,
    DesignationFactory,
    PartnerFactory,
    designated_contact,
)

pytestmark = [pytest.mark.django_db, pytest.mark.rule("CON-1")]

AGES = ("2020-01-01", "2099-12-31")
JUNE = ("2026-06-01", "2026-06-30")

# country, designation, certificate, local time there, whether it counts
LOCAL_BORDERS = [
    ("CL", JUNE, AGES, "2026-05-31T00:00", False),
    ("CL", JUNE, AGES, "2026-05-31T23:59:59.999999", False),
    ("CL", JUNE, AGES, "2026-06-01T00:00", True),
    ("CL", JUNE, AGES, "2026-06-30T23:59:59.999999", True),
    ("CL", JUNE, AGES, "2026-07-01T00:00", False),
    ("CL", AGES, JUNE, "2026-05-31T23:59:59.999999", False),
    ("CL", AGES, JUNE, "2026-06-01T00:00", True),
    ("CL", AGES, JUNE, "2026-06-30T23:59:59.999999", True),
    ("CL", AGES, JUNE, "2026-07-01T00:00", False),
    ("EC", JUNE, AGES, "2026-05-31T23:59:59.999999", False),
    ("EC", JUNE, AGES, "2026-06-01T00:00", True),
    ("EC", JUNE, AGES, "2026-06-30T23:59:59.999999", True),
    ("EC", JUNE, AGES, "2026-07-01T00:00", False),
    # one day only, and no end agreed
    ("CL", ("2026-06-01", "2026-06-01"), AGES, "2026-06-01T23:59:59", True),
    ("CL", ("2026-06-01", "2026-06-01"), AGES, "2026-06-02T00:00", False),
    ("CL", ("2026-06-01", None), AGES, "2026-06-01T00:00", True),
    ("CL", ("2026-06-01", None), AGES, "2090-06-01T00:00", True),
    ("CL", ("2026-06-01", None), JUNE, "2026-07-01T00:00", False),
    # the two periods meet in one day, or not at all
    ("CL", JUNE, ("2026-06-30", "2026-12-31"), "2026-06-30T00:00", True),
    ("CL", JUNE, ("2026-06-30", "2026-12-31"), "2026-06-29T23:59:59", False),
    ("CL", JUNE, ("2026-07-01", "2026-12-31"), "2026-06-30T12:00", False),
    ("CL", JUNE, ("2026-07-01", "2026-12-31"), "2026-07-01T12:00", False),
]

# the same instants, read in two countries; Chile's clocks jump from 5 September 24:00 to 6 September 01:00
INSTANTS = [
    ("CL", JUNE, AGES, "2026-07-01T03:59:59Z", True),
    ("CL", JUNE, AGES, "2026-07-01T04:00:00Z", False),
    ("EC", JUNE, AGES, "2026-07-01T04:00:00Z", True),
    ("EC", JUNE, AGES, "2026-07-01T04:59:59Z", True),
    ("EC", JUNE, AGES, "2026-07-01T05:00:00Z", False),
    ("CL", ("2026-09-06", None), AGES, "2026-09-06T03:59:59Z", False),
    ("CL", ("2026-09-06", None), AGES, "2026-09-06T04:00:00Z", True),
    ("CL", ("2026-01-01", "2026-09-05"), AGES, "2026-09-06T03:59:59Z", True),
    ("CL", ("2026-01-01", "2026-09-05"), AGES, "2026-09-06T04:00:00Z", False),
    # and on 4 April the last hour comes twice
    ("CL", ("2026-01-01", "2026-04-04"), AGES, "2026-04-05T03:59:59Z", True),
    ("CL", ("2026-01-01", "2026-04-04"), AGES, "2026-04-05T04:00:00Z", False),
    ("CL", ("2026-04-05", None), AGES, "2026-04-05T03:59:59Z", False),
    ("CL", ("2026-04-05", None), AGES, "2026-04-05T04:00:00Z", True),
]


def instant(country, written):
    at = datetime.fromisoformat(written)
    return at if at.tzinfo else at.replace(tzinfo=ZoneInfo(COUNTRY_ZONES[country]))


def counts(country, designation, certificate, written):
    customer = CustomerFactory(country=country, partner__country="CL")
    contact = ContactFactory(partner=customer.partner)
    designation, certificate = period(*designation), period(*certificate)
    DesignationFactory(customer=customer, contact=contact, **designation)
    CertificationFactory(contact=contact, **certificate)
    at = instant(country, written)
    listed = list(designated_contacts(customer, at)) == [contact]
    assert is_designated(contact, customer, at) == listed
    return listed


def period(first, last):
    return {
        "starts_on": date.fromisoformat(first),
        "last_day_on": date.fromisoformat(last) if last else None,
    }


@pytest.mark.parametrize(
    ("country", "designation", "certificate", "at", "expected"), LOCAL_BORDERS + INSTANTS
)
def test_CON_1_borders_are_the_customers_days(country, designation, certificate, at, expected):
    assert counts(country, designation, certificate, at) == expected


def test_the_table_notices_dates_read_in_utc(monkeypatch):
    """Negative control."""
    monkeypatch.setattr(queries, "local_date", lambda customer, at: at.astimezone(UTC).date())
    wrong = [row for row in LOCAL_BORDERS + INSTANTS if counts(*row[:4]) != row[4]]
    assert len(wrong) > 5


def test_a_naive_instant_is_refused():
    with pytest.raises(ValueError, match="time zone"):
        designated_contacts(CustomerFactory(), datetime(2026, 6, 1))


NOON = datetime(2026, 6, 15, 16, tzinfo=UTC)


class TestCertificates:
    @pytest.fixture
    def contact(self):
        return ContactFactory()

    @pytest.fixture
    def customer(self, contact):
        customer = CustomerFactory(partner=contact.partner)
        DesignationFactory(customer=customer, contact=contact)
        return customer

    def test_without_one_nobody_is_designated(self, contact, customer):
        assert not is_designated(contact, customer, NOON)

    def test_somebody_elses_does_not_help(self, contact, customer):
        CertificationFactory(contact=ContactFactory(partner=contact.partner))
        assert list(designated_contacts(customer, NOON)) == []

    def test_any_of_several_suffices_but_a_gap_between_them_is_a_gap(self, contact, customer):
        CertificationFactory(contact=contact, **period("2026-01-01", "2026-06-10"))
        CertificationFactory(contact=contact, **period("2026-06-20", "2026-12-31"))
        days = [9, 10, 11, 19, 20]
        found = [is_designated(contact, customer, NOON.replace(day=day)) for day in days]
        assert found == [True, True, False, False, True]

    def test_two_at_once_list_the_person_once(self, contact, customer):
        CertificationFactory(contact=contact)
        CertificationFactory(contact=contact)
        assert list(designated_contacts(customer, NOON)) == [contact]


class TestOrganisations:
    def test_counts_for_the_named_customer_only(self):
        partner = PartnerFactory()
        customer, other = CustomerFactory(partner=partner), CustomerFactory(partner=partner)
        contact = designated_contact(customer, at=NOON)
        assert is_designated(contact, customer, NOON)
        assert not is_designated(contact, other, NOON)

    def test_a_customers_own_person_counts(self):
        customer = CustomerFactory()
        contact = designated_contact(customer, at=NOON, customer=customer)
        assert list(designated_contacts(customer, NOON)) == [contact]

    @pytest.mark.parametrize("moved_to", ["another partner", "another customer"])
    def test_who_has_moved_on_counts_no_more(self, moved_to):
        customer = CustomerFactory()
        contact = designated_contact(customer, at=NOON)
        elsewhere = {
            "another partner": {"partner": PartnerFactory()},
            "another customer": {"customer": CustomerFactory(partner=customer.partner)},
        }
        Contact.objects.filter(pk=contact.pk).update(**elsewhere[moved_to])
        contact.refresh_from_db()
        assert not is_designated(contact, customer, NOON)

    def test_nobody_is_nobody(self):
        assert not is_designated(None, CustomerFactory(), NOON)

    def test_listed_by_name(self):
        customer = CustomerFactory()
        for name in ("Ximena", "Ana", "Luis"):
            designated_contact(customer, at=NOON, name=name)
        assert [contact.name for contact in designated_contacts(customer, NOON)] == ["Ana", "Luis", "Ximena"]

    def test_one_query_whatever_the_number(self, django_assert_num_queries):
        customer = CustomerFactory()
        contact = designated_contact(customer, at=NOON)
        designated_contact(customer, at=NOON)
        with django_assert_num_queries(1):
            assert len(designated_contacts(customer, NOON)) == 2
        with django_assert_num_queries(1):
            assert is_designated(contact, customer, NOON)
