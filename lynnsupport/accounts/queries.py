"""Reads over people: who is designated, whom to tell."""

from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from .domain.roles import Role
from .models import Certification, Contact, Customer, Designation, User, local_date


def designated_contacts(customer: Customer, at: datetime) -> QuerySet[Contact]:
    """The contacts who may escalate for `customer` at that moment.

    CON-1: the moment lies in the designation's period and in the validity of an LCCD certification;
    both are civil dates, read in the customer's country.
    """
    day = local_date(customer, at)
    certified = Certification.objects.filter(
        contact=OuterRef("contact"), starts_on__lte=day, last_day_on__gte=day
    )
    designations = Designation.objects.filter(
        Q(last_day_on__isnull=True) | Q(last_day_on__gte=day), Exists(certified), customer=customer, starts_on__lte=day
    )
    return (
        Contact.objects.filter(pk__in=designations.values("contact"))
        .filter(Q(customer__isnull=True) | Q(customer=customer), partner=customer.partner_id)
        .order_by("name")
    )


def is_designated(contact: Contact | None, customer: Customer, at: datetime) -> bool:
    return contact is not None and designated_contacts(customer, at).filter(pk=contact.pk).exists()


def desk_leads() -> QuerySet[User]:
    return User.objects.filter(role=Role.DESK_LEAD, is_active=True).order_by("name")
