"""CON-3: reminders before something ends; designations proposed by the partner and decided by Lynn."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from lynnsupport.accounts.access import customers_visible_to
from lynnsupport.accounts.domain.countries import civil_date
from lynnsupport.accounts.domain.roles import Role
from lynnsupport.accounts.models import Certification, Contact, Customer, Designation, User, local_date
from lynnsupport.accounts.operations import designate
from lynnsupport.common.refusal import Refused
from lynnsupport.outbox.operations import enqueue
from sla.queries import reminder_days_at
from tickets.cooperation import notifications
from tickets.cooperation.models import DesignationProposal, EndReminder
from tickets.notifications import Person

# What ended while nothing ran is still announced for this long; older ends are history.
TOLD_AFTERWARDS = timedelta(days=7)


def sweep_reminders(*, now: datetime) -> int:
    """Announce every certification and designation that is about to end; returns how many.

    What is due is what lies within so many days and has not been announced for them: a day without a run
    skips nobody. Where several numbers of days have passed, the nearest alone is told. A certification that a
    later one of the same person continues, and a designation likewise, is not announced.
    """
    reminders = reminder_days_at(now)
    if not reminders:
        return 0
    told = 0
    for what in _ending(now, within=reminders[0]):
        told += _remind(what, reminders, now=now)
    return told


def _ending(now: datetime, *, within: int) -> Iterator[Certification | Designation]:
    # A day of leeway on either side: each end is then judged by the civil date of its own country.
    day = now.date()
    window = Q(
        last_day_on__gte=day - TOLD_AFTERWARDS - timedelta(days=1),
        last_day_on__lte=day + timedelta(days=within + 1),
    )
    contact = "contact__partner__executive"
    yield from (
        Certification.objects.filter(window)
        .select_related(contact, "contact__customer", "contact__user")
        .order_by("last_day_on", "id")
    )
    yield from (
        Designation.objects.filter(window)
        .select_related(contact, "contact__user", "customer")
        .order_by("last_day_on", "id")
    )


@transaction.atomic
def _remind(what: Certification | Designation, reminders: tuple[int, ...], *, now: datetime) -> int:
    place = (
        what.customer if isinstance(what, Designation) else (what.contact.customer or what.contact.partner)
    )
    today = civil_date(place.country, now)
    left = (what.last_day_on - today).days
    due = [days for days in reminders if left <= days]
    if not due or left < -TOLD_AFTERWARDS.days or _is_continued(what):
        return 0
    about = {"designation" if isinstance(what, Designation) else "certification": what}
    reminder = EndReminder(**about, last_day_on=what.last_day_on, days_before=min(due), told_at=now)
    # A later, nearer reminder was told already: this one has been overtaken (the terms changed).
    nearer = EndReminder.objects.filter(**about, last_day_on=what.last_day_on, days_before__lte=min(due))
    if nearer.exists():
        return 0
    stored = EndReminder.objects.bulk_create([reminder], ignore_conflicts=True)
    mails = notifications.ends_soon(what, _concerned(what.contact), days_before=min(due), today=today)
    enqueue(mails, now=now)
    return len(stored)


def _is_continued(what: Certification | Designation) -> bool:
    """Whether another of the same person goes on after it without a gap."""
    next_day = what.last_day_on + timedelta(days=1)
    others: QuerySet = type(what)._default_manager.filter(contact=what.contact, starts_on__lte=next_day)
    if isinstance(what, Designation):
        others = others.filter(customer=what.customer)
    return others.filter(Q(last_day_on__isnull=True) | Q(last_day_on__gt=what.last_day_on)).exists()


def _concerned(contact: Contact) -> list[Person]:
    """The contact, the administrators of their partner, and the executive; whoever can be reached."""
    admins = User.objects.filter(
        role=Role.PARTNER_ADMIN, is_active=True, contact__partner=contact.partner_id
    ).filter(Q(contact__customer__isnull=True) | Q(contact__customer=contact.customer_id))
    executive = contact.partner.executive
    return [contact, *admins.order_by("name", "pk"), *([executive] if executive.is_active else [])]


@transaction.atomic
def propose_designation(
    *,
    by: User,
    customer: Customer,
    contact: Contact,
    starts_on: date,
    last_day_on: date | None,
    now: datetime,
    words: str = "",
) -> DesignationProposal:
    """The partner's administrator proposes a designated contact; Lynn decides. Proposing twice is once.

    Raises Refused for who looks after nobody, for a customer or contact out of reach, for a period that is
    empty or over, and where the contact is designated in a part of it already.
    """
    if not by.has_perm("accounts.manage_colleagues"):
        raise Refused(_("Only the partner's administrator proposes designated contacts."), rule="CON-1")
    if not customers_visible_to(by).filter(pk=customer.pk).exists() or not contact.belongs_to(customer):
        raise Refused(_("This contact belongs to another organisation."), rule="CON-1")
    if last_day_on is not None and last_day_on < max(starts_on, local_date(customer, now)):
        raise Refused(_("The period is over before it begins."), rule="CON-1")
    Customer.objects.select_for_update().get(pk=customer.pk)
    waiting = DesignationProposal.objects.filter(
        customer=customer, contact=contact, state=DesignationProposal.State.PROPOSED
    ).first()
    if waiting is not None:
        return waiting
    _refuse_overlap(customer, contact, starts_on, last_day_on)
    proposal = DesignationProposal.objects.create(
        customer=customer,
        contact=contact,
        starts_on=starts_on,
        last_day_on=last_day_on,
        words=words.strip(),
        proposed_by=by,
        proposed_at=now,
    )
    enqueue(notifications.designation_proposed(proposal), now=now)
    return proposal


@transaction.atomic
def agree_designation(proposal: DesignationProposal, *, by: User, now: datetime) -> DesignationProposal:
    """Lynn agrees: the designation is made, in the proposed period. Agreeing twice is agreeing once."""
    proposal = _decidable(proposal, by)
    if proposal.state == DesignationProposal.State.AGREED:
        return proposal
    _refuse_decided(proposal)
    proposal.designation = designate(
        customer=proposal.customer,
        contact=proposal.contact,
        starts_on=proposal.starts_on,
        last_day_on=proposal.last_day_on,
        by=by,
        now=now,
    )
    return _decide(proposal, DesignationProposal.State.AGREED, by=by, now=now)


@transaction.atomic
def decline_designation(
    proposal: DesignationProposal, *, by: User, reason: str, now: datetime
) -> DesignationProposal:
    """Lynn declines, with a reason that the partner reads. Declining twice is declining once."""
    if not reason.strip():
        raise Refused(_("Say why: the partner reads it."), rule="CON-1")
    proposal = _decidable(proposal, by)
    if proposal.state == DesignationProposal.State.DECLINED:
        return proposal
    _refuse_decided(proposal)
    proposal.decline_reason = reason.strip()
    return _decide(proposal, DesignationProposal.State.DECLINED, by=by, now=now)


def _decidable(proposal: DesignationProposal, by: User) -> DesignationProposal:
    if not by.has_perm("accounts.change_directory"):
        raise Refused(_("Your role does not decide designations."), rule="CON-1")
    held = DesignationProposal.objects.select_for_update(of=("self",))
    return held.select_related("customer", "contact__user", "proposed_by").get(pk=proposal.pk)


def _refuse_decided(proposal: DesignationProposal) -> None:
    if proposal.state != DesignationProposal.State.PROPOSED:
        raise Refused(
            _("%(name)s has decided it already: %(state)s.")
            % {"name": proposal.decided_by.name, "state": proposal.get_state_display().lower()},
            rule="CON-1",
        )


def _decide(
    proposal: DesignationProposal, state: DesignationProposal.State, *, by: User, now: datetime
) -> DesignationProposal:
    proposal.state, proposal.decided_by, proposal.decided_at = state, by, now
    proposal.save()
    enqueue(notifications.designation_decided(proposal), now=now)
    return proposal


def _refuse_overlap(customer: Customer, contact: Contact, starts_on: date, last_day_on: date | None) -> None:
    overlapping = Designation.objects.filter(
        Q(last_day_on__isnull=True) | Q(last_day_on__gte=starts_on),
        customer=customer,
        contact=contact,
        starts_on__lte=last_day_on or date.max,
    )
    if overlapping.exists():
        raise Refused(
            _("%(name)s is already designated in part of this period.") % {"name": contact.name},
            rule="CON-1",
            instead=_("Propose the days after it ends."),
        )
