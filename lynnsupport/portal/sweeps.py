"""Every sweep there is, by the name of the task that runs it. Each does what is due at `now`."""

from collections.abc import Callable, Mapping
from datetime import datetime

from credits.operations import send_reminders, sweep_cycles
from lynnsupport.notices.operations import dispatch_due, publish_due
from lynnsupport.outbox.operations import deliver_due
from tickets.cooperation import operations as cooperation
from tickets.escalation.operations import sweep_escalations
from tickets.inbound.operations import erase_old, process_waiting
from tickets.inbound.tasks import poll_once
from tickets.incidents.monitors.probe import probe_all
from tickets.incidents.operations import sweep_incidents
from tickets.operations import sweep_clocks


def _record_breaches_and_warnings(now: datetime) -> str:
    return f"{sweep_clocks(now=now)} new warnings and breaches"


def _close_cycles(now: datetime) -> str:
    done = sweep_cycles(now=now)
    return f"{done.closed} cycles closed, {done.corrected} statements corrected, {done.opened} cycles opened"


def _remind_of_credits(now: datetime) -> str:
    return f"{send_reminders(now=now)} reminders of claimable credits"


def _send_notices(now: datetime) -> str:
    published, told = publish_due(now=now), 0
    batch = dispatch_due(now=now)
    told += batch.deliveries
    while batch.is_more_due:
        batch = dispatch_due(now=now)
        told += batch.deliveries
    return f"{published} notices published, {told} deliveries"


def _watch_escalations(now: datetime) -> str:
    swept = sweep_escalations(now=now)
    return f"{swept.late} not acknowledged in time, {swept.digests} digests"


def _poll_mailbox(now: datetime) -> str:
    return f"{poll_once()} mails taken from the mailbox"


def _process_mail(now: datetime) -> str:
    return f"{process_waiting(now=now)} mails processed, {erase_old(now=now)} erased"


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


def _match_incidents(now: datetime) -> str:
    return f"{sweep_incidents(now=now)} tenants joined incidents"


def _probe_health(now: datetime) -> str:
    return f"{probe_all(now=now)} health addresses asked"


# clocks before mail: what a sweep finds to tell leaves in the same run
SWEEPS: Mapping[str, Callable[[datetime], str]] = {
    "tickets.tasks.sweep_clocks": _record_breaches_and_warnings,
    "notices.tasks.sweep_notices": _send_notices,
    "escalation.sweep": _watch_escalations,
    "inbound.poll": _poll_mailbox,
    "inbound.process": _process_mail,
    "cooperation.sweep_closings": _close_what_nobody_answers,
    "cooperation.sweep_remote_access": _end_remote_accesses,
    "cooperation.sweep_reminders": _remind_of_ends,
    "incidents.sweep": _match_incidents,
    "incidents.probe": _probe_health,
    "credits.tasks.sweep_cycles": _close_cycles,
    "credits.tasks.send_reminders": _remind_of_credits,
    "outbox.deliver": _deliver_mail,
}
