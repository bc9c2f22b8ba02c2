"""Reads: what is asked of a ticket's customer, which access is allowed, who may escalate and until when."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet, prefetch_related_objects

from lynnsupport.accounts.access import customers_visible_to
from lynnsupport.accounts.domain.countries import civil_date
from lynnsupport.accounts.models import (
    Certification,
    Contact,
    Country,
    Customer,
    Designation,
    User,
    local_date,
)
from sla.queries import reminder_days_at
from tickets.models import Ticket

from .domain.remote_access import LIVE
from .models import CustomerRequest, DesignationProposal, RemoteAccess

# What a ticket's page reads together with the ticket.
READ_WITH = {"has_requests": Exists(CustomerRequest.objects.filter(ticket=OuterRef("pk")))}


def requests_of(ticket: Ticket) -> list[CustomerRequest]:
    """All of them, the oldest first, with what a page shows of them; one query for each `ticket` loaded."""
    if not getattr(ticket, "has_requests", True):  # its page has read that there are none
        return []
    related = ("message", "asked_by", "answer__contact", "withdrawn_by", "remote_access__contact")
    shown = CustomerRequest.objects.select_related(*related)
    prefetch_related_objects([ticket], Prefetch("customer_requests", shown))
    return list(ticket.customer_requests.all())


def accesses_of(ticket: Ticket) -> list[RemoteAccess]:
    """All that were asked for, the latest first; they come with the requests, without a query."""
    asked = [each.remote_access for each in requests_of(ticket) if hasattr(each, "remote_access")]
    return sorted(asked, key=lambda access: (access.starts_at, access.pk), reverse=True)


def open_requests(ticket: Ticket) -> list[CustomerRequest]:
    return [each for each in requests_of(ticket) if each.is_open]


def live_accesses(ticket: Ticket, now: datetime) -> list[RemoteAccess]:
    """Those that can still become or be an open access."""
    return [each for each in accesses_of(ticket) if each.state_at(now) in LIVE]


@dataclass(frozen=True)
class Standing:
    """One designation as it stands: what ends first ends it, and without a certificate it does not count."""

    designation: Designation
    certification: Certification | None
    counts: bool
    last_day_on: date | None  # as far as is known; None where nothing ends
    ends_soon: bool  # people are reminded of it (CON-3)

    @property
    def contact(self) -> Contact:
        return self.designation.contact


@dataclass(frozen=True)
class CustomerContacts:
    """Who can escalate for a customer now, and what was proposed."""

    customer: Customer
    today: date
    standings: Sequence[Standing]
    proposals: Sequence[DesignationProposal]

    @property
    def valid(self) -> list[Standing]:
        return [standing for standing in self.standings if standing.counts]

    @property
    def others(self) -> list[Standing]:
        """Designated today, yet without a valid certification; or only from a later day on."""
        return [standing for standing in self.standings if not standing.counts]

    @property
    def has_nobody(self) -> bool:
        """CON-4."""
        return not self.valid


def contacts_by_customer(user: User, now: datetime) -> list[CustomerContacts]:
    """For every customer that `user` may see, by name; five queries, however many there are."""
    customers = list(customers_visible_to(user).select_related("partner__executive").order_by("name", "pk"))
    return _stand(customers, now)


def contacts_of(customer: Customer, now: datetime) -> CustomerContacts:
    return _stand([customer], now)[0]


def customers_without_contact(now: datetime) -> QuerySet[Customer]:
    """CON-4, for the desk: every customer for whom nobody can escalate now, each by its own civil date."""
    countries: dict[date, list[str]] = {}
    for country in Country.values:
        countries.setdefault(civil_date(country, now), []).append(country)
    alone = Q(pk__in=[])
    for day, there in countries.items():
        alone |= Q(country__in=there) & ~Exists(_valid_on(day))
    return Customer.objects.filter(alone).order_by("name", "pk")


def _valid_on(day: date) -> QuerySet[Designation]:
    """For Exists over customers: a designation that counts on that day (CON-1)."""
    certified = Certification.objects.filter(
        contact=OuterRef("contact"), starts_on__lte=day, last_day_on__gte=day
    )
    return Designation.objects.filter(
        Q(last_day_on__isnull=True) | Q(last_day_on__gte=day),
        Q(contact__customer__isnull=True) | Q(contact__customer=OuterRef("pk")),
        Exists(certified),
        customer=OuterRef("pk"),
        contact__partner=OuterRef("partner"),
        starts_on__lte=day,
    )


def _stand(customers: Sequence[Customer], now: datetime) -> list[CustomerContacts]:
    today = {customer.pk: local_date(customer, now) for customer in customers}
    earliest = min(today.values(), default=now.date())
    designations = (
        Designation.objects.filter(
            Q(last_day_on__isnull=True) | Q(last_day_on__gte=earliest), customer__in=customers
        )
        .select_related("contact", "customer")
        .order_by("contact__name", "starts_on", "pk")
    )
    held = list(designations)
    certificates = _certificates({each.contact_id for each in held}, earliest)
    soon = timedelta(days=max(reminder_days_at(now), default=0))
    proposals = list(
        DesignationProposal.objects.filter(customer__in=customers)
        .select_related("contact", "proposed_by", "decided_by")
        .order_by("-proposed_at", "-pk")
    )
    return [
        CustomerContacts(
            customer=customer,
            today=today[customer.pk],
            standings=[
                _standing(each, certificates.get(each.contact_id, []), today[customer.pk], soon)
                for each in held
                if each.customer_id == customer.pk
                and (each.last_day_on is None or each.last_day_on >= today[customer.pk])
                and each.contact.belongs_to(customer)
            ],
            proposals=[each for each in proposals if each.customer_id == customer.pk],
        )
        for customer in customers
    ]


def _certificates(contacts: Iterable[int], earliest: date) -> dict[int, list[Certification]]:
    found: dict[int, list[Certification]] = {}
    valid = Certification.objects.filter(contact__in=contacts, last_day_on__gte=earliest)
    for certification in valid.order_by("-last_day_on", "pk"):
        found.setdefault(certification.contact_id, []).append(certification)
    return found


def _standing(
    designation: Designation, certificates: Sequence[Certification], today: date, soon: timedelta
) -> Standing:
    valid = [each for each in certificates if each.starts_on <= today <= each.last_day_on]
    certification = valid[0] if valid else None  # the one that lasts longest
    ends = (designation.last_day_on, certification and certification.last_day_on)
    last_day_on = min((end for end in ends if end), default=None)
    return Standing(
        designation=designation,
        certification=certification,
        counts=certification is not None and designation.starts_on <= today,
        last_day_on=last_day_on,
        ends_soon=last_day_on is not None and last_day_on - today <= soon,
    )


def waiting_proposals() -> QuerySet[DesignationProposal]:
    return DesignationProposal.objects.filter(state=DesignationProposal.State.PROPOSED)
