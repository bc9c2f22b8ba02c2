"""Double clicks and double sweeps of credits, truly at once: one row each, the second is told."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier

import pytest
from django.db import IntegrityError, connection, connections, transaction
from django.utils import translation

from credits import sources
from credits.models import BillingCycle, Claim, LedgerEntry, NoteSequence, Statement
from credits.operations import (
    approve_claim,
    deciding,
    file_claim,
    filing,
    issue_note,
    reject_claim,
    sweep_cycles,
)
from credits.operations import record as recording
from credits.shipped import load_credit_policy
from lynnsupport.accounts.domain.roles import Role
from lynnsupport.common.refusal import Refused
from tests.credits.stories import chile, cycle, make_story, outage
from tests.factories import ContactFactory, UserFactory
from tests.sla.factories import SINCE, published_calendar

CLOSED, NOW = chile("2026-02-01 00:10"), chile("2026-02-10 12:00")

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        connection.vendor == "sqlite", reason="an in-memory SQLite is one connection for all threads"
    ),
]


def at_once(*works):
    """Each in a thread of its own, begun together; what each gave, or the refusal it met, in order."""
    begin = Barrier(len(works), timeout=30)

    def alone(work):
        try:
            with translation.override("en"):
                connection.ensure_connection()
                begin.wait()
                return work()
        except (Refused, IntegrityError) as refused:
            return refused
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(alone, works))


@pytest.fixture
def story(monkeypatch):
    """An hour of January counted against Lynn, not frozen yet."""
    load_credit_policy(now=SINCE)
    published_calendar(is_default=True)
    story = make_story()
    lost = outage("2026-01-10 10:00", "2026-01-10 11:00")
    monkeypatch.setattr(
        sources, "outages_by_tenant", lambda tenants, period: {tenant.pk: [lost] for tenant in tenants}
    )
    return story


@pytest.fixture
def closed(story):
    sweep_cycles(now=CLOSED)
    return cycle(story.contract, "2026-01")


@pytest.fixture
def filed(story, closed):
    return file_claim(closed, by=story.contact.user, now=NOW)


@pytest.mark.rule("AVL-6")
def test_sweeps_at_once_freeze_each_cycle_once(story):
    for _ in range(8):
        make_story()
    done = at_once(*[lambda: sweep_cycles(now=CLOSED)] * 4)
    frozen = Statement.objects.filter(cycle__month="2026-01")
    assert frozen.count() == 9
    assert sum(each.closed for each in done) == BillingCycle.objects.filter(closed_at__isnull=False).count()
    assert Claim.objects.filter(cycle__month="2026-01").count() == 9
    assert Statement.objects.filter(version__gt=1).count() == 0


@pytest.mark.rule("CRD-4")
def test_a_claim_filed_by_two_at_once_is_one_and_the_second_joins(story, closed):
    colleague = ContactFactory(partner=story.partner).user
    first, second = at_once(
        lambda: file_claim(closed, by=story.contact.user, words="Uno", now=NOW),
        lambda: file_claim(closed, by=colleague, words="Dos", now=NOW),
    )
    claim = Claim.objects.get(cycle=closed)
    assert first == second == claim
    assert sorted(claim.events.values_list("act", flat=True)) == ["evaluate", "file", "join", "offer"]
    assert {claim.words, claim.events.get(act="join").reason} == {"Uno", "Dos"}


@pytest.mark.rule("CRD-2")
def test_a_double_click_on_a_running_cycle_is_one_claim(story):
    sweep_cycles(now=chile("2026-01-15 10:00"))
    running, early = cycle(story.contract, "2026-01"), chile("2026-01-20 10:00")
    at_once(*[lambda: file_claim(running, by=story.contact.user, words="Uno", now=early)] * 4)
    claim = Claim.objects.get(cycle=running)
    assert [event.act for event in claim.events.all()].count("file") == 1
    assert not claim.events.filter(act="join").exists()


@pytest.mark.rule("CRD-3")
def test_two_who_decide_differently_at_once_make_one_decision_and_the_second_is_told(story, filed):
    administrator = UserFactory(role=Role.ADMINISTRATOR)
    outcomes = at_once(
        lambda: approve_claim(filed, by=story.executive, now=NOW),
        lambda: reject_claim(filed, by=administrator, reason="Fue del proveedor", now=NOW),
    )
    refused = [each for each in outcomes if isinstance(each, Refused)]
    assert len(refused) == 1
    assert "not possible while the claim is" in str(refused[0])
    filed.refresh_from_db()
    decisions = filed.events.filter(act__in=["approve", "reject"])
    assert [event.by for event in decisions] == [filed.decided_by]


@pytest.mark.rule("CRD-5")
def test_a_note_issued_twice_at_once_is_one_entry_with_one_number(story, filed):
    approve_claim(filed, by=story.executive, now=NOW)
    entries = at_once(*[lambda: issue_note(filed, by=story.executive, now=NOW)] * 3)
    assert {entry.number for entry in entries} == {"NC-2026-000001"}
    assert (LedgerEntry.objects.count(), NoteSequence.objects.get().last) == (1, 1)


# ---------- the guards, taken away ----------


@contextmanager
def _without_waiting(monkeypatch):
    """Claims are read without being held, and both readers have read before either writes."""
    read = Barrier(2, timeout=10)

    def not_held(claim):
        found = Claim.objects.select_related(*recording._READ).get(pk=claim.pk)
        read.wait()
        return found

    with monkeypatch.context() as without:
        for module in (deciding, filing):
            without.setattr(module, "locked", not_held)
        yield


def test_without_holding_the_claim_both_would_decide(story, filed, monkeypatch):
    administrator = UserFactory(role=Role.ADMINISTRATOR)
    with _without_waiting(monkeypatch):
        outcomes = at_once(
            lambda: approve_claim(filed, by=story.executive, now=NOW),
            lambda: reject_claim(filed, by=administrator, reason="Fue del proveedor", now=NOW),
        )
    assert not any(isinstance(each, Refused) for each in outcomes)
    assert filed.events.filter(act__in=["approve", "reject"]).count() == 2


def test_where_no_row_is_held_the_unique_key_still_keeps_it_one(closed):
    statement = closed.statements.get()
    claim = Claim.objects.get(cycle=closed)
    for again in (statement, claim):
        again.pk, again._state.adding = None, True
        with pytest.raises(IntegrityError), transaction.atomic():
            again.save()
