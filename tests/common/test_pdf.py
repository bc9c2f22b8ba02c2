"""A document opens nothing, whatever it refers to: no file, no address of this machine, no data."""

import pytest

from lynnsupport.common import pdf
from tests.pdf_text import text_of_pdf

CANARY = "canario-que-no-canta"


def test_the_fetcher_refuses_every_address():
    class Fetcher:
        def open(self, url):
            return self.fetch(url)

    fetcher = pdf.fetching_nothing(Fetcher)
    for url in ("file:///etc/passwd", "http://127.0.0.1/", "https://example.com/x.css", "data:text/plain,x"):
        with pytest.raises(ValueError, match="fetches nothing"):
            fetcher.open(url)


def test_where_the_renderer_is_missing_it_says_so(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "weasyprint", None)
    with pytest.raises(pdf.NoPdf):
        pdf.pdf_of("<p>Hola</p>")


def hostile(address, secret):
    style = f"p::after{{content:'{CANARY}'}}"
    return f"""<html><head>
    <link rel="stylesheet" href="{address}/a.css"><link rel="attachment" href="{secret}">
    <link rel="attachment" href="{address}/b"><link rel="stylesheet" href="data:text/css,{style}">
    <style>@import url({address}/c.css); @import "{secret}"; @import url("data:text/css,{style}");
    @font-face {{ font-family: f; src: url({address}/d.woff) }}
    body {{ font-family: f, sans-serif; background: url({address}/e.png) }}
    h1::before {{ content: url({secret}) }}</style></head>
    <body><h1>Hola</h1><p>Cuerpo</p><img src="{secret}"><img src="{address}/f.png">
    <img src="data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg'><text y='9'>{CANARY}</text></svg>">
    <object data="{secret}"></object><embed src="{address}/g"><a rel="attachment" href="{secret}">adjunto</a>
    <svg width="9" height="9"><image href="{address}/h.png"/><use href="{secret}#x"/></svg></body></html>"""


@pytest.fixture
def document(listener, tmp_path):
    port, _connected = listener
    secret = tmp_path / "secreto.svg"
    secret.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" width="99" height="9"><text y="9">{CANARY}</text></svg>'
    )
    return hostile(f"http://127.0.0.1:{port}", secret.as_uri())


@pytest.mark.pdf
def test_no_reference_is_followed(listener, document):
    _port, connected = listener
    made = pdf.pdf_of(document)
    assert (connected, text_of_pdf(made)) == ([], "Hola Cuerpo adjunto")
    assert b"/EmbeddedFile" not in made


@pytest.mark.pdf
def test_without_the_fetcher_they_would_be(listener, document):
    """The same document shown to fail: else the test above proves nothing."""
    from weasyprint import HTML

    _port, connected = listener
    made = HTML(string=document).write_pdf()
    assert connected != []
    assert CANARY in text_of_pdf(made)
    assert b"/EmbeddedFile" in made
