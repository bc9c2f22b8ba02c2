"""What the stories in a browser share: their cast, and people who come in with a browser of their own."""

import pytest

from lynnsupport.common import clock
from tests.agreement import put_agreement
from tests.factories import PASSWORD
from tests.tickets.stories import make_cast


@pytest.fixture
def cast(live_server):
    put_agreement()
    return make_cast(at=clock.now())


@pytest.fixture
def visit(live_server, browser):
    """`visit(person, width, scheme)` is a browser of their own, signed in, in Spanish.

    With `javascript=False` one without scripts.
    """
    contexts = []

    def enter(person, width=1280, scheme="light", *, javascript=True):
        context = browser.new_context(
            locale="es-CL",
            color_scheme=scheme,
            java_script_enabled=javascript,
            viewport={"width": width, "height": 900},
        )
        context.set_default_timeout(30_000)
        contexts.append(context)
        page = context.new_page()
        page.goto(live_server.url + "/entrar/")
        page.locator("#id_login").fill(person.email)
        page.locator("#id_password").fill(PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url(lambda url: "/entrar/" not in url)
        return page

    yield enter
    for context in contexts:
        context.close()
