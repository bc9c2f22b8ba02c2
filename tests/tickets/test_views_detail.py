"""The ticket's page and the acts on it: what stands there, what can be done, what is kept."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from lynnsupport.accounts.models import User
from tests.factories import ContactFactory, TenantFactory
from tickets.models import Message, Ticket
from tickets.operations import (
    accept_solution,
    answer_customer,
    ask_customer,
    assign,
    close_ticket,
    decide_severity,
    propose_solution,
    reply_as_customer,
)

from .pages import hidden_value, signed_in, text_of
from .stories import chile, raise_ticket

NOW = chile("2026-11-23 10:00")


@pytest.fixture(autouse=True)
def travel():
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def client(cast):
    return signed_in(cast.designated.user)


@pytest.fixture
def ticket(cast) -> Ticket:
    return raise_ticket(cast, NOW)


def path(ticket: Ticket, name: str = "detail") -> str:
    return reverse(f"tickets:{name}", args=[ticket.number])


def said(body: str, **changes) -> dict:
    return {"act": "send", "submission_key": str(uuid4()), "body": body} | changes


# ---------- what stands there ----------


def test_the_clocks_stand_with_due_time_remaining_time_and_why(client, cast, ticket):
    response = client.get(path(ticket))
    clocks = {clock.kind: clock for clock in response.context["clocks"]}
    assert {kind: (clock.due_at, clock.left) for kind, clock in clocks.items()} == {
        "first_response": (chile("2026-11-23 11:00"), timedelta(hours=1)),
        "restoration": (chile("2026-11-24 10:00"), timedelta(hours=8)),
    }
    page = response.content.decode()
    assert reverse("tickets:receipt", args=[ticket.number, "restoration"]) in page
    assert "8 h of business time left" in text_of(response)


def test_instants_are_told_in_the_readers_zone(client, cast, ticket):
    User.objects.filter(pk=cast.designated.user.pk).update(time_zone="America/Lima")
    assert "09:00 (Peru)" in text_of(client.get(path(ticket)))


@pytest.mark.rule("SEV-4")
def test_the_severity_says_why_and_who_decided(client, cast, ticket):
    assert "between 10 % and 80 %: severity 2 (SEV-1)" in client.get(path(ticket)).context["why_severity"]
    decide_severity(ticket, by=cast.engineer, severity=1, reason="Cae todo el canal", now=NOW)
    page = client.get(path(ticket))
    assert page.context["why_severity"] == f"{cast.engineer.name} decided severity 1: Cae todo el canal"
    assert len(page.context["assessments"]) == 2


@pytest.mark.rule("INT-3")
def test_what_is_missing_is_listed(client, cast, ticket):
    assert "Why it is urgent" in client.get(path(ticket)).context["missing"]
    told = raise_ticket(cast, NOW, urgency="Día de pago")
    assert "Why it is urgent" not in client.get(path(told)).context["missing"]


@pytest.mark.rule("RSP-5")
def test_an_open_severity_1_shows_the_telephone_numbers(client, cast, ticket):
    critical = raise_ticket(cast, NOW, impact_percent=95)
    shown = ["Severity 1: call us as well" in text_of(client.get(path(each))) for each in (critical, ticket)]
    assert shown == [True, False]


@pytest.mark.rule("SUP-2")
def test_an_on_premise_ticket_says_so_and_shows_the_executive(client, cast):
    tenant = TenantFactory(customer=cast.customer, deployment="on_premise")
    ticket = raise_ticket(replace(cast, tenant=tenant), NOW)
    page = client.get(path(ticket))
    assert "on premise" in page.context["no_target"]
    assert cast.executive.email in text_of(page)
    assert page.context["clocks"] == []


def test_the_history_is_told_without_what_colleagues_say_to_each_other(client, cast, ticket):
    assign(ticket, by=cast.desk_lead, owner=cast.engineer, now=NOW, reason="Los demás están de vacaciones")
    page = client.get(path(ticket))
    assert [line.title for line in page.context["story"]] == [
        "Ticket registered",
        "Escalated by a designated contact",
        f"Owner changed: {cast.engineer.name}",
    ]
    assert "vacaciones" not in page.content.decode()


def test_the_page_costs_the_same_whatever_the_ticket_holds(
    client, cast, ticket, django_assert_max_num_queries
):
    client.get(path(ticket))
    for number in range(10):
        answer_customer(ticket, by=cast.engineer, body=f"Mensaje {number}", now=NOW)
        writer = ContactFactory(partner=cast.partner, customer=cast.customer if number % 2 else None)
        reply_as_customer(ticket, by=writer.user, body=f"Respuesta {number}", now=NOW)
    with django_assert_max_num_queries(12):
        client.get(path(ticket))


def test_each_message_says_on_whose_side_its_author_stands(client, cast, ticket):
    answer_customer(ticket, by=cast.engineer, body="Lo vemos", now=NOW)
    for contact in (cast.designated, cast.colleague, ContactFactory(partner=cast.partner)):
        reply_as_customer(ticket, by=contact.user, body="Gracias", now=NOW)
    entries = client.get(path(ticket)).context["entries"]
    assert [(entry.side, entry.whose) for entry in entries] == [
        ("customer", "You"),
        ("support", "Lynn support"),
        ("customer", "You"),
        ("customer", cast.customer.name),
        ("customer", cast.partner.name),
    ]


# ---------- hostile text ----------

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'><b>x</b>"


def test_what_people_write_is_shown_as_they_wrote_it(client, cast):
    ticket = raise_ticket(
        cast, NOW, subject=HOSTILE, description=HOSTILE, urgency=HOSTILE, workaround=HOSTILE
    )
    for name in ("detail", "list"):
        page = client.get(path(ticket) if name == "detail" else reverse("tickets:list")).content.decode()
        assert [tag for tag in ("<script>alert", "<img src=x", "<b>x") if tag in page] == []
        assert "&lt;script&gt;alert(1)" in page


# ---------- writing ----------


def test_a_reply_is_on_the_ticket_with_its_files(client, cast, ticket, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    data = said("Sigue igual", files=[SimpleUploadedFile("a.log", b"1"), SimpleUploadedFile("b.log", b"2")])
    response = client.post(path(ticket, "reply"), data)
    message = Message.objects.latest("id")
    assert response.url == f"{path(ticket)}#m{message.pk}"
    assert [entry.files for entry in client.get(path(ticket)).context["entries"]][-1] != []
    assert (message.body, message.contact) == ("Sigue igual", cast.designated)


def test_two_people_writing_at_once_are_both_kept(cast, ticket):
    first, second = signed_in(cast.designated.user), signed_in(cast.colleague.user)
    pages = [each.get(path(ticket)) for each in (first, second)]
    keys = [hidden_value(page, "submission_key") for page in pages]
    first.post(path(ticket, "reply"), said("De Ana", submission_key=keys[0]))
    second.post(path(ticket, "reply"), said("De Beto", submission_key=keys[1]))
    assert list(ticket.messages.values_list("body", flat=True))[1:] == ["De Ana", "De Beto"]


def test_a_second_press_is_one_message(client, ticket):
    data = said("Sigue igual")
    assert client.post(path(ticket, "reply"), data).url == client.post(path(ticket, "reply"), data).url
    assert ticket.messages.count() == 2


def test_another_text_under_the_old_key_is_not_swallowed(client, ticket):
    data = said("Uno")
    client.post(path(ticket, "reply"), data)
    again = client.post(path(ticket, "reply"), data | {"body": "Dos"})
    assert again.context["form"].initial["body"] == "Dos"
    client.post(path(ticket, "reply"), said("Dos", submission_key=hidden_value(again, "submission_key")))
    assert list(ticket.messages.values_list("body", flat=True))[1:] == ["Uno", "Dos"]


def test_an_empty_message_says_what_is_wanted(client, ticket):
    response = client.post(path(ticket, "reply"), said("  "))
    assert response.context["form"].errors == {"body": ["Write a text or attach a file."]}


@pytest.mark.rule("CRP-3")
def test_who_writes_on_a_closed_ticket_reopens_it(client, cast, ticket):
    close_ticket(ticket, by=cast.engineer, reason="not_covered", words="Es a medida", now=NOW)
    response = client.post(path(ticket, "reply"), said("Todavía falla"), follow=True)
    assert "Your message is on the ticket, which is open again." in text_of(response)
    ticket.refresh_from_db()
    assert (ticket.state, ticket.messages.count()) == ("open", 2)


def test_a_reply_without_a_session_is_in_the_box_after_signing_in(client, cast, ticket):
    mark = hidden_value(client.get(path(ticket)), "typed_by")
    client.logout()
    sent = client.post(path(ticket, "reply"), said("Sigue igual", typed_by=mark))
    assert sent.url == f"{reverse('account_login')}?next={path(ticket)}"
    client.force_login(cast.designated.user)
    page = client.get(path(ticket))
    assert page.context["form"].initial["body"] == "Sigue igual"
    assert "Your session had ended" in text_of(page)
    assert ticket.messages.count() == 1


def test_a_reply_with_a_stale_token_comes_back_to_its_sender(cast, ticket):
    client = signed_in(cast.designated.user, enforce_csrf_checks=True)
    sent = client.post(path(ticket, "reply"), said("Sigue igual"))
    assert (sent.status_code, hidden_value(sent, "body")) == (403, "Sigue igual")
    token = hidden_value(sent, "csrfmiddlewaretoken")
    back = client.post(
        path(ticket, "reply"), {"act": "restore", "body": "Sigue igual", "csrfmiddlewaretoken": token}
    )
    assert back.context["form"].initial["body"] == "Sigue igual"
    assert ticket.messages.count() == 1


# ---------- acts ----------


@pytest.mark.rule("CON-2")
def test_a_designated_contact_sets_a_colleagues_ticket_running(client, cast):
    ticket = raise_ticket(cast, NOW, reporter=cast.colleague)
    colleague = signed_in(cast.colleague.user)
    page = colleague.get(path(ticket))
    assert (page.context["acts"].can_escalate, page.context["designated"]) == (False, [cast.designated])
    assert cast.designated.name in text_of(page)
    colleague.post(path(ticket, "escalate"))
    ticket.refresh_from_db()
    assert ticket.state == "registered"
    assert client.get(path(ticket)).context["acts"].can_escalate is True
    client.post(path(ticket, "escalate"))
    ticket.refresh_from_db()
    assert (ticket.state, ticket.escalated_by) == ("open", cast.designated)


def test_a_refused_act_tells_the_rule_and_the_way(cast):
    ticket = raise_ticket(cast, NOW, reporter=cast.colleague)
    response = signed_in(cast.colleague.user).post(path(ticket, "escalate"), follow=True)
    assert "Only a designated contact" in text_of(response)
    assert "(CON-2)" in text_of(response)


def test_a_customer_without_a_designated_contact_is_shown_as_such(cast):
    cast.designated.designations.all().delete()
    ticket = raise_ticket(cast, NOW, reporter=cast.colleague)
    page = signed_in(cast.colleague.user).get(path(ticket))
    assert f"{cast.customer.name} has no designated contact" in text_of(page)
    assert cast.executive.email in text_of(page)


def test_a_solution_is_accepted_with_one_press(client, cast, ticket):
    propose_solution(ticket, by=cast.engineer, body="Reiniciamos el conector", now=NOW)
    assert client.get(path(ticket)).context["acts"].can_judge_solution is True
    client.post(path(ticket, "accept"))
    ticket.refresh_from_db()
    assert (ticket.state, ticket.close_reason) == ("closed", "accepted")
    assert client.post(path(ticket, "accept"), follow=True).status_code == 200  # a second press


def test_a_solution_that_does_not_hold_is_rejected_with_words_and_files(
    client, cast, ticket, settings, tmp_path
):
    settings.MEDIA_ROOT = tmp_path
    propose_solution(ticket, by=cast.engineer, body="Reiniciamos el conector", now=NOW)
    key = str(uuid4())

    def press():
        files = [SimpleUploadedFile("a.log", b"1")]
        data = said("Aún falla", act="reject", files=files, submission_key=key)
        return client.post(path(ticket, "reply"), data)

    first, second = press(), press()
    assert first.url == second.url
    ticket.refresh_from_db()
    assert (ticket.state, ticket.messages.last().body) == ("open", "Aún falla")
    assert ticket.messages.last().attachments.count() == 1


def test_a_rejection_that_comes_too_late_keeps_the_text(client, cast, ticket):
    propose_solution(ticket, by=cast.engineer, body="Reiniciamos el conector", now=NOW)
    accept_solution(ticket, by=cast.colleague.user, now=NOW)
    response = client.post(path(ticket, "reply"), said("Aún falla", act="reject"))
    assert "has moved on meanwhile" in response.context["form"].errors["body"][0]
    assert "Aún falla" in response.content.decode()


def test_a_question_of_support_is_answered_in_the_box(client, cast, ticket):
    ask_customer(ticket, by=cast.engineer, question="¿Qué sesión?", now=NOW)
    assert "Support waits for the customer's answer" in text_of(client.get(path(ticket)))
    client.post(path(ticket, "reply"), said("La 4711"))
    ticket.refresh_from_db()
    assert ticket.state == "open"
