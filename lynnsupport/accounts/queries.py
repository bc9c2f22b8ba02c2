"""Reads over people: who is designated, whom to tell, whom to call."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import connection
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext

from .domain.roles import Role
from .models import Contact, Customer, Partner, User, local_date

# CON-1, in one statement written by hand: every ticket asks it while it is opened, and composed by the ORM it
# took ten times as long as the database needs to answer it.
_DESIGNATED = """
    SELECT contact.id
    FROM accounts_designation designation
    JOIN accounts_contact contact ON contact.id = designation.contact_id
    WHERE designation.customer_id = %s
      AND designation.starts_on <= %s
      AND (designation.last_day_on IS NULL OR designation.last_day_on >= %s)
      AND EXISTS (SELECT 1 FROM accounts_certification certification
                  WHERE certification.contact_id = contact.id
                    AND certification.starts_on <= %s AND certification.last_day_on >= %s)
      AND contact.partner_id = %s
      AND (contact.customer_id IS NULL OR contact.customer_id = designation.customer_id)
"""
# One row where a contact may escalate, else none; `designation_of` gives the values.
IS_DESIGNATED = f"{_DESIGNATED} AND contact.id = %s"


def designated_contacts(customer: Customer, at: datetime) -> QuerySet[Contact]:
    """The contacts who may escalate for `customer` at that moment, by name.

    CON-1: the moment lies in the designation's period and in the validity of an LCCD certification;
    both are civil dates, first and last day included, read in the customer's country. A contact who
    has meanwhile gone to another partner or customer does not count. ValueError for a naive `at`.
    """
    designated = RawSQL(_DESIGNATED, _designations_of(customer, at))  # noqa: S611 (a constant, with parameters)
    return Contact.objects.filter(pk__in=designated).order_by("name", "pk")


def is_designated(contact: Contact | None, customer: Customer, at: datetime) -> bool:
    """Whether `contact` may escalate for `customer` at that moment (CON-1)."""
    if contact is None:
        return False
    with connection.cursor() as cursor:
        cursor.execute(IS_DESIGNATED, designation_of(contact, customer, at))
        return cursor.fetchone() is not None


def designation_of(contact: Contact, customer: Customer, at: datetime) -> list[object]:
    """What `IS_DESIGNATED` is given, for a statement that asks it along with something else."""
    return [*_designations_of(customer, at), contact.pk]


def _designations_of(customer: Customer, at: datetime) -> list[object]:
    day = connection.ops.adapt_datefield_value(local_date(customer, at))
    return [customer.pk, day, day, day, day, customer.partner_id]


def desk_leads() -> QuerySet[User]:
    """Who hears of every breach (RST-8)."""
    return User.objects.filter(role=Role.DESK_LEAD, is_active=True).order_by("name", "pk")


@dataclass(frozen=True)
class Person:
    """Somebody to write to or to call; `phone` may be empty."""

    name: str
    email: str
    phone: str


def whom_to_contact(partner: Partner) -> Person:
    """The commercial executive of `partner` (SUP-4); the support desk once the executive's access ended."""
    executive = partner.executive
    if executive.is_active:
        return Person(executive.name, executive.email, executive.phone)
    return Person(gettext("Support desk"), settings.SUPPORT_EMAIL, "")
