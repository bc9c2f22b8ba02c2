"""The address of a ticket's page is the one that Django gives, wherever the portal stands."""

import pytest
from django.urls import get_script_prefix, reverse, set_script_prefix

from tickets.addresses import in_portal


@pytest.fixture
def put_under():
    before = get_script_prefix()
    yield set_script_prefix
    set_script_prefix(before)


@pytest.mark.parametrize("number", ["LYN-2026-000123", "LYN-2000-000001", "LYN-2026-1234567"])
@pytest.mark.parametrize("prefix", ["/", "/soporte/"])
def test_it_is_the_one_that_django_gives(number, prefix, put_under):
    in_portal(number)
    put_under(prefix)
    assert in_portal(number) == reverse("tickets:detail", args=[number])
    assert in_portal(number).startswith(prefix)
