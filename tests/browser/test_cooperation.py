"""Support asks, a partner answers, allows access, rejects a solution and accepts the next; in Spanish."""

from datetime import timedelta

import pytest

from lynnsupport.common import clock
from tests.incidents.stories import summarise
from tests.tickets.stories import CHILE, raise_ticket
from tickets.domain.lifecycle import State

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def act(engineer, label: str) -> None:
    """Unfold one act on top of the desk's ticket page."""
    engineer.locator("summary", has_text=label).first.click()


@pytest.mark.rule("COP-1", "COP-2", "CRP-2")
def test_a_case_in_cooperation(live_server, cast, visit):
    ticket = raise_ticket(cast, clock.now())
    desk_page = f"{live_server.url}/admin/tickets/ticket/{ticket.pk}/change/"
    portal_page = f"{live_server.url}/tickets/{ticket.number}/"

    engineer = visit(cast.engineer)
    engineer.goto(desk_page)
    act(engineer, "Pedir pasos, pruebas o datos")
    engineer.locator("#ask-customer_body").fill("¿Qué versión del conector usan?")
    engineer.get_by_role("button", name="Preguntar al cliente").last.click()
    engineer.get_by_text("La solicitud está en el ticket").wait_for()

    partner = visit(cast.designated.user)
    partner.goto(portal_page)
    partner.get_by_role("link", name="Responder esto").click()
    partner.locator("#reply_body").fill("La versión 4.2")
    partner.get_by_role("button", name="Enviar la respuesta").click()
    partner.get_by_text("Su respuesta está con soporte").wait_for()

    engineer.goto(desk_page)
    act(engineer, "Pedir acceso remoto")
    engineer.locator("#ask-remote-access_contact").select_option(str(cast.designated.pk))
    engineer.locator("#ask-remote-access_purpose").fill("Ver los registros del conector")
    until = (clock.now() + timedelta(hours=2)).astimezone(CHILE)
    engineer.locator("#ask-remote-access_ends_at").fill(f"{until:%Y-%m-%dT%H:%M}")
    engineer.get_by_role("button", name="Pedir el acceso").click()
    engineer.get_by_text("Se preguntó al contacto").wait_for()

    partner.goto(portal_page)
    partner.get_by_role("link", name="Decidir sobre el acceso").first.click()
    partner.get_by_role("button", name="Aprobar el acceso").click()
    partner.get_by_text("El acceso está aprobado").wait_for()
    engineer.goto(desk_page)
    engineer.locator("#rail-access").locator("..").get_by_text("Permitido ahora").first.wait_for()

    ticket.refresh_from_db()
    summarise(ticket, by=cast.engineer, now=clock.now())  # RCA-2; the desk's act is walked in test_incident
    for words, button in (("Reinicie el conector.", "Rechazarla"), ("Cambiamos el conector.", "Aceptar")):
        engineer.goto(desk_page)
        engineer.locator("#write_body").fill(words)
        engineer.get_by_text("Proponer una solución", exact=True).first.click()
        engineer.get_by_role("button", name="Enviar", exact=True).click()
        engineer.get_by_text(words).first.wait_for()
        partner.goto(f"{live_server.url}/tickets/{ticket.number}/solucion/")
        assert "Se cierra" in partner.locator("main").inner_text()
        if button == "Rechazarla":
            partner.locator("#reject_reason").fill("Sigue igual")
        partner.get_by_role("button", name=button).click()
        partner.wait_for_url(f"**/tickets/{ticket.number}/*")
    ticket.refresh_from_db()
    assert (ticket.state, ticket.close_reason) == (State.CLOSED, "accepted")
    assert "Una respuesta lo reabre" in partner.locator("main").inner_text()
