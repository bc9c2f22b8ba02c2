"""`{% load ticket_text %}`: what people wrote, shown as they wrote it and never run."""

import re
from urllib.parse import urlsplit

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

register = template.Library()

_ADDRESS = re.compile(r"""https?://[^\s<>"'`]+""", re.IGNORECASE)
_CLOSERS = {")": "(", "]": "[", "}": "{"}


@register.filter
def as_written(text: str) -> SafeString:
    """Plain text, escaped, with its line breaks; addresses of the web become links that say where they go."""
    pieces = []
    position = 0
    for match in _ADDRESS.finditer(text):
        address = _without_punctuation(match[0])
        if not _has_host(address):
            continue
        pieces.append((format_html("{}", text[position : match.start()]),))
        pieces.append((_link(address),))
        position = match.start() + len(address)
    pieces.append((format_html("{}", text[position:]),))
    return format_html('<div class="breaks">{}</div>', format_html_join("", "{}", pieces))


def _link(address: str) -> SafeString:
    return format_html('<a href="{0}" rel="noopener noreferrer nofollow ugc">{0}</a>', address)


def _without_punctuation(address: str) -> str:
    """What ends a sentence, or closes a bracket opened before the address, is no part of it."""
    while address:
        last = address[-1]
        unmatched = last in _CLOSERS and address.count(last) > address.count(_CLOSERS[last])
        if last not in ".,;:!?»”’…*" and not unmatched:
            return address
        address = address[:-1]
    return address


def _has_host(address: str) -> bool:
    try:
        return bool(urlsplit(address).hostname)
    except ValueError:
        return False
