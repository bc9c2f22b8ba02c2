"""A ticket comes to be, and a designated contact sets its clocks running."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Model, QuerySet
from django.utils.translation import gettext_lazy as _

from lynnsupport.accounts.access import contact_of
from lynnsupport.accounts.models import Contact, Tenant, User
from lynnsupport.accounts.queries import is_designated
from lynnsupport.common.inserting import insert
from lynnsupport.common.prepared import prepared
from lynnsupport.common.refusal import Refused
from lynnsupport.common.search import fold
from lynnsupport.outbox.operations import Mail, enqueue
from sla.queries import Agreement, agreement_for, policy_version_for, terms_of
from tickets import notifications
from tickets.conditions import step
from tickets.domain.intake import RECEIPT, Answers, Channel, Receipt, is_marked_preview
from tickets.domain.lifecycle import Act, State, next_state
from tickets.evidence import Upload, filed
from tickets.models import (
    Attachment,
    Exclusion,
    Message,
    SeverityAssessment,
    SlaClock,
    StoredClockEvent,
    Ticket,
    TicketEvent,
)

from .clocks import Beginning, promised_clocks, start
from .numbers import numbered
from .record import locked, record, save, store
from .severity import Suggestion, record_first_assessments, suggest_under

# What a ticket repeats of its answers, word for word.
STATED = (
    "subject",
    "description",
    "detected_at",
    "detected_zone",
    "impact_percent",
    "impact_description",
    "has_workaround",
    "workaround",
    "urgency",
    "priority",
    "products",
    "social_networks",
    "test_data",
    "session_reference",
    "previous_engineer",
    "lccd_name",
    "lccd_email",
    "lccd_phone",
    "troubleshooting",
    "is_custom_development",
)


@dataclass(frozen=True)
class Opening:
    """The ticket, what it was opened with, and whether this call made it (False: the same form had been sent
    before)."""

    ticket: Ticket
    message: Message
    is_new: bool


def open_ticket(
    *,
    by: User | None,
    channel: Channel,
    answers: Answers,
    now: datetime,
    reporter: Contact | None = None,
    tenant: Tenant | None = None,
    called_at: datetime | None = None,
    called_from: str = "",
    evidence: Sequence[Upload] = (),
    quoted: str = "",
    submission_key: UUID | None = None,
    receipt: Receipt = RECEIPT,
    is_released: bool = False,
) -> Opening:
    """Register and number a ticket; escalate it at once if its reporter is designated (CON-2).

    `by` is the login that enters it; `reporter` the person it comes from, needed where they differ
    (a call that the desk enters, with `called_at` its time and `called_from` the number, INT-1); `tenant`
    the one that the answers name, where it is read already. The same `submission_key` from the same
    reporter gives the same ticket. `receipt` says how the reporter is told. `is_released`: staff attend what
    was kept from a partner that is not approved (SUP-4). Raises Refused (SUP-4; a tenant out of reach; a
    detection in the future).
    """
    reporter = reporter or (contact_of(by) if by else None)
    if reporter is None:
        raise Refused(_("Only a contact of a partner can report a ticket."), rule="INT-1")
    before = _sent_before(reporter, submission_key)
    if before:
        return before
    if tenant is None or not reporter.belongs_to(tenant.customer):
        tenant = _tenant_of(reporter, answers.tenant)
    if not (tenant.customer.partner.is_approved or is_released):
        raise Refused(
            _("%(partner)s is not commercially approved, and only approved partners are attended.")
            % {"partner": tenant.customer.partner},
            rule="SUP-4",
            instead=_("Please contact %(executive)s.") % {"executive": tenant.customer.partner.executive},
        )
    if answers.detected_at and answers.detected_at > now:
        raise Refused(
            _("The detection lies in the future."), rule="INT-3", instead=_("Check the time and its zone.")
        )
    try:
        with transaction.atomic():
            arrival = _Arrival(
                by, reporter, channel, now, called_at or now, called_from, evidence, quoted,
                submission_key, receipt,
            )  # fmt: skip
            ticket, message = _register(tenant, answers, arrival)
    except IntegrityError:
        # The same form, sent twice at once: the other one won.
        before = _sent_before(reporter, submission_key)
        if before is None:
            raise
        return before
    return Opening(ticket, message, is_new=True)


@transaction.atomic
def escalate(
    ticket: Ticket,
    *,
    by: User | None,
    now: datetime,
    contact: Contact | None = None,
    at: datetime | None = None,
) -> Ticket:
    """A designated contact escalates a registered ticket; its clocks start at `at` (CON-2, RSP-1 to RSP-3).

    `contact` differs from `by`'s own where the desk records a call; nobody's login (`by` None) stands behind
    a mail, only the contact who wrote it. Raises Refused for anyone who is not
    designated at that moment, and for a moment in the future or before the ticket; IllegalTransition if
    the ticket is past it.
    """
    ticket = locked(ticket)
    contact = contact or (contact_of(by) if by else None)
    at = at or now
    step(ticket, Act.ESCALATE, now)
    if by and not (by.has_perm("tickets.escalate_ticket") or by.has_perm("tickets.register_call")):
        raise Refused(_("Your role does not escalate tickets."), rule="CON-2")
    if not ticket.registered_at <= at <= now:
        raise Refused(
            _("A ticket is escalated after it was registered, and not in the future."),
            rule="CON-2",
            instead=_("Check date and time."),
        )
    if contact is None or not is_designated(contact, ticket.customer, at):
        raise Refused(
            _("Only a designated contact of %(customer)s with a valid LCCD certification can escalate.")
            % {"customer": ticket.customer},
            rule="CON-2",
            instead=_("The designated contacts have been asked by mail."),
        )
    agreement = agreement_for(
        ticket.tenant,
        at=at,
        is_preview=ticket.is_preview,
        is_custom_development=ticket.is_custom_development,
    )
    promised = _pin(ticket, agreement, contact=contact, at=at, now=now)
    save(ticket, by=by, reason="escalated")
    event = record(ticket, TicketEvent.Kind.ESCALATED, at=at, now=now, by=by, contact=contact)
    clocks = _start(ticket, agreement, promised, cause=event, now=now)
    enqueue(notifications.escalated(ticket, clocks, event), now=now)
    return ticket


def _pin(
    ticket: Ticket, agreement: Agreement, *, contact: Contact, at: datetime, now: datetime
) -> list[Beginning]:
    """The agreement in force at the escalation binds the ticket from then on, with the clocks it promises.

    The caller saves the ticket, then starts the clocks.
    """
    ticket.state = next_state(State(ticket.state), Act.ESCALATE)
    ticket.state_since = ticket.escalated_at = at
    ticket.escalated_by = contact
    ticket.policy_version = agreement.policy_version
    ticket.calendar_version = agreement.calendar_version
    ticket.no_target_rule = "" if agreement.has_targets else agreement.rule
    ticket.customer_waits_since = at
    return promised_clocks(ticket, at=at, now=now, grounds=agreement.grounds)


def _start(
    ticket: Ticket, agreement: Agreement, promised: list[Beginning], *, cause: TicketEvent, now: datetime
) -> list[SlaClock]:
    """The clocks start; what the agreement does not cover is excluded by its own rule (EXC-2, SUP-3)."""
    if agreement.grounds:
        Exclusion.objects.bulk_create(
            Exclusion(ticket=ticket, ground=ground, decided_at=cause.at) for ground in agreement.grounds
        )
    return start(promised, cause=cause, now=now)


@dataclass(frozen=True)
class _Arrival:
    """How the answers came: by whom, when and with what."""

    by: User | None
    reporter: Contact
    channel: Channel
    now: datetime
    at: datetime
    called_from: str
    evidence: Sequence[Upload]
    quoted: str
    submission_key: UUID | None
    receipt: Receipt


def _register(tenant: Tenant, answers: Answers, arrival: _Arrival) -> tuple[Ticket, Message]:
    at, now = arrival.at, arrival.now
    agreement = agreement_for(
        tenant,
        at=at,
        is_preview=_is_preview(answers),
        is_custom_development=answers.is_custom_development,
        contact=arrival.reporter,
    )
    terms = terms_of(agreement.policy_version or policy_version_for(tenant, at))
    suggestion = suggest_under(
        terms,
        impact_percent=answers.impact_percent,
        has_workaround=answers.has_workaround,
        priority=answers.priority,
    )
    ticket = _ticket_of(tenant, answers, arrival, agreement, suggestion)
    promised: list[Beginning] = []
    if agreement.is_designated:
        promised = _pin(ticket, agreement, contact=arrival.reporter, at=at, now=now)
    message = Message(
        ticket=ticket, side=Message.Side.CUSTOMER, contact=arrival.reporter, author=arrival.by,
        channel=arrival.channel, body=ticket.description, quoted=arrival.quoted, at=at,
    )  # fmt: skip
    files = filed(message, arrival.evidence)
    expected = _ROWS | {Attachment: len(files)} if files else _ROWS
    # Others wait for the number from here on; most openings read nothing more, and no file is written.
    with numbered(expected, now) as ticket.number:
        ticket.search_text = search_text(ticket)
        _put_down(ticket, message, files, arrival)
        record_first_assessments(
            ticket, suggestion, answers.proposed_severity, reporter=arrival.reporter, at=at
        )
        mails = _set_running(ticket, agreement, promised, arrival)
        enqueue(mails, now=now)
    return ticket, message


# What most openings store; another severity or clock more costs a query.
_ROWS: dict[type[Model], int] = {
    Ticket: 1,
    Ticket.history.model: 1,
    Message: 1,
    TicketEvent: 2,
    SeverityAssessment: 2,
    SlaClock: 2,
    StoredClockEvent: 2,
}


def _put_down(ticket: Ticket, message: Message, files: Sequence[Attachment], arrival: _Arrival) -> None:
    """The ticket, what was said and shown, and that it was registered."""
    by, at, now = arrival.by, arrival.at, arrival.now
    store(ticket, by=by, reason="registered", now=now)
    insert([message])
    insert(files)
    call = {"called_from": arrival.called_from} if arrival.called_from else {}
    kind = TicketEvent.Kind.REGISTERED
    record(ticket, kind, at=at, now=now, by=by, contact=arrival.reporter, message=message, **call)


def _set_running(
    ticket: Ticket, agreement: Agreement, promised: list[Beginning], arrival: _Arrival
) -> list[Mail]:
    """The clocks that were promised, if its reporter is designated; and who is told of it."""
    by, reporter, receipt = arrival.by, arrival.reporter, arrival.receipt
    clocks: list[SlaClock] = []
    mails: list[Mail] = []
    if ticket.is_escalated:
        kind = TicketEvent.Kind.ESCALATED
        event = record(ticket, kind, at=arrival.at, now=arrival.now, by=by, contact=reporter)
        clocks = _start(ticket, agreement, promised, cause=event, now=arrival.now)
        mails += notifications.escalated(ticket, clocks, event, at_registration=True)
    elif receipt.asks:
        mails += notifications.escalation_wanted(ticket, now=arrival.at, is_verified=receipt.is_verified)
    if receipt.is_sent:
        mails += notifications.registered(ticket, clocks, receipt, has_evidence=bool(arrival.evidence))
    return mails


def _ticket_of(
    tenant: Tenant, answers: Answers, arrival: _Arrival, agreement: Agreement, suggestion: Suggestion
) -> Ticket:
    """As it is registered, but for its number."""
    return Ticket(
        tenant=tenant,
        customer=tenant.customer,
        reporter=arrival.reporter,
        registered_by=arrival.by,
        channel=arrival.channel,
        submission_key=arrival.submission_key,
        state=State.REGISTERED,
        state_since=arrival.at,
        registered_at=arrival.at,
        last_message_at=arrival.at,
        suggested_severity=suggestion.assessment.severity,
        no_target_rule="" if agreement.has_targets else agreement.rule,
        is_preview=_is_preview(answers),
        **_content(answers, tenant),
    )


def _is_preview(answers: Answers) -> bool:
    return answers.is_preview or is_marked_preview(answers.subject)  # EXC-2


def _content(answers: Answers, tenant: Tenant) -> dict[str, object]:
    return {
        **{name: getattr(answers, name) for name in STATED},
        "country": answers.country or tenant.customer.country,
    }


def search_text(ticket: Ticket) -> str:
    """What the list's search looks through, folded (see common.search)."""
    parts = (
        ticket.number,
        ticket.subject,
        ticket.description,
        ticket.tenant.code,
        ticket.tenant.name,
        ticket.customer.name,
        ticket.session_reference,
    )
    return fold(" ".join(parts))[:20_000]


def _sent_before(reporter: Contact, submission_key: UUID | None) -> Opening | None:
    if submission_key is None:
        return None
    for ticket in _sent_as(reporter.pk, submission_key):
        return Opening(ticket, ticket.messages.earliest("pk"), is_new=False)
    return None


@prepared
def _sent_as(reporter: int, submission_key: UUID) -> QuerySet[Ticket]:
    return Ticket.objects.filter(reporter=reporter, submission_key=submission_key)


@prepared
def _tenants(code: str, partner: int, customer: int | None) -> QuerySet[Tenant]:
    """The partner's tenant with that ID, with whom to turn to; `customer` where the reporter is its own."""
    tenants = Tenant.objects.select_related("customer__partner__executive")
    tenants = tenants.filter(code=code, customer__partner=partner)
    return tenants.filter(customer=customer) if customer else tenants


def _tenant_of(reporter: Contact, code: str) -> Tenant:
    """The tenant with that ID within the reporter's reach; a foreign one is as unknown as an absent one."""
    tenant = next(iter(_tenants(code, reporter.partner_id, reporter.customer_id)), None)
    if tenant is None:
        raise Refused(
            _("There is no tenant «%(code)s» in your organisation.") % {"code": code},
            rule="INT-3",
            instead=_("The tenant ID stands at the root of Lynn."),
        )
    return tenant
