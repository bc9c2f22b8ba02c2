"""Whom an audience reaches: tenants, organisations, people. Read from the directory as it is now.

A tenant without recorded products counts as using all of them: better told once too often.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import BooleanField, Case, Exists, F, OuterRef, Q, QuerySet, When

from lynnsupport.accounts.domain.roles import LYNN_ROLES, PARTNER_ROLES
from lynnsupport.accounts.models import Contact, Customer, Partner, Tenant, User

from .domain.audience import Audience
from .domain.kinds import Way
from .models import Delivery, NoticeVersion, TenantProduct


@dataclass(frozen=True)
class Recipient:
    """One person at one address, in their language and zone. `is_own` says that a tenant of theirs is
    concerned; the numbers are those of their login and their organisations, where they have them."""

    address: str
    name: str
    language: str
    time_zone: str
    user: int | None
    partner: int | None
    customer: int | None
    is_own: bool


# ---------- tenants and organisations ----------


def tenants_of(audience: Audience) -> QuerySet[Tenant]:
    """The tenants that the audience means; none for nobody, nor where only Lynn's own roles are told."""
    if audience.is_nobody or (audience.roles and not audience.roles & PARTNER_ROLES):
        return Tenant.objects.none()
    return Tenant.objects.filter(_organisations(audience, "customer__"), _uses(audience))


def concerned_tenants(version: NoticeVersion) -> QuerySet[Tenant]:
    """The tenants of the audience that what is announced really touches."""
    touched = tenants_of(version.for_whom)
    if tenants := [tenant.pk for tenant in version.tenants.all()]:
        touched = touched.filter(pk__in=tenants)
    affected = Audience(
        products=frozenset(product.pk for product in version.products.all()),
        providers=frozenset(provider.pk for provider in version.providers.all()),
    )
    return touched.filter(_uses(affected))


def _organisations(audience: Audience, path: str) -> Q:
    """The limits by country and by organisation, seen from a model whose `path` leads to its customer."""
    condition = Q()
    if audience.countries:
        condition &= Q(**{f"{path}country__in": audience.countries})
    if audience.partners or audience.customers or audience.tenants:
        tenant = "pk__in" if path else "tenants__in"
        condition &= (
            Q(**{f"{path}partner__in": audience.partners})
            | Q(**{f"{path}pk__in": audience.customers})
            | Q(**{tenant: audience.tenants})
        )
    return condition


def _uses(audience: Audience) -> Q:
    """Tenants that use any of the products and anything of the providers, or have nothing on record."""
    condition = Q()
    recorded = TenantProduct.objects.filter(tenant=OuterRef("pk"))
    if audience.products:
        condition &= Q(Exists(recorded.filter(product__in=audience.products))) | ~Q(Exists(recorded))
    if audience.providers:
        condition &= Q(Exists(recorded.filter(product__provider__in=audience.providers))) | ~Q(
            Exists(recorded)
        )
    return condition


def _customers_of(audience: Audience) -> QuerySet[Customer]:
    if audience.needs_tenants:
        return Customer.objects.filter(pk__in=tenants_of(audience).values("customer"))
    return Customer.objects.filter(_organisations(audience, ""))


def partners_of(audience: Audience) -> QuerySet[Partner]:
    """Partners with a customer in the audience, and those it names or means by their own country."""
    if audience.is_nobody:
        return Partner.objects.none()
    meant = Q(pk__in=_customers_of(audience).values("partner"))
    if not audience.needs_tenants and not audience.customers:
        own = Q()
        if audience.countries:
            own &= Q(country__in=audience.countries)
        if audience.partners:
            own &= Q(pk__in=audience.partners)
        meant |= own
    return Partner.objects.filter(meant)


# ---------- people ----------


def _with_access() -> QuerySet[Contact]:
    """Contacts whose login, if they have one, has not ended, and whose customer is still their partner's."""
    return Contact.objects.filter(
        Q(user__isnull=True) | Q(user__is_active=True),
        Q(customer__isnull=True) | Q(customer__partner=F("partner")),
    )


def _contacts_of(audience: Audience) -> QuerySet[Contact]:
    """The contacts meant: a customer's own people, and the partner's own who look after it."""
    if audience.is_nobody or (audience.roles and not audience.roles & PARTNER_ROLES):
        return Contact.objects.none()
    contacts = _with_access()
    if not audience.everyone:
        contacts = contacts.filter(
            Q(customer__in=_customers_of(audience))
            | Q(customer__isnull=True, partner__in=partners_of(audience))
        )
    return contacts.filter(user__role__in=audience.roles) if audience.roles else contacts


def _colleagues_of(audience: Audience) -> QuerySet[User]:
    """Lynn's own people, told only where their role is named."""
    return User.objects.filter(role__in=audience.roles & LYNN_ROLES, is_active=True)


def count_people(audience: Audience) -> int:
    """How many different addresses the audience reaches now."""
    addresses = set(_contacts_of(audience).values_list("email", flat=True))
    return len(addresses | set(_colleagues_of(audience).values_list("email", flat=True)))


def people_of(version: NoticeVersion) -> tuple[QuerySet[Contact], QuerySet[User]]:
    """Contacts and Lynn's own people who are told of the version: its audience, and whoever was told of an
    earlier version and is still with the same partner. What they believe has changed (NOT-5)."""
    contacts, colleagues = _contacts_of(version.for_whom), _colleagues_of(version.for_whom)
    if version.number > 1:
        before = Delivery.objects.filter(
            version__notice=version.notice_id, version__number__lt=version.number, address=OuterRef("email")
        )
        contacts = _with_access().filter(
            Q(pk__in=contacts.values("pk")) | Q(Exists(before.filter(partner=OuterRef("partner"))))
        )
        colleagues = User.objects.filter(
            Q(pk__in=colleagues.values("pk"))
            | Q(Exists(before.filter(partner__isnull=True, way__in=[Way.MAIL, Way.BANNER]))),
            is_active=True,
        )
    return contacts, colleagues


def count_recipients(version: NoticeVersion) -> int:
    """How many different addresses are told of the version now."""
    contacts, colleagues = people_of(version)
    return len({*contacts.values_list("email", flat=True), *colleagues.values_list("email", flat=True)})


def recipients_after(version: NoticeVersion, address: str, limit: int) -> list[Recipient]:
    """The next people who are told of the version in the order of their addresses, each address once."""
    concerned = concerned_tenants(version)
    told_before = Delivery.objects.filter(
        version__notice=version.notice_id, version__number__lt=version.number, address=OuterRef("email")
    )
    own = Case(
        When(Exists(told_before), then=True),
        When(customer__isnull=True, then=Exists(concerned.filter(customer__partner=OuterRef("partner")))),
        default=Exists(concerned.filter(customer=OuterRef("customer"))),
        output_field=BooleanField(),
    )
    every_contact, every_colleague = people_of(version)
    contacts = list(
        every_contact.filter(email__gt=address)
        .select_related("user", "partner", "customer")
        .annotate(is_own=own)
        .order_by("email", "pk")[: 2 * limit]
    )
    colleagues = list(every_colleague.filter(email__gt=address).order_by("email")[:limit])
    # beyond where a list was cut, the other must not run ahead of it
    read_up_to = min(
        (
            people[-1].email
            for people, most in ((contacts, 2 * limit), (colleagues, limit))
            if len(people) == most
        ),
        default=None,
    )
    found: dict[str, Recipient] = {}
    for person in (*map(_contact, contacts), *map(_colleague, colleagues)):
        if read_up_to is not None and person.address > read_up_to:
            continue
        before = found.get(person.address)
        if before is None or (person.is_own and not before.is_own):
            found[person.address] = person
    return sorted(found.values(), key=lambda person: person.address)[:limit]


def executives_with_partners(version: NoticeVersion) -> Iterator[tuple[User, list[tuple[Partner, int]]]]:
    """Each executive with the partners of theirs that are affected, and how many tenants of each."""
    counted: dict[int, int] = {}
    for partner in concerned_tenants(version).values_list("customer__partner", flat=True):
        counted[partner] = counted.get(partner, 0) + 1
    partners = (
        partners_of(version.for_whom) | Partner.objects.filter(pk__in=counted)
        if not version.for_whom.everyone
        else Partner.objects.all()
    )
    of_executive: dict[User, list[tuple[Partner, int]]] = {}
    for partner in partners.select_related("executive").order_by("name"):
        if partner.executive.is_active:
            of_executive.setdefault(partner.executive, []).append((partner, counted.get(partner.pk, 0)))
    yield from of_executive.items()


def _contact(contact: Contact) -> Recipient:
    return Recipient(
        address=contact.email,
        name=contact.name,
        language=contact.reads,
        time_zone=contact.zone,
        user=contact.user_id,
        partner=contact.partner_id,
        customer=contact.customer_id,
        is_own=contact.is_own,
    )


def _colleague(user: User) -> Recipient:
    return Recipient(
        address=user.email,
        name=user.name,
        language=user.language,
        time_zone=user.time_zone,
        user=user.pk,
        partner=None,
        customer=None,
        is_own=False,
    )
