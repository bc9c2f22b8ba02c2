"""CRP-3: an answer to a closed case reopens it in time, and opens a linked ticket later."""

from datetime import timedelta
from uuid import uuid4

import pytest

from lynnsupport.common.refusal import Refused
from tests.tickets.stories import chile, raise_ticket
from tickets.cooperation.operations import sweep_closings
from tickets.domain.intake import Channel
from tickets.domain.lifecycle import CloseReason, State
from tickets.models import Ticket, TicketLink
from tickets.operations import (
    accept_solution,
    answer_customer,
    close_ticket,
    record_restoration,
    reopens_until,
    reply_as_customer,
)
from tickets.verification import differences

from .conftest import MONDAY

NOTICE, CLOSES = chile("2026-11-25 18:00"), chile("2026-11-26 18:00")
# Ten business days after Thursday 26 November, without the holiday of 8 December.
UNTIL = chile("2026-12-11 18:00")
SECOND = timedelta(seconds=1)
pytestmark = pytest.mark.rule("CRP-3")


def closed_by_the_policy(ticket):
    for moment in (NOTICE, CLOSES):
        sweep_closings(now=moment)
    ticket.refresh_from_db()
    assert ticket.is_closed
    return ticket


def reply(ticket, cast, at, **more):
    said = {"by": cast.designated.user, "body": "Sigue fallando", "now": at}
    return reply_as_customer(ticket, **said | more)


@pytest.fixture
def restoration():
    def due(ticket):
        return ticket.clocks.get(kind="restoration")

    return due


def test_CRP_3_the_window_ends_with_the_tenth_business_day(waiting):
    assert reopens_until(closed_by_the_policy(waiting)) == UNTIL


@pytest.mark.parametrize(("at", "reopens"), [(UNTIL - SECOND, True), (UNTIL, True), (UNTIL + SECOND, False)])
def test_CRP_3_borders_of_the_window(waiting, cast, at, reopens):
    ticket = closed_by_the_policy(waiting)
    landed = reply(ticket, cast, at).ticket
    ticket.refresh_from_db()
    assert (ticket.state == State.OPEN, landed == ticket) == (reopens, reopens)


def test_CRP_3_an_unanswered_case_goes_on_with_the_time_that_was_left(waiting, cast, restoration, told):
    ticket = closed_by_the_policy(waiting)
    assert restoration(ticket).state == "cancelled"
    told()
    answer_at = chile("2026-12-01 10:00")
    reply(ticket, cast, answer_at)
    ticket.refresh_from_db()
    # Asked the moment it was raised: of its business day (8 hours) nothing was used.
    assert (restoration(ticket).state, restoration(ticket).due_at) == ("running", chile("2026-12-02 10:00"))
    assert (ticket.close_reason, ticket.closed_at, ticket.customer_waits_since) == ("", None, answer_at)
    assert ticket.clocks.get(kind="next_response").due_at == chile("2026-12-01 11:00")
    assert sorted(told()) == [
        ("customer_wrote", cast.desk_lead.email),
        ("ticket_reopened", cast.designated.email),
    ]
    assert list(differences(now=answer_at + timedelta(days=1))) == []


def test_CRP_3_a_solved_case_that_fails_again_goes_on_with_restoration(proposed, cast, restoration):
    accept_solution(proposed, by=cast.designated.user, now=MONDAY + timedelta(hours=1))
    reply(proposed, cast, chile("2026-11-24 10:00"))
    proposed.refresh_from_db()
    assert (proposed.state, proposed.restored_at) == (State.OPEN, None)
    assert (restoration(proposed).state, restoration(proposed).due_at) == (
        "running",
        chile("2026-11-25 10:00"),
    )


def test_CRP_3_what_was_restored_stays_restored_where_only_an_answer_was_missing(waiting, cast, restoration):
    record_restoration(waiting, by=cast.engineer, now=MONDAY + timedelta(hours=1))
    ticket = closed_by_the_policy(waiting)
    reply(ticket, cast, chile("2026-12-01 10:00"))
    ticket.refresh_from_db()
    assert (ticket.state, restoration(ticket).state) == (State.OPEN, "met")


def test_CRP_3_a_running_case_that_was_closed_by_hand_goes_on_too(cast, restoration):
    ticket = raise_ticket(cast, MONDAY)
    answer_customer(ticket, by=cast.engineer, body="No está cubierto", now=MONDAY + timedelta(hours=1))
    closed = MONDAY + timedelta(hours=2)
    close_ticket(ticket, by=cast.engineer, reason=CloseReason.NOT_COVERED, words="Es a medida", now=closed)
    reply(ticket, cast, closed + timedelta(days=1))
    # Two hours were used on Monday, from ten to twelve; six are left from Tuesday at twelve.
    assert restoration(ticket).due_at == chile("2026-11-25 10:00")


def test_CRP_3_reopening_twice_counts_neither_closed_time(waiting, cast, restoration):
    ticket = closed_by_the_policy(waiting)
    reply(ticket, cast, chile("2026-12-01 10:00"))
    ticket.refresh_from_db()
    answer_customer(ticket, by=cast.engineer, body="No cubierto", now=chile("2026-12-01 11:00"))
    close_ticket(ticket, by=cast.engineer, reason="not_covered", words="x", now=chile("2026-12-01 12:00"))
    reply(ticket, cast, chile("2026-12-03 12:00"))
    assert restoration(ticket).due_at == chile("2026-12-04 10:00")
    assert list(differences(now=chile("2026-12-05 12:00"))) == []


def test_CRP_3_a_ticket_that_was_never_escalated_is_registered_again(cast):
    ticket = raise_ticket(cast, MONDAY, reporter=cast.colleague)
    close_ticket(ticket, by=cast.engineer, reason="not_covered", words="x", now=MONDAY + SECOND)
    reply(ticket, cast, MONDAY + 2 * SECOND, by=cast.colleague.user)
    ticket.refresh_from_db()
    assert (ticket.state, ticket.clocks.count()) == (State.REGISTERED, 0)


def test_CRP_3_later_a_new_ticket_follows_linked_both_ways(waiting, cast, told):
    ticket = closed_by_the_policy(waiting)
    told()
    later = UNTIL + timedelta(days=30)
    key = uuid4()
    first = reply(ticket, cast, later, channel=Channel.EMAIL, submission_key=key)
    new = first.ticket
    ticket.refresh_from_db()
    assert (ticket.state, new.number != ticket.number, new.subject) == (State.CLOSED, True, ticket.subject)
    assert (new.description, new.detected_at, new.impact_percent) == (
        "Sigue fallando",
        None,
        ticket.impact_percent,
    )
    assert (new.channel, new.escalated_by, new.tenant) == (Channel.EMAIL, cast.designated, ticket.tenant)
    link = TicketLink.objects.get()
    assert (link.kind, link.source, link.target) == ("follows", ticket, new)
    assert [one.events.get(kind="followed").data["other"] for one in (ticket, new)] == [
        new.number,
        ticket.number,
    ]
    assert ("ticket_registered", cast.designated.email) in told()
    # The same form again is the same ticket, and what is written later lands there.
    assert reply(ticket, cast, later + SECOND, submission_key=key) == first
    assert reply(ticket, cast, later + 2 * SECOND, body="Otra cosa").ticket == new
    assert Ticket.objects.count() == 2


def test_CRP_3_a_chain_of_followers_leads_to_the_last(waiting, cast):
    ticket = closed_by_the_policy(waiting)
    later = UNTIL + timedelta(days=1)
    second = reply(ticket, cast, later).ticket
    close_ticket(second, by=cast.engineer, reason="not_covered", words="x", now=later + SECOND)
    third = reply(ticket, cast, later + timedelta(days=60)).ticket
    assert [link.target for link in TicketLink.objects.order_by("pk")] == [second, third]


def test_CRP_3_a_duplicate_is_answered_where_it_goes_on(cast):
    duplicate, other = raise_ticket(cast, MONDAY), raise_ticket(cast, MONDAY)
    close_ticket(duplicate, by=cast.engineer, reason="duplicate", words="Es el otro", now=MONDAY)
    TicketLink.objects.create(kind="duplicate", source=duplicate, target=other, at=MONDAY)
    assert reply(duplicate, cast, MONDAY + SECOND).ticket == other
    duplicate.refresh_from_db()
    assert duplicate.is_closed


def test_CRP_3_a_partner_that_is_not_attended_any_more_gets_no_new_ticket(waiting, cast):
    ticket = closed_by_the_policy(waiting)
    cast.partner.approval = "suspended"
    cast.partner.save()
    with pytest.raises(Refused, match="SUP-4"):
        reply(ticket, cast, UNTIL + SECOND)
    assert (Ticket.objects.count(), TicketLink.objects.count()) == (1, 0)
