"""The list: what it holds, in which order, page by page, at which cost."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.factories import TenantFactory
from tickets.models import Ticket
from tickets.operations import (
    accept_solution,
    ask_customer,
    assign,
    decide_severity,
    propose_solution,
    sweep_clocks,
)
from tickets.paging import Cursor, page_by_deadline, page_by_newest

from .pages import signed_in, text_of
from .stories import chile, raise_ticket

NOW = chile("2026-11-23 10:00")
LIST = reverse("tickets:list")


@pytest.fixture(autouse=True)
def travel():
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def client(cast):
    return signed_in(cast.designated.user)


def listed(client, **narrowed) -> list[str]:
    return [row.subject for row in client.get(LIST, narrowed).context["rows"]]


@pytest.fixture
def four(cast) -> dict[str, Ticket]:
    """An urgent, a slow, a waiting and a closed ticket."""
    slow = raise_ticket(cast, NOW, subject="Lento", impact_percent=5)
    urgent = raise_ticket(cast, NOW, subject="Urgente", impact_percent=95)
    waiting = raise_ticket(cast, NOW, subject="Espera", impact_percent=20, reporter=cast.designated)
    ask_customer(waiting, by=cast.engineer, question="¿Qué sesión?", now=NOW)
    closed = raise_ticket(cast, NOW, subject="Cerrado", impact_percent=20)
    propose_solution(closed, by=cast.engineer, body="Listo", now=NOW)
    accept_solution(closed, by=cast.designated.user, now=NOW)
    return {"slow": slow, "urgent": urgent, "waiting": waiting, "closed": closed}


def test_open_tickets_stand_in_the_order_in_which_they_fall_due(client, four):
    assert listed(client) == ["Urgente", "Lento", "Espera"]


@pytest.mark.parametrize(
    ("narrowed", "subjects"),
    [
        ({"state": "waiting_customer"}, ["Espera"]),
        ({"state": "closed"}, ["Cerrado"]),
        ({"state": "all"}, ["Cerrado", "Espera", "Urgente", "Lento"]),  # the newest first
        ({"severity": "1"}, ["Urgente"]),
        ({"severity": ["1", "3"]}, ["Urgente", "Lento"]),
        ({"q": "LENTO"}, ["Lento"]),
        ({"q": "lénto bot"}, ["Lento"]),
        ({"q": "lento urgente"}, []),
        ({"q": "lento", "severity": "1"}, []),
        ({"clock": "breached"}, []),
        ({"state": "nonsense"}, ["Urgente", "Lento", "Espera"]),
        ({"after": "nonsense"}, ["Urgente", "Lento", "Espera"]),
        ({"after": "2026-11-23T10:00:00~99999999999999999999"}, ["Urgente", "Lento", "Espera"]),
    ],
)
def test_the_list_is_narrowed(client, four, narrowed, subjects):
    assert listed(client, **narrowed) == subjects


def test_a_decided_severity_counts_before_a_suggested_one(client, cast, four):
    decide_severity(four["slow"], by=cast.engineer, severity=1, reason="Más grave", now=NOW)
    assert set(listed(client, severity="1")) == {"Urgente", "Lento"}
    assert listed(client, severity="3") == []


def test_mine_are_those_i_reported_or_own(client, cast, four):
    raise_ticket(cast, NOW, subject="De Beto", reporter=cast.colleague)
    assert "De Beto" not in listed(client, mine="on")
    assert listed(signed_in(cast.colleague.user), mine="on") == ["De Beto"]
    assign(four["slow"], by=cast.desk_lead, owner=cast.engineer, now=NOW)
    assert listed(signed_in(cast.engineer), mine="on") == ["Lento"]


@pytest.mark.rule("RST-8")
def test_at_risk_and_breached_are_told_apart(client, cast, four, travel):
    travel.shift(timedelta(minutes=8))  # of the 15 of severity 1
    sweep_clocks(now=NOW + timedelta(minutes=8))
    assert listed(client, clock="at_risk") == ["Urgente"]
    travel.shift(timedelta(minutes=8))
    sweep_clocks(now=NOW + timedelta(minutes=16))
    assert listed(client, clock="breached") == ["Urgente"]


def test_a_foreign_customer_or_tenant_is_no_choice_like_an_absent_one(client, four):
    foreign = TenantFactory()
    pages = [
        client.get(LIST, {"tenant": foreign.pk, "customer": foreign.customer_id}),
        client.get(LIST, {"tenant": 10**9, "customer": 10**9}),
    ]
    errors = [
        {
            name: [error.code for error in errors.as_data()]
            for name, errors in page.context["filter"].form.errors.items()
        }
        for page in pages
    ]
    assert errors[0] == errors[1] == {"tenant": ["invalid_choice"], "customer": ["invalid_choice"]}


def test_choices_are_those_the_reader_sees(client, cast):
    TenantFactory()
    own = TenantFactory(customer=cast.customer)
    form = client.get(LIST).context["filter"].form
    assert {value for value, _label in form.fields["tenant"].choices} == {"", cast.tenant.pk, own.pk}
    assert {value for value, _label in form.fields["customer"].choices} == {"", cast.customer.pk}


def test_while_one_types_only_the_results_come(client, four):
    whole = client.get(LIST, {"q": "lento"})
    part = client.get(LIST, {"q": "lento"}, headers={"HX-Request": "true"})
    back = client.get(
        LIST, {"q": "lento"}, headers={"HX-Request": "true", "HX-History-Restore-Request": "true"}
    )
    assert ["<html" in page.content.decode() for page in (whole, part, back)] == [True, False, True]
    assert "HX-Request" in whole.headers["Vary"]
    assert "Lento" in part.content.decode()


def test_an_empty_list_teaches(client, cast):
    assert "What you report appears here at once" in text_of(client.get(LIST))
    assert "No ticket matches" in text_of(client.get(LIST, {"q": "nada"}))


def test_the_list_costs_the_same_at_one_row_and_at_three(client, cast):
    costs = []
    client.get(LIST)  # what is asked once a process, and once a session
    for count in (1, 3):
        while Ticket.objects.count() < count:
            raise_ticket(cast, NOW)
        client.get(LIST)
        with CaptureQueriesContext(
            connection,
        ) as asked:
            client.get(LIST)
        costs.append(len(asked))
    assert costs[0] == costs[1] <= 12


# ---------- pages ----------


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 50])
def test_pages_hold_every_ticket_once_and_in_order(cast, size):
    for minute in (0, 0, 0, 5, 5):
        raise_ticket(cast, NOW + timedelta(minutes=minute))
    for _each in range(2):
        raise_ticket(cast, NOW, reporter=cast.colleague)  # without a deadline
    whole = list(Ticket.objects.order_by("queue_at", "id"))
    assert walk(page_by_deadline, size) == whole
    assert walk(page_by_newest, size) == sorted(whole, key=lambda ticket: -ticket.pk)


def walk(paged, size: int) -> list[Ticket]:
    found: list[Ticket] = []
    cursor = None
    while True:
        page = paged(Ticket.objects.all(), cursor, size=size)
        assert page.is_first == (cursor is None)
        found += page.tickets
        if page.next_cursor is None:
            return found
        assert len(page.tickets) == size
        cursor = Cursor.parse(str(page.next_cursor))


def test_a_page_counts_nothing_and_skips_nothing(cast):
    raise_ticket(cast, NOW)
    with CaptureQueriesContext(connection) as asked:
        page_by_deadline(Ticket.objects.all(), Cursor(datetime(2026, 1, 1, tzinfo=UTC), 5))
    statements = [query["sql"].upper() for query in asked.captured_queries]
    assert len(statements) == 2
    assert [sql for sql in statements if "COUNT(" in sql or "OFFSET" in sql or " OR " in sql] == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "~",
        "x~1",
        "2026-01-01T00:00:00+00:00~x",
        "2026-01-01T00:00:00~1",
        "~5",
        "2026-01-01T00:00:00+00:00~²",
    ],
)
def test_what_is_no_cursor_begins_at_the_first_page(text):
    assert Cursor.parse(text) is None
