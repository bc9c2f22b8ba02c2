"""Every sweep there is, by the name of the task that runs it. Each does what is due at `now`."""

from collections.abc import Callable, Mapping
from datetime import datetime

from lynnsupport.outbox.operations import deliver_due
from tickets.cooperation import operations as cooperation
from tickets.operations import sweep_clocks


def _record_breaches_and_warnings(now: datetime) -> str:
    return f"{sweep_clocks(now=now)} new warnings and breaches"


def _close_what_nobody_answers(now: datetime) -> str:
    swept = cooperation.sweep_closings(now=now)
    return f"{swept.announced} closings announced, {swept.closed} closed"


def _end_remote_accesses(now: datetime) -> str:
    return f"{cooperation.sweep_remote_access(now=now)} remote accesses over"


def _remind_of_ends(now: datetime) -> str:
    return f"{cooperation.sweep_reminders(now=now)} reminders of what ends"


def _deliver_mail(now: datetime) -> str:
    batch = total = deliver_due(now=now)
    while batch.sent or batch.given_up:  # a server that cannot be reached moves nothing: no use in going on
        batch = deliver_due(now=now)
        total += batch
    return f"{total.sent} sent, {total.retried} to be tried again, {total.given_up} given up"


# clocks before mail: what a sweep finds to tell leaves in the same run
SWEEPS: Mapping[str, Callable[[datetime], str]] = {
    "tickets.tasks.sweep_clocks": _record_breaches_and_warnings,
    "cooperation.sweep_closings": _close_what_nobody_answers,
    "cooperation.sweep_remote_access": _end_remote_accesses,
    "cooperation.sweep_reminders": _remind_of_ends,
    "outbox.deliver": _deliver_mail,
}
