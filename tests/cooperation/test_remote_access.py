"""COP-2: remote access is asked for, decided by a named contact, for a period, revoked, and on record."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from lynnsupport.common.refusal import Refused
from tests.factories import ContactFactory
from tests.tickets.stories import chile, raise_ticket
from tickets.cooperation.domain.remote_access import Facts, State, state_of
from tickets.cooperation.models import RemoteAccess
from tickets.cooperation.operations import (
    ask_for_access,
    decide_access,
    revoke_access,
    sweep_remote_access,
)
from tickets.cooperation.operations import (
    withdraw as withdraw_request,
)
from tickets.operations import accept_solution, close_ticket, propose_solution, reply_as_customer

from .conftest import MONDAY

HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)
START, END = chile("2026-11-23 14:00"), chile("2026-11-23 16:00")
pytestmark = pytest.mark.rule("COP-2")


@pytest.mark.parametrize(
    ("facts", "at", "state"),
    [
        ({}, START - SECOND, State.ASKED),
        ({}, END - SECOND, State.ASKED),
        ({}, END, State.LAPSED),
        ({"is_approved": False}, START, State.REFUSED),
        ({"is_approved": True}, START - SECOND, State.UPCOMING),
        ({"is_approved": True}, START, State.ALLOWED),
        ({"is_approved": True}, END - SECOND, State.ALLOWED),
        ({"is_approved": True}, END, State.EXPIRED),
        ({"is_approved": True, "ended_at": START + HOUR}, START + HOUR - SECOND, State.ALLOWED),
        ({"is_approved": True, "ended_at": START + HOUR}, START + HOUR, State.ENDED),
        ({"is_approved": True, "ended_at": START + HOUR}, END, State.ENDED),
    ],
)
def test_COP_2_what_an_access_is_at_a_moment(facts, at, state):
    assert state_of(Facts(START, END, **facts), at) is state


def test_an_empty_period_is_no_access():
    with pytest.raises(ValueError, match="never open"):
        Facts(START, START)


@pytest.fixture
def ticket(cast):
    return raise_ticket(cast, MONDAY)


@pytest.fixture
def access(ticket, cast):
    return asked(ticket, cast)


def asked(ticket, cast, **more):
    what = {
        "by": cast.engineer,
        "contact": cast.colleague,
        "purpose": "Ver los registros del conector",
        "starts_at": START,
        "ends_at": END,
        "now": MONDAY + HOUR,
    }
    return ask_for_access(ticket, **what | more)


def decide(access, cast, *, approves=True, now=MONDAY + 2 * HOUR, **more):
    return decide_access(access, **{"by": cast.colleague.user, "approves": approves, "now": now} | more)


def steps(ticket):
    events = ticket.events.filter(kind="remote_access").order_by("pk")
    return [(event.data["step"], event.at, event.actor_name) for event in events]


def standing(ticket):
    ticket.refresh_from_db()
    return ticket.state, ticket.clocks.get(kind="restoration").state


def test_COP_2_asking_pauses_and_approving_resumes(ticket, access, cast, told):
    assert standing(ticket) == ("waiting_customer", "paused")
    assert [kind for kind, address in told() if address == cast.colleague.email] == ["access_asked"]
    approved = decide(access, cast, words="Con la cuenta soporte")
    assert standing(ticket) == ("open", "running")
    assert [approved.is_allowed_at(at) for at in (START - SECOND, START, END - SECOND, END)] == [
        False,
        True,
        True,
        False,
    ]
    assert steps(ticket) == [
        ("asked", MONDAY + HOUR, cast.engineer.name),
        ("approved", MONDAY + 2 * HOUR, cast.colleague.name),
    ]
    last = ticket.messages.order_by("pk").last()
    assert (last.contact, "Con la cuenta soporte" in last.body) == (cast.colleague, True)
    assert access.request.message.body.endswith("Ver los registros del conector")


def test_COP_2_a_refusal_says_why_and_goes_on(ticket, access, cast):
    with pytest.raises(Refused, match="COP-2"):
        decide(access, cast, approves=False)
    refused = decide(access, cast, approves=False, words="Solo con nuestro equipo delante")
    assert (refused.is_allowed_at(START), standing(ticket)) == (False, ("open", "running"))


def test_COP_2_only_the_named_contact_decides(ticket, access, cast):
    stranger = ContactFactory()
    for other in (cast.designated.user, cast.engineer, stranger.user):
        with pytest.raises(Refused, match="COP-2"):
            decide(access, cast, by=other)
    access.refresh_from_db()
    assert access.is_approved is None


def test_COP_2_deciding_again_changes_nothing_and_otherwise_is_refused(access, cast):
    decide(access, cast)
    assert decide(access, cast, now=MONDAY + 3 * HOUR).decided_at == MONDAY + 2 * HOUR
    with pytest.raises(Refused, match="COP-2"):
        decide(access, cast, approves=False, words="No")


def test_COP_2_nobody_approves_what_is_over(access, cast):
    with pytest.raises(Refused, match="COP-2"):
        decide(access, cast, now=END)


@pytest.mark.parametrize("who", ["engineer", "designated", "colleague"])
def test_COP_2_either_side_revokes_at_once(ticket, access, cast, who, told):
    decide(access, cast)
    told()
    by = getattr(cast, who)
    by = getattr(by, "user", by)
    at = START + HOUR
    revoked = revoke_access(access, by=by, reason="Ya no hace falta", now=at)
    assert [revoked.is_allowed_at(each) for each in (at - SECOND, at)] == [True, False]
    assert steps(ticket)[-1][:2] == ("revoked", at)
    other = cast.colleague.email if who == "engineer" else cast.desk_lead.email
    assert told() == [("access_revoked", other)]
    assert revoke_access(access, by=by, reason="Otra vez", now=END).ended_at == at
    assert told() == []


def test_COP_2_a_stranger_revokes_nothing(access, cast):
    decide(access, cast)
    with pytest.raises(Refused, match="COP-2"):
        revoke_access(access, by=ContactFactory().user, reason="Porque sí", now=START)


def test_COP_2_support_withdraws_what_nobody_decided(ticket, access, cast):
    revoke_access(access, by=cast.engineer, reason="Lo vimos sin entrar", now=MONDAY + 2 * HOUR)
    access.refresh_from_db()
    assert (access.state_at(START), access.request.state) == (State.ENDED, "withdrawn")
    assert standing(ticket) == ("open", "running")
    with pytest.raises(Refused, match="COP-2"):
        decide(access, cast, now=MONDAY + 3 * HOUR)


def test_COP_2_a_withdrawn_request_takes_its_access_with_it(access, cast):
    withdraw_request(access.request, by=cast.engineer, reason="x", now=MONDAY + 2 * HOUR)
    access.refresh_from_db()
    assert access.state_at(START) is State.ENDED


def test_COP_2_the_end_of_the_period_is_put_on_record_once_at_its_instant(ticket, access, cast):
    decide(access, cast)
    late = END + 5 * HOUR
    assert [sweep_remote_access(now=now) for now in (END - SECOND, late, late)] == [0, 1, 0]
    assert steps(ticket)[-1] == ("expired", END, "")


def test_COP_2_an_access_that_nobody_decided_lapses(ticket, access):
    assert sweep_remote_access(now=END) == 1
    assert steps(ticket)[-1][0] == "lapsed"


def test_COP_2_no_access_outlives_its_ticket_nor_comes_back_with_it(ticket, access, cast):
    decide(access, cast)
    propose_solution(ticket, by=cast.engineer, body="Listo", now=START)
    accept_solution(ticket, by=cast.designated.user, now=START + HOUR)
    access.refresh_from_db()
    assert access.is_allowed_at(START + HOUR) is False
    reply_as_customer(ticket, by=cast.designated.user, body="Sigue", now=START + HOUR + SECOND)
    assert access.is_allowed_at(START + HOUR + 2 * SECOND) is False
    assert sweep_remote_access(now=END) == 0


def test_COP_2_an_undecided_access_ends_with_its_ticket(ticket, access, cast):
    close_ticket(ticket, by=cast.engineer, reason="not_covered", words="x", now=START)
    access.refresh_from_db()
    assert access.state_at(START) is State.ENDED


def test_COP_2_the_same_form_asks_once(ticket, cast):
    key = uuid4()
    first = asked(ticket, cast, submission_key=key)
    assert asked(ticket, cast, submission_key=key, now=MONDAY + 2 * HOUR) == first
    assert RemoteAccess.objects.count() == 1


def test_COP_2_refusals_of_asking(ticket, cast):
    without_login = ContactFactory(partner=cast.partner, user=None)
    for wrong in (
        {"purpose": " "},
        {"ends_at": START},
        {"starts_at": MONDAY - 2 * HOUR, "ends_at": MONDAY},
        {"contact": ContactFactory()},
        {"contact": without_login},
    ):
        with pytest.raises(Refused, match="COP-2"):
            asked(ticket, cast, **wrong)
    with pytest.raises(Refused, match="COP-1"):
        asked(ticket, cast, by=cast.designated.user)
    assert ticket.state == "open"


@pytest.mark.parametrize(
    "half", [{"ends_at": START}, {"purpose": ""}, {"is_approved": True}, {"end_reason": "x"}]
)
def test_the_database_keeps_an_access_whole(access, half):
    with pytest.raises(IntegrityError), transaction.atomic():
        RemoteAccess.objects.filter(pk=access.pk).update(**half)
