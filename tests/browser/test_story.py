"""The first day, in Spanish and in a real browser: from a ticket in the portal to a breach and its mail."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from playwright.sync_api import expect

from lynnsupport.common import clock
from lynnsupport.outbox.operations import deliver_due
from tests.factories import PASSWORD
from tests.tickets.stories import CHILE, raise_ticket
from tickets.models import SlaClock, Ticket
from tickets.operations import sweep_clocks

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def fill_ticket(page, *, subject: str, impact: str) -> None:
    page.get_by_role("link", name="Abrir ticket").first.click()
    tenant = page.locator("#id_tenant")
    if tenant.evaluate("field => field.tagName") == "SELECT":
        tenant.select_option(index=1 if tenant.locator("option").count() > 1 else 0)
    page.locator("#id_subject").fill(subject)
    page.locator("#id_description").fill("Desde esta mañana ninguna conversación llega a los agentes.")
    page.locator("#id_impact_percent").fill(impact)
    detected = (clock.now() - timedelta(minutes=10)).astimezone(CHILE)
    page.locator("#id_detected_local").fill(f"{detected:%Y-%m-%dT%H:%M}")


@pytest.mark.rule("INT-1", "RSP-2", "RST-2", "RST-7", "RST-8")
def test_a_case_from_the_form_to_the_breach_and_its_mail(live_server, cast, visit):
    partner = visit(cast.designated.user)
    fill_ticket(partner, subject="No llegan conversaciones", impact="40")
    partner.locator("#advice").get_by_text("S2 Alta").first.wait_for()  # suggested while typing
    partner.get_by_role("button", name="Abrir ticket").click()
    partner.wait_for_url("**/tickets/LYN-*/")
    ticket = Ticket.objects.get()
    assert ticket.number in partner.locator("main").inner_text()
    rail = partner.locator("#rail-clocks").locator("..")
    assert rail.get_by_text("Respuesta inicial", exact=True).is_visible()
    assert rail.get_by_text("Restauración", exact=True).is_visible()

    rail.get_by_role("link", name="Por qué esta hora").first.click()
    partner.get_by_text("RSP-2").first.wait_for()
    partner.go_back()

    engineer = visit(cast.engineer)
    engineer.goto(f"{live_server.url}/admin/")
    engineer.get_by_role("link", name=ticket.number).first.click()
    writing = engineer.locator("#write")
    writing.locator("textarea").fill("Lo estamos revisando.")
    writing.get_by_role("button", name="Enviar").click()
    engineer.get_by_text("Lo estamos revisando.").first.wait_for()

    partner.reload()
    assert partner.get_by_text("Lo estamos revisando.").is_visible()
    assert SlaClock.objects.get(kind="first_response").state == "met"

    far = clock.now() + timedelta(days=10)
    sweep_clocks(now=far)
    deliver_due(now=far)
    breach = SlaClock.objects.get(kind="restoration")
    assert breach.state == "breached"
    partner.reload()
    by_address = {message.to[0]: message.subject for message in mail.outbox}
    told = [message for message in mail.outbox if "vencido" in message.subject]
    assert [cast.desk_lead.email in message.to[0] for message in told] == [True], by_address
    assert ticket.number in told[0].subject


@pytest.mark.rule("CON-2")
def test_a_colleagues_ticket_is_escalated_with_one_click(cast, visit):
    ticket = raise_ticket(cast, clock.now(), reporter=cast.colleague)
    page = visit(cast.designated.user)
    page.get_by_role("link", name=ticket.number).first.click()
    page.get_by_role("button", name="Escalar a soporte").first.click()
    page.locator("#rail-clocks").wait_for()
    ticket.refresh_from_db()
    assert (ticket.escalated_by, ticket.clocks.count()) == (cast.designated, 2)


def test_the_whole_form_works_without_scripts_and_loses_nothing_on_an_error(cast, visit):
    page = visit(cast.designated.user, javascript=False)
    fill_ticket(page, subject="Sin scripts", impact="140")
    page.get_by_role("button", name="Abrir ticket").click()
    expect(page).to_have_title(re.compile("^Error"))
    assert page.locator("#id_subject").input_value() == "Sin scripts"
    page.locator("#id_impact_percent").fill("12,5")
    page.get_by_role("button", name="Abrir ticket").click()
    page.wait_for_url("**/tickets/LYN-*/")
    assert str(Ticket.objects.get().impact_percent) == "12.50"


def test_what_was_typed_survives_a_session_that_ended(cast, visit):
    page = visit(cast.designated.user)
    fill_ticket(page, subject="Antes de que venza la sesión", impact="30")
    page.context.clear_cookies(name="sessionid")
    page.get_by_role("button", name="Abrir ticket").click()
    page.locator("#id_login").fill(cast.designated.user.email)
    page.locator("#id_password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.locator("#id_subject").wait_for()
    assert page.locator("#id_subject").input_value() == "Antes de que venza la sesión"
    assert not Ticket.objects.exists()


def test_pressing_again_leads_to_the_one_ticket(live_server, cast, visit):
    page = visit(cast.designated.user)
    fill_ticket(page, subject="Dos veces", impact="30")
    sent = page.locator("#ticket-form").evaluate(
        """async form => {
             const where = [];
             for (let time = 0; time < 3; time += 1) {
               const data = new FormData(form);
               data.append('act', 'send');
               where.push((await fetch(form.action, {method: 'POST', body: data})).url);
             }
             return where;
           }"""
    )
    assert sent == [f"{live_server.url}/tickets/{Ticket.objects.get().number}/"] * 3
