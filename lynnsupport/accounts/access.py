"""Which objects a person may see. Every list, look-up, form choice and export starts here.

Rule: the partner's own people see their partner's customers; a customer's people see that customer;
an executive sees the partners they own; the desk sees everything; nobody else sees anything.
"""

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q, QuerySet

from .models import Contact, Customer, Partner, Tenant, User

NOTHING = Q(pk__in=[])


def contact_of(user: User | AnonymousUser) -> Contact | None:
    """The contact behind a partner-side login; None for Lynn's people and for strangers."""
    if not user.is_authenticated or not user.is_partner_side:
        return None
    return Contact.objects.select_related("partner__executive", "customer").filter(user=user).first()


def customer_scope(user: User | AnonymousUser, path: str = "") -> Q:
    """The condition under which an object is visible; `path` leads from it to its Customer.

    `path` is "" for Customer itself, else a look-up such as "tenant__customer__".
    """
    if not user.is_authenticated or not user.is_active:
        return NOTHING
    if user.is_staff:
        return Q()
    if user.is_executive:
        return Q(**{f"{path}partner__executive": user})
    contact = contact_of(user)
    if contact is None:
        return NOTHING
    if contact.customer_id:
        key = f"{path.removesuffix('__')}_id" if path else "pk"
        return Q(**{key: contact.customer_id})
    return Q(**{f"{path}partner_id": contact.partner_id})


def customers_visible_to(user: User | AnonymousUser) -> QuerySet[Customer]:
    return Customer.objects.filter(customer_scope(user))


def tenants_visible_to(user: User | AnonymousUser) -> QuerySet[Tenant]:
    return Tenant.objects.filter(customer_scope(user, "customer__")).select_related("customer__partner")


def partners_visible_to(user: User | AnonymousUser) -> QuerySet[Partner]:
    if user.is_authenticated and user.is_active and user.is_staff:
        return Partner.objects.all()
    return Partner.objects.filter(pk__in=customers_visible_to(user).values("partner"))
