"""From an outage to a credit note in Spanish, in a real browser; each page in every look."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import pytest
from django.urls import reverse

from credits.models import Claim, LedgerEntry
from credits.operations import sweep_cycles
from credits.shipped import load_credit_policy
from lynnsupport.common import clock
from tests.factories import ContractFactory, UserFactory
from tests.looks import assert_fits
from tests.tickets.stories import CHILE, Cast, raise_ticket
from tickets.incidents.models import Incident
from tickets.incidents.sample.outage import Hands, tell_outage

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@dataclass(frozen=True)
class World:
    cast: Cast
    incident: Incident
    claim: Claim


@pytest.fixture
def world(cast):
    """A cycle that ended three days ago, with 53 minutes of downtime in two parts, analysed and published."""
    now = clock.now()
    ended = now.astimezone(CHILE).date() - timedelta(days=3)
    load_credit_policy(now=now - timedelta(days=400))
    ContractFactory(
        tenant=cast.tenant, currency="CLP", base_monthly_value="1200000", billing_day=ended.day,
        starts_on=date(ended.year - 1, 1, 1),
    )  # fmt: skip
    started = datetime.combine(ended - timedelta(days=12), time(10), CHILE)
    ticket = raise_ticket(cast, started, subject="Ningún bot responde", impact_percent=95)
    incident = tell_outage(ticket, Hands(cast.engineer, UserFactory()), started=started, now=now)
    sweep_cycles(now=now)
    return World(cast, incident, Claim.objects.get(percent__gt=0))


@pytest.mark.rule("AVL-6", "CRD-2", "CRD-3", "CRD-5")
def test_a_partner_claims_what_the_portal_offers_and_the_executive_grants_it(world, visit):
    partner = visit(world.cast.designated.user)
    partner.get_by_role("link", name="Solicitar el crédito").first.wait_for()  # offered on the first page
    partner.get_by_role("navigation", name="Principal").get_by_role("link", name="Disponibilidad").click()
    partner.get_by_text("53 min").first.wait_for()
    assert_fits(partner)
    partner.locator("tr", has_text="53 min").get_by_role("link").first.click()
    partner.get_by_role("heading", name="Día por día").wait_for()
    assert partner.get_by_text("10:00:00–10:25:00", exact=False).first.is_visible()
    assert_fits(partner)
    partner.get_by_label("Algo que el ejecutivo deba saber").fill("Perdimos las ventas de la mañana.")
    partner.get_by_role("button", name="Solicitar el crédito").click()
    partner.get_by_text("La solicitud está con el Ejecutivo Comercial.").wait_for()
    assert partner.get_by_text("Evaluada por el portal").is_visible()

    executive = visit(world.cast.executive)
    executive.get_by_role("navigation", name="Principal").get_by_role("link", name="Créditos").click()
    assert_fits(executive)
    executive.get_by_role("link", name=world.cast.tenant.name).first.click()
    executive.get_by_text("Perdimos las ventas de la mañana.").wait_for()
    executive.get_by_label("Rechazar").check()
    executive.get_by_role("button", name="Registrar la decisión").click()
    executive.get_by_role("link", name="Diga por qué: el cliente lo lee").wait_for()
    assert_fits(executive)
    executive.get_by_label("Aprobar la cifra del portal").check()
    executive.get_by_role("button", name="Registrar la decisión").click()
    executive.get_by_role("button", name="Emitir la nota de crédito").click()
    executive.get_by_text("NC-").first.wait_for()

    number = LedgerEntry.objects.get().number
    partner.reload()
    partner.get_by_role("link", name=number).first.click()
    partner.get_by_role("heading", name=f"Nota de crédito {number}").wait_for()
    assert "CLP 1 200 000 × 5 % = CLP 60 000" in partner.locator("main").inner_text().replace("\xa0", " ")
    assert_fits(partner)


@pytest.mark.rule("AVL-3", "RCA-1")
def test_a_partner_finds_the_incident_and_reads_its_analysis(world, visit):
    partner = visit(world.cast.designated.user)
    partner.get_by_role("link", name="Incidentes de plataforma").click()
    partner.get_by_text("1 h 8 min").wait_for()
    assert_fits(partner)
    partner.get_by_role("link", name=world.incident.title).click()
    partner.get_by_text("Volvemos a la versión anterior del balanceador.").wait_for()
    assert_fits(partner)
    partner.get_by_role("link", name="Leer el análisis de causa raíz").first.click()
    partner.get_by_text("53 min").first.wait_for()  # what the statement counts, not the 68 minutes in all
    assert_fits(partner)
    assert partner.url.endswith(reverse("incidents:rca", args=[world.incident.number]))
