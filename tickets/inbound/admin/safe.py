"""A stranger's mail on its way to a reader's browser: nothing in it runs, and nothing it names is fetched."""

import nh3
from django.http import HttpResponse

from tickets.domain.filenames import clean_name

# No style, id, name, form nor link survives: a page of ours cannot be imitated from within the frame.
TAGS = frozenset(
    "b blockquote br caption center code dd del div dl dt em h1 h2 h3 h4 h5 h6 hr i ins li ol p pre s small"
    " span strong sub sup table tbody td tfoot th thead tr u ul".split()
)
ATTRIBUTES = {"*": {"lang", "dir"}, "td": {"colspan", "rowspan"}, "th": {"colspan", "rowspan"}}
# For the document in the frame; the frame itself is sandboxed too, without an origin.
HTML_POLICY = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none';"
    " frame-ancestors 'self'"
)
RAW_HEADERS = {
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "private, no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_PAGE = (
    '<!doctype html><html lang="es"><head><meta charset="utf-8">'
    '<meta name="color-scheme" content="light dark">'
    "<style>body{{font:15px/1.5 system-ui,sans-serif;margin:12px;overflow-wrap:anywhere}}"
    "blockquote{{margin:0;padding-left:12px;border-left:3px solid #8aa}}"
    "table{{border-collapse:collapse}}td,th{{padding:2px 8px;border:1px solid #8aa6}}</style>"
    "<title>HTML</title></head><body>{body}</body></html>"
)


def clean_html(html: str) -> str:
    """`html` with the text and structure that a reader needs. Cleaning twice equals cleaning once."""
    return nh3.clean(
        html,
        tags=set(TAGS),
        attributes=ATTRIBUTES,
        clean_content_tags={"script", "style", "title", "svg", "math"},
        link_rel=None,
    )


def html_response(html: str) -> HttpResponse:
    """The cleaned HTML as a document of its own, for a sandboxed frame of ours."""
    return HttpResponse(
        _PAGE.format(body=clean_html(html)),
        headers={
            "Content-Security-Policy": HTML_POLICY,
            "X-Frame-Options": "SAMEORIGIN",
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "private, no-store",
            "Referrer-Policy": "no-referrer",
        },
    )


def raw_response(raw: bytes, name: str) -> HttpResponse:
    """The bytes as they came, as a download and nothing else."""
    response = HttpResponse(raw, content_type="application/octet-stream", headers=RAW_HEADERS)
    response.headers["Content-Disposition"] = f'attachment; filename="{clean_name(name)}"'
    return response
