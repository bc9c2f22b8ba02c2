"""RCA-1: an analysis states the downtime that the statement counts, frozen or as it stands now."""

from datetime import date, time

import pytest

from credits.downtime import counted_of
from lynnsupport.accounts.models import Contract, Tenant
from sla.models import MaintenanceAgreement
from tests.incidents.stories import begin, call_it_platform
from tickets.incidents.domain.words import Scope
from tickets.incidents.operations import restore
from tickets.incidents.statements import downtime_of

from .stories import chile, statement, swept

pytestmark = [pytest.mark.usefixtures("_english"), pytest.mark.rule("RCA-1", "AVL-6")]


@pytest.fixture
def maintained(story):
    """An hour from three in the morning, agreed (SUP-5)."""
    MaintenanceAgreement.objects.create(
        tenant=story.tenant, agreed_with=story.contact, daily_start=time(3), effective_on=date(2026, 1, 1),
        agreed_at=chile("2025-12-20"), recorded_by=story.engineer, recorded_at=chile("2025-12-20"),
    )  # fmt: skip


def lasted(story, start, end, **decided):
    incident = begin(story, now=chile(start))
    if decided.get("scope") is not None or not decided:
        call_it_platform(story, incident, now=chile(start), **decided)
    return restore(incident, by=story.engineer, now=chile(end)).incident


def test_it_is_what_the_statement_counts_not_the_length_of_the_outage(story, maintained):
    incident = lasted(story, "2026-01-10 02:30", "2026-01-10 03:45")
    running = chile("2026-01-10 12:00")
    assert downtime_of(incident, story.tenant, now=running) == 30 * 60
    swept("2026-02-01 00:10")
    assert statement(story.contract, "2026-01").counted_seconds == 30 * 60
    assert downtime_of(incident, story.tenant, now=chile("2026-02-03 12:00")) == 30 * 60


def test_one_over_the_end_of_a_cycle_is_counted_from_both(story):
    incident = lasted(story, "2026-01-31 23:30", "2026-02-01 00:20")
    now = chile("2026-02-01 12:00")
    assert downtime_of(incident, story.tenant, now=now) == 50 * 60
    swept("2026-02-01 12:00")
    assert statement(story.contract, "2026-01").counted_seconds == 30 * 60
    assert downtime_of(incident, story.tenant, now=now) == 50 * 60


def test_one_that_weighs_nothing_has_no_downtime(story):
    incident = lasted(story, "2026-01-10 10:00", "2026-01-10 11:00", scope=Scope.FEATURE)
    assert downtime_of(incident, story.tenant, now=chile("2026-01-10 12:00")) == 0


def test_where_no_statement_names_it_the_incidents_own_seconds_stand(story):
    now = chile("2026-01-10 12:00")
    undecided = lasted(story, "2026-01-10 08:00", "2026-01-10 09:00", scope=None)
    incident = lasted(story, "2026-01-10 10:00", "2026-01-10 11:00")
    assert counted_of(undecided, story.tenant, now=now) is None
    assert counted_of(incident, story.tenant, now=now) == 3600
    Contract.objects.update(starts_on=date(2026, 3, 1))
    assert counted_of(incident, story.tenant, now=now) is None
    assert downtime_of(incident, story.tenant, now=now) == 3600
    story.tenant.deployment = Tenant.Deployment.ON_PREMISE
    assert counted_of(incident, story.tenant, now=now) is None


def test_queries_do_not_grow_with_cycles(story, django_assert_num_queries):
    for month in ("2026-01", "2026-03"):
        lasted(story, f"{month}-10 10:00", f"{month}-10 11:00")
    short = lasted(story, "2026-01-12 10:00", "2026-01-12 11:00")
    long = lasted(story, "2026-01-20 10:00", "2026-04-20 11:00")
    swept("2026-06-01 00:10")
    for incident in (short, long):
        with django_assert_num_queries(4):
            counted_of(incident, story.tenant, now=chile("2026-06-02 12:00"))
