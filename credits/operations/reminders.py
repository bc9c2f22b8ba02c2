"""CRD-2: a credit that nobody has claimed yet is called to mind before its last day."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import transaction

from credits import notifications
from credits.domain.claims import State
from credits.domain.cycles import reminder_instants
from credits.models import Claim, ClaimEvent
from lynnsupport.outbox.operations import enqueue

BATCH = 200


def send_reminders(*, now: datetime) -> int:
    """Reminds of each claimable credit whose reminder is due; returns how many claims.

    After a silence one reminder goes out, the one that fits today; none once the last day is over.
    """
    sent = 0
    while True:
        found, batch = _remind_batch(now)
        sent += batch
        if found < BATCH:
            return sent


@transaction.atomic
def _remind_batch(now: datetime) -> tuple[int, int]:
    due = (
        Claim.objects.filter(next_reminder_at__lte=now)
        .order_by("next_reminder_at", "id")
        .select_for_update(skip_locked=True, of=("self",))
        .select_related("cycle__contract__tenant__customer__partner__executive", "statement__policy_version")
    )
    claims = list(due[:BATCH])
    reminded = [claim for claim in claims if _is_worth_it(claim, now)]
    people = notifications.people_of(claim.cycle.contract.tenant.customer.partner_id for claim in reminded)
    mails, events = [], []
    for claim in reminded:
        days_left = _days_left(claim, now)
        mails += notifications.reminder(claim, people=people, days_left=days_left)
        events.append(ClaimEvent(claim=claim, act="remind", at=now, data={"days_left": days_left}))
    for claim in claims:
        claim.next_reminder_at = _next(claim, now)
    Claim.objects.bulk_update(claims, ["next_reminder_at"])
    ClaimEvent.objects.bulk_create(events)
    enqueue(mails, now=now)
    return len(claims), len(reminded)


def _is_worth_it(claim: Claim, now: datetime) -> bool:
    return claim.state == State.DRAFT and claim.percent > 0 and now < claim.deadline_at


def _days_left(claim: Claim, now: datetime) -> int:
    return (claim.last_day_on - now.astimezone(_zone(claim)).date()).days


def _next(claim: Claim, now: datetime) -> datetime | None:
    if claim.state != State.DRAFT or claim.statement is None:
        return None
    days = claim.statement.policy_version.reminders()
    return next((at for at in reminder_instants(claim.last_day_on, days, _zone(claim)) if at > now), None)


def _zone(claim: Claim) -> ZoneInfo:
    return ZoneInfo(claim.cycle.contract.tenant.time_zone)
