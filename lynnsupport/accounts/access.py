"""Which objects a person may see. Every list, look-up, form choice and export starts here.

Rule: a partner's own people see the partner and all its customers; a customer's people see that customer
(and who their partner is); an executive sees the partners they own, and while they stand in for another
those of that one too; the desk sees everything; nobody else sees anything: no stranger, no ended login, no
partner login without a contact.
"""

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from lynnsupport.common.prepared import prepared

from .models import Contact, Customer, Deputy, Partner, Tenant, User

NOTHING = Q(pk__in=[])


def contact_of(user: User | AnonymousUser) -> Contact | None:
    """The contact behind a partner-side login; None for Lynn's people, for strangers, without a contact.

    It says who somebody is, not what they may do: an ended login still has its contact. One query for
    each instance of `user`, that is for each request: the answer stays where Django keeps the reverse of
    a one-to-one relation, and `refresh_from_db` forgets it.
    """
    if not user.is_authenticated or not user.is_partner_side:
        return None
    relation = User._meta.get_field("contact")
    if not relation.is_cached(user):
        found = _contacts_of(user.pk)
        relation.set_cached_value(user, found[0] if found else None)
    return relation.get_cached_value(user)


@prepared
def _contacts_of(user: int) -> QuerySet[Contact]:
    return Contact.objects.select_related("partner__executive", "customer").filter(user=user)


def customer_scope(user: User | AnonymousUser, path: str = "") -> Q:
    """The condition under which an object is visible; `path` leads from it to its Customer.

    `path` is "" for Customer itself, else a look-up such as "tenant__customer__".
    """
    if not user.is_authenticated or not user.is_active:
        return NOTHING
    if user.is_staff:
        return Q()
    if user.is_executive:
        return _executive_scope(user, f"{path}partner__")
    member = _member(user)
    if member is None:
        return NOTHING
    if member.customer_id is None:
        return Q(**{f"{path}partner": member.partner_id})
    return Q(**{f"{path}pk": member.customer_id})


def stood_in_for(user: User) -> QuerySet[Deputy]:
    """The absences in which `user` stands in at this moment, which the database's clock tells."""
    return Deputy.objects.filter(deputy=user.pk, starts_at__lte=Now(), ends_at__gt=Now())


def _executive_scope(user: User, path: str = "") -> Q:
    """The partners of an executive and of those whose deputy they are now; `path` leads to the Partner."""
    own = Q(**{f"{path}executive": user.pk})
    return own | Q(**{f"{path}executive__in": stood_in_for(user).values("executive")})


def _member(user: User) -> Contact | None:
    """The contact, unless its customer has gone to another partner: such a person belongs nowhere."""
    contact = contact_of(user)
    if contact and contact.customer and contact.customer.partner_id != contact.partner_id:
        return None
    return contact


def customers_visible_to(user: User | AnonymousUser) -> QuerySet[Customer]:
    return Customer.objects.filter(customer_scope(user))


def tenants_visible_to(user: User | AnonymousUser) -> QuerySet[Tenant]:
    return Tenant.objects.filter(customer_scope(user, "customer__")).select_related("customer__partner")


def partners_visible_to(user: User | AnonymousUser) -> QuerySet[Partner]:
    """Also those that have no customer yet."""
    if not user.is_authenticated or not user.is_active:
        return Partner.objects.none()
    if user.is_staff:
        return Partner.objects.all()
    if user.is_executive:
        return Partner.objects.filter(_executive_scope(user))
    member = _member(user)
    return Partner.objects.filter(pk=member.partner_id) if member else Partner.objects.none()


def contacts_visible_to(user: User | AnonymousUser) -> QuerySet[Contact]:
    """A customer's people see their colleagues at that customer, everybody else the people of the partners
    they see."""
    visible = Contact.objects.filter(partner__in=partners_visible_to(user))
    contact = contact_of(user)
    return visible.filter(customer=contact.customer_id) if contact and contact.customer_id else visible
