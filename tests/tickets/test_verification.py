"""`verify_clocks`: stored clocks equal clocks rebuilt from their events, and a difference is found."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from lynnsupport.common import clock
from tickets.models import SlaClock
from tickets.operations import answer_customer, ask_customer, decide_severity, sweep, sweep_clocks
from tickets.verification import differences

from .stories import chile, raise_ticket


@pytest.fixture
def lived(cast):
    """A ticket of a past Monday that has seen an answer, a decision, a sweep and a question."""
    now = chile("2026-11-17 16:00")
    ticket = raise_ticket(cast, now - timedelta(hours=30))
    answer_customer(ticket, by=cast.engineer, body="Hola.", now=now - timedelta(hours=29))
    decide_severity(ticket, by=cast.engineer, severity=1, reason="Grave", now=now - timedelta(hours=28))
    sweep_clocks(now=now - timedelta(hours=20))
    ask_customer(ticket, by=cast.engineer, question="¿Versión?", now=now - timedelta(hours=3))
    return ticket


def test_sample_stories_are_what_their_events_say(db):
    call_command("sample_data", tickets=25, seed=7, verbosity=0)
    assert list(differences(clock.now())) == []
    # Long afterwards, with no sweep in between, what is stored was still right when it was stored.
    assert list(differences(clock.now() + timedelta(days=30))) == []


def test_the_command_counts_what_it_checked(lived):
    out = StringIO()
    call_command("verify_clocks", stdout=out)
    assert out.getvalue() == "3 clocks are what their events say.\n"


@pytest.mark.parametrize("field", ["started_at", "next_check_at", "severity", "state"])
def test_a_planted_difference_is_found(lived, field):
    paused = lived.clocks.get(kind="restoration")
    wrong = {
        "started_at": paused.started_at - timedelta(hours=1),
        "next_check_at": clock.now() + timedelta(days=1),
        "severity": 3,
        "state": "cancelled",
    }[field]
    SlaClock.objects.filter(pk=paused.pk).update(**{field: wrong})
    out = StringIO()
    with pytest.raises(CommandError, match="differences"):
        call_command("verify_clocks", stdout=out)
    assert f"{lived.number} restoration {field}: stored {wrong}" in out.getvalue()


def test_a_fact_that_was_not_kept_is_found(cast, monkeypatch):
    raise_ticket(cast, chile("2026-11-17 10:00"))
    monkeypatch.setattr(sweep, "keep_facts", lambda *args, **options: 0)
    sweep_clocks(now=chile("2026-11-17 10:31"))
    [missing] = differences(chile("2026-11-17 10:31"))
    assert (missing.clock, missing.field, missing.rebuilt) == (
        "first_response",
        "50 %",
        chile("2026-11-17 10:30"),
    )
