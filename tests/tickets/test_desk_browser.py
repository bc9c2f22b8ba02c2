"""The desk in a real browser: by keyboard, without scripts, after a lost session, under hostile text."""

import re

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import expect

from lynnsupport.accounts.models import User
from lynnsupport.common import clock
from tests.agreement import put_agreement
from tests.factories import PASSWORD
from tests.looks import assert_each_fits
from tickets.models import Message, Ticket
from tickets.operations import close_ticket, write_note

from .desk_pages import address, page_of
from .stories import make_cast, raise_ticket

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

HOSTILE = '<img src=x onerror="alert(1)"><script>alert(2)</script><svg onload=alert(3)>"\'>'


@pytest.fixture
def cast(live_server):
    put_agreement()
    cast = make_cast(at=clock.now())
    User.objects.update(language="en")
    return cast


@pytest.fixture
def sit_down(live_server, browser, cast):
    """`sit_down()` is a page with the engineer signed in; what goes wrong on it collects in `page.wrong`."""
    contexts = []

    def enter(**options):
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}} | options)
        context.set_default_timeout(15_000)
        contexts.append(context)
        page = context.new_page()
        page.wrong = []
        page.on("pageerror", lambda error: page.wrong.append(str(error)))
        page.on("dialog", lambda dialog: (page.wrong.append(dialog.type), dialog.accept()))
        page.on(
            "console", lambda line: page.wrong.append(line.text) if "Security Policy" in line.text else None
        )
        page.goto(live_server.url + "/entrar/?next=/admin/")
        page.locator("#id_login").fill(cast.engineer.email)
        page.locator("#id_password").fill(PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url(lambda url: "/entrar/" not in url)
        return page

    yield enter
    for context in contexts:
        context.close()


def focused(page):
    return page.evaluate("document.activeElement.textContent.trim()")


def test_a_ticket_is_found_taken_and_answered_by_keyboard(cast, sit_down, live_server):
    first, second = (raise_ticket(cast, clock.now(), subject=subject) for subject in ("Primero", "Segundo"))
    page = sit_down()
    page.keyboard.press("q")
    page.wait_for_url("**/admin/tickets/ticket/")
    for key, ticket in [("j", first), ("j", second), ("j", second), ("k", first)]:
        page.keyboard.press(key)
        assert focused(page) == f"{ticket.number} {ticket.subject}"
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{page_of(first)}")
    page.keyboard.press("a")
    page.get_by_text("The ticket is yours.").wait_for()
    page.keyboard.press("n")
    page.keyboard.type("Mirar el conector, rápido.")  # letters are text while one writes
    page.keyboard.press("Control+Enter")
    page.get_by_text("Your note is on the ticket").wait_for()
    page.keyboard.press("r")
    page.keyboard.type("Estamos en ello.")
    page.keyboard.press("Control+Enter")
    page.get_by_text("Your answer is with the customer.").wait_for()
    said = Message.objects.filter(ticket=first, author=cast.engineer).values_list("body", "is_internal")
    assert list(said) == [("Mirar el conector, rápido.", True), ("Estamos en ello.", False)]
    page.keyboard.press("t")
    page.wait_for_url("**/telephone/")
    assert page.wrong == []


def test_the_shortcuts_are_told_and_can_be_turned_off(sit_down):
    page = sit_down()
    page.keyboard.press("?")
    page.get_by_text("Next and previous ticket of a list").wait_for()
    page.locator("[data-keys-switch]").uncheck()
    page.keyboard.press("Escape")
    page.reload()
    page.keyboard.press("q")
    page.wait_for_timeout(300)
    assert page.url.endswith("/admin/")


@pytest.mark.parametrize("lost", ["session", "cookies"])
def test_what_was_typed_outlives_a_lost_session(cast, sit_down, live_server, lost):
    ticket = raise_ticket(cast, clock.now())
    page = sit_down()
    page.goto(live_server.url + page_of(ticket))
    page.locator("[data-way=note]").check()
    page.locator("#write textarea").fill("Un texto largo que costó escribir.")
    if lost == "session":
        Session.objects.all().delete()
    else:
        page.context.clear_cookies()
    page.get_by_role("button", name="Send").click()
    page.wait_for_load_state()
    page.goto(f"{live_server.url}/entrar/?next={page_of(ticket)}")
    page.locator("#id_login").fill(cast.engineer.email)
    page.locator("#id_password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/entrar/" not in url)
    assert page.locator("#write textarea").input_value() == "Un texto largo que costó escribir."
    assert page.locator("[data-way=note]").is_checked()
    page.get_by_role("button", name="Send").click()
    page.get_by_text("Your note is on the ticket").wait_for()
    page.reload()
    assert page.locator("#write textarea").input_value() == ""


def test_a_stale_page_says_what_happened_and_keeps_the_text(cast, sit_down, live_server):
    ticket = raise_ticket(cast, clock.now())
    page = sit_down()
    page.goto(live_server.url + page_of(ticket))
    close_ticket(ticket, by=cast.desk_lead, reason="duplicate", words="Es otro", now=clock.now())
    page.locator("#write textarea").fill("Una respuesta larga.")
    page.get_by_role("button", name="Send").click()
    page.get_by_text("This has happened since you opened the page").wait_for()
    assert page.locator("#write textarea").input_value() == "Una respuesta larga."
    expect(page).to_have_title(re.compile("^Error:"))
    assert page.evaluate("document.activeElement.getAttribute('role')") == "alert"


def test_everything_works_without_javascript(cast, sit_down, live_server):
    ticket = raise_ticket(cast, clock.now())
    page = sit_down(java_script_enabled=False)
    page.goto(live_server.url + page_of(ticket))
    page.get_by_role("button", name="Take it").click()
    page.locator("#act-close > summary").click()
    page.locator("#act-close textarea").fill("Es el mismo caso")
    page.get_by_role("button", name="Close the ticket").click()
    ticket.refresh_from_db()
    assert (ticket.owner, ticket.state) == (cast.engineer, "closed")
    page.goto(f"{live_server.url}{address('telephone')}?q={cast.designated.email}")
    page.get_by_role("link", name=cast.designated.name).click()
    page.locator("#id_subject").fill("Por teléfono")
    page.locator("#id_description").fill("No llegan mensajes")
    page.locator("#id_detected_local").fill("2026-01-05T10:00")
    page.locator("#id_impact_percent").fill("50")
    page.locator("#id_tenant").select_option(str(cast.tenant.pk))
    page.get_by_role("button", name="Open the ticket").click()
    assert list(Ticket.objects.filter(channel="telephone").values_list("subject", "reporter")) == [
        ("Por teléfono", cast.designated.pk)
    ]


def test_hostile_text_runs_nothing_and_asks_nobody(cast, sit_down, live_server):
    User.objects.filter(pk=cast.designated.user.pk).update(name=HOSTILE)
    type(cast.customer).objects.update(name=HOSTILE)
    ticket = raise_ticket(cast, clock.now(), subject=HOSTILE, description=HOSTILE, urgency=HOSTILE)
    write_note(ticket, by=cast.engineer, body=HOSTILE, now=clock.now())
    page = sit_down()
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    pages = [
        "/admin/",
        "/admin/tickets/ticket/",
        page_of(ticket),
        address("history", ticket.pk),
        address("correct", ticket.pk),
    ]
    for path in pages:
        page.goto(live_server.url + path)
        page.wait_for_load_state("networkidle")
    assert page.wrong == []
    assert [url for url in asked if not url.startswith(live_server.url)] == []


def test_the_pages_are_accessible_and_fit(cast, sit_down, live_server):
    ticket = raise_ticket(cast, clock.now(), impact_percent=95)
    registered = raise_ticket(cast, clock.now(), reporter=cast.colleague)
    write_note(ticket, by=cast.engineer, body="Nota", now=clock.now())
    page = sit_down()
    paths = [
        "/admin/", "/admin/tickets/ticket/", "/admin/tickets/ticket/?severity=3",
        page_of(ticket), page_of(registered),
        address("correct", ticket.pk), address("history", ticket.pk), f"{address('telephone')}?q=contacto",
        address("telephone_form", cast.designated.pk),
    ]  # fmt: skip
    assert_each_fits(page, (live_server.url + path for path in paths))
