"""What every page stands on, seen by a real browser: no violation, no overflow, nothing from elsewhere."""

from urllib.parse import urlsplit

import pytest

from lynnsupport.accounts.domain.roles import Role
from tests.factories import PASSWORD, UserFactory
from tests.looks import assert_fits

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PAGES = ("/entrar/", "/contrasena/olvidada/", "/galeria/")


@pytest.fixture
def site(live_server, settings):
    settings.DEBUG = True  # the gallery exists only then
    return live_server.url


@pytest.fixture
def page(browser):
    context = browser.new_context(locale="es-CL")
    yield context.new_page()
    context.close()


def test_pages_are_accessible_and_fit_in_both_themes(site, page):
    for path in PAGES:
        page.goto(site + path)
        assert_fits(page)


@pytest.mark.parametrize(
    "fault",
    [
        "<img src='data:,'>",  # nothing says what it shows
        "<p style='width: 400px'>wide on a telephone alone</p>",
        "<p class='pale'>pale in the dark alone</p>"
        "<style>@media (prefers-color-scheme: dark) { .pale { color: #333; background: #222 } }</style>",
        "<p class='pale'>pale on a telephone alone</p>"
        "<style>@media (max-width: 400px) { .pale { color: #ddd; background: #fff } }</style>",
    ],
)
def test_a_fault_in_one_look_is_found(page, fault):
    whole = "<!doctype html><html lang='es'><meta name='viewport' content='width=device-width'>"
    whole += "<title>Una página</title><body><main><h1>Una página</h1>{}</main>"
    page.set_content(whole.format(""))
    assert_fits(page)
    page.set_content(whole.format(fault))
    with pytest.raises(AssertionError):
        assert_fits(page)


def test_the_policy_blocks_nothing_of_ours_and_nothing_comes_from_elsewhere(site, browser):
    context = browser.new_context()
    page = context.new_page()
    complaints, hosts = [], set()
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))
    for path in PAGES:
        page.goto(site + path, wait_until="networkidle")
    assert complaints == []
    assert hosts == {urlsplit(site).netloc}
    assert page.locator("svg.icon").first.bounding_box()["width"] > 0
    context.close()


def test_the_theme_is_switched_and_remembered(site, browser):
    context = browser.new_context(color_scheme="light", locale="es-CL")
    page = context.new_page()
    ground = "getComputedStyle(document.body).backgroundColor"
    page.goto(site + "/entrar/")
    light = page.evaluate(ground)
    page.locator("[data-theme-switch]").click()
    dark = page.evaluate(ground)
    page.reload()
    assert (light != dark, page.evaluate(ground)) == (True, dark)
    page.locator("[data-theme-switch]").click()
    assert page.evaluate("[localStorage.getItem('theme'), document.documentElement.dataset.theme]") == [
        None,
        None,
    ]
    context.close()


def test_signing_in_and_out_works_by_keyboard_and_without_javascript(site, browser):
    person = UserFactory(role=Role.PARTNER)
    context = browser.new_context(java_script_enabled=False, locale="es-CL")
    page = context.new_page()
    page.goto(site + "/cuenta/")
    page.locator("#id_login").focus()
    page.keyboard.type(person.email)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/cuenta/")
    page.locator("details.menu > summary").focus()
    page.keyboard.press("Enter")
    page.locator("details.menu button[type=submit]").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/entrar/")
    context.close()
