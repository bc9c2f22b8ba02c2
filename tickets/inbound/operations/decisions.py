"""What people decide about a mail that was put aside. Each is recorded once: who, when, why."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from lynnsupport.accounts.models import Contact, User
from lynnsupport.common.refusal import Refused
from tickets.domain.intake import Answers, Channel
from tickets.inbound.answers import thread_into
from tickets.inbound.domain.limits import OverLimit
from tickets.inbound.domain.reading import Enclosure, Head, Letter, Unreadable
from tickets.inbound.models import InboundMail, MailDecision
from tickets.inbound.storing import raw_of
from tickets.models import Ticket
from tickets.operations import open_ticket

from .ingestion import read_letter
from .settling import add_reply, key_of, uploads_of

_ACT = MailDecision.Act


@transaction.atomic
def link_to_contact(
    mail: InboundMail, *, by: User, contact: Contact, now: datetime, reason: str = ""
) -> InboundMail:
    """Say who wrote the mail. Linking it as it is linked changes nothing."""
    mail = _held(mail, by)
    if mail.contact_id != contact.pk:
        _require_releasable(mail)
        mail.contact = contact
        mail.save(update_fields=["contact"])
        _decide(mail, _ACT.LINKED, by=by, now=now, reason=reason, contact=contact)
    return mail


@transaction.atomic
def open_ticket_with(
    mail: InboundMail, *, by: User, answers: Answers, quoted: str, now: datetime, reason: str = ""
) -> Ticket:
    """Release the mail into a ticket of its contact; released before, it is the ticket it became then.

    Also for a partner that is not approved (SUP-4). The ticket is registered when the mail came. Raises
    Refused, also while nobody has said whose mail it is.
    """
    mail = _held(mail, by)
    if mail.ticket and mail.message_id:
        return mail.ticket
    _require_releasable(mail)
    contact = _contact_of(mail)
    opening = open_ticket(
        by=by,
        channel=Channel.EMAIL,
        answers=answers,
        reporter=contact,
        called_at=mail.received_at,
        evidence=uploads_of(letter_of(mail)),
        quoted=quoted,
        submission_key=key_of(mail),
        is_released=True,
        now=now,
    )
    ticket = opening.ticket
    thread_into(mail, ticket)
    mail.ticket, mail.message, mail.decided_at = ticket, opening.message, now
    mail.save(update_fields=["ticket", "message", "decided_at"])
    _decide(mail, _ACT.OPENED, by=by, now=now, reason=reason, contact=contact, ticket=ticket)
    return ticket


@transaction.atomic
def add_to_ticket(mail: InboundMail, *, by: User, ticket: Ticket, now: datetime, reason: str = "") -> Ticket:
    """Release the mail onto a ticket, as a message of its contact; released before, it stays where it is.

    Returns the ticket that it is on: where that one is closed, the case may go on in another (CRP-3). Raises
    Refused where its contact has no part in that ticket, and whatever the ticket's state refuses.
    """
    mail = _held(mail, by)
    if mail.ticket and mail.message_id:
        return mail.ticket
    _require_releasable(mail)
    contact = _contact_of(mail)
    if not contact.belongs_to(ticket.customer):
        raise Refused(
            _("%(name)s has no part in this ticket: it belongs to another organisation.")
            % {"name": contact.name},
            rule="INT-5",
            instead=_("Link the mail to a contact of the ticket's organisation first."),
        )
    message = add_reply(mail, letter_of(mail), ticket, contact=contact, now=now)
    ticket = message.ticket
    mail.ticket, mail.message, mail.decided_at = ticket, message, now
    mail.save(update_fields=["ticket", "message", "decided_at"])
    _decide(mail, _ACT.ADDED, by=by, now=now, reason=reason, contact=contact, ticket=ticket)
    return ticket


@transaction.atomic
def reject(mail: InboundMail, *, by: User, reason: str, now: datetime) -> InboundMail:
    """Leave the mail aside, with the reason; it is kept, and may still be released. Twice is once."""
    mail = _held(mail, by)
    if not reason.strip():
        raise Refused(_("Say why: the reason stays with the mail."), rule="INT-5")
    if mail.decisions.filter(act=_ACT.REJECTED).exists():
        return mail
    _require_releasable(mail)
    mail.decided_at = now
    mail.save(update_fields=["decided_at"])
    _decide(mail, _ACT.REJECTED, by=by, now=now, reason=reason)
    return mail


def letter_of(mail: InboundMail) -> Letter:
    """The mail taken apart, as far as that goes; one that cannot be is a single file, as it came."""
    raw = raw_of(mail)
    try:
        return read_letter(raw)
    except (OverLimit, Unreadable):
        head = Head(mail.identifier, mail.subject, (), (), (), None, {})
        return Letter(head, files=(Enclosure("correo.eml", "message/rfc822", raw),))


def _held(mail: InboundMail, by: User) -> InboundMail:
    if not by.has_perm("inbound.decide_mail"):
        raise Refused(_("Your role does not decide about mails."), rule="INT-5")
    held = InboundMail.objects.select_for_update(of=("self",)).select_related("contact__partner", "ticket")
    return held.get(pk=mail.pk)


def _require_releasable(mail: InboundMail) -> None:
    if mail.erased_at:
        raise Refused(_("Its bytes were erased when their time had come."), rule="INT-5")
    if not mail.can_be_released:
        raise Refused(_("This mail was not put aside: there is nothing to decide about it."), rule="INT-5")


def _contact_of(mail: InboundMail) -> Contact:
    if mail.contact is None:
        raise Refused(
            _("Nobody has said whose mail this is."),
            rule="INT-5",
            instead=_("Link it to a contact first."),
        )
    return mail.contact


def _decide(
    mail: InboundMail,
    act: MailDecision.Act,
    *,
    by: User,
    now: datetime,
    reason: str,
    contact: Contact | None = None,
    ticket: Ticket | None = None,
) -> None:
    MailDecision.objects.create(
        mail=mail, act=act, by=by, at=now, reason=reason.strip(), contact=contact, ticket=ticket
    )
