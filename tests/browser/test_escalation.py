"""Escalation in a real browser: closed with its reason, later open, sent, acknowledged and resolved."""

from datetime import timedelta

import pytest
from django.urls import reverse

from lynnsupport.common import clock
from tests.escalation.stories import to_desk, to_executive
from tests.looks import assert_fits
from tests.tickets.stories import raise_ticket
from tickets.domain.intake import Priority
from tickets.escalation.domain.eligibility import Ground
from tickets.escalation.operations import acknowledge, ask_desk, ask_priority

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.rule("ESC-2", "ESC-8")
def test_a_partner_escalates_and_the_executive_resolves(cast, visit, live_server):
    ticket = raise_ticket(cast, clock.now())
    partner = visit(cast.designated.user)
    partner.goto(live_server.url + reverse("tickets:detail", args=[ticket.number]))
    partner.get_by_role("link", name="Escalar").click()
    second = partner.locator("#nivel-2")
    second.get_by_text("Primero va el nivel 1").wait_for()
    second.get_by_text("Posible desde").wait_for()
    assert second.locator("form").count() == 0
    first = partner.locator("#nivel-1")
    first.locator("summary").click()
    first.get_by_label("Qué pasa").fill("Nadie puede entrar desde las 9.")
    first.get_by_label("Impacto al negocio").fill("No se vende nada.")
    first.get_by_role("button", name="Escalar a la Mesa de Soporte").click()
    partner.get_by_text("Su escalamiento está con la Mesa de Soporte").wait_for()

    partner.get_by_role("link", name="Escalar").click()
    second.locator("summary").click()
    second.get_by_label("Impacto al negocio o justificación de la urgencia").fill("Tiendas detenidas.")
    second.get_by_role("button", name="Actualizar la vista previa").click()
    second.locator("#letter").get_by_text("Tiendas detenidas.").wait_for()
    second.get_by_role("button", name=f"Enviar a {cast.executive.name}").click()
    partner.get_by_text(f"Su correo va en camino a {cast.executive.name}").wait_for()

    executive = visit(cast.executive)
    executive.get_by_role("link", name="Abrir el caso").first.click()
    executive.get_by_text("Tiendas detenidas.").first.wait_for(state="attached")
    executive.locator("#acto-acusar-recibo summary").click()
    executive.get_by_role("button", name="Acusar recibo del escalamiento").click()
    executive.get_by_text("Acuse de recibo registrado").wait_for()
    executive.locator("#acto-resolver summary").click()
    executive.get_by_label("Qué se hizo; el partner lo lee").fill("Acordamos un plan.")
    executive.get_by_role("button", name="Resolver el escalamiento").click()
    executive.get_by_text("Resuelto; se avisa al partner").wait_for()
    partner.reload()
    partner.get_by_text("Acordamos un plan.").first.wait_for()


def test_the_pages_are_accessible_and_fit(cast, visit, live_server):
    now = clock.now()
    begun = raise_ticket(cast, now - timedelta(hours=2))
    to_desk(begun, cast.designated.user, now=now - timedelta(hours=1))
    ticket = raise_ticket(cast, now - timedelta(hours=2), impact_percent=95)
    to_desk(ticket, cast.designated.user, now=now - timedelta(hours=1))
    escalation = to_executive(ticket, cast.designated.user, now=now - timedelta(minutes=50))
    acknowledge(escalation, by=cast.executive, words="Lo tomo.", now=now)
    ask_desk(escalation, by=cast.executive, words="¿Cuándo?", now=now)
    ask_priority(
        ticket, by=cast.designated.user, ground=Ground.URGENCY_CHANGED, wanted=Priority.HIGH,
        reason="Mañana es la campaña.", now=now,
    )  # fmt: skip
    of_ticket = [begun.number], [ticket.number]
    portal = [reverse("escalation:ways", args=args) for args in of_ticket]
    portal += [reverse("escalation:priority", args=args) for args in of_ticket]
    own = [reverse("escalation:queue"), reverse("escalation:case", args=[escalation.pk])]
    own.append(reverse("escalation:deputies"))
    desk = [reverse("admin:tickets_ticket_change", args=[ticket.pk])]
    portal.append(reverse("tickets:detail", args=[ticket.number]))
    for person, paths in ((cast.designated.user, portal), (cast.executive, own), (cast.engineer, desk)):
        page = visit(person)
        for path in paths:
            page.goto(live_server.url + path)
            for fold in page.locator(".way details > summary, .acts details:first-of-type > summary").all():
                fold.click()
            assert_fits(page)
