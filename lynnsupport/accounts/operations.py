"""What may be done about partners and access: approve, suspend, give access, end it, give it back.

Each act checks its permission, locks what it changes and leaves actor, reason and instant in the history.
Doing again what is done already changes nothing. What the rules do not allow raises `Refused`.
"""

from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from lynnsupport.common.refusal import Refused

from .access import contacts_visible_to
from .domain.countries import COUNTRY_ZONES
from .domain.roles import PARTNER_ROLES, Role
from .models import Contact, Customer, Designation, Partner, User


def approve_partner(partner: Partner, *, by: User, reason: str, now: datetime) -> Partner:
    """From now on the partner is attended (SUP-4)."""
    return _decide_approval(partner, Partner.Approval.APPROVED, by=by, reason=reason, now=now)


def suspend_partner(partner: Partner, *, by: User, reason: str, now: datetime) -> Partner:
    """From now on the partner is not attended, until somebody approves it again (SUP-4)."""
    return _decide_approval(partner, Partner.Approval.SUSPENDED, by=by, reason=reason, now=now)


@transaction.atomic
def give_access(contact: Contact, *, role: Role, by: User, now: datetime) -> User:
    """A login for `contact`, in one of the partner's roles; its password is set by a link sent to them.

    A login whose access had ended opens again, without its old password; one in use takes the role.
    Raises Refused for another role, for an address that is somebody's login already, and for who may not.
    """
    contact = Contact.objects.select_for_update(of=("self",)).select_related("user").get(pk=contact.pk)
    if role not in PARTNER_ROLES:
        raise Refused(_("A contact can only have one of a partner's roles."))
    _require_may_manage(by, contact)
    user = contact.user
    if user is None:
        user = _new_login(contact, role, by=by, now=now)
        contact.user = user
        _save(contact, by=by, reason=gettext("Access given."), now=now)
    elif not user.is_active or user.role != role:
        user.role = role
        _open(user)
        _save(user, by=by, reason=gettext("Access given."), now=now)
    return user


@transaction.atomic
def end_access(user: User, *, by: User, reason: str, now: datetime) -> User:
    """End a login and every session of it, at once and for good: to come back they set a new password."""
    user = User.objects.select_for_update().get(pk=user.pk)
    _require_may_manage(by, Contact.objects.filter(user=user).first())
    _require_reason(reason)
    if user == by:
        raise Refused(_("Nobody ends their own access."), instead=_("Ask an administrator."))
    if user.is_active:
        user.is_active = False
        _forget_password(user)
        _save(user, by=by, reason=reason, now=now)
    return user


@transaction.atomic
def restore_access(user: User, *, by: User, reason: str, now: datetime) -> User:
    """Open a login that had ended; its password is set by a link sent to them."""
    user = User.objects.select_for_update().get(pk=user.pk)
    _require_may_manage(by, Contact.objects.filter(user=user).first())
    _require_reason(reason)
    if not user.is_active:
        _open(user)
        _save(user, by=by, reason=reason, now=now)
    return user


@transaction.atomic
def designate(
    *,
    customer: Customer,
    contact: Contact,
    starts_on: date,
    last_day_on: date | None,
    by: User,
    now: datetime,
) -> Designation:
    """Lynn agrees that `contact` escalates for `customer` in that period, both days included (CON-1).

    Raises Refused for who may not, for a contact of another organisation, and where the period overlaps
    another of theirs.
    """
    if not by.has_perm("accounts.change_directory"):
        raise Refused(_("Your role does not decide designations."), rule="CON-1")
    designation = Designation(
        customer=customer, contact=contact, starts_on=starts_on, last_day_on=last_day_on, agreed_by=by
    )
    try:
        designation.full_clean()
    except ValidationError as error:
        raise Refused(" ".join(error.messages), rule="CON-1") from error
    _save(designation, by=by, reason=gettext("Designation agreed."), now=now)
    return designation


@transaction.atomic
def _decide_approval(
    partner: Partner, approval: Partner.Approval, *, by: User, reason: str, now: datetime
) -> Partner:
    if not by.has_perm("accounts.approve_partner"):
        raise Refused(_("You may not decide a partner's commercial approval."), rule="SUP-4")
    _require_reason(reason, rule="SUP-4")
    partner = Partner.objects.select_for_update().get(pk=partner.pk)
    if partner.approval != approval:
        partner.approval = approval
        _save(partner, by=by, reason=reason, now=now)
    return partner


def _open(user: User) -> None:
    if not user.is_active:
        user.is_active = True
        _forget_password(user)


def _forget_password(user: User) -> None:
    """Sessions and reset links are sealed with the password: without it they stay dead for ever."""
    user.set_unusable_password()


def _new_login(contact: Contact, role: Role, *, by: User, now: datetime) -> User:
    home = contact.customer or contact.partner
    user = User(
        email=contact.email,
        name=contact.name,
        phone=contact.phone,
        role=role,
        language=contact.language,
        time_zone=COUNTRY_ZONES[home.country],
        date_joined=now,
    )
    user.set_unusable_password()
    try:
        with transaction.atomic():
            _save(user, by=by, reason=gettext("Access given."), now=now)
    except IntegrityError as error:
        raise Refused(
            _("%(address)s is somebody's login already.") % {"address": contact.email},
            instead=_("Correct the contact's address, or write another."),
        ) from error
    return user


def _require_may_manage(by: User, contact: Contact | None) -> None:
    """Administrators manage everybody; a partner's administrator the people of their own organisation."""
    if by.has_perm("accounts.change_user"):
        return
    looks_after = contact is not None and by.has_perm("accounts.manage_colleagues")
    if not looks_after or not contacts_visible_to(by).filter(pk=contact.pk).exists():
        raise Refused(_("You may not decide this person's access."))


def _require_reason(reason: str, rule: str = "") -> None:
    if not reason.strip():
        raise Refused(_("Say why; it is kept in the history."), rule=rule)


def _save(row: models.Model, *, by: User, reason: str, now: datetime) -> None:
    """Store `row` with actor, reason and instant in its history; a later save does not repeat them."""
    row._history_user, row._change_reason, row._history_date = by, reason.strip(), now
    try:
        row.save()
    finally:
        del row._history_user, row._change_reason, row._history_date
