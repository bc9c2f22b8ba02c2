"""An outage in Spanish, in a real browser: from a ticket to a published analysis that the partner reads."""

from datetime import timedelta

import pytest
from django.urls import reverse

from lynnsupport.common import clock
from tests.factories import UserFactory
from tests.looks import assert_fits
from tests.tickets.stories import CHILE, raise_ticket
from tickets.incidents.models import Incident, Rca

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def local(moment):
    return f"{moment.astimezone(CHILE):%Y-%m-%dT%H:%M}"


@pytest.mark.rule("AVL-3", "RCA-1")
def test_from_a_ticket_to_an_analysis_that_the_partner_reads(cast, visit, live_server):
    start = (clock.now() - timedelta(hours=2)).replace(second=0, microsecond=0)
    ticket = raise_ticket(cast, start, impact_percent=95)

    engineer = visit(cast.engineer)
    engineer.goto(live_server.url + reverse("admin:tickets_ticket_change", args=[ticket.pk]))
    engineer.locator("#act-open-incident summary").click()
    engineer.locator("#open-incident_title").fill("La plataforma no responde")
    engineer.locator("#open-incident_started_at").fill(local(start))
    engineer.get_by_role("button", name="Abrir el incidente").click()
    engineer.get_by_role("link", name="INC-").first.click()
    engineer.locator("#act-decide summary").click()
    engineer.get_by_label("La plataforma completa").check()
    engineer.locator("#decide_reason").fill("Nada responde en ninguna región.")
    engineer.get_by_role("button", name="Registrar la decisión").click()
    engineer.locator("#act-update summary").click()
    engineer.locator("#update_words").fill("Volvemos a la versión anterior.")
    engineer.get_by_role("button", name="Comunicarlo en todos los tickets vinculados").click()
    engineer.locator("#act-restore summary").click()
    engineer.locator("#restore_at").fill(local(start + timedelta(minutes=30)))
    engineer.get_by_role("button", name="Registrar la restauración").click()
    engineer.get_by_text("La restauración quedó registrada, también en 1 ticket.").wait_for()
    assert_fits(engineer)

    engineer.get_by_role("link", name="Análisis de causa raíz").click()
    engineer.get_by_role("button", name="Comenzar el análisis").click()
    for name in ("summary", "impact", "root_cause", "contributing_factors", "detection", "restoration"):
        engineer.locator(f"#id_{name}").fill(f"Texto de {name}")
    engineer.locator("#id_actions-0-words").fill("Duplicar el límite")
    engineer.locator("#id_actions-0-owner").fill("Inés Ingeniera")
    engineer.locator("#id_actions-0-due_on").fill(f"{start:%Y}-12-31")
    engineer.get_by_role("button", name="Guardar el borrador").click()
    engineer.get_by_text("Está completo y coincide con lo registrado.").wait_for()
    assert_fits(engineer)
    engineer.get_by_role("button", name="Entregarlo para aprobación").click()
    engineer.get_by_text("Usted escribió en él; lo aprueba otro ingeniero.").wait_for()

    reviewer = visit(UserFactory(name="Tomás Turno"))
    incident = Incident.objects.get()
    reviewer.goto(live_server.url + reverse("admin:incidents_incident_rca", args=[incident.pk]))
    reviewer.get_by_role("button", name="Aprobar el análisis").click()
    reviewer.get_by_role("button", name="Publicarlo a todos los clientes afectados").click()
    reviewer.get_by_text("El análisis está publicado para todos los clientes afectados.").wait_for()
    assert Rca.objects.get().downtimes.get().seconds == 30 * 60

    partner = visit(cast.designated.user, 320, "dark")
    partner.goto(live_server.url + reverse("tickets:detail", args=[ticket.number]))
    partner.get_by_role("link", name="Leer el análisis de causa raíz").first.click()
    partner.get_by_text("Texto de root_cause").wait_for()
    partner.get_by_text("Duplicar el límite").wait_for()
    assert_fits(partner)
    partner.goto(live_server.url + reverse("incidents:detail", args=[incident.number]))
    partner.get_by_text("Volvemos a la versión anterior.").wait_for()
    assert_fits(partner)
