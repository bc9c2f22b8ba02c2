"""What reaches the desk, in a real browser: a call, a hostile mail, a ticket to split, one to merge."""

from datetime import timedelta

import pytest
from django.urls import reverse

from lynnsupport.common import clock
from tests.factories import TenantFactory
from tests.inbound.mails import mail
from tests.looks import assert_each_fits
from tests.tickets.stories import raise_ticket
from tickets.inbound.models import InboundMail
from tickets.inbound.operations import ingest
from tickets.models import CallDraft, Ticket
from tickets.operations import reply_as_customer

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

HOSTILE = """\
<h1>Aviso de pago</h1><p onclick="parent.hit()">Pulse <a href="https://evil.example.net/a">aquí</a></p>
<script>parent.hit(); fetch("https://evil.example.net/script")</script>
<img src="https://evil.example.net/p.png" onerror="parent.hit()"><svg onload="parent.hit()"></svg>
<link rel="stylesheet" href="https://evil.example.net/s.css"><style>@import "https://evil.example.net/i.css";</style>
<iframe src="https://evil.example.net/frame"></iframe><meta http-equiv="refresh" content="0;url=https://evil.example.net">
<form action="https://evil.example.net"><input name="clave" autofocus onfocus="parent.hit()"></form>
<base href="https://evil.example.net/"><video poster="https://evil.example.net/v"></video>
<p style="background:url(https://evil.example.net/b)">No cierre esta página.</p>"""


def guarded(page, live_server) -> list[str]:
    """Whatever goes wrong on the page from now on: errors, dialogs, refused content, requests elsewhere."""
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("dialog", lambda dialog: (wrong.append(dialog.message), dialog.dismiss()))
    page.on("popup", lambda popup: wrong.append(popup.url))
    page.on("console", lambda line: wrong.append(line.text) if "Security Policy" in line.text else None)
    page.on(
        "request",
        lambda asked: None if asked.url.startswith(live_server.url) else wrong.append(asked.url),
    )
    return wrong


def put_aside(cast) -> InboundMail:
    """A known contact's mail that names no tenant, hostile in its HTML."""
    raw = mail(
        sender=f"Carla <{cast.colleague.email}>", subject="No anda", text="El bot calla.", html=HOSTILE
    )
    ingest(raw, now=clock.now())
    return InboundMail.objects.latest("pk")


def two_in_one(cast) -> Ticket:
    now = clock.now()
    ticket = raise_ticket(cast, now - timedelta(hours=3))
    said = "Además fallan los reportes."
    reply_as_customer(ticket, by=cast.designated.user, body=said, now=now - timedelta(hours=1))
    return ticket


def typed(page, *texts: str) -> None:
    """Each text in its field; Enter leads on, as the form promises."""
    for text in texts:
        page.keyboard.type(text)
        page.keyboard.press("Enter")


@pytest.mark.rule("INT-1")
def test_a_call_is_entered_with_the_keyboard_alone_and_kept_as_it_is_typed(cast, visit, live_server):
    for number in range(9):
        TenantFactory(customer=cast.customer, name=f"Sucursal {number}")
    wanted = TenantFactory(customer=cast.customer, name="Bodega Poniente")
    page = visit(cast.engineer)
    wrong = guarded(page, live_server)
    page.goto(live_server.url + reverse("admin:index"))
    page.keyboard.press("t")
    page.wait_for_url("**/telephone/")
    page.keyboard.type(cast.designated.email)
    page.get_by_role("link", name=cast.designated.name).wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.locator("#tenant-q:focus").wait_for()
    page.keyboard.type("poniente")
    page.locator(f"#id_tenant option[value='{wanted.pk}']:checked").wait_for(state="attached")
    page.keyboard.press("Enter")
    typed(page, "", "El bot calla en la bodega")  # the tenant is chosen already
    page.keyboard.type("Desde la mañana no contesta nadie.")
    page.keyboard.press("Tab")
    page.keyboard.type("01052025")
    page.keyboard.press("Tab")
    page.keyboard.type("1000A")  # the fifth of January or the first of May, as the browser is
    page.keyboard.press("Enter")
    typed(page, "")  # its zone is right
    page.keyboard.type("95")
    page.get_by_text("Guardado").first.wait_for()
    draft = CallDraft.objects.get()
    assert (draft.caller, draft.answers["impact_percent"], draft.answers["tenant"]) == (
        cast.designated,
        "95",
        str(wanted.pk),
    )
    page.reload()  # in the middle of the call; what is kept needs no warning
    page.get_by_text("Esto es lo que había escrito de la llamada").wait_for()
    assert page.locator("#id_subject").input_value() == "El bot calla en la bodega"
    page.locator("#tenant-q:focus").wait_for()
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/change/")
    ticket = Ticket.objects.get()
    assert (ticket.channel, ticket.tenant, ticket.reporter) == ("telephone", wanted, cast.designated)
    page.get_by_text(ticket.number).first.wait_for()
    assert (CallDraft.objects.exists(), wrong) == (False, [])


@pytest.mark.rule("INT-5")
def test_past_failure_11_a_hostile_mail_is_read_in_its_frame_and_released(cast, visit, live_server):
    put_aside(cast)
    page = visit(cast.engineer)
    page.add_init_script("window.hits = 0; window.hit = () => { window.hits += 1; }")
    wrong = guarded(page, live_server)
    page.goto(live_server.url + reverse("admin:inbound_inboundmail_changelist"))
    page.get_by_role("link", name="No anda").click()
    page.get_by_text("Como HTML, sin imágenes ni enlaces").click()
    frame = page.frame_locator("iframe.mail-frame")
    frame.get_by_text("No cierre esta página.").wait_for()
    frame.get_by_text("Pulse aquí").click()
    page.wait_for_load_state("networkidle")
    left = "document.querySelectorAll('script, img, a, form, iframe, svg, [style], [onclick]').length"
    assert frame.locator("body").evaluate(f"() => {left}") == 0
    assert page.locator("iframe.mail-frame").get_attribute("sandbox") == ""
    assert (page.evaluate("window.hits"), page.url.endswith("/change/"), wrong) == (0, True, [])
    page.get_by_role("link", name="Abrir un ticket con él").click()
    page.locator("#id_tenant:focus").wait_for()
    page.locator("#id_tenant").select_option(str(cast.tenant.pk))
    page.get_by_role("button", name="Abrir ticket").click()
    page.wait_for_url("**/tickets/ticket/*/change/")
    ticket = Ticket.objects.get()
    assert (ticket.reporter, ticket.description, InboundMail.objects.get().ticket) == (
        cast.colleague,
        "El bot calla.",
        ticket,
    )
    assert wrong == []


@pytest.mark.rule("INT-6")
def test_one_ticket_becomes_two_and_two_become_one(cast, visit, live_server):
    ticket = two_in_one(cast)
    page = visit(cast.engineer)
    wrong = guarded(page, live_server)
    page.goto(live_server.url + reverse("admin:tickets_ticket_split", args=[ticket.pk]))
    page.get_by_label("Asunto del ticket nuevo").fill("Fallan los reportes del bot")
    page.get_by_label("Por qué son dos incidentes").fill("Los reportes son otro servicio.")
    page.get_by_role("button", name="Dividirlo en dos").click()
    page.get_by_role("alert").wait_for()  # nothing was chosen yet, and nothing typed is lost
    page.get_by_text("Además fallan los reportes.").click()  # the words tick their message
    page.get_by_role("button", name="Dividirlo en dos").click()
    page.wait_for_url("**/change/")
    part = Ticket.objects.exclude(pk=ticket.pk).get()
    assert [message.body for message in part.messages.all()] == ["Además fallan los reportes."]
    page.get_by_text(part.number).first.wait_for()
    page.goto(live_server.url + reverse("admin:tickets_ticket_merge", args=[part.pk]))
    page.get_by_role("searchbox").fill("responde")
    page.get_by_text("El bot no responde").click()
    page.get_by_label("Por qué es el mismo incidente").fill("Era el mismo caso.")
    page.get_by_role("button", name="Unirlo").click()
    page.get_by_text(f"{part.number} quedó cerrado").first.wait_for()
    part.refresh_from_db()
    assert (part.close_reason, wrong) == ("duplicate", [])


def test_the_pages_of_incoming_mail_are_accessible_and_fit(cast, visit, live_server):
    held = put_aside(cast)
    paths = [
        reverse("admin:inbound_inboundmail_changelist"),
        *(reverse(f"admin:inbound_inboundmail_{name}", args=[held.pk]) for name in ("change", "release")),
    ]
    assert_each_fits(visit(cast.engineer), (live_server.url + path for path in paths))


def test_the_pages_of_a_call_a_split_and_a_merge_are_accessible_and_fit(cast, visit, live_server):
    TenantFactory.create_batch(9, customer=cast.customer)
    ticket = two_in_one(cast)
    raise_ticket(cast, clock.now(), subject="El bot no responde nada", reporter=cast.colleague)
    paths = [
        reverse("admin:tickets_ticket_telephone_form", args=[cast.designated.pk]),
        *(reverse(f"admin:tickets_ticket_{name}", args=[ticket.pk]) for name in ("split", "merge")),
    ]
    assert_each_fits(visit(cast.engineer), (live_server.url + path for path in paths))
