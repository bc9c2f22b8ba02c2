"""Prepared queries: the same answers as the querysets they are made of, whatever the values."""

from datetime import date

import pytest
from django.db.models import F, Q

from lynnsupport.accounts.access import customer_scope
from lynnsupport.accounts.models import Certification, Contact, Customer
from lynnsupport.common.prepared import prepared
from tests.factories import CertificationFactory, ContactFactory, CustomerFactory

pytestmark = pytest.mark.django_db


def _under(scope, name):
    return Customer.objects.filter(scope, name__gte=name).select_related("partner__executive").order_by("pk")


def test_it_answers_with_each_callers_own_values():
    one, other = CustomerFactory(name="Acme"), CustomerFactory(name="Beta")
    ask = prepared(lambda name: Customer.objects.filter(name=name))
    assert [ask("Acme"), ask("Beta"), ask("Nadie"), ask("Acme")] == [[one], [other], [], [one]]


def test_what_is_joined_and_added_is_there_without_a_query_more(django_assert_num_queries):
    customer = CustomerFactory()
    ask = prepared(
        lambda pk: Customer.objects.filter(pk=pk).select_related("partner").annotate(of=F("partner__name"))
    )
    ask(0)
    with django_assert_num_queries(1):
        (found,) = ask(customer.pk)
        assert (found, found.partner, found.of) == (customer, customer.partner, customer.partner.name)


def test_each_shape_of_a_scope_is_a_query_of_its_own():
    """A partner's person, a customer's person and a stranger, in turns: nobody gets what another sees."""
    customer, foreign = CustomerFactory(), CustomerFactory()
    sister = CustomerFactory(partner=customer.partner)
    of_partner = ContactFactory(partner=customer.partner).user
    of_customer = ContactFactory(customer=customer).user
    of_foreign = ContactFactory(customer=foreign).user
    ended = ContactFactory(customer=customer, user__is_active=False).user
    people = [of_partner, of_customer, of_foreign, customer.partner.executive, ended] * 2
    ask = prepared(_under)
    answers = [ask(customer_scope(person), "") for person in people]
    assert answers == [[customer, sister], [customer], [foreign], [customer, sister], []] * 2
    assert answers == [list(_under(customer_scope(person), "")) for person in people]


@pytest.mark.parametrize("wanted", [[], [1], [1, 2], [2, 3], [1, 2, 3]])
def test_lists_of_any_length(wanted):
    rows = [CustomerFactory() for _ in range(3)]
    pks = [rows[place - 1].pk for place in wanted]
    assert _named(pks) == [rows[place - 1].name for place in wanted]


@prepared
def _named(pks):
    return Customer.objects.filter(pk__in=pks).order_by("pk").values_list("name", flat=True)


def test_dates_and_nothing_and_truth_are_read_as_they_are():
    contact = ContactFactory(customer=None)
    valid = CertificationFactory(contact=contact, starts_on=date(2026, 1, 1), last_day_on=date(2026, 12, 31))
    at = prepared(lambda day: Certification.objects.filter(starts_on__lte=day, last_day_on__gte=day))
    days = [date(2025, 12, 31), date(2026, 1, 1), date(2026, 12, 31), date(2027, 1, 1)]
    assert [at(day) for day in days] == [[], [valid], [valid], []]
    of = prepared(
        lambda customer, has_login: Contact.objects.filter(customer=customer, user__isnull=has_login)
    )
    assert [of(None, False), of(None, True), of(contact.pk, False)] == [[contact], [], []]


def test_what_cannot_be_prepared_is_asked_as_usual():
    customer = CustomerFactory()
    ask = prepared(lambda condition: Customer.objects.filter(condition))
    lower = Q(partner__in=Customer.objects.filter(pk=customer.pk).values("partner"))
    assert [ask(lower), ask(~lower), ask(Q(pk__in=[]))] == [[customer], [], []]
