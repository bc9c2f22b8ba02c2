from collections import defaultdict

import pytest
from django.utils import translation

from credits import sources
from credits.shipped import load_credit_policy
from tests.sla.factories import SINCE, published_calendar
from tests.tickets.conftest import told  # noqa: F401

from .stories import Story, make_story


@pytest.fixture
def agreement(db) -> None:
    """The shipped credit policy, and office hours in Chile as the default calendar; no holidays."""
    load_credit_policy(now=SINCE)
    published_calendar(is_default=True)


@pytest.fixture
def story(agreement) -> Story:
    return make_story()


@pytest.fixture
def recorded(monkeypatch):
    """`recorded(tenant, fact)` puts an outage on record, as platform incidents give them."""
    facts = defaultdict(list)

    def outages(tenants, period):
        return {tenant.pk: facts[tenant.pk] for tenant in tenants}

    monkeypatch.setattr(sources, "outages_by_tenant", outages)
    return lambda tenant, fact: facts[tenant.pk].append(fact)


@pytest.fixture
def _english():
    with translation.override("en"):
        yield
