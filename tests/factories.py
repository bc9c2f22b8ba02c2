"""Plainly invented people and organisations for the tests of every app.

Each factory makes a valid row by itself and agrees with what it is given:
`TenantFactory(customer=c)`, `ContactFactory(customer=c)` and `DesignationFactory(contact=p)` stay within
one partner. Every login's password is `PASSWORD`.
"""

from datetime import date, datetime, timedelta
from decimal import Decimal

import factory
from factory.django import DjangoModelFactory

from lynnsupport.accounts.domain.countries import COUNTRY_ZONES
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

PASSWORD = "clave-de-prueba-inventada"
LONG_AGO = date(2020, 1, 1)
FAR_AHEAD = date(2099, 12, 31)


class UserFactory(DjangoModelFactory):
    """A login of any role: `UserFactory(role=Role.ENGINEER)`. A partner's login needs a `ContactFactory`."""

    class Meta:
        model = User

    email = factory.Sequence(lambda n: f"persona{n}@example.com")
    name = factory.Sequence(lambda n: f"Persona Inventada {n}")
    phone = "+56 2 5555 0100"
    role = Role.ENGINEER
    password = PASSWORD

    @classmethod
    def _create(cls, model_class, *args, **fields):
        return model_class.objects.create_user(*args, **fields)


class PartnerFactory(DjangoModelFactory):
    """A commercially approved partner in Chile, with an executive of its own."""

    class Meta:
        model = Partner

    name = factory.Sequence(lambda n: f"Integradora Ficticia {n}")
    country = "CL"
    approval = Partner.Approval.APPROVED
    executive = factory.SubFactory(UserFactory, role=Role.EXECUTIVE)


class CustomerFactory(DjangoModelFactory):
    class Meta:
        model = Customer

    partner = factory.SubFactory(PartnerFactory)
    name = factory.Sequence(lambda n: f"Cliente Imaginario {n}")
    country = "CL"


class TenantFactory(DjangoModelFactory):
    """A production tenant in the cloud, in the zone of its customer's country."""

    class Meta:
        model = Tenant

    customer = factory.SubFactory(CustomerFactory)
    code = factory.Sequence(lambda n: f"{700000 + n}")
    name = factory.Sequence(lambda n: f"Instancia {n}")
    time_zone = factory.LazyAttribute(lambda tenant: COUNTRY_ZONES[tenant.customer.country])


class ContractFactory(DjangoModelFactory):
    class Meta:
        model = Contract

    tenant = factory.SubFactory(TenantFactory)
    number = factory.Sequence(lambda n: f"CT-{n:05}")
    base_monthly_value = Decimal("1000.00")
    currency = Contract.Currency.USD
    starts_on = LONG_AGO


class ContactFactory(DjangoModelFactory):
    """A person with a partner login; of the partner itself, or of `customer` where one is given.

    `user=None` makes one without a login, `user__role=Role.PARTNER_ADMIN` the partner's administrator.
    """

    class Meta:
        model = Contact

    customer = None
    partner = factory.Maybe(
        "customer",
        yes_declaration=factory.SelfAttribute("customer.partner"),
        no_declaration=factory.SubFactory(PartnerFactory),
    )
    name = factory.Sequence(lambda n: f"Contacto Inventado {n}")
    email = factory.Sequence(lambda n: f"contacto{n}@example.com")
    phone = "+56 2 5555 0200"
    user = factory.SubFactory(
        UserFactory,
        role=Role.PARTNER,
        email=factory.SelfAttribute("..email"),
        name=factory.SelfAttribute("..name"),
    )


class CertificationFactory(DjangoModelFactory):
    """Valid for decades; give `starts_on` and `last_day_on` (included) where the borders matter."""

    class Meta:
        model = Certification

    contact = factory.SubFactory(ContactFactory)
    number = factory.Sequence(lambda n: f"LCCD-{n:05}")
    starts_on = LONG_AGO
    last_day_on = FAR_AHEAD


class DesignationFactory(DjangoModelFactory):
    """Agreed without an end. It counts only beside a certification: see `designated_contact`."""

    class Meta:
        model = Designation

    customer = factory.SubFactory(CustomerFactory)
    contact = factory.SubFactory(ContactFactory, partner=factory.SelfAttribute("..customer.partner"))
    starts_on = LONG_AGO
    last_day_on = None


def designated_contact(customer: Customer, /, *, at: datetime, **contact_fields) -> Contact:
    """A contact of the customer's partner who may escalate for `customer` at `at` (CON-1), with a login.

    Certification and designation both run from a year before `at` to a year after it.
    """
    contact = ContactFactory(**{"partner": customer.partner, **contact_fields})
    period = {
        "starts_on": at.date() - timedelta(days=365),
        "last_day_on": at.date() + timedelta(days=365),
    }
    CertificationFactory(contact=contact, **period)
    DesignationFactory(customer=customer, contact=contact, **period)
    return contact
