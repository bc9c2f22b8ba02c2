"""Hostile Markdown does nothing: no tag, no picture, no script, no address that runs."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lynnsupport.notices.markdown import ELEMENTS, to_html, to_line, to_text

REL = 'rel="noopener noreferrer nofollow"'


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("**a** *b* `c`", "<p><strong>a</strong> <em>b</em> <code>c</code></p>"),
        ("# Título", "<h3>Título</h3>"),
        ("###### Hondo", "<h5>Hondo</h5>"),
        ("- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>"),
        ("[x](https://a.example/?a=1&b=2)", f'<p><a href="https://a.example/?a=1&amp;b=2" {REL}>x</a></p>'),
        ("[x](mailto:a@b.example)", f'<p><a href="mailto:a@b.example" {REL}>x</a></p>'),
        ("<script>alert(1)</script>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>"),
        ("<img src=x onerror=alert(1)>", "<p>&lt;img src=x onerror=alert(1)&gt;</p>"),
        ("[x](javascript:alert(1))", "<p>[x](javascript:alert(1))</p>"),
        ("[x](data:text/html,y)", "<p>[x](data:text/html,y)</p>"),
        ("[x](JaVaScRiPt:alert(1))", "<p>[x](JaVaScRiPt:alert(1))</p>"),
        ('[x](https://a.example "\\" onclick=alert(1)")', f'<p><a href="https://a.example" {REL}>x</a></p>'),
    ],
)
def test_what_comes_out(written, shown):
    assert to_html(written) == shown


@pytest.mark.parametrize(
    "written", ["![x](https://evil.example/p.png)", "![x][y]\n\n[y]: https://evil.example"]
)
def test_no_picture_is_fetched(written):
    assert "<img" not in to_html(written)


@given(st.text(alphabet=st.sampled_from(list("<>&\"'`*_[]()!#- \nab:/=javscriptonload")), max_size=60))
def test_only_known_elements_come_out(text):
    html = to_html(text)
    assert set(re.findall(r"</?([a-zA-Z0-9]+)", html)) <= ELEMENTS
    assert not re.search(r"<[^>]*\bon\w+\s*=", html)
    assert "javascript:" not in "".join(re.findall(r'href="([^"]*)"', html)).lower()


def test_plain_text_and_one_line():
    assert to_text("a\r\n\0b\u202e\n\n") == "a\nb"
    assert to_line("**Hola** <b> & *adiós*\n\nfin") == "Hola <b> & adiós fin"
    assert to_line("x" * 300, 10) == "xxxxxxxxx…"
