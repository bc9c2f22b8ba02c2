"""Who does what at the desk: the server refuses what a role does not include, whatever the page shows."""

from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine

from lynnsupport.accounts.domain.roles import Role
from tests.factories import TenantFactory, UserFactory
from tickets.models import Ticket

from .desk_pages import address, do, page_of
from .pages import filled, signed_in
from .stories import chile, raise_ticket

NOW = chile("2026-11-23 10:00")
ENGINEERS = [Role.ENGINEER, Role.DESK_LEAD, Role.ADMINISTRATOR]


@pytest.fixture(autouse=True)
def _monday():
    with time_machine.travel(NOW + timedelta(minutes=5), tick=False):
        yield


def sent(way, **data):
    return {"way": way, "body": "Texto", "submission_key": str(uuid4()), **data}


# act → what its form holds, whether the first line may do it too, what has to be done first
ACTS = {
    "answer": ("write", lambda cast: sent("answer"), True, None),
    "note": ("write", lambda cast: sent("note"), True, None),
    "ask": ("write", lambda cast: sent("ask"), False, None),
    "propose": ("write", lambda cast: sent("propose"), False, None),
    "take": ("take", lambda cast: {}, True, None),
    "assign": ("assign", lambda cast: {"owner": cast.desk_lead.pk}, True, None),
    "call": (
        "call",
        lambda cast: {"contact": cast.designated.pk, "summary": "Hola", "submission_key": str(uuid4())},
        True,
        None,
    ),
    "severity": ("severity", lambda cast: {"severity": "1", "reason": "Todo"}, False, None),
    "restored": ("restored", lambda cast: {}, False, None),
    "resolved": ("resolved", lambda cast: {}, False, None),
    "wait": ("wait-for-provider", lambda cast: {"reason": "Azure"}, False, None),
    "provider": ("provider-answered", lambda cast: {"reason": "Ya"}, False, "wait"),
    "withdraw": ("withdraw-question", lambda cast: {"reason": "Ya"}, False, "ask"),
    "close": ("close", lambda cast: {"because": "duplicate", "words": "Otro"}, False, None),
}


def perform(client, ticket, name, cast):
    act, data, _first_line, _before = ACTS[name]
    return do(client, ticket, act, **data(cast))


@pytest.mark.parametrize("role", [Role.DESK, *ENGINEERS])
@pytest.mark.parametrize("name", ACTS)
def test_each_role_does_what_it_includes_and_nothing_more(cast, role, name):
    ticket = raise_ticket(cast, NOW)
    before = ACTS[name][3]
    if before:
        assert perform(signed_in(cast.engineer), ticket, before, cast).status_code == 302
    events, messages = ticket.events.count(), ticket.messages.count()
    response = perform(signed_in(UserFactory(role=role)), ticket, name, cast)
    may = role in ENGINEERS or ACTS[name][2]
    assert response.status_code == (302 if may else 409)
    happened = ticket.events.count() > events
    assert happened is may
    if not may:
        refusal = response.context["attempt"].refusal
        assert bool(refusal.rule and str(refusal.reason))
        assert ticket.messages.count() == messages


@pytest.mark.rule("INT-3")
def test_every_role_of_the_desk_corrects_and_reads_the_history(cast):
    ticket = raise_ticket(cast, NOW)
    for role in (Role.DESK, *ENGINEERS):
        client = signed_in(UserFactory(role=role))
        for name in ("change", "history", "correct"):
            assert client.get(address(name, ticket.pk)).status_code == 200


def test_the_first_line_enters_a_ticket_that_came_by_telephone(cast):
    client = signed_in(UserFactory(role=Role.DESK))
    response = client.post(address("telephone_form", cast.designated.pk), filled(cast.tenant, at=NOW))
    assert (response.status_code, response.url) == (302, page_of(Ticket.objects.get()))


# ---------- look-ups ----------


def autocomplete(client, **query):
    return client.get(
        "/admin/autocomplete/", {"term": "", "app_label": "tickets", "model_name": "ticket"} | query
    )


def test_suggestions_of_customers_come_to_the_desk(cast):
    response = autocomplete(signed_in(cast.engineer), field_name="customer", term=cast.customer.name)
    assert [found["text"] for found in response.json()["results"]] == [cast.customer.name]


@pytest.mark.parametrize(
    "query",
    [
        {"field_name": "owner"},
        {"field_name": "reporter"},
        {"field_name": "policy_version"},
        {"field_name": "calendar_version"},
        {"field_name": "subject"},
        {"field_name": "nothing"},
        {"field_name": "owner__password"},
        {"model_name": "message", "field_name": "author"},
        {"model_name": "ticketevent", "field_name": "by"},
        {"app_label": "sessions", "model_name": "session", "field_name": "pk"},
        {"app_label": "account", "model_name": "emailaddress", "field_name": "user"},
        {"app_label": "mfa", "model_name": "authenticator", "field_name": "user"},
        {},
    ],
)
def test_suggestions_lead_to_nothing_else(cast, query):
    """Past failure: generic look-up endpoints with foreign model names and field paths."""
    assert autocomplete(signed_in(cast.engineer), **query).status_code in (403, 404)


@pytest.mark.parametrize("role", [Role.PARTNER_ADMIN, Role.EXECUTIVE])
def test_suggestions_are_for_the_desk_alone(cast, role):
    TenantFactory()
    response = autocomplete(signed_in(UserFactory(role=role)), field_name="customer")
    assert (response.status_code, response.url.partition("?")[0]) == (302, "/admin/login/")
