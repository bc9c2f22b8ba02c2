"""`{% load widgets %}`: what Django's form widgets write through a template for each attribute and option.

A list of time zones has some four hundred options; two templates for each of them made the page of one's
account the slowest of all. What comes out is the same.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from django import template
from django.template.loader import render_to_string
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

register = template.Library()

PLAIN_OPTION = "django/forms/widgets/select_option.html"


@register.filter
def attributes(attrs: Mapping[str, Any]) -> SafeString:
    """` name="value"` of each; the name alone for True, nothing for False."""
    return format_html_join(
        "", "{}", ((_attribute(*each),) for each in attrs.items() if each[1] is not False)
    )


def _attribute(name: str, value: Any) -> SafeString:
    return format_html(" {}", name) if value is True else format_html(' {}="{}"', name, str(value))


@register.filter
def options(groups: Iterable[tuple[str | None, list[dict[str, Any]], int]]) -> SafeString:
    """The options of a `select`, in their groups."""
    return format_html_join("", "{}", ((_group(name, choices),) for name, choices, _place in groups))


def _group(name: str | None, choices: list[dict[str, Any]]) -> SafeString:
    written = format_html_join("", "\n  {}", ((_option(each),) for each in choices))
    return format_html('\n  <optgroup label="{}">{}\n  </optgroup>', name, written) if name else written


def _option(option: dict[str, Any]) -> SafeString:
    if option["template_name"] != PLAIN_OPTION:
        return render_to_string(option["template_name"], {"widget": option})
    return format_html(
        '<option value="{}"{}>{}</option>', str(option["value"]), attributes(option["attrs"]), option["label"]
    )
