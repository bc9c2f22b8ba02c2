"""Exclusions, plans, disputes and receipts in a real browser: accessible, fitting, one leading to another."""

from datetime import timedelta

import pytest
from django.urls import reverse

from lynnsupport.common import clock
from sla.domain.clock_events import Ground
from tests.looks import assert_fits
from tests.tickets.stories import raise_ticket
from tickets.operations import (
    answer_customer,
    dispute_severity,
    exclude,
    plan_patch,
    record_dealing,
    record_unreachable,
    reply_as_customer,
)

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def lived(cast):
    """A ticket on which all of it has happened, and a critical one whose contacts cannot be reached."""
    start = clock.now() - timedelta(days=4)
    ticket = raise_ticket(cast, start)
    answer_customer(ticket, by=cast.engineer, body="Lo vemos", now=start + timedelta(minutes=5))
    reply_as_customer(ticket, by=cast.designated.user, body="¿Hay novedades?", now=start + timedelta(hours=1))
    exclusion = exclude(
        ticket, by=cast.engineer, ground=Ground.THIRD_PARTY, provider="Nube Austral", is_managed=True,
        finding="Su panel confirma la falla.", evidence="Caso 77", now=start + timedelta(hours=2),
    )  # fmt: skip
    record_dealing(
        exclusion, by=cast.engineer, words="Llamamos a su guardia.", now=start + timedelta(hours=3)
    )
    plan_patch(
        ticket, by=cast.engineer, details="Reintentos en el conector.",
        planned_on=(clock.now() + timedelta(days=3)).date(), now=start + timedelta(hours=4),
    )  # fmt: skip
    dispute_severity(
        ticket, by=cast.designated.user, wanted=1, reason="Nadie puede trabajar.", now=clock.now()
    )
    critical = raise_ticket(cast, clock.now(), impact_percent=95)
    record_unreachable(critical, by=cast.engineer, words="Sin respuesta", now=clock.now())
    return ticket, critical


def test_the_pages_are_accessible_and_fit(cast, visit, live_server):
    ticket, critical = lived(cast)
    page_of = {
        name: reverse("tickets:detail", args=[each.number])
        for name, each in (("one", ticket), ("two", critical))
    }
    portal = [
        page_of["one"],
        page_of["two"],
        reverse("tickets:dispute", args=[critical.number]),
        *(
            reverse("tickets:receipt", args=[ticket.number, kind])
            for kind in ("restoration", "next_response")
        ),
    ]
    desk = [reverse("admin:tickets_ticket_change", args=[each.pk]) for each in (ticket, critical)]
    reports = [reverse("reports:month")]
    readers = ((cast.designated.user, portal), (cast.engineer, desk), (cast.executive, reports))
    for person, paths in readers:
        page = visit(person)
        for path in paths:
            page.goto(live_server.url + path)
            assert_fits(page)


@pytest.mark.rule("SEV-4")
def test_an_objection_is_sent_decided_at_the_desk_and_told(cast, visit):
    ticket = raise_ticket(cast, clock.now())
    partner = visit(cast.designated.user)
    partner.get_by_role("link", name=ticket.subject).first.click()
    partner.get_by_role("link", name="Objetar la gravedad").click()
    partner.get_by_label("Gravedad 1 · crítica").check()
    partner.get_by_label("Por qué").fill("Nadie puede trabajar.")
    partner.get_by_role("button", name="Enviar la objeción").click()
    partner.get_by_text("La gravedad está objetada").wait_for()
    desk = visit(cast.engineer)
    desk.goto(
        desk.url.split("/admin")[0].rstrip("/") + reverse("admin:tickets_ticket_change", args=[ticket.pk])
    )
    desk.get_by_text("El partner objeta la gravedad").wait_for()
    panel = desk.locator("#act-severity")
    panel.locator("summary").click()
    panel.get_by_label("Gravedad 1 · crítica").check()
    panel.get_by_label("Por qué").fill("Tiene razón.")
    panel.get_by_role("button", name="Decidir la gravedad").click()
    desk.get_by_text("La gravedad quedó decidida").wait_for()
    partner.reload()
    assert partner.get_by_text("La gravedad está objetada").count() == 0
    assert partner.get_by_text("Tiene razón.").count() > 0
