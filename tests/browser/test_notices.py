"""Notices in a real browser, in Spanish: the desk writes and sends, a partner reads, puts away, chooses."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.core.management import call_command
from playwright.sync_api import expect

from lynnsupport.common import clock
from lynnsupport.notices.models import MailChoice, Notice
from lynnsupport.notices.operations import dispatch_due
from lynnsupport.outbox.models import OutboxMessage
from lynnsupport.outbox.operations import deliver_due
from tests.looks import assert_fits
from tests.tickets.stories import CHILE, make_cast

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def cast(live_server):
    call_command("load_policy", verbosity=0)
    return make_cast(at=clock.now())


def tell():
    """What the periodic jobs do."""
    dispatch_due(now=clock.now())
    deliver_due(now=clock.now())
    cache.clear()


@pytest.mark.rule("NOT-1", "NOT-2", "NOT-3", "NOT-5")
def test_a_maintenance_from_the_draft_to_the_withdrawal_and_at_the_partners(live_server, cast, visit):
    desk = visit(cast.engineer)
    desk.goto(f"{live_server.url}/admin/notices/notice/add/")
    desk.get_by_role("link", name="Mantenimiento programado").click()
    begins = (clock.now() + timedelta(days=2)).astimezone(CHILE)
    for field, text in {
        "title_es": "Mantenimiento de la consola",
        "body_es": "La consola **no responde**.",
        "title_en": "",
        "body_en": "",
        "starts_at": f"{begins:%Y-%m-%dT02:00}",
        "ends_at": f"{begins:%Y-%m-%dT03:00}",
    }.items():
        desk.locator(f"#id_{field}").fill(text)
    desk.locator("#id_to_everyone").check()
    desk.locator("#audience-count").get_by_text("2 personas").wait_for()  # live
    desk.locator("#id_to_everyone").uncheck()
    desk.locator("#id_to_customers").select_option(label=cast.customer.name)
    desk.locator("#id_is_public").uncheck()
    desk.get_by_role("button", name="Guardar el borrador").click()
    desk.get_by_role("button", name="Enviar a 2 personas").wait_for()
    assert_fits(desk)
    desk.get_by_role("button", name="Enviar a 2 personas").click()
    desk.get_by_text("Está vigente").wait_for()
    tell()
    desk.reload()
    assert "2/2" in desk.locator("main").inner_text()

    partner = visit(cast.designated.user)
    banner = partner.get_by_role("region", name="Avisos")
    assert "Mantenimiento de la consola" in banner.inner_text()
    banner.get_by_role("link", name="Mantenimiento de la consola").click()
    partner.get_by_role("heading", level=1, name="Mantenimiento de la consola").wait_for()
    assert_fits(partner)

    desk.get_by_role("button", name="Corregir o continuar").click()
    desk.get_by_role("link", name="Editar").click()
    desk.locator("#id_what_changed_es").fill("Comienza una hora más tarde.")
    desk.locator("#id_ends_at").fill(f"{begins:%Y-%m-%dT04:00}")
    desk.get_by_role("button", name="Guardar el borrador").click()
    desk.get_by_role("button", name="Enviar a 2 personas").click()
    desk.get_by_text("Está vigente").wait_for()
    tell()
    partner.reload()
    assert "una hora más tarde" in partner.locator("main").inner_text()
    partner.get_by_role("button", name="Descartar").first.click()
    expect(partner.get_by_role("region", name="Avisos")).to_have_count(0)

    desk.get_by_role("link", name="Retirar").click()
    desk.locator("#id_reason_es").fill("Ya no hace falta.")
    desk.get_by_role("button", name="Escribir el retiro").click()
    desk.get_by_role("button", name="Enviar a 2 personas").click()
    desk.get_by_text("Está vigente").wait_for()
    tell()
    assert Notice.objects.get().is_withdrawn
    assert OutboxMessage.objects.filter(kind="notice", state="sent").count() == 6


@pytest.mark.rule("NOT-4")
def test_a_partner_chooses_and_follows_without_scripts(live_server, cast, visit):
    page = visit(cast.designated.user, javascript=False)
    page.get_by_role("link", name="Avisos", exact=True).first.click()
    page.get_by_text("Todavía no hay avisos").wait_for()
    page.get_by_role("link", name="Mis avisos").last.click()
    page.get_by_label("Cambio").uncheck()
    page.get_by_role("button", name="Guardar mi elección").click()
    assert list(MailChoice.objects.values_list("kind", flat=True)) == ["change"]
    page.get_by_role("button", name="Crear la dirección").first.click()
    address = page.get_by_label("Calendario (iCalendar)").input_value()
    assert page.request.get(address).text().startswith("BEGIN:VCALENDAR")
