"""The partner's page of ways: open or closed before anything is typed, and what each form does."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse

from lynnsupport.outbox.models import OutboxMessage
from tests.factories import ContactFactory, CustomerFactory
from tests.tickets.pages import hidden_value, signed_in, text_of
from tests.tickets.stories import chile
from tickets.domain.lifecycle import CloseReason
from tickets.escalation.models import Escalation, PriorityRequest
from tickets.escalation.operations import acknowledge, ask_desk, comment
from tickets.operations import close_ticket

from .stories import MINUTE, NOW, raise_ticket, to_desk, to_executive

LATER = NOW + 10 * MINUTE
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_later")]


@pytest.fixture
def at_later(time_machine):
    time_machine.move_to(LATER, tick=False)


@pytest.fixture
def ticket(cast):
    return raise_ticket(cast, NOW, impact_description="No se vende nada.")


@pytest.fixture
def client(cast):
    return signed_in(cast.designated.user)


def path(ticket, name="ways"):
    return reverse(f"escalation:{name}", args=[ticket.number])


def desk_form(**changes):
    return {
        "submission_key": str(uuid4()),
        "ground": "not_satisfied",
        "description": "Nadie puede entrar.",
        "impact": "No se vende nada.",
    } | changes


def mail_form(**changes):
    return desk_form() | {"statement": "Bot caído", "products": "", "phone": "", "act": "send"} | changes


def standing(page):
    return {panel.number: panel.closed.rule if panel.closed else "" for panel in page.context["panels"]}


@pytest.mark.rule("ESC-8")
def test_ESC_8_each_way_is_open_or_closed_with_its_rule_reason_moment_and_alternative(client, ticket):
    page = client.get(path(ticket))
    assert standing(page) == {1: "", 2: "ESC-2", 3: "ESC-3"}
    said = text_of(page)
    assert "Level 1 comes first: the support desk has not been asked yet. ESC-2" in said
    assert "Possible from Mon 23 Nov, 11:00 (Chile)" in said
    assert "50 min left" in said
    assert "Escalate to the support desk first (level 1); from then on this way is open." in said
    assert "The five business days for the analysis of the cause begin when the service is restored." in said


@pytest.mark.rule("ESC-1")
def test_ESC_1_is_sent_and_seen_on_the_ticket(client, ticket):
    answer = client.post(path(ticket, "desk"), desk_form())
    assert (answer.status_code, answer.url) == (
        302,
        reverse("tickets:detail", args=[ticket.number]) + "#escalamiento",
    )
    page = client.get(answer.url)
    assert "Your escalation is with the support desk." in text_of(page)
    assert "Level 1 · support desk Waits for acknowledgement" in text_of(page)
    assert standing(client.get(path(ticket))) == {1: "ESC-1", 2: "", 3: "ESC-3"}


@pytest.mark.rule("ESC-2")
def test_ESC_2_the_mail_is_shown_as_it_is_sent(client, cast, ticket):
    to_desk(ticket, cast.designated.user)
    page = client.get(path(ticket))
    shown = page.context["letter"]
    assert shown.subject == f"[{cast.customer.name}] – {ticket.number} – El bot no responde"
    assert "No se vende nada." in shown.body
    preview = client.post(path(ticket, "executive"), mail_form(act="preview", statement="Otra cosa"))
    assert not Escalation.objects.filter(level=2).exists()
    assert preview.context["letter"].subject.endswith("– Otra cosa")
    partial = client.post(
        path(ticket, "executive"), mail_form(act="preview", impact=""), headers={"HX-Request": "true"}
    )
    assert partial.templates[0].name == "escalation/_letter.html"
    sent = client.post(path(ticket, "executive"), mail_form(statement="Otra cosa"), follow=True)
    assert f"Your mail is on its way to {cast.executive.name}." in text_of(sent)
    mail = OutboxMessage.objects.get(kind="escalation_to_executive")
    assert mail.context["mail_subject"] == preview.context["letter"].subject
    assert mail.context["mail_body"] == preview.context["letter"].body


def test_the_same_form_twice_sends_one_mail(client, cast, ticket):
    to_desk(ticket, cast.designated.user)
    form = mail_form()
    for _ in range(2):
        assert client.post(path(ticket, "executive"), form).status_code == 302
    assert OutboxMessage.objects.filter(kind="escalation_to_executive").count() == 1


@pytest.mark.rule("ESC-7")
def test_ESC_7_level_2_opens_by_the_clock_alone(client, ticket, time_machine):
    time_machine.move_to(chile("2026-11-23 11:00") + timedelta(seconds=1), tick=False)
    page = client.get(path(ticket))
    assert standing(page)[2] == ""
    assert page.context["panels"][1].form["ground"].value() == "no_response"
    client.post(path(ticket, "executive"), mail_form(ground="no_response"))
    assert Escalation.objects.get().rule == "ESC-7"


@pytest.mark.rule("ESC-8")
def test_a_refusal_keeps_the_text_and_says_it_in_the_summary(client, ticket):
    page = client.post(path(ticket, "executive"), mail_form(description="Texto largo que no se pierde"))
    assert (page.status_code, Escalation.objects.count()) == (200, 0)
    said = page.content.decode()
    assert "Texto largo que no se pierde" in said
    assert "Level 1 comes first" in text_of(page)
    assert text_of(page).startswith("Error:")
    empty = client.post(path(ticket, "desk"), desk_form(impact=""))
    assert empty.context["form"].errors.keys() == {"impact"}
    assert "Nadie puede entrar." in empty.content.decode()


@pytest.mark.rule("ESC-5")
@pytest.mark.parametrize("name", ["desk", "executive"])
def test_ESC_5_a_changed_urgency_is_turned_into_a_request_with_its_words(client, ticket, name):
    form = mail_form(ground="urgency_changed", description="Mañana es la campaña.")
    page = client.post(path(ticket, name), form)
    assert "A changed urgency or impact is no ground to escalate" in text_of(page)
    assert "Mañana es la campaña." in page.content.decode()
    assert not Escalation.objects.exists()
    sent = {
        "submission_key": hidden_value(page, "submission_key"), "ground": "urgency_changed", "wanted": "high",
        "impact_percent": "", "reason": "Mañana es la campaña.",
    }  # fmt: skip
    answer = client.post(path(ticket, "priority"), sent, follow=True)
    assert "The case owner has yet to decide" in text_of(answer)
    assert PriorityRequest.objects.get().wanted == "high"
    again = client.post(path(ticket, "priority"), sent | {"submission_key": str(uuid4())})
    assert "A change of priority is asked for already" in text_of(again)


@pytest.mark.rule("RSP-5", "ESC-3")
def test_RSP_5_the_numbers_stand_there_for_severity_1(client, cast, ticket):
    critical = raise_ticket(cast, NOW, impact_percent=95)
    assert (
        "(56) 2 2790 9529"
        in text_of(client.get(path(critical))).split("Level 3: by telephone")[1].split("Report")[0]
    )
    way = text_of(client.get(path(ticket))).split("Level 3: by telephone")[1].split("What is no ground")[0]
    assert "(56) 2 2790 9529" not in way


def test_others_read_what_is_open_and_send_nothing(cast, ticket):
    page = signed_in(cast.executive).get(path(ticket))
    assert "The customer's side escalates" in text_of(page)
    assert b"<textarea" not in page.content
    refused = signed_in(cast.executive).post(path(ticket, "desk"), desk_form())
    assert (refused.status_code, Escalation.objects.count()) == (200, 0)


def test_a_foreign_ticket_is_as_absent_as_any_other(cast, ticket):
    stranger = signed_in(ContactFactory(customer=CustomerFactory()).user)
    for name in ("ways", "desk", "executive", "priority"):
        foreign, absent = path(ticket, name), path(ticket, name).replace(ticket.number, "LYN-2026-999999")
        assert [stranger.get(where).status_code for where in (foreign, absent)] == [404, 404]
        if name != "ways":
            sent = [stranger.post(where, mail_form()).status_code for where in (foreign, absent)]
            assert sent == [404, 404]
    assert not Escalation.objects.exists()


def test_what_was_typed_survives_the_end_of_a_session(client, cast, ticket):
    client.logout()
    answer = client.post(path(ticket, "executive"), mail_form(description="Sin sesión"))
    assert answer.status_code == 302
    client.force_login(cast.designated.user)
    assert "Sin sesión" in client.get(path(ticket)).content.decode()


@pytest.mark.rule("ESC-8")
def test_ESC_8_the_partner_sees_each_step_and_no_internal_word(client, cast, ticket):
    to_desk(ticket, cast.designated.user)
    escalation = to_executive(ticket, cast.designated.user)
    acknowledge(escalation, by=cast.executive, words="Lo tomo.", now=LATER)
    comment(escalation, by=cast.executive, words="Entre nosotros", is_internal=True, now=LATER)
    ask_desk(escalation, by=cast.executive, words="Pregunta entre nosotros", now=LATER)
    page = client.get(reverse("tickets:detail", args=[ticket.number]))
    assert "Lo tomo." in text_of(page)
    assert "entre nosotros" not in page.content.decode().lower()
    assert "Asked the desk" in text_of(page)
    assert "The commercial executive acted: acknowledged" in text_of(page)


def test_a_closed_ticket_offers_no_way(client, cast, ticket):
    close_ticket(ticket, by=cast.engineer, reason=CloseReason.DUPLICATE, words="El mismo", now=NOW)
    assert standing(client.get(path(ticket))) == {1: "CRP-3", 2: "CRP-3", 3: "CRP-3"}
    assert path(ticket) not in client.get(reverse("tickets:detail", args=[ticket.number])).content.decode()


def test_the_ticket_page_asks_nothing_more_while_nothing_was_escalated(
    client, cast, ticket, django_assert_max_num_queries
):
    page = reverse("tickets:detail", args=[ticket.number])
    client.get(page)
    with django_assert_max_num_queries(12):
        assert path(ticket) in client.get(page).content.decode()


def test_the_pages_cost_the_same_with_one_step_and_with_three(
    client, cast, ticket, django_assert_max_num_queries
):
    to_desk(ticket, cast.designated.user)
    escalation = to_executive(ticket, cast.designated.user)
    detail = reverse("tickets:detail", args=[ticket.number])
    client.get(detail)

    def queries(where):
        with django_assert_max_num_queries(16) as captured:
            client.get(where)
        return len(captured)

    few = [queries(path(ticket)), queries(detail)]
    for number in range(3):
        comment(escalation, by=cast.executive, words=f"{number}", now=LATER)
    assert [queries(path(ticket)), queries(detail)] == few
