"""Open tickets under older versions: who sees them, what would change, and that it is done once."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from lynnsupport.accounts.domain.roles import Role
from tests.factories import UserFactory
from tickets.operations import close_ticket

from .desk_pages import address
from .pages import signed_in, text_of
from .stories import chile, raise_ticket
from .test_versions import closed_tuesday, restoration

NOW = chile("2026-11-23 10:00")
NOON = chile("2026-11-23 12:00")
PAGE = "admin:tickets_ticket_versions"


@pytest.fixture(autouse=True)
def _noon():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def administrator(db):
    return signed_in(UserFactory(role=Role.ADMINISTRATOR))


def numbers(response):
    return [ticket.number for ticket, _rows, _ticked in response.context["tickets"]]


@pytest.mark.rule("SUP-1")
def test_the_page_tells_what_would_change_and_changes_what_is_ticked(cast, administrator, told):
    first, second = (raise_ticket(cast, NOW, subject=subject) for subject in ("a", "b"))
    due = restoration(first).due_at
    closed_tuesday()
    page = administrator.get(reverse(PAGE))
    assert numbers(page) == [first.number, second.number]
    rows = {
        each.clock.kind: (each.due_before, each.due_after, each.is_kept)
        for each, _name in page.context["tickets"][0][1]
    }
    # the decreed holiday takes Tuesday out: what fell due then falls due a day later
    assert rows["restoration"] == (due, due + timedelta(days=1), False)
    told()
    answer = administrator.post(reverse(PAGE), {"ticket": first.pk, "reason": "Feriado decretado"})
    assert answer.status_code == 302
    assert restoration(first).due_at == due + timedelta(days=1)
    assert restoration(second).due_at == due
    assert told() == [("versions_applied", cast.designated.email)]
    assert numbers(administrator.get(reverse(PAGE))) == [second.number]


def test_a_second_press_changes_nothing(cast, administrator, told):
    ticket = raise_ticket(cast, NOW)
    closed_tuesday()
    said = {"ticket": ticket.pk, "reason": "Feriado decretado"}
    administrator.post(reverse(PAGE), said)
    events = ticket.events.count()
    told()
    answer = administrator.post(reverse(PAGE), said, follow=True)
    assert "1 ticket had them already, or is closed by now." in text_of(answer)
    assert (ticket.events.count(), told()) == (events, [])


@pytest.mark.parametrize(
    ("said", "what"),
    [
        ({"reason": ""}, "This field is required."),
        ({"reason": "x"}, "No ticket is ticked."),
        ({"reason": "x", "ticket": "x"}, "No ticket is ticked."),
    ],
)
def test_what_is_missing_is_said_and_what_was_typed_stays(cast, administrator, said, what):
    raise_ticket(cast, NOW)
    closed_tuesday()
    page = administrator.post(reverse(PAGE), said)
    assert page.status_code == 422
    assert what in text_of(page)
    assert page.context["form"]["reason"].value() == said["reason"]


def test_closed_tickets_and_those_of_the_newest_versions_are_left_out(cast, administrator):
    gone = raise_ticket(cast, NOW)
    close_ticket(gone, by=cast.engineer, reason="not_covered", words="x", now=NOW)
    closed_tuesday()
    raise_ticket(cast, NOON)
    page = administrator.get(reverse(PAGE))
    assert numbers(page) == []
    assert "Every open ticket is bound to the versions in force." in text_of(page)


@pytest.mark.parametrize("role", [Role.ENGINEER, Role.DESK_LEAD, Role.DESK])
def test_only_administrators_apply_versions(cast, role):
    ticket = raise_ticket(cast, NOW)
    closed_tuesday()
    client = signed_in(UserFactory(role=role))
    assert client.get(address("versions")).status_code == 403
    assert client.post(address("versions"), {"ticket": ticket.pk, "reason": "x"}).status_code == 403


def test_the_page_costs_the_same_for_one_ticket_and_for_three(cast, administrator):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            assert administrator.get(reverse(PAGE)).status_code == 200
        return len(captured)

    raise_ticket(cast, NOW)
    closed_tuesday()
    queries()
    few = queries()
    for subject in "ab":
        raise_ticket(cast, NOW, subject=subject)
    assert queries() == few
