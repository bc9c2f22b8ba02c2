"""Claiming a credit and withdrawing it (CRD-2, CRD-3)."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from credits import notifications
from credits.domain.claims import Act, State
from credits.models import BillingCycle, Claim, ClaimEvent, Statement
from credits.queries import Policies, claims_of, cycles_of
from lynnsupport.accounts.access import contact_of
from lynnsupport.accounts.models import User
from lynnsupport.common.refusal import Refused
from lynnsupport.outbox.operations import enqueue

from .closing import measure_again
from .consequences import new_claim
from .record import figures_of, locked, moved, take_figures

_MAY_BE_FILED = frozenset({State.DRAFT, State.WITHDRAWN})


@transaction.atomic
def file_claim(cycle: BillingCycle, *, by: User, words: str = "", now: datetime) -> Claim:
    """Claims the credit of a cycle; `now` is when the server received it (CRD-2).

    Before the cycle closes it is taken and evaluated at the close, afterwards at once. A late one is marked
    so and goes to the executive all the same. A second claim joins the first; sent twice it is one. The
    executive may file for a partner who asked by telephone, and then cannot decide it. Refused for a cycle
    that has not begun, and for who has no part in it.
    """
    _require_filer(cycle, by)
    cycle = BillingCycle.objects.select_for_update().get(pk=cycle.pk)
    if now < cycle.starts_at:
        raise Refused(_("This cycle has not begun."), rule="CRD-2", allowed_from=cycle.starts_at)
    statement = measure_again(cycle, now=now)
    claim = _claim_of(cycle, statement, now)
    if State(claim.state) not in _MAY_BE_FILED:
        return _joined(claim, by=by, words=words, now=now)
    event = moved(claim, Act.FILE, at=now, by=by, is_late=now >= claim.deadline_at, words=words.strip())
    claim.filed_by, claim.filed_at, claim.is_late = by, now, now >= claim.deadline_at
    claim.words, claim.next_reminder_at = words.strip(), None
    events = [event]
    if statement is not None:
        take_figures(claim, statement)
        events.append(moved(claim, Act.EVALUATE, at=now, **figures_of(statement)))
    claim.save()
    ClaimEvent.objects.bulk_create(events)
    enqueue(notifications.filed(claim, event=event.pk), now=now)
    return claim


def _claim_of(cycle: BillingCycle, statement: Statement | None, now: datetime) -> Claim:
    """The cycle's one claim, held until the transaction ends (CRD-4)."""
    claim = Claim.objects.filter(cycle=cycle).first()
    if claim is None:
        policies = Policies.load()
        if policies is None:
            raise Refused(_("No credit policy is in force yet."), instead=_("Ask an administrator."))
        days = policies.at(cycle.starts_at).claim_days
        cycle = cycles_with_people().get(pk=cycle.pk)
        claim = new_claim(cycle, statement, now=now, days=days)
        claim.save()
    return locked(claim)


def cycles_with_people():
    return BillingCycle.objects.select_related("contract__tenant__customer__partner__executive")


def _joined(claim: Claim, *, by: User, words: str, now: datetime) -> Claim:
    """CRD-4: one claim per cycle. What is new in the second stands in its history; twice the same is one."""
    if claim.filed_by_id == by.pk and words.strip() in ("", claim.words):
        return claim
    known = claim.events.filter(act="join", by=by, reason=words.strip()).exists()
    if not known:
        ClaimEvent.objects.create(claim=claim, act="join", at=now, by=by, reason=words.strip())
    return claim


def _require_filer(cycle: BillingCycle, by: User) -> None:
    if not cycles_of(by).filter(pk=cycle.pk).exists():
        raise Refused(_("There is no such cycle in your organisation."), rule="CRD-2")
    claims_for_own = by.has_perm("credits.claim_credit") and contact_of(by) is not None
    claims_for_partner = by.is_executive and by.has_perm("credits.decide_claim")
    if not (claims_for_own or claims_for_partner):
        raise Refused(
            _("The partner claims the credit, or their executive for them."),
            rule="CRD-2",
            instead=_("Ask the partner's commercial executive."),
        )


@transaction.atomic
def withdraw_claim(claim: Claim, *, by: User, reason: str = "", now: datetime) -> Claim:
    """The claim is taken back before anybody decided it; it can be filed again. Withdrawn twice it is one."""
    if not claims_of(by).filter(pk=claim.pk).exists():
        raise Refused(_("There is no such claim in your organisation."), rule="CRD-3")
    _require_filer(claim.cycle, by)
    claim = locked(claim)
    if contact_of(by) is None and claim.filed_by_id != by.pk:
        raise Refused(_("The partner withdraws their own claim."), rule="CRD-3")
    if claim.state == State.WITHDRAWN:
        return claim
    event = moved(claim, Act.WITHDRAW, at=now, by=by, reason=reason.strip())
    claim.save()
    event.save()
    return claim
