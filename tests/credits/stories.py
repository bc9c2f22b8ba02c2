"""Short ways to tell of a tenant's month: a contract in Chile, an outage, a claim."""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from credits.models import BillingCycle, Claim, Statement
from credits.operations import sweep_cycles
from credits.sources import OutageFact
from lynnsupport.accounts.domain.roles import Role
from lynnsupport.accounts.models import Contact, Contract, Customer, Partner, Tenant, User
from tests.factories import (
    ContactFactory,
    ContractFactory,
    CustomerFactory,
    PartnerFactory,
    TenantFactory,
    UserFactory,
)

CHILE = ZoneInfo("America/Santiago")


def chile(text: str) -> datetime:
    """`2026-11-23 17:30` as an instant, read in Chile."""
    return datetime.fromisoformat(text).replace(tzinfo=CHILE)


@dataclass(frozen=True)
class Story:
    """A partner with one customer and its tenant under contract since January 2026, and the people around."""

    executive: User
    partner: Partner
    customer: Customer
    tenant: Tenant
    contract: Contract
    contact: Contact
    engineer: User
    administrator: User


def make_story(**contract: object) -> Story:
    executive = UserFactory(role=Role.EXECUTIVE)
    partner = PartnerFactory(executive=executive)
    customer = CustomerFactory(partner=partner)
    tenant = TenantFactory(customer=customer, time_zone="America/Santiago")
    terms = {"currency": "CLP", "base_monthly_value": "1200000", "starts_on": date(2026, 1, 1)}
    return Story(
        executive=executive,
        partner=partner,
        customer=customer,
        tenant=tenant,
        contract=ContractFactory(tenant=tenant, **terms | contract),
        contact=ContactFactory(partner=partner, customer=customer),
        engineer=UserFactory(role=Role.ENGINEER),
        administrator=UserFactory(role=Role.ADMINISTRATOR),
    )


def outage(start: str, end: str | None, **changes: str) -> OutageFact:
    """Lynn's own full outage of the platform, unless `changes` say otherwise."""
    facts = {"cause": "own", "scope": "platform", "impact": "full", "incident": "INC-2026-0001"} | changes
    return OutageFact(
        start=chile(start),
        end=chile(end) if end else None,
        decided_by="Inés Ingeniera",
        decided_at=chile(start),
        reason="Cayó el balanceador",
        **facts,
    )


def swept(at: str) -> None:
    sweep_cycles(now=chile(at))


def cycle(contract: Contract, month: str) -> BillingCycle:
    return BillingCycle.objects.get(contract=contract, month=month)


def statement(contract: Contract, month: str) -> Statement:
    return Statement.objects.filter(cycle__contract=contract, cycle__month=month).latest("version")


def claim(contract: Contract, month: str) -> Claim:
    return Claim.objects.get(cycle__contract=contract, cycle__month=month)
