"""Raising an escalation: to the desk, to the executive, by telephone and by mail."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction

from lynnsupport.accounts.models import Partner
from lynnsupport.common.refusal import Refused
from lynnsupport.outbox.letters import write
from lynnsupport.outbox.models import OutboxMessage
from tests.factories import ContactFactory, CustomerFactory
from tests.tickets.stories import chile
from tickets.domain.lifecycle import CloseReason, State
from tickets.escalation.domain.course import Stage
from tickets.escalation.domain.eligibility import Ground
from tickets.escalation.models import Escalation
from tickets.escalation.operations import answer_at_desk, record_call, record_mail
from tickets.escalation.queries import case_of
from tickets.models.record import AppendOnlyError
from tickets.operations import (
    answer_customer,
    close_ticket,
    propose_solution,
    record_restoration,
    sweep_clocks,
)

from .stories import CONTENT, MINUTE, NOW, raise_ticket, to_desk, to_executive

pytestmark = pytest.mark.django_db


@pytest.fixture
def ticket(cast):
    return raise_ticket(cast, NOW)


def steps_of(escalation):
    return list(escalation.steps.values_list("step", flat=True))


# ---------- level 1 ----------


@pytest.mark.rule("ESC-1", "RSP-4")
def test_ESC_1_stands_on_the_ticket_and_owes_an_answer(cast, ticket, told):
    answer_customer(ticket, by=cast.engineer, body="Lo vemos", now=NOW)
    told()
    escalation = to_desk(ticket, cast.designated.user)
    assert (escalation.level, escalation.rule, escalation.stage) == (1, "ESC-1", Stage.WAITING)
    assert steps_of(escalation) == ["raise"]
    message = ticket.messages.latest("pk")
    assert message.contact == cast.designated
    assert message.body.startswith("Nadie puede entrar.")
    assert "No se vende nada." in message.body
    assert ticket.clocks.get(kind="next_response").started_at == NOW + MINUTE
    event = ticket.events.get(kind="level_raised")
    assert event.data == {"level": 1, "ground": "not_satisfied", "rule": "ESC-1"}
    assert told() == [("escalation_to_desk", cast.desk_lead.email)]


@pytest.mark.rule("ESC-1", "CON-2")
def test_ESC_1_by_a_designated_contact_sets_a_registered_ticket_running(cast):
    ticket = raise_ticket(cast, NOW, reporter=cast.colleague)
    with pytest.raises(Refused, match="CON-2"):
        to_desk(ticket, cast.colleague.user)
    to_desk(ticket, cast.designated.user)
    ticket.refresh_from_db()
    assert (ticket.state, ticket.escalated_at) == (State.OPEN, NOW + MINUTE)


def test_the_same_form_twice_is_one_escalation(cast, ticket, told):
    key = uuid4()
    first = to_desk(ticket, cast.designated.user, submission_key=key)
    told()
    assert to_desk(ticket, cast.designated.user, submission_key=key, now=NOW + 5 * MINUTE) == first
    assert told() == []
    mail = to_executive(ticket, cast.designated.user, submission_key=(again := uuid4()))
    assert to_executive(ticket, cast.designated.user, submission_key=again) == mail
    assert Escalation.objects.count() == 2


def test_the_second_of_two_people_is_told_of_the_first(cast, ticket):
    to_desk(ticket, cast.designated.user)
    with pytest.raises(Refused, match="ESC-1"):
        to_desk(ticket, cast.colleague.user)


def test_only_the_customers_side_escalates(cast, ticket):
    for by in (cast.engineer, cast.executive):
        with pytest.raises(Refused, match="Only the customer's side"):
            to_desk(ticket, by)


# ---------- level 2 ----------


@pytest.mark.rule("ESC-2")
def test_ESC_2_sends_the_agreements_mail_to_the_executive_in_the_tickets_thread(cast, ticket, told):
    with pytest.raises(Refused) as refused:
        to_executive(ticket, cast.designated.user)
    assert (refused.value.rule, refused.value.allowed_from) == ("ESC-2", chile("2026-11-23 11:00"))
    to_desk(ticket, cast.designated.user)
    told()
    escalation = to_executive(ticket, cast.designated.user)
    assert escalation.rule == "ESC-2"
    assert told() == [
        ("escalation_to_executive", cast.executive.email),
        ("escalation_step", cast.designated.email),
    ]
    mail = OutboxMessage.objects.get(kind="escalation_to_executive")
    write(mail)
    assert (mail.thread, mail.about) == (ticket.number, ticket.number)
    assert mail.subject == f"[{cast.customer.name}] – {ticket.number} – Bot caído"
    said = mail.body_text
    for text in (
        ticket.number,
        cast.customer.name,
        "Chile",
        "Nadie puede entrar.",
        "No se vende nada.",
        "Lynn Chat",
        "+56 2 5555 0200",
        cast.designated.name,
        cast.partner.name,
    ):
        assert text in said


@pytest.mark.rule("ESC-8")
@pytest.mark.parametrize(
    ("impact", "expected"),
    [(95, "2026-11-23 10:31"), (40, "2026-11-23 12:01"), (5, "2026-11-23 15:01")],
)
def test_ESC_8_it_is_to_be_acknowledged_in_business_time_by_its_severity(cast, impact, expected):
    ticket = raise_ticket(cast, NOW, impact_percent=impact)
    to_desk(ticket, cast.designated.user, now=NOW)
    assert to_executive(ticket, cast.designated.user, now=NOW + MINUTE).acknowledge_by == chile(expected)


@pytest.mark.rule("ESC-7")
def test_ESC_7_the_breach_is_read_from_the_clocks_whether_or_not_a_sweep_ran(cast, ticket):
    at = chile("2026-11-23 11:00") + timedelta(seconds=1)
    assert not ticket.clocks.filter(breached_at__isnull=False).exists()
    escalation = to_executive(ticket, cast.designated.user, ground=Ground.NO_RESPONSE, now=at)
    assert escalation.rule == "ESC-7"
    sweep_clocks(now=at)
    other = raise_ticket(cast, NOW)
    sweep_clocks(now=at)
    assert to_executive(other, cast.designated.user, ground=Ground.NO_RESPONSE, now=at).rule == "ESC-7"


def test_the_mail_lacks_nothing(cast, ticket):
    to_desk(ticket, cast.designated.user)
    for name in ("statement", "description", "impact"):
        with pytest.raises(Refused, match="ESC-2"):
            to_executive(ticket, cast.designated.user, content=replace(CONTENT, **{name: " "}))


def test_line_ends_in_the_statement_stay_out_of_the_subject(cast, ticket):
    to_desk(ticket, cast.designated.user)
    sly = replace(CONTENT, statement="Bot\r\nBcc: otra@example.com")
    escalation = to_executive(ticket, cast.designated.user, content=sly)
    assert escalation.mail_subject.endswith("– Bot Bcc: otra@example.com")


@pytest.mark.rule("SUP-4")
def test_SUP_4_a_partner_whose_approval_was_withdrawn_is_not_attended(cast, ticket):
    Partner.objects.filter(pk=cast.partner.pk).update(approval=Partner.Approval.SUSPENDED)
    with pytest.raises(Refused, match="SUP-4"):
        to_desk(ticket, cast.designated.user)


def test_a_closed_ticket_is_not_escalated(cast, ticket):
    close_ticket(ticket, by=cast.engineer, reason=CloseReason.DUPLICATE, words="El mismo", now=NOW)
    with pytest.raises(Refused, match="CRP-3"):
        to_desk(ticket, cast.designated.user)


# ---------- the case as the rules see it ----------


@pytest.mark.rule("ESC-4")
def test_ESC_4_the_term_of_the_analysis_is_the_fifth_business_day_after_restoration(cast, ticket):
    answer_customer(ticket, by=cast.engineer, body="Lo vemos", now=NOW)
    assert case_of(ticket, contact=cast.designated, now=NOW).rca_due_at is None
    record_restoration(ticket, by=cast.engineer, now=NOW + MINUTE)
    ticket.refresh_from_db()
    due = chile("2026-11-30 18:00")
    assert case_of(ticket, contact=cast.designated, now=NOW).rca_due_at == due
    with pytest.raises(Refused) as refused:
        to_desk(ticket, cast.designated.user, ground=Ground.RCA_REQUESTED, now=due - timedelta(seconds=1))
    assert (refused.value.rule, refused.value.allowed_from) == ("ESC-4", due)
    assert to_desk(ticket, cast.designated.user, ground=Ground.RCA_REQUESTED, now=due).rule == "ESC-1"


@pytest.mark.rule("ESC-5")
def test_ESC_5_a_changed_impact_is_refused_at_every_level(cast, ticket):
    to_desk(ticket, cast.designated.user)
    with pytest.raises(Refused, match="ESC-5"):
        to_executive(ticket, cast.designated.user, ground=Ground.IMPACT_CHANGED)


# ---------- level 3 and mail, at the desk ----------


def call(ticket, cast, called_at, **changes):
    said = {
        "contact": cast.designated,
        "called_at": called_at,
        "summary": "Nadie contesta.",
        "impact": "Todo detenido.",
        "now": called_at + MINUTE,
        "submission_key": uuid4(),
    }
    return record_call(ticket, by=cast.engineer, **said | changes)


@pytest.mark.rule("ESC-3")
def test_ESC_3_the_desk_records_the_call_that_also_answers(cast, told):
    ticket = raise_ticket(cast, NOW, impact_percent=95)
    due = NOW + 15 * MINUTE
    with pytest.raises(Refused) as refused:
        call(ticket, cast, due - timedelta(seconds=1))
    assert (refused.value.rule, refused.value.allowed_from) == ("ESC-3", due)
    told()
    key = uuid4()
    escalation = call(ticket, cast, due + MINUTE, submission_key=key)
    assert call(ticket, cast, due + MINUTE, submission_key=key) == escalation
    assert (escalation.level, escalation.channel, escalation.raised_at) == (3, "telephone", due + MINUTE)
    clock = ticket.clocks.get(kind="first_response")
    assert (clock.stopped_at, clock.breached_at) == (due + MINUTE, due)
    assert ("escalation_by_telephone", cast.desk_lead.email) in told()
    with pytest.raises(Refused, match="on record already"):
        call(ticket, cast, due + 5 * MINUTE)


def test_a_call_lies_in_the_past_and_is_recorded_by_the_desk(cast):
    ticket = raise_ticket(cast, NOW, impact_percent=95)
    with pytest.raises(Refused, match="future"):
        call(ticket, cast, NOW + 20 * MINUTE, now=NOW)
    with pytest.raises(Refused, match="Only the desk"):
        record_call(
            ticket, by=cast.designated.user, contact=cast.designated, called_at=NOW, summary="x",
            impact="x", now=NOW,
        )  # fmt: skip


@pytest.mark.rule("ESC-1")
def test_ESC_1_a_mail_that_asks_for_it_is_recorded_without_a_second_message(cast, ticket, told):
    before = ticket.messages.count()
    told()
    escalation = record_mail(
        ticket, by=cast.engineer, contact=cast.designated, description="Nada.", impact="Mucho.", now=NOW
    )
    assert (escalation.level, escalation.channel) == (1, "email")
    assert ticket.messages.count() == before
    assert told() == [("escalation_step", cast.designated.email)]


@pytest.mark.rule("ESC-8")
def test_the_desk_answers_its_levels_on_the_ticket(cast, ticket, told):
    escalation = to_desk(ticket, cast.designated.user)
    told()
    key = uuid4()
    for _ in range(2):
        step = answer_at_desk(
            escalation, by=cast.engineer, words="Lo tomamos.", now=NOW + 3 * MINUTE, submission_key=key
        )
        assert step.step == "acknowledge"
    assert told() == [("support_answered", cast.designated.email)]
    assert ticket.messages.latest("pk").body == "Lo tomamos."
    answer_at_desk(escalation, by=cast.engineer, words="Seguimos.", now=NOW + 4 * MINUTE)
    answer_at_desk(escalation, by=cast.engineer, words="Listo.", now=NOW + 5 * MINUTE, settles=True)
    escalation.refresh_from_db()
    assert (escalation.stage, escalation.settled_at) == (Stage.RESOLVED, NOW + 5 * MINUTE)
    assert steps_of(escalation) == ["raise", "acknowledge", "comment", "resolve"]
    with pytest.raises(Refused, match="stands otherwise"):
        answer_at_desk(escalation, by=cast.desk_lead, words="Tarde.", now=NOW + 6 * MINUTE)
    with pytest.raises(Refused, match="Only the desk"):
        answer_at_desk(escalation, by=cast.executive, words="Yo.", now=NOW)


def test_a_solution_that_waits_for_a_word_does_not_bar_the_way(cast, ticket):
    propose_solution(ticket, by=cast.engineer, body="Reinicie.", now=NOW)
    assert to_desk(ticket, cast.designated.user).level == 1


# ---------- guards ----------


def test_steps_are_never_changed(cast, ticket):
    step = to_desk(ticket, cast.designated.user).steps.get()
    step.words = "Otra cosa"
    with pytest.raises(AppendOnlyError):
        step.save()
    with pytest.raises(IntegrityError), transaction.atomic():
        type(step).objects.filter(pk=step.pk).update(words="Otra cosa")
    assert connection.is_usable()


def test_the_database_refuses_what_cannot_be(cast, ticket):
    escalation = to_desk(ticket, cast.designated.user)
    for wrong in (
        {"settled_at": NOW},
        {"stage": "resolved"},
        {"stage": "acknowledged"},
        {"level": 2},
        {"late_at": NOW},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            Escalation.objects.filter(pk=escalation.pk).update(**wrong)


def test_one_open_escalation_for_each_level(cast, ticket):
    first = to_desk(ticket, cast.designated.user)
    twin = Escalation.objects.get(pk=first.pk)
    twin.pk, twin.submission_key = None, uuid4()
    with pytest.raises(IntegrityError), transaction.atomic():
        twin.save(force_insert=True)


def test_a_foreign_contact_cannot_be_the_caller(cast):
    ticket = raise_ticket(cast, NOW, impact_percent=95)
    foreign = ContactFactory(customer=CustomerFactory())
    with pytest.raises(Refused, match="another organisation"):
        call(ticket, cast, NOW + 20 * MINUTE, contact=foreign)
