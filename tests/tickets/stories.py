"""Short ways to tell a ticket's story in tests: instants of Chile, answers, a desk to play it on."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from lynnsupport.accounts.domain.roles import Role
from lynnsupport.accounts.models import Contact, Customer, Partner, Tenant, User
from tests.factories import (
    ContactFactory,
    CustomerFactory,
    PartnerFactory,
    TenantFactory,
    UserFactory,
    designated_contact,
)
from tickets.domain.intake import Answers, Channel
from tickets.models import Ticket
from tickets.operations import open_ticket

CHILE = ZoneInfo("America/Santiago")


def chile(text: str) -> datetime:
    """`2026-11-23 17:30` as an instant, read in Chile."""
    return datetime.fromisoformat(text).replace(tzinfo=CHILE)


@dataclass(frozen=True)
class Cast:
    """The people of a story: a partner with one customer and its tenant, and Lynn's own."""

    executive: User
    partner: Partner
    customer: Customer
    tenant: Tenant
    designated: Contact
    colleague: Contact
    engineer: User
    desk_lead: User


def make_cast(*, at: datetime) -> Cast:
    executive = UserFactory(role=Role.EXECUTIVE)
    partner = PartnerFactory(executive=executive, country="CL")
    customer = CustomerFactory(partner=partner, country="CL")
    return Cast(
        executive=executive,
        partner=partner,
        customer=customer,
        tenant=TenantFactory(customer=customer, time_zone="America/Santiago"),
        designated=designated_contact(customer, at=at),
        colleague=ContactFactory(partner=partner, customer=customer),
        engineer=UserFactory(role=Role.ENGINEER),
        desk_lead=UserFactory(role=Role.DESK_LEAD),
    )


def answers(tenant: Tenant, *, detected_at: datetime, **changes: Any) -> Answers:
    said: dict[str, Any] = {
        "tenant": tenant.code,
        "subject": "El bot no responde",
        "description": "Desde esta mañana el bot no contesta en ningún canal.",
        "detected_at": detected_at,
        "detected_zone": "America/Santiago",
        "impact_percent": Decimal(40),
        "has_workaround": False,
    }
    return Answers(**said | changes)


def raise_ticket(cast: Cast, now: datetime, *, reporter: Contact | None = None, **changes: Any) -> Ticket:
    """A ticket through the portal; by the designated contact unless another reports it."""
    reporter = reporter or cast.designated
    return open_ticket(
        by=reporter.user,
        channel=Channel.PORTAL,
        answers=answers(cast.tenant, detected_at=now, **changes),
        now=now,
    ).ticket
