"""Reads over people: who is designated, whom to tell, whom to call."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext

from .domain.roles import Role
from .models import Certification, Contact, Customer, Designation, Partner, User, local_date


def designated_contacts(customer: Customer, at: datetime) -> QuerySet[Contact]:
    """The contacts who may escalate for `customer` at that moment, by name.

    CON-1: the moment lies in the designation's period and in the validity of an LCCD certification;
    both are civil dates, first and last day included, read in the customer's country. A contact who
    has meanwhile gone to another partner or customer does not count. ValueError for a naive `at`.
    """
    day = local_date(customer, at)
    certified = Certification.objects.filter(
        contact=OuterRef("contact"), starts_on__lte=day, last_day_on__gte=day
    )
    designations = Designation.objects.filter(
        Q(last_day_on__isnull=True) | Q(last_day_on__gte=day),
        Exists(certified),
        customer=customer,
        starts_on__lte=day,
    )
    return (
        Contact.objects.filter(pk__in=designations.values("contact"))
        .filter(Q(customer__isnull=True) | Q(customer=customer), partner=customer.partner_id)
        .order_by("name", "pk")
    )


def is_designated(contact: Contact | None, customer: Customer, at: datetime) -> bool:
    """Whether `contact` may escalate for `customer` at that moment (CON-1)."""
    return contact is not None and designated_contacts(customer, at).filter(pk=contact.pk).exists()


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
