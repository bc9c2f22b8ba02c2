"""The executive's decision on a claim: two people, a reason where the figure is another one (CRD-3)."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from credits import notifications
from credits.domain.claims import Act, State
from credits.domain.currencies import minor_units
from credits.domain.tiers import written_amount
from credits.models import Claim
from credits.queries import claims_of
from lynnsupport.accounts.models import User
from lynnsupport.common.refusal import Refused
from lynnsupport.outbox.operations import enqueue

from .record import locked, moved


@transaction.atomic
def approve_claim(claim: Claim, *, by: User, reason: str = "", now: datetime) -> Claim:
    """Grants the portal's own figure. Pressed twice it is one decision."""
    claim = _to_decide(claim, by)
    if claim.state == State.APPROVED:
        return claim
    if claim.amount is None:
        raise Refused(
            _("There is no amount: the contract names no base value, or a currency without minor unit."),
            rule="CRD-4",
            instead=_("Record the value in the contract and measure again, or approve your own figure."),
        )
    if claim.amount == 0:
        raise Refused(
            _("The portal finds no credit for this cycle, so there is nothing to approve."),
            rule="CRD-1",
            instead=_("Reject the claim with a reason, or approve a figure of your own with its reason."),
        )
    return _decide(claim, Act.APPROVE, by=by, amount=claim.amount, reason=reason, now=now)


@transaction.atomic
def adjust_claim(claim: Claim, *, by: User, amount: Decimal, reason: str, now: datetime) -> Claim:
    """Grants another figure than the portal's, for a reason that the customer reads."""
    claim = _to_decide(claim, by)
    if claim.state == State.ADJUSTED and claim.decided_amount == amount:
        return claim
    _require_reason(reason, _("Another figure needs a reason that the customer reads."))
    if not amount.is_finite() or amount <= 0:
        raise Refused(
            _("The figure must be above zero."),
            rule="CRD-3",
            instead=_("To grant nothing, reject the claim."),
        )
    if amount != round(amount, minor_units(claim.currency)):
        raise Refused(_("%(currency)s has no such decimals.") % {"currency": claim.currency}, rule="CRD-4")
    if amount == claim.amount:
        raise Refused(_("That is the portal's own figure."), rule="CRD-3", instead=_("Approve it as it is."))
    return _decide(claim, Act.ADJUST, by=by, amount=amount, reason=reason, now=now)


@transaction.atomic
def reject_claim(claim: Claim, *, by: User, reason: str, now: datetime) -> Claim:
    """Grants nothing, for a reason that the customer reads."""
    claim = _to_decide(claim, by)
    if claim.state == State.REJECTED:
        return claim
    _require_reason(reason, _("A rejection needs a reason that the customer reads."))
    return _decide(claim, Act.REJECT, by=by, amount=Decimal(0), reason=reason, now=now)


def _decide(claim: Claim, act: Act, *, by: User, amount: Decimal, reason: str, now: datetime) -> Claim:
    event = moved(
        claim,
        act,
        at=now,
        by=by,
        reason=reason.strip(),
        amount=written_amount(amount, claim.currency),
        machine=None if claim.amount is None else written_amount(claim.amount, claim.currency),
    )
    if amount < claim.granted_amount:
        raise Refused(
            _("A correction never lowers a credit that was approved: at least %(amount)s %(currency)s.")
            % {"amount": written_amount(claim.granted_amount, claim.currency), "currency": claim.currency},
            rule="AVL-6",
        )
    claim.decided_by, claim.decided_at = by, now
    claim.decided_amount, claim.decision_reason = amount, reason.strip()
    claim.granted_amount = max(claim.granted_amount, amount)
    claim.save()
    event.save()
    people = notifications.people_of([claim.cycle.contract.tenant.customer.partner_id])
    enqueue(notifications.decided(claim, people=people, event=event.pk), now=now)
    return claim


def require_decider(claim: Claim, by: User) -> None:
    """CRD-3: the partner's executive, or an administrator in their place; never who filed it."""
    if not by.has_perm("credits.decide_claim") or not claims_of(by).filter(pk=claim.pk).exists():
        raise Refused(_("Only the commercial executive of this partner decides its claims."), rule="CRD-3")
    if claim.filed_by_id == by.pk:
        raise Refused(
            _("Whoever filed a claim cannot decide it."),
            rule="CRD-3",
            instead=_("An administrator decides it in your place."),
        )


def _to_decide(claim: Claim, by: User) -> Claim:
    require_decider(claim, by)
    claim = locked(claim)
    require_decider(claim, by)
    return claim


def _require_reason(reason: str, sentence: str) -> None:
    if not reason.strip():
        raise Refused(sentence, rule="CRD-3")
