"""The cast of the sample data: invented partners, customers, tenants, and a login for every role."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache

from django.contrib.auth.hashers import make_password

from lynnsupport.accounts.domain.roles import Role
from lynnsupport.accounts.models import (
    Certification,
    Contact,
    Contract,
    Customer,
    Designation,
    Partner,
    Tenant,
    User,
)
from sla.models import BusinessCalendar, TenantCalendar

PASSWORD = "lynn-de-muestra"  # noqa: S105 - printed for everyone who tries the sample


@dataclass(frozen=True)
class SampleTenant:
    tenant: Tenant
    designated: Contact
    colleague: Contact


@dataclass(frozen=True)
class SampleCast:
    tenants: list[SampleTenant]
    engineers: list[User]
    desk_lead: User


_LYNN = [
    ("mesa@lynn.example", "Marcela Mesa", Role.DESK),
    ("ingeniera@lynn.example", "Inés Ingeniera", Role.ENGINEER),
    ("ingeniero@lynn.example", "Tomás Turno", Role.ENGINEER),
    ("jefa@lynn.example", "Julia Jefa", Role.DESK_LEAD),
    ("ejecutiva@lynn.example", "Elena Ejecutiva", Role.EXECUTIVE),
    ("administrador@lynn.example", "Adrián Administrador", Role.ADMINISTRATOR),
]

# Partner, country, zone, calendar; customers with their tenants (ID, name, deployment).
_PARTNERS = [
    (
        "Integradora Andes Ficticia",
        "CL",
        "America/Santiago",
        "chile",
        [
            ("Banco Imaginario", [("10001", "Banco Imaginario Producción", "cloud")]),
            ("Farmacias Inventadas", [("10002", "Farmacias Producción", "cloud")]),
            ("Seguros de Ejemplo", [("10003", "Seguros en casa", "on_premise")]),
        ],
    ),
    (
        "Soluciones del Pacífico Inventadas",
        "PE",
        "America/Lima",
        "peru",
        [
            (
                "Retail de Muestra",
                [("20001", "Retail Producción", "cloud"), ("20002", "Retail Desarrollo", "cloud")],
            )
        ],
    ),
    (
        "Conexión Ecuatorial de Prueba",
        "EC",
        "America/Guayaquil",
        "ecuador",
        [("Universidad Supuesta", [("30001", "Universidad Producción", "cloud")])],
    ),
]

# What the README and the demo print: who can log in, and what they see.
LOGINS = [
    ("ana@andes.example", "Contacto Designado de un partner"),
    ("benito@andes.example", "colega del partner, sin designación"),
    ("pilar@pacifico.example", "Contacto Designada de otro partner"),
    ("nadia@sinaprobar.example", "partner aún sin aprobación comercial"),
    ("ingeniera@lynn.example", "ingeniera de soporte (escritorio en /admin/)"),
    ("jefa@lynn.example", "jefa de la mesa de soporte"),
    ("ejecutiva@lynn.example", "ejecutiva comercial"),
    ("administrador@lynn.example", "administrador de la instalación"),
]

_STAFF_OF = {
    "CL": ("andes.example", "Ana Andes", "Benito Bosque"),
    "PE": ("pacifico.example", "Pilar Pacífico", "Pedro Puerto"),
    "EC": ("ecuatorial.example", "Eva Ecuador", "Efraín Estero"),
}


def make_cast(*, now: datetime) -> SampleCast:
    """Create whoever is not there yet; run twice it changes nothing."""
    lynn = {email: _user(email, name, role) for email, name, role in _LYNN}
    executive = lynn["ejecutiva@lynn.example"]
    tenants: list[SampleTenant] = []
    for name, country, zone, calendar, customers in _PARTNERS:
        partner = _partner(name, country, executive, Partner.Approval.APPROVED)
        domain, designated_name, colleague_name = _STAFF_OF[country]
        designated = _contact(partner, designated_name, domain, zone)
        colleague = _contact(partner, colleague_name, domain, zone)
        for customer_name, rows in customers:
            customer, _ = Customer.objects.get_or_create(
                partner=partner, name=customer_name, defaults={"country": country}
            )
            _designate(designated, customer, now)
            tenants += [
                SampleTenant(_tenant(customer, row, zone, calendar), designated, colleague) for row in rows
            ]
    waiting = _partner("Recién Llegados de Prueba", "CL", executive, Partner.Approval.PENDING)
    _contact(waiting, "Nadia Nueva", "sinaprobar.example", "America/Santiago")
    newcomer, _ = Customer.objects.get_or_create(
        partner=waiting, name="Cliente por Venir", defaults={"country": "CL"}
    )
    _tenant(newcomer, ("90001", "Por venir", "cloud"), "America/Santiago", "chile")
    engineers = [lynn["ingeniera@lynn.example"], lynn["ingeniero@lynn.example"]]
    return SampleCast(tenants, engineers, lynn["jefa@lynn.example"])


def _user(email: str, name: str, role: Role, zone: str = "America/Santiago") -> User:
    user, _ = User.objects.get_or_create(
        email=email,
        defaults={
            "name": name,
            "role": role,
            "time_zone": zone,
            "phone": "+56 2 5555 0100",
            "password": _hashed_password(),
        },
    )
    return user


@cache
def _hashed_password() -> str:
    """Hashing is slow on purpose; one published password needs it once."""
    return make_password(PASSWORD)


def _partner(name: str, country: str, executive: User, approval: str) -> Partner:
    partner, _ = Partner.objects.get_or_create(
        name=name, defaults={"country": country, "executive": executive, "approval": approval}
    )
    return partner


def _contact(partner: Partner, name: str, domain: str, zone: str) -> Contact:
    email = f"{name.split()[0].lower().replace('í', 'i')}@{domain}"
    contact, _ = Contact.objects.get_or_create(
        partner=partner,
        email=email,
        defaults={"name": name, "phone": "+56 2 5555 0199", "user": _user(email, name, Role.PARTNER, zone)},
    )
    return contact


def _designate(contact: Contact, customer: Customer, now: datetime) -> None:
    first, last = now.date() - timedelta(days=300), now.date() + timedelta(days=300)
    Certification.objects.get_or_create(
        number=f"LCCD-MUESTRA-{contact.pk}",
        defaults={"contact": contact, "starts_on": first, "last_day_on": last},
    )
    if not Designation.objects.filter(contact=contact, customer=customer).exists():
        Designation.objects.create(contact=contact, customer=customer, starts_on=first)


def _tenant(customer: Customer, row: tuple[str, str, str], zone: str, calendar: str) -> Tenant:
    code, name, deployment = row
    tenant, is_new = Tenant.objects.get_or_create(
        code=code,
        defaults={
            "customer": customer,
            "name": name,
            "deployment": deployment,
            "time_zone": zone,
            "environment": "development" if "Desarrollo" in name else "production",
        },
    )
    if is_new:
        TenantCalendar.objects.create(tenant=tenant, calendar=BusinessCalendar.objects.get(code=calendar))
        Contract.objects.create(
            tenant=tenant,
            number=f"CT-{code}",
            base_monthly_value=Decimal("1200000"),
            currency="CLP" if customer.country == "CL" else "USD",
            billing_day=1,
            starts_on=datetime(2026, 1, 1).date(),  # noqa: DTZ001 - a civil date
        )
    return tenant
