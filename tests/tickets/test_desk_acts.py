"""What is done from a ticket's page at the desk: each act, its refusals, and a page that has gone stale."""

from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile

from lynnsupport.accounts.domain.roles import Role
from tests.factories import ContactFactory, UserFactory
from tickets.domain.lifecycle import State
from tickets.models import Message, TicketEvent
from tickets.operations import answer_customer, assign, close_ticket, decide_severity, reply_as_customer

from .desk_pages import do, last_event, page_of, write
from .pages import signed_in, text_of
from .stories import chile, raise_ticket

NOW = chile("2026-11-23 10:00")
LATER = NOW + timedelta(minutes=30)


@pytest.fixture(autouse=True)
def _half_past_ten():
    with time_machine.travel(LATER, tick=False):
        yield


@pytest.fixture
def ticket(cast):
    return raise_ticket(cast, NOW)


@pytest.fixture
def engineer(cast):
    return signed_in(cast.engineer)


def state_of(ticket):
    ticket.refresh_from_db()
    return ticket.state


# ---------- the text box ----------


@pytest.mark.rule("RSP-2", "RSP-3")
def test_an_answer_reaches_the_customer_and_stops_the_response_clock(ticket, engineer, cast, told):
    told()
    response = write(engineer, ticket, "answer", "Estamos en ello.")
    message = ticket.messages.latest("pk")
    assert response.url == f"{page_of(ticket)}#m{message.pk}"
    assert (message.side, message.is_internal, message.body, message.author) == (
        Message.Side.SUPPORT, False, "Estamos en ello.", cast.engineer,
    )  # fmt: skip
    ticket.refresh_from_db()
    assert ticket.first_response_at == LATER
    assert told() == [("support_answered", cast.designated.email)]


def test_a_note_stays_inside_and_stops_no_clock(ticket, engineer, told):
    told()
    write(engineer, ticket, "note", "Mirar el conector.")
    message = ticket.messages.latest("pk")
    assert (message.is_internal, message.body) == (True, "Mirar el conector.")
    ticket.refresh_from_db()
    assert (ticket.first_response_at, told()) == (None, [])


@pytest.mark.rule("COP-1", "RST-6")
def test_a_question_waits_for_the_customer(ticket, engineer):
    write(engineer, ticket, "ask", "¿Qué sesión?")
    assert state_of(ticket) == State.WAITING_CUSTOMER
    assert set(ticket.clocks.filter(state="paused").values_list("kind", flat=True)) == {"restoration"}


def test_a_solution_is_proposed(ticket, engineer):
    write(engineer, ticket, "propose", "Reiniciamos el conector.")
    assert state_of(ticket) == State.SOLUTION_PROPOSED


@pytest.mark.parametrize("way", ["answer", "note", "ask", "propose"])
def test_the_same_form_sent_twice_writes_once(ticket, engineer, way):
    key = str(uuid4())
    first = write(engineer, ticket, way, "Una vez.", submission_key=key)
    again = write(engineer, ticket, way, "Una vez.", submission_key=key)
    assert (first.status_code, again.status_code) == (302, 302)
    assert ticket.messages.filter(body="Una vez.").count() == 1


def test_a_form_sent_again_with_another_text_is_not_swallowed(ticket, engineer):
    key = str(uuid4())
    write(engineer, ticket, "answer", "Lo primero.", submission_key=key)
    again = write(engineer, ticket, "answer", "Lo segundo.", submission_key=key)
    assert again.status_code == 409
    form = again.context["write"].form
    assert form["body"].value() == "Lo segundo."
    assert form["submission_key"].value() != key
    write(engineer, ticket, "answer", "Lo segundo.", submission_key=form["submission_key"].value())
    assert [m.body for m in ticket.messages.order_by("pk")][1:] == ["Lo primero.", "Lo segundo."]


@pytest.mark.parametrize("way", ["answer", "note", "ask", "propose"])
def test_files_come_with_whatever_is_written(ticket, engineer, way):
    write(engineer, ticket, way, "Va el registro.", files=[SimpleUploadedFile("conector.log", b"error")])
    [file] = ticket.messages.latest("pk").attachments.all()
    assert (file.name, file.size) == ("conector.log", 5)


def test_an_empty_text_is_asked_for_beside_the_field(ticket, engineer):
    response = write(engineer, ticket, "answer", "  ")
    assert response.status_code == 422
    assert response.context["write"].form.errors == {"body": ["Write a text or attach a file."]}
    assert ticket.messages.count() == 1


def test_a_file_that_cannot_be_taken_keeps_the_text(ticket, engineer):
    response = write(engineer, ticket, "answer", "Va.", files=[SimpleUploadedFile("bot.exe", b"MZ")])
    form = response.context["write"].form
    assert (response.status_code, form["body"].value()) == (422, "Va.")
    assert len(form.errors["files"]) == 2  # why, and that it has to be chosen again


def test_a_way_that_does_not_exist_is_no_choice(ticket, engineer):
    response = write(engineer, ticket, "shout", "Hola")
    assert (response.status_code, ticket.messages.count()) == (422, 1)


# ---------- owner ----------


def test_taking_a_ticket_makes_it_ones_own(ticket, engineer, cast):
    response = do(engineer, ticket, "take")
    ticket.refresh_from_db()
    assert (response.url, ticket.owner) == (page_of(ticket), cast.engineer)


def test_nobody_takes_unseen_what_somebody_else_has_taken(ticket, engineer, cast):
    seen = last_event(ticket)
    assign(ticket, by=cast.desk_lead, owner=cast.desk_lead, now=LATER)
    response = do(engineer, ticket, "take", seen=seen)
    ticket.refresh_from_db()
    assert (response.status_code, ticket.owner) == (409, cast.desk_lead)
    assert cast.desk_lead.name in text_of(response)
    # Having been told, one may still take it over.
    do(engineer, ticket, "take", seen=response.context["seen"])
    ticket.refresh_from_db()
    assert ticket.owner == cast.engineer


def test_a_ticket_is_assigned_with_a_reason_that_only_lynn_reads(ticket, engineer, cast):
    do(engineer, ticket, "assign", owner=cast.desk_lead.pk, reason="Conoce al cliente")
    ticket.refresh_from_db()
    assert ticket.owner == cast.desk_lead
    assert ticket.events.latest("pk").reason == "Conoce al cliente"
    do(engineer, ticket, "assign", owner="", reason="")
    ticket.refresh_from_db()
    assert ticket.owner is None


def test_only_people_of_the_desk_can_be_chosen_as_owners(ticket, engineer, cast):
    gone = UserFactory(role=Role.ENGINEER, is_active=False)
    for person in (cast.designated.user, cast.executive, gone):
        response = do(engineer, ticket, "assign", owner=person.pk)
        assert (response.status_code, "owner" in response.context["attempt"].form.errors) == (422, True)
    ticket.refresh_from_db()
    assert ticket.owner is None


# ---------- severity ----------


@pytest.mark.rule("SEV-4", "SEV-5")
def test_an_engineer_decides_the_severity_with_a_reason(ticket, engineer, cast):
    do(engineer, ticket, "severity", severity="1", reason="Todo está caído")
    ticket.refresh_from_db()
    assert ticket.decided_severity == 1
    decision = ticket.assessments.latest("pk")
    assert (decision.by, decision.reason, decision.severity) == (cast.engineer, "Todo está caído", 1)


@pytest.mark.parametrize(
    ("data", "field"), [({"severity": "1"}, "reason"), ({"severity": "4", "reason": "x"}, "severity")]
)
def test_a_decision_lacks_neither_reason_nor_sense(ticket, engineer, data, field):
    response = do(engineer, ticket, "severity", **data)
    assert (response.status_code, list(response.context["attempt"].form.errors)) == (422, [field])


def test_a_second_decision_on_a_stale_page_overwrites_nothing(ticket, engineer, cast):
    seen = last_event(ticket)
    decide_severity(ticket, by=cast.desk_lead, severity=3, reason="Un solo usuario", now=LATER)
    response = do(engineer, ticket, "severity", seen=seen, severity="1", reason="Todo está caído")
    ticket.refresh_from_db()
    assert (response.status_code, ticket.decided_severity) == (409, 3)
    form = response.context["attempt"].form
    assert (form["severity"].value(), form["reason"].value()) == ("1", "Todo está caído")


# ---------- moving on ----------


@pytest.mark.rule("EXC-1")
def test_waiting_for_a_third_party_and_going_on(ticket, engineer):
    do(engineer, ticket, "wait-for-provider", reason="Azure, Brasil Sur")
    assert state_of(ticket) == State.WAITING_PROVIDER
    do(engineer, ticket, "provider-answered", reason="Repuesto")
    assert state_of(ticket) == State.OPEN


def test_a_question_is_withdrawn(ticket, engineer):
    write(engineer, ticket, "ask", "¿Qué sesión?")
    do(engineer, ticket, "withdraw-question", reason="Ya lo vimos en el registro")
    assert state_of(ticket) == State.OPEN


@pytest.mark.rule("RST-1")
@pytest.mark.parametrize(
    ("at", "stored"),
    [
        ("", LATER),
        ("2026-11-23T10:12", NOW + timedelta(minutes=12)),
        ("2026-11-23T10:00", NOW + timedelta(seconds=25)),  # the minute in which it was escalated
    ],
)
def test_a_restoration_is_recorded_with_its_time(cast, engineer, at, stored):
    ticket = raise_ticket(cast, NOW + timedelta(seconds=25))
    do(engineer, ticket, "restored", at=at)
    ticket.refresh_from_db()
    assert ticket.restored_at == stored


def test_a_moment_is_read_on_the_engineers_own_clock(ticket, cast):
    cast.engineer.time_zone = "America/Lima"  # two hours behind Chile in November
    cast.engineer.save()
    do(signed_in(cast.engineer), ticket, "resolved", at="2026-11-23T08:20")
    ticket.refresh_from_db()
    assert ticket.resolved_at == chile("2026-11-23 10:20")


def test_a_moment_that_no_clock_showed_is_asked_for_again(ticket, cast, engineer):
    # In Chile the night of 6 September 2026 has no minute between 00:00 and 01:00.
    response = do(engineer, ticket, "restored", at="2026-09-06T00:30")
    assert (response.status_code, list(response.context["attempt"].form.errors)) == (422, ["at"])


@pytest.mark.parametrize("at", ["2026-11-23T10:45", "2026-11-23T09:00"])
def test_RST_1_no_restoration_in_the_future_or_before_the_clocks(ticket, engineer, at):
    response = do(engineer, ticket, "restored", at=at)
    ticket.refresh_from_db()
    assert (response.status_code, ticket.restored_at) == (409, None)
    assert response.context["attempt"].refusal.rule == "RST-1"
    assert response.context["attempt"].form["at"].value() == at


def test_a_ticket_is_closed_for_a_reason_that_its_state_allows(ticket, engineer):
    form = engineer.get(page_of(ticket)).context["open_panels"]
    [close] = [panel.form for panel in form if panel.act.slug == "close"]
    assert [value for value, _label in close.fields["because"].choices] == ["duplicate", "not_covered"]
    refused = do(engineer, ticket, "close", because="no_answer", words="No contestó")
    assert (refused.status_code, refused.context["attempt"].refusal.rule) == (409, "CRP-3")
    do(engineer, ticket, "close", because="duplicate", words="Es el LYN-2026-000007")
    assert (state_of(ticket), ticket.close_reason) == (State.CLOSED, "duplicate")


# ---------- the telephone ----------


@pytest.mark.rule("RSP-1")
def test_a_call_is_put_on_record_and_counts_as_the_answer(ticket, engineer, cast):
    key = str(uuid4())
    data = {
        "contact": cast.colleague.pk,
        "called_at": "2026-11-23T10:10",
        "summary": "Le dije que trabajamos en ello",
    }
    for _twice in range(2):
        do(engineer, ticket, "call", submission_key=key, **data)
    [call] = ticket.events.filter(kind=TicketEvent.Kind.CALL_RECORDED)
    assert (call.contact, call.at, call.recorded_at) == (cast.colleague, chile("2026-11-23 10:10"), LATER)
    ticket.refresh_from_db()
    assert ticket.first_response_at == chile("2026-11-23 10:10")


def test_INT_5_a_call_with_a_stranger_is_no_choice(ticket, engineer):
    stranger = ContactFactory()
    response = do(engineer, ticket, "call", contact=stranger.pk, summary="Hola", submission_key=str(uuid4()))
    assert (response.status_code, list(response.context["attempt"].form.errors)) == (422, ["contact"])


@pytest.mark.rule("CON-2")
def test_a_designated_contact_who_called_sets_the_clocks_running(cast, engineer):
    ticket = raise_ticket(cast, NOW, reporter=cast.colleague)
    assert ticket.clocks.count() == 0
    do(engineer, ticket, "escalate", contact=cast.designated.pk, called_at="2026-11-23T10:20")
    ticket.refresh_from_db()
    assert (ticket.state, ticket.escalated_at, ticket.escalated_by) == (
        State.OPEN, chile("2026-11-23 10:20"), cast.designated,
    )  # fmt: skip
    assert set(ticket.clocks.values_list("kind", "started_at")) == {
        ("first_response", chile("2026-11-23 10:20")),
        ("restoration", chile("2026-11-23 10:20")),
    }


@pytest.mark.rule("CON-2")
@pytest.mark.parametrize("called_at", ["2026-11-23T10:40", "2026-11-23T09:30"])
def test_an_escalation_lies_neither_in_the_future_nor_before_the_ticket(cast, engineer, called_at):
    ticket = raise_ticket(cast, NOW, reporter=cast.colleague)
    response = do(engineer, ticket, "escalate", contact=cast.designated.pk, called_at=called_at)
    assert (response.status_code, state_of(ticket)) == (409, State.REGISTERED)


def test_CON_1_only_designated_contacts_can_be_chosen(cast, engineer):
    ticket = raise_ticket(cast, NOW, reporter=cast.colleague)
    response = do(engineer, ticket, "escalate", contact=cast.colleague.pk)
    assert (response.status_code, state_of(ticket)) == (422, State.REGISTERED)


# ---------- a page that has gone stale ----------


def test_what_no_longer_fits_says_what_happened_and_keeps_the_text(ticket, engineer, cast):
    seen = last_event(ticket)
    close_ticket(ticket, by=cast.desk_lead, reason="duplicate", words="Es otro", now=LATER)
    response = write(engineer, ticket, "answer", "Una respuesta larga.", seen=seen)
    assert response.status_code == 409
    assert response.context["write"].form["body"].value() == "Una respuesta larga."
    assert [(line.title, line.by) for line in response.context["meanwhile"]] == [
        ("State changed: Open → Closed", cast.desk_lead.name)
    ]
    assert ticket.messages.count() == 1


@pytest.mark.parametrize(
    ("act", "data", "rule"),
    [
        ("wait-for-provider", {"reason": "Azure"}, "EXC-1"),
        ("provider-answered", {"reason": "Ya"}, "EXC-1"),
        ("withdraw-question", {"reason": "Ya"}, "COP-1"),
        ("close", {"because": "duplicate", "words": "Otra vez"}, "CRP-3"),
        ("severity", {"severity": "1", "reason": "Ya"}, "SEV-4"),
    ],
)
def test_an_act_that_a_closed_ticket_does_not_know_is_refused_in_words(
    ticket, engineer, cast, act, data, rule
):
    close_ticket(ticket, by=cast.desk_lead, reason="duplicate", words="Es otro", now=LATER)
    response = do(engineer, ticket, act, **data)
    attempt = response.context["attempt"]
    assert (response.status_code, attempt.refusal.rule) == (409, rule)
    assert {name: attempt.form[name].value() for name in data} == data
    assert str(attempt.refusal.reason) in text_of(response).replace("&#x27;", "'")


def test_what_others_did_meanwhile_is_told_when_an_answer_goes_through(ticket, engineer, cast):
    seen = last_event(ticket)
    answer_customer(ticket, by=cast.desk_lead, body="Ya lo vemos.", now=LATER)
    reply_as_customer(ticket, by=cast.designated.user, body="Sigue igual.", now=LATER)
    response = write(engineer, ticket, "answer", "Lo reviso.", seen=seen)
    told = [str(message) for message in engineer.get(response.url).context["messages"]]
    assert told == [
        "Your answer is with the customer.",
        f"Meanwhile: Support answered ({cast.desk_lead.name}).",
        f"Meanwhile: The customer wrote ({cast.designated.name}).",
    ]


def test_nobodys_text_is_lost_when_many_write_at_once(ticket, cast):
    clients = [signed_in(UserFactory(role=Role.ENGINEER)) for _each in range(5)]
    seen = last_event(ticket)
    for number, client in enumerate(clients):
        write(client, ticket, "answer", f"Respuesta {number}", seen=seen)
    bodies = list(ticket.messages.order_by("pk").values_list("body", flat=True))[1:]
    assert bodies == [f"Respuesta {number}" for number in range(5)]


@pytest.mark.parametrize("seen", ["", "abc", "-1", "9" * 30, "٣"])
def test_a_page_that_says_nothing_sensible_of_what_it_saw_has_seen_nothing(ticket, engineer, cast, seen):
    decide_severity(ticket, by=cast.desk_lead, severity=3, reason="Un solo usuario", now=LATER)
    response = do(engineer, ticket, "severity", seen=seen, severity="1", reason="Todo")
    ticket.refresh_from_db()
    assert (response.status_code, ticket.decided_severity) == (409, 3)


def test_looking_at_the_address_of_an_act_leads_back_to_the_page(ticket, engineer):
    from tickets.admin.acts import all_acts

    for act in all_acts():
        response = engineer.get(f"/admin/tickets/ticket/{ticket.pk}/{act.slug}/")
        assert (response.status_code, response.url) == (302, page_of(ticket))


def test_the_page_itself_takes_no_form(ticket, engineer):
    assert engineer.post(page_of(ticket), {"subject": "Otro"}).status_code == 405
