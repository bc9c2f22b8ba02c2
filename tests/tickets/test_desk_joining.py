"""INT-6 at the desk and in the portal: splitting, merging, and the links that both tickets show."""

from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.core.files.base import ContentFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from lynnsupport.accounts.domain.roles import Role
from tests.factories import UserFactory
from tests.tickets.desk_pages import address, page_of
from tests.tickets.pages import content_of, signed_in, text_of
from tests.tickets.stories import chile, make_cast, raise_ticket
from tickets.evidence import Upload
from tickets.models import Message, Ticket, TicketLink
from tickets.operations import merge_ticket, reply_as_customer, split_ticket, write_note

pytestmark = pytest.mark.rule("INT-6")

NINE = chile("2026-11-23 09:00")
TEN = NINE + timedelta(hours=1)


@pytest.fixture(autouse=True)
def _at_ten():
    with time_machine.travel(TEN, tick=False):
        yield


@pytest.fixture
def ticket(cast) -> Ticket:
    return raise_ticket(cast, NINE, subject="El bot no responde")


@pytest.fixture
def second(cast, ticket) -> Message:
    upload = Upload("reportes.txt", ContentFile(b"vacio"))
    return reply_as_customer(
        ticket, by=cast.designated.user, body="Además fallan los reportes.", now=TEN, evidence=[upload]
    )


@pytest.fixture
def desk(cast):
    return signed_in(UserFactory(role=Role.DESK))


def split_form(*messages, **changes):
    return {
        "submission_key": str(uuid4()),
        "messages": [getattr(message, "pk", message) for message in messages],
        "subject": "Fallan los reportes",
        "reason": "Es otro incidente",
    } | changes


def in_portal(ticket: Ticket) -> str:
    return reverse("tickets:detail", args=[ticket.number])


def test_the_ticked_messages_go_to_a_new_ticket(desk, cast, ticket, second):
    page = desk.get(address("split", ticket.pk))
    assert [message for message, _ in page.context["said"]] == list(ticket.messages.all())
    answer = desk.post(address("split", ticket.pk), split_form(second))
    part = Ticket.objects.latest("pk")
    assert answer.url == page_of(part)
    assert list(part.messages.all()) == [second]
    file = second.attachments.get()
    reader = signed_in(cast.designated.user)
    here = reader.get(reverse("tickets:attachment", args=[part.number, file.public_id]))
    assert content_of(here) == b"vacio"
    gone = reader.get(reverse("tickets:attachment", args=[ticket.number, file.public_id]))
    assert gone.status_code == 404


def test_two_presses_make_one_ticket(desk, ticket, second):
    form = split_form(second)
    answers = [desk.post(address("split", ticket.pk), form) for _ in range(2)]
    assert {answer.url for answer in answers} == {page_of(Ticket.objects.latest("pk"))}
    assert Ticket.objects.count() == 2


def test_what_is_missing_is_said_and_what_was_typed_stays(desk, ticket, second):
    page = desk.post(address("split", ticket.pk), split_form(second, subject=""))
    assert page.status_code == 422
    assert [is_ticked for _, is_ticked in page.context["said"]] == [False, True]
    assert "Es otro incidente" in page.content.decode()
    every = desk.post(address("split", ticket.pk), split_form(*ticket.messages.all()))
    assert (every.status_code, str(every.context["refusal"].reason)) == (
        409, "At least one message stays on this ticket.",
    )  # fmt: skip


def test_a_foreign_message_is_no_choice_like_an_absent_one(desk, ticket, second):
    foreign = raise_ticket(make_cast(at=NINE), NINE).messages.get()
    answers = [desk.post(address("split", ticket.pk), split_form(pk)) for pk in (foreign.pk, 10**9)]
    said = [
        str(a.context["form"].errors).replace(str(foreign.pk), "N").replace("1000000000", "N")
        for a in answers
    ]
    assert said[0] == said[1] != ""
    assert Ticket.objects.count() == 2


def test_a_duplicate_is_merged_into_a_similar_ticket_of_the_customer(desk, cast, ticket):
    duplicate = raise_ticket(cast, TEN, subject="Bot no responde")
    raise_ticket(cast, TEN, subject="Reportes vacíos")
    raise_ticket(make_cast(at=NINE), NINE, subject="El bot no responde")
    page = desk.get(address("merge", duplicate.pk))
    assert page.context["offered"] == [ticket]
    answer = desk.post(address("merge", duplicate.pk), {"into": ticket.number, "reason": "Lo mismo"})
    assert answer.url == page_of(ticket)
    assert TicketLink.objects.get().target == ticket


def test_a_number_can_be_typed_instead_of_chosen(desk, cast, ticket):
    duplicate = raise_ticket(cast, TEN, subject="Otra cosa")
    nothing = desk.post(address("merge", duplicate.pk), {"reason": "Lo mismo"})
    assert (nothing.status_code, list(nothing.context["form"].errors)) == (422, ["number"])
    typed = {"number": f" {ticket.number.lower()}", "reason": "Lo mismo"}
    assert desk.post(address("merge", duplicate.pk), typed).url == page_of(ticket)


def test_the_search_stays_within_the_customer(desk, cast, ticket):
    duplicate = raise_ticket(cast, TEN, subject="Bot caído")
    foreign = raise_ticket(make_cast(at=NINE), NINE, subject="El bot no responde")
    for words, found in [("responde", [ticket]), (ticket.number, [ticket]), (foreign.number, [])]:
        assert desk.get(address("merge", duplicate.pk), {"q": words}).context["offered"] == found


def test_a_foreign_number_answers_like_an_absent_one(desk, cast, ticket):
    foreign = raise_ticket(make_cast(at=NINE), NINE)
    said = []
    for number in (foreign.number, "LYN-2026-999999"):
        for field in ("into", "number"):
            answer = desk.post(address("merge", ticket.pk), {field: number, "reason": "x"})
            assert answer.status_code == 422
            said.append(answer.context["form"].errors["number"][0].replace(number, "N"))
    assert set(said) == {said[0]}
    assert not TicketLink.objects.exists()


def test_a_refused_merge_says_the_way_round(desk, cast, ticket):
    later = raise_ticket(cast, TEN)
    page = desk.post(address("merge", ticket.pk), {"into": later.number, "reason": "x"})
    assert page.status_code == 409
    assert f"Merge {later.number} into {ticket.number}." in text_of(page)


@pytest.mark.parametrize("act", ["split", "merge"])
def test_who_may_not_is_told_and_writes_nothing(cast, ticket, act):
    executive = signed_in(cast.executive)
    assert executive.get(address(act, ticket.pk)).status_code in (302, 403)
    partner = signed_in(cast.designated.user)
    assert partner.post(address(act, ticket.pk), {}).status_code in (302, 403)
    assert signed_in(cast.engineer).get(address(act, 10**9)).status_code == 404


def test_both_tickets_show_the_other_in_the_portal_and_at_the_desk(desk, cast, ticket, second):
    part = split_ticket(
        ticket, by=cast.engineer, messages=[second.pk], subject="Reportes", reason="Otro", now=TEN
    )
    reader = signed_in(cast.designated.user)
    for client, place in ((reader, in_portal), (desk, page_of)):
        assert f"A part of it goes on in {part.number} · Reportes" in text_of(client.get(place(ticket)))
        assert f"Split off from {ticket.number} · El bot no responde" in text_of(client.get(place(part)))


def test_what_was_said_on_a_duplicate_is_read_on_the_survivor(desk, cast, ticket):
    duplicate = raise_ticket(cast, TEN, reporter=cast.colleague, description="Nadie puede comprar.")
    write_note(duplicate, by=cast.engineer, body="Es lo de siempre", now=TEN)
    merge_ticket(duplicate, into=ticket, by=cast.engineer, reason="Lo mismo", now=TEN)
    reader = signed_in(cast.colleague.user)
    survivor = text_of(reader.get(in_portal(ticket)))
    assert "Nadie puede comprar." in survivor
    assert "Es lo de siempre" not in survivor
    assert "Es lo de siempre" in text_of(desk.get(page_of(ticket)))
    gone = text_of(reader.get(in_portal(duplicate)))
    assert f"Duplicate of {ticket.number} · El bot no responde" in gone


def test_the_page_costs_the_same_for_one_link_and_for_three(desk, cast, ticket):
    def split_off() -> None:
        message = reply_as_customer(ticket, by=cast.designated.user, body="Otro más", now=TEN)
        split_ticket(ticket, by=cast.engineer, messages=[message.pk], subject="Otro", reason="Otro", now=TEN)

    def cost() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert desk.get(page_of(ticket)).status_code == 200
        return len(captured)

    split_off()
    cost()
    one = cost()
    split_off()
    split_off()
    assert cost() == one
