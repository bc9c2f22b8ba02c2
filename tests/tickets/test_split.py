"""INT-6: a ticket that holds two incidents is split in two, and nothing of either is lost."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import translation

from lynnsupport.common.refusal import Refused
from sla.domain.clock_events import Ground
from tests.tickets.stories import Cast, chile, make_cast, raise_ticket
from tickets.models import Message, Ticket, TicketEvent, TicketLink
from tickets.operations import (
    answer_customer,
    ask_customer,
    close_ticket,
    decide_severity,
    exclude,
    reply_as_customer,
    revert_exclusion,
    split_ticket,
    sweep_clocks,
    write_note,
)
from tickets.verification import differences

pytestmark = pytest.mark.rule("INT-6")

NINE = chile("2026-11-23 09:00")


@pytest.fixture(autouse=True)
def _english():
    """Refusals are compared in the language of their msgids."""
    with translation.override("en"):
        yield


def after(minutes: int):
    return NINE + timedelta(minutes=minutes)


@pytest.fixture
def ticket(cast) -> Ticket:
    return raise_ticket(cast, NINE, impact_percent=50)


def split(ticket: Ticket, cast: Cast, *messages: Message, minutes: int = 60, **changes) -> Ticket:
    given = {
        "by": cast.engineer,
        "messages": [message.pk for message in messages],
        "subject": "Además fallan los reportes",
        "reason": "Es otro incidente",
        "now": after(minutes),
    }
    return split_ticket(ticket, **given | changes)


def write(ticket: Ticket, cast: Cast, minutes: int, body: str = "Además fallan los reportes.") -> Message:
    return reply_as_customer(ticket, by=cast.designated.user, body=body, now=after(minutes))


def clocks_of(ticket: Ticket) -> list[tuple]:
    rows = ticket.clocks.order_by("kind", "started_at", "pk")
    return [(c.kind, c.state, c.started_at, c.due_at, c.stopped_at, c.paused_since) for c in rows]


def test_the_chosen_messages_go_to_a_new_ticket_and_both_show_the_other(cast, ticket):
    second = write(ticket, cast, 10)
    part = split(ticket, cast, second)
    assert list(part.messages.all()) == [second]
    assert [m.body for m in ticket.messages.all()] == [ticket.description]
    assert (part.subject, part.description) == ("Además fallan los reportes", second.body)
    assert part.number != ticket.number
    link = TicketLink.objects.get()
    assert (link.kind, link.source, link.target, link.by) == ("split", ticket, part, cast.engineer)
    told = TicketEvent.objects.filter(kind="split").values_list("ticket", "data__number", "reason")
    assert set(told) == {
        (ticket.pk, part.number, "Es otro incidente"),
        (part.pk, ticket.number, "Es otro incidente"),
    }


def test_the_new_ticket_keeps_registration_escalation_and_clocks_with_their_pauses(cast, ticket):
    question = ask_customer(ticket, by=cast.engineer, question="¿Qué sesión?", now=after(20))
    answer = write(ticket, cast, 50)
    part = split(ticket, cast, answer, minutes=70)
    assert (part.registered_at, part.escalated_at) == (ticket.registered_at, ticket.escalated_at)
    assert part.escalated_by == ticket.escalated_by
    kept = [row for row in clocks_of(ticket) if row[0] != "next_response"]
    assert [row for row in clocks_of(part) if row[0] != "next_response"] == kept
    restoration = part.clocks.get(kind="restoration")
    assert [e.kind for e in restoration.events.order_by("sequence")] == ["started", "paused", "resumed"]
    assert question.ticket == ticket
    assert list(differences(after(70))) == []


def test_the_answer_that_a_message_asks_for_is_owed_where_the_message_is(cast, ticket):
    answer_customer(ticket, by=cast.engineer, body="Lo vemos.", now=after(5))
    second = write(ticket, cast, 10)
    part = split(ticket, cast, second, minutes=20)
    assert part.clocks.get(kind="next_response").started_at == second.at
    assert part.customer_waits_since == second.at
    ticket.refresh_from_db()
    assert ticket.customer_waits_since is None
    answer_customer(part, by=cast.engineer, body="Reportes listos.", now=after(30))
    assert part.clocks.get(kind="next_response").stopped_at == after(30)
    assert list(differences(after(30))) == []


def test_a_moved_message_behind_one_that_stays_gets_an_answer_clock_of_its_own(cast, ticket):
    answer_customer(ticket, by=cast.engineer, body="Lo vemos.", now=after(5))
    first, second = write(ticket, cast, 10, "Sigue igual."), write(ticket, cast, 15)
    part = split(ticket, cast, second, minutes=20)
    assert part.clocks.get(kind="next_response").started_at == second.at
    ticket.refresh_from_db()
    assert ticket.customer_waits_since == first.at
    assert ticket.clocks.get(kind="next_response").started_at == first.at


def test_what_was_breached_is_so_on_both_and_is_not_told_again(cast, ticket, told):
    second = write(ticket, cast, 10)
    sweep_clocks(now=after(120))
    told()
    part = split(ticket, cast, second, minutes=130)
    assert part.clocks.get(kind="first_response").breached_at == after(60)
    assert sweep_clocks(now=after(130)) == 0
    assert {kind for kind, _ in told()} == {"ticket_split"}
    assert list(differences(after(130))) == []


def test_decisions_about_the_whole_hold_for_the_part_and_can_be_reverted_there(cast, ticket):
    decide_severity(ticket, by=cast.engineer, severity=1, reason="Nada funciona", now=after(5))
    exclude(
        ticket, by=cast.engineer, ground=Ground.THIRD_PARTY, provider="Nube", finding="Suyo", now=after(10)
    )
    second = write(ticket, cast, 15)
    part = split(ticket, cast, second, minutes=20)
    assert part.severity == 1
    assert part.assessments.count() == ticket.assessments.count()
    exclusion = part.exclusions.get()
    revert_exclusion(exclusion, by=cast.engineer, reason="No era", now=after(30))
    assert ticket.exclusions.get().is_in_force
    assert part.clocks.get(kind="restoration").state == "running"
    assert ticket.clocks.get(kind="restoration").state == "excused"
    assert list(differences(after(30))) == []


def test_internal_notes_stay_internal_on_the_new_ticket(cast, ticket):
    note = write_note(ticket, by=cast.engineer, body="Es el conector", now=after(5))
    second = write(ticket, cast, 10)
    part = split(ticket, cast, note, second)
    assert part.messages.get(pk=note.pk).is_internal
    assert part.last_message_at == second.at


def test_the_same_form_sent_twice_makes_one_ticket(cast, ticket, told):
    second, key = write(ticket, cast, 10), uuid4()
    part = split(ticket, cast, second, submission_key=key)
    told()
    assert split(ticket, cast, second, submission_key=key) == part
    assert Ticket.objects.count() == 2
    assert told() == []


def test_both_reporters_hear_of_it_once(cast, ticket, told):
    second = reply_as_customer(ticket, by=cast.colleague.user, body="Además…", now=after(10))
    told()
    split(ticket, cast, second)
    mails = [("ticket_split", cast.designated.email), ("ticket_split", cast.colleague.email)]
    assert sorted(told()) == sorted(mails)


def test_refusals_write_nothing(cast, ticket):
    first = ticket.messages.get()
    second = write(ticket, cast, 10)
    other = raise_ticket(make_cast(at=NINE), NINE)
    foreign = other.messages.get()
    for chosen, changes, reason in [
        ([], {}, "Choose the messages that belong to the new ticket."),
        ([first, second], {}, "At least one message stays on this ticket."),
        ([second, foreign], {}, "A message that you chose is not on this ticket."),
        ([second], {"subject": " "}, "Give the new ticket a subject."),
        ([second], {"reason": " "}, "Say why: both tickets show it."),
        ([second], {"by": cast.designated.user}, "Only support splits a ticket."),
    ]:
        with pytest.raises(Refused) as refused:
            split(ticket, cast, *chosen, **changes)
        assert str(refused.value.reason) == reason
    with pytest.raises(Refused) as absent:
        split(ticket, cast, messages=[second.pk, 10**9])
    assert str(absent.value.reason) == "A message that you chose is not on this ticket."
    assert Ticket.objects.count() == 2
    assert set(ticket.messages.all()) == {first, second}


def test_a_closed_ticket_is_reopened_first(cast, ticket):
    second = write(ticket, cast, 10)
    close_ticket(ticket, by=cast.engineer, reason="not_covered", words="No", now=after(20))
    with pytest.raises(Refused, match="closed"):
        split(ticket, cast, second)
