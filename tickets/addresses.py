"""Where tickets are found."""

from functools import lru_cache

from django.urls import get_script_prefix, get_urlconf, reverse

from lynnsupport.common.references import ticket_number

_ANY = ticket_number(2000, 1)


def in_portal(number: str) -> str:
    """The path of a ticket's page in the portal, as `reverse` gives it.

    Every mail about a ticket leads there and every row of a list. Django goes through the patterns each time,
    so it is asked once, with a number that then gives way to the one that is wanted.
    """
    return _page_of_any(get_urlconf(), get_script_prefix()).replace(_ANY, number)


@lru_cache(maxsize=8)
def _page_of_any(_urlconf: str | None, _script_prefix: str) -> str:
    return reverse("tickets:detail", args=[_ANY])
