"""What a statement means for its cycle's credit: offered, evaluated, corrected in the customer's favour."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from credits import notifications
from credits.domain.claims import GRANTED, Act, State
from credits.domain.cycles import claim_deadline, last_day_to_claim, reminder_instants
from credits.models import BillingCycle, Claim, ClaimEvent, Statement
from lynnsupport.outbox.operations import Mail, enqueue

from .record import figures_of, moved, take_figures

_KEPT = "state state_since deadline_at last_day_on next_reminder_at statement percent amount currency".split()


def draw_consequences(statements: Sequence[Statement], *, now: datetime) -> None:
    """Offers what became claimable, evaluates what was filed before the close, takes later evidence in.

    Queries do not grow with the number of statements. A credit that was granted is never lowered (AVL-6):
    it stays as decided, and the page shows what the new version says beside it.
    """
    claims = {
        claim.cycle_id: claim
        for claim in Claim.objects.select_for_update(of=("self",))
        .select_related("filed_by")
        .filter(cycle__in=[statement.cycle_id for statement in statements])
    }
    offered = [
        _offer(statement, now)
        for statement in statements
        if statement.cycle_id not in claims and statement.credit_percent > 0
    ]
    events: list[ClaimEvent] = []
    changed: list[tuple[Claim, int]] = []
    for statement in statements:
        claim = claims.get(statement.cycle_id)
        if claim is not None:
            claim.cycle = statement.cycle
            before = (claim.percent, claim.amount)
            events += _take_in(claim, statement, now)
            moved_figures = before != (claim.percent, claim.amount)
            favours_granted = claim.is_granted and _favours(statement, claim)
            if statement.version > 1 and (moved_figures or favours_granted):
                changed.append((claim, statement.version))
    Claim.objects.bulk_create(offered)
    events += [
        ClaimEvent(claim=claim, act="offer", at=now, data=figures_of(claim.statement)) for claim in offered
    ]
    Claim.objects.bulk_update(claims.values(), _KEPT)
    ClaimEvent.objects.bulk_create(events)
    _tell(offered, changed, now)


def _offer(statement: Statement, now: datetime) -> Claim:
    claim = new_claim(statement.cycle, statement, now=now)
    take_figures(claim, statement)
    return claim


def new_claim(cycle: BillingCycle, statement: Statement | None, *, now: datetime, days: int = 0) -> Claim:
    """A draft with its last day and its reminders (CRD-2); saves nothing.

    `days` are the policy's days to claim, where there is no statement yet to name them.
    """
    zone = ZoneInfo(cycle.contract.tenant.time_zone)
    policy = statement.policy_version if statement else None
    days = policy.claim_days if policy else days
    last_day = last_day_to_claim(cycle.day_after, days)
    reminders = reminder_instants(last_day, policy.reminders(), zone) if policy else []
    return Claim(
        cycle=cycle,
        state=State.DRAFT.value,
        state_since=now,
        deadline_at=claim_deadline(cycle.day_after, zone, days),
        last_day_on=last_day,
        next_reminder_at=next((at for at in reminders if at > now), None),
        currency=cycle.contract.currency,
    )


def _take_in(claim: Claim, statement: Statement, now: datetime) -> list[ClaimEvent]:
    """What a statement does to a claim that is there already; the events are to be stored."""
    state = State(claim.state)
    if state in GRANTED:
        return []
    if state is State.REJECTED and not _favours(statement, claim):
        return []
    take_figures(claim, statement)
    if state in (State.DRAFT, State.WITHDRAWN):
        return []
    return [moved(claim, Act.EVALUATE, at=now, **figures_of(statement))]


def _favours(statement: Statement, claim: Claim) -> bool:
    return statement.credit_percent > claim.percent


def _tell(offered: Sequence[Claim], changed: Sequence[tuple[Claim, int]], now: datetime) -> None:
    told = [*offered, *(claim for claim, _version in changed)]
    if not told:
        return
    people = notifications.people_of(claim.cycle.contract.tenant.customer.partner_id for claim in told)
    mails: list[Mail] = []
    for claim in offered:
        mails += notifications.claimable(claim, people=people, now=now)
    for claim, version in changed:
        mails += notifications.corrected(claim, people=people, version=version)
    enqueue(mails, now=now)
