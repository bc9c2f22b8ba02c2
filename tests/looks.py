"""The looks a page has to stand: on a telephone and on a desk, light and dark."""

from collections.abc import Iterable

from axe_playwright_python.base import AXE_SCRIPT

_VIOLATIONS = """rules => axe.run(rules).then(
    found => found.violations.map(each => [each.id, each.nodes.map(node => node.target)]))"""
_WHOLE = {"resultTypes": ["violations"]}
_COLOURS = _WHOLE | {"runOnly": ["color-contrast"]}  # all that another theme changes
_LOOKS = ((1280, "light", _WHOLE), (1280, "dark", _COLOURS), (320, "dark", _WHOLE), (320, "light", _COLOURS))


def assert_fits(page) -> None:
    """The page as it stands: in each look axe finds nothing, and it is no wider than the window.

    It is left in its window, light.
    """
    page.wait_for_load_state()  # a click ends with the answer's first bytes
    window = page.viewport_size
    page.evaluate(AXE_SCRIPT)  # brought in once: it is half a megabyte
    for width, scheme, rules in _LOOKS:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        found = page.evaluate(_VIOLATIONS, rules)
        assert (page.url, scheme, width, found) == (page.url, scheme, width, [])
        assert (page.url, page.evaluate("document.documentElement.scrollWidth")) == (page.url, width)
    page.set_viewport_size(window)


def assert_each_fits(page, addresses: Iterable[str]) -> None:
    """The same of the pages at these addresses, unfolded."""
    for address in addresses:
        page.goto(address)
        unfold(page)
        assert_fits(page)


def unfold(page) -> None:
    """Open what the page folds away, so that it is looked at too."""
    page.evaluate("for (const each of document.querySelectorAll('main details')) each.open = true")
