"""Every sweep there is, by the name of the task that runs it. Each does what is due at `now`."""

from collections.abc import Callable, Mapping
from datetime import datetime

from credits.operations import send_reminders, sweep_cycles
from lynnsupport.notices.operations import dispatch_due, publish_due
from lynnsupport.outbox.operations import deliver_due
from tickets.incidents.operations.probing import addresses_to_ask
from tickets.incidents.tasks import ask_and_note
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


def _deliver_mail(now: datetime) -> str:
    batch = total = deliver_due(now=now)
    while batch.sent or batch.given_up:  # a server that cannot be reached moves nothing: no use in going on
        batch = deliver_due(now=now)
        total += batch
    return f"{total.sent} sent, {total.retried} to be tried again, {total.given_up} given up"


def _ask_health_addresses(now: datetime) -> str:
    addresses = list(addresses_to_ask())
    for address in addresses:
        ask_and_note(address, now=now)
    return f"{len(addresses)} asked"


# clocks before mail: what a sweep finds to tell leaves in the same run
SWEEPS: Mapping[str, Callable[[datetime], str]] = {
    "tickets.tasks.sweep_clocks": _record_breaches_and_warnings,
    "credits.tasks.sweep_cycles": _close_cycles,
    "credits.tasks.send_reminders": _remind_of_credits,
    "notices.tasks.sweep_notices": _send_notices,
    "incidents.ask_addresses": _ask_health_addresses,
    "outbox.deliver": _deliver_mail,
}
