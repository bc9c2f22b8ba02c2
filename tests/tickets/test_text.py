"""What people wrote, on a page: escaped, with its lines, with links that say where they go."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickets.templatetags.ticket_text import as_written


def inside(text: str) -> str:
    return str(as_written(text)).removeprefix('<div class="breaks">').removesuffix("</div>")


def link(address: str) -> str:
    return f'<a href="{address}" rel="noopener noreferrer nofollow ugc">{address}</a>'


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("Hola\n\nadiós", "Hola\n\nadiós"),
        ("<b>x</b> & 'y'", "&lt;b&gt;x&lt;/b&gt; &amp; &#x27;y&#x27;"),
        ("vea https://a.example/x.", f"vea {link('https://a.example/x')}."),
        ("(https://a.example/x)", f"({link('https://a.example/x')})"),
        ("https://a.example/x_(y)", link("https://a.example/x_(y)")),
        ("HTTP://a.example", link("HTTP://a.example")),
        ("https://a.example/?a=1&b=2", link("https://a.example/?a=1&amp;b=2")),
        ('https://a.example/"onmouseover="x', f"{link('https://a.example/')}&quot;onmouseover=&quot;x"),
        ("javascript:alert(1)", "javascript:alert(1)"),
        ("data:text/html,x ftp://a.example", "data:text/html,x ftp://a.example"),
        ("https:// nada", "https:// nada"),
        ("https://[::1", "https://[::1"),
        ("www.example.com a@example.com", "www.example.com a@example.com"),
    ],
)
def test_text_is_shown_as_written(written, shown):
    assert inside(written) == shown


@given(st.text(alphabet="<>\"'&/:. htpsjavcript()\n\u202e", max_size=60))
def test_nothing_but_our_own_tags_comes_out(written):
    shown = inside(written)
    for tag in ('<a href="http', "</a>"):
        shown = shown.replace(tag, "")
    assert "<" not in shown
