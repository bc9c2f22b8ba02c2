"""Who hears of what by mail about availability and credits. Each function returns the mails of one fact."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal

from django.urls import reverse

from credits.domain.tiers import written_amount
from credits.models import Claim, LedgerEntry
from lynnsupport.accounts.domain.roles import PARTNER_ROLES
from lynnsupport.accounts.models import Contact, Customer, User
from lynnsupport.outbox.operations import Mail

type People = Mapping[int, list[Contact]]


def people_of(partners: Iterable[int]) -> People:
    """The people of each partner and its customers who can sign in, by the partner's key; one query."""
    rows = Contact.objects.filter(
        partner__in=set(partners), user__is_active=True, user__role__in=[role.value for role in PARTNER_ROLES]
    )
    found: dict[int, list[Contact]] = defaultdict(list)
    for contact in rows.select_related("user").order_by("name", "pk"):
        found[contact.partner_id].append(contact)
    return found


def _of_customer(customer: Customer, people: People) -> list[User]:
    return [
        contact.user
        for contact in people.get(customer.partner_id, ())
        if contact.customer_id in (None, customer.pk)
    ]


def claimable(claim: Claim, *, people: People, now: datetime) -> Iterator[Mail]:
    """CRD-2: nobody has to find out alone."""
    for person in _of_customer(_customer(claim), people):
        yield _mail("credit_claimable", claim, person, fact=claim.pk, is_past=now >= claim.deadline_at)


def reminder(claim: Claim, *, people: People, days_left: int) -> Iterator[Mail]:
    for person in _of_customer(_customer(claim), people):
        yield _mail("credit_reminder", claim, person, fact=f"{claim.pk}:{days_left}", days_left=days_left)


def filed(claim: Claim, *, event: int) -> Iterator[Mail]:
    """The executive decides; late claims are marked (CRD-2)."""
    executive = _customer(claim).partner.executive
    if executive.is_active:
        yield _mail(
            "claim_filed",
            claim,
            executive,
            fact=event,
            by=claim.filed_by.name if claim.filed_by else "",
            words=claim.words,
            is_late=claim.is_late,
            is_evaluated=claim.statement_id is not None,
            filed_at=claim.filed_at.isoformat() if claim.filed_at else None,
        )


def decided(claim: Claim, *, people: People, event: int) -> Iterator[Mail]:
    for person in _of_customer(_customer(claim), people):
        yield _mail(
            "claim_decided",
            claim,
            person,
            fact=event,
            state=claim.state,
            granted=_plain(claim.decided_amount, claim.currency),
            reason=claim.decision_reason,
        )


def issued(claim: Claim, entry: LedgerEntry, *, people: People) -> Iterator[Mail]:
    for person in _of_customer(_customer(claim), people):
        yield _mail(
            "credit_issued",
            claim,
            person,
            fact=entry.pk,
            number=entry.number,
            granted=_plain(entry.amount, entry.currency),
            billing=claim.cycle.contract.billing,
        )


def corrected(claim: Claim, *, people: People, version: int) -> Iterator[Mail]:
    """AVL-6: later evidence moved the figures of a cycle whose credit somebody waits for."""
    customer = _customer(claim)
    executive = customer.partner.executive
    for person in [*_of_customer(customer, people), *([executive] if executive.is_active else [])]:
        yield _mail("statement_corrected", claim, person, fact=f"{claim.pk}:{version}", version=version)


def _customer(claim: Claim) -> Customer:
    return claim.cycle.contract.tenant.customer


def _mail(kind: str, claim: Claim, person: User, *, fact: object, **context: object) -> Mail:
    cycle = claim.cycle
    tenant = cycle.contract.tenant
    return Mail.for_person(
        person,
        key=f"{kind}:{fact}:{person.email.lower()}",
        kind=kind,
        context={
            "tenant": str(tenant),
            "customer": tenant.customer.name,
            "cycle": cycle.month,
            "percentage": claim.statement.percentage if claim.statement else "",
            "lost_seconds": claim.statement.counted_seconds if claim.statement else None,
            "percent": claim.percent,
            "amount": _plain(claim.amount, claim.currency),
            "currency": claim.currency,
            "last_day": claim.last_day_on.isoformat(),
            "path": reverse("credits:cycle", args=[tenant.code, cycle.month]),
            **context,
        },
    )


def _plain(amount: Decimal | None, currency: str) -> str | None:
    return None if amount is None else written_amount(amount, currency)
