"""How a partner's people get in: an administrator invites them, they choose a password, once.

The token is told to nobody but its addressee; what is kept is its digest, so that neither the database nor
a copy of it lets anybody in.
"""

from datetime import datetime, timedelta
from hashlib import sha256
from secrets import token_urlsafe

from django.contrib.auth.password_validation import validate_password
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from lynnsupport.common.refusal import Refused

from .access import contact_of, contacts_visible_to, customers_visible_to
from .domain.addresses import fold_address
from .domain.roles import PARTNER_ROLES, Role
from .models import Contact, Customer, Invitation, Partner, User
from .operations import give_access

VALID_FOR = timedelta(hours=72)
TOKEN_BYTES = 32


@transaction.atomic
def invite(
    *, by: User, email: str, name: str, role: Role, now: datetime, customer: Customer | None = None
) -> tuple[Invitation, str]:
    """An invitation and its token, which is told here and never again. An open one to the address ends.

    `customer` binds the person to one customer; without one they see all of the partner's. Who looks after
    one customer's people invites to that customer only. Raises Refused for who may not, and for an address
    that has a login or belongs to somebody else of the partner.
    """
    inviter = contact_of(by)
    if inviter is None or not by.has_perm("accounts.manage_colleagues"):
        raise Refused(_("Only your organisation's administrator invites people."))
    if role not in PARTNER_ROLES:
        raise Refused(_("A contact can only have one of a partner's roles."))
    if customer is None and inviter.customer_id is not None:
        customer = inviter.customer
    if customer is not None and not customers_visible_to(by).filter(pk=customer.pk).exists():
        raise Refused(_("There is no such customer in your organisation."))
    email = fold_address(email.strip())
    partner = Partner.objects.select_for_update().get(pk=inviter.partner_id)
    _refuse_known(partner, customer, email, by=by)
    open_ones = Invitation.objects.filter(
        partner=partner, email=email, accepted_at__isnull=True, withdrawn_at__isnull=True
    )
    open_ones.update(withdrawn_at=now)
    token = token_urlsafe(TOKEN_BYTES)
    invitation = Invitation.objects.create(
        partner=partner,
        customer=customer,
        email=email,
        name=name.strip(),
        role=role,
        token_digest=_digest(token),
        invited_by=by,
        invited_at=now,
        expires_at=now + VALID_FOR,
    )
    return invitation, token


@transaction.atomic
def withdraw_invitation(invitation: Invitation, *, by: User, now: datetime) -> Invitation:
    """Its link stops working. Withdrawing twice is withdrawing once. Raises Refused for a used one."""
    invitation = Invitation.objects.select_for_update().get(pk=invitation.pk)
    if not may_see(invitation, by):
        raise Refused(_("You may not decide this person's access."))
    if invitation.accepted_at is not None:
        raise Refused(
            _("%(name)s has accepted it already.") % {"name": invitation.name},
            instead=_("End their access instead."),
        )
    if invitation.withdrawn_at is None:
        invitation.withdrawn_at = now
        invitation.save(update_fields=["withdrawn_at"])
    return invitation


def invitation_of(token: str, *, now: datetime) -> Invitation | None:
    """The invitation that this token opens at `now`; None for any other, an empty one included."""
    return _openable(Invitation.objects.all(), token, now)


@transaction.atomic
def accept_invitation(token: str, *, password: str, now: datetime) -> User:
    """Makes the login that the invitation names, with this password. The token opens nothing afterwards.

    Raises Refused for a token that opens nothing (any more), ValidationError for a password that is too weak.
    """
    invitation = _openable(Invitation.objects.select_for_update(of=("self",)), token, now)
    if invitation is None:
        raise Refused(
            _("This invitation no longer works: it was used, withdrawn, or is older than 72 hours."),
            instead=_("Ask your administrator for another."),
        )
    contact = _contact(invitation)
    if contact.user is not None:
        raise Refused(_("%(address)s is somebody's login already.") % {"address": invitation.email})
    user = give_access(contact, role=Role(invitation.role), by=invitation.invited_by, now=now)
    validate_password(password, user)
    user.set_password(password)
    user._change_reason = "invitation accepted"
    user.save(update_fields=["password"])
    invitation.accepted_at = now
    invitation.save(update_fields=["accepted_at"])
    return user


def may_see(invitation: Invitation, by: User) -> bool:
    """Whether the invitation is one of those whom `by` looks after."""
    own = contact_of(by)
    if own is None or not by.has_perm("accounts.manage_colleagues"):
        return False
    return own.partner_id == invitation.partner_id and own.customer_id in (None, invitation.customer_id)


def open_invitations(by: User, *, now: datetime) -> list[Invitation]:
    """Those that wait for an answer, also the expired ones, which can be sent again."""
    own = contact_of(by)
    if own is None:
        return []
    waiting = Invitation.objects.filter(
        partner=own.partner_id, accepted_at__isnull=True, withdrawn_at__isnull=True
    ).select_related("customer", "invited_by")
    return list(waiting.filter(customer=own.customer_id) if own.customer_id else waiting)


def _openable(invitations, token: str, now: datetime) -> Invitation | None:
    if not token:
        return None
    found = (
        invitations.filter(
            token_digest=_digest(token),
            accepted_at__isnull=True,
            withdrawn_at__isnull=True,
            expires_at__gt=now,
        )
        .select_related("partner", "customer", "invited_by")
        .first()
    )
    # What somebody was invited by whose own access has ended since opens nothing either.
    return found if found and may_see(found, found.invited_by) else None


def _contact(invitation: Invitation) -> Contact:
    """The person as whom they come: known already by their address, or new."""
    known = Contact.objects.select_for_update(of=("self",)).select_related("user")
    contact = known.filter(partner=invitation.partner, email=invitation.email).first()
    if contact is None:
        contact = Contact(
            partner=invitation.partner,
            customer=invitation.customer,
            name=invitation.name,
            email=invitation.email,
        )
        contact._history_user = invitation.invited_by
        contact.save()
    return contact


def _refuse_known(partner: Partner, customer: Customer | None, email: str, *, by: User) -> None:
    if User.objects.filter(email=email).exists():
        raise Refused(
            _("%(address)s is somebody's login already.") % {"address": email},
            instead=_("If it is a colleague's whose access has ended, give it back to them below."),
        )
    contact = Contact.objects.filter(partner=partner, email=email).first()
    if contact is not None and (
        contact.customer != customer or not contacts_visible_to(by).filter(pk=contact.pk).exists()
    ):
        raise Refused(
            _("%(address)s is known at another customer of your partner.") % {"address": email},
            instead=_("Ask Lynn to correct where this person belongs."),
        )


def _digest(token: str) -> str:
    return sha256(token.encode()).hexdigest()
