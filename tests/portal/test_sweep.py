"""`manage.py sweep`: every sweep once, each on record, one failure not hiding the others."""

from datetime import UTC, datetime

import pytest
import time_machine
from django.core.management import CommandError, call_command

from lynnsupport.portal.management.commands import sweep
from lynnsupport.portal.models import PeriodicJob
from lynnsupport.portal.schedule import periods
from lynnsupport.portal.sweeps import SWEEPS

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def test_every_scheduled_job_can_be_swept_by_hand():
    assert set(SWEEPS) == set(periods())


@pytest.mark.django_db(transaction=True)
def test_sweep_runs_everything_and_counts_as_a_good_run(capsys):
    with time_machine.travel(NOW, tick=False):
        call_command("sweep")

    assert set(PeriodicJob.objects.values_list("name", "last_succeeded_at")) == {
        (name, NOW) for name in periods()
    }
    assert capsys.readouterr().out.splitlines() == [
        "tickets.tasks.sweep_clocks: 0 new warnings and breaches",
        "notices.tasks.sweep_notices: 0 notices published, 0 deliveries",
        "escalation.sweep: 0 not acknowledged in time, 0 digests",
        "inbound.poll: 0 mails taken from the mailbox",
        "inbound.process: 0 mails processed, 0 erased",
        "cooperation.sweep_closings: 0 closings announced, 0 closed",
        "cooperation.sweep_remote_access: 0 remote accesses over",
        "cooperation.sweep_reminders: 0 reminders of what ends",
        "incidents.sweep: 0 tenants joined incidents",
        "incidents.probe: 0 health addresses asked",
        "credits.tasks.sweep_cycles: 0 cycles closed, 0 statements corrected, 0 cycles opened",
        "credits.tasks.send_reminders: 0 reminders of claimable credits",
        "outbox.deliver: 0 sent, 0 to be tried again, 0 given up",
    ]


@pytest.mark.django_db
def test_rehearsal_hands_its_instant_on_and_leaves_no_record(monkeypatch, capsys):
    monkeypatch.setattr(sweep, "SWEEPS", {"tickets.tasks.sweep_clocks": datetime.isoformat})

    call_command("sweep", now="2027-01-01T00:00:00-03:00")

    assert capsys.readouterr().out == "tickets.tasks.sweep_clocks: 2027-01-01T00:00:00-03:00\n"
    assert PeriodicJob.objects.count() == 0


@pytest.mark.django_db
def test_a_sweep_that_fails_does_not_hold_up_the_next(monkeypatch, capsys):
    def fail(now):
        raise ValueError("could not")

    monkeypatch.setattr(
        sweep, "SWEEPS", {"tickets.tasks.sweep_clocks": fail, "outbox.deliver": lambda now: "done"}
    )

    with pytest.raises(CommandError, match=r"^Not everything was swept: tickets.tasks.sweep_clocks\.$"):
        call_command("sweep")

    printed = capsys.readouterr()
    assert printed.out == "outbox.deliver: done\n"
    assert "ValueError: could not" in printed.err
    assert list(PeriodicJob.objects.filter(last_succeeded_at=None).values_list("name", "last_error")) == [
        ("tickets.tasks.sweep_clocks", "ValueError: could not")
    ]


@pytest.mark.parametrize("text", ["tomorrow", "2027-01-01T00:00:00", "2027-01-01"])
def test_rehearsal_needs_an_instant(text):
    with pytest.raises(CommandError, match=r"^--now: "):
        call_command("sweep", now=text)
