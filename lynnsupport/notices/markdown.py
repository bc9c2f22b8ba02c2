"""Notices' Markdown as HTML and as plain text. What people write is never trusted, the desk's included.

markdown-it reads it with raw HTML switched off, nh3 lets only these elements through: two walls, each enough.
"""

import re
from functools import lru_cache

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

ELEMENTS = frozenset(
    "a p br hr strong em s code pre blockquote ul ol li h3 h4 h5 table thead tbody tr th td".split()
)
SCHEMES = frozenset({"http", "https", "mailto", "tel"})
LINK_RELATION = "noopener noreferrer nofollow"

_reader = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"]).disable(["image"])
_HEADING = re.compile(r"<(/?)h([1-6])>")


@lru_cache(maxsize=512)
def to_html(text: str) -> SafeString:
    """Safe HTML: no raw tags, no pictures, no attributes but links' and a numbered list's start.

    Headings begin at the third level: page and notice have the first two.
    """
    rendered = _HEADING.sub(lambda found: f"<{found[1]}h{min(int(found[2]) + 2, 5)}>", _reader.render(text))
    return mark_safe(  # noqa: S308
        nh3.clean(
            rendered,
            tags=set(ELEMENTS),
            attributes={"a": {"href"}, "ol": {"start"}, "*": set()},
            url_schemes=set(SCHEMES),
            link_rel=LINK_RELATION,
        ).strip()
    )


def to_text(text: str) -> str:
    """As a plain mail shows it: Markdown is made to be read as it stands, so only control characters go."""
    lines = re.split(r"\r\n|\r|\n", text)
    return "\n".join(
        "".join(c for c in line if c.isprintable() or c == "\t").rstrip() for line in lines
    ).strip()


def to_line(text: str, limit: int = 200) -> str:
    """The words alone on one line, for feeds and calendars."""
    bare = re.sub(r"\s+", " ", nh3.clean(str(to_html(text)), tags=set())).strip()
    for entity, character in (("&lt;", "<"), ("&gt;", ">"), ("&nbsp;", " "), ("&amp;", "&")):
        bare = bare.replace(entity, character)
    return bare if len(bare) <= limit else f"{bare[: limit - 1].rstrip()}…"
