"""A ticket comes to be, and a designated contact sets its clocks running."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from lynnsupport.accounts.access import contact_of
from lynnsupport.accounts.models import Contact, Tenant, User
from lynnsupport.accounts.queries import is_designated
from lynnsupport.common.inserting import insert
from lynnsupport.common.prepared import prepared
from lynnsupport.common.references import ticket_number
from lynnsupport.common.refusal import Refused
from lynnsupport.common.search import fold
from lynnsupport.outbox.operations import enqueue
from sla.queries import Agreement, agreement_for, policy_version_for, terms_of
from tickets import notifications
from tickets.conditions import step
from tickets.domain.intake import RECEIPT, Answers, Channel, Receipt, is_marked_preview
from tickets.domain.lifecycle import Act, State, next_state
from tickets.evidence import Upload, attach
from tickets.models import Exclusion, Message, SlaClock, Ticket, TicketEvent

from .clocks import Beginning, promised_clocks, start
from .record import locked, record, save, store
from .severity import record_first_assessments, suggest_under

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
    """The ticket, and whether this call made it (False: the same form had been sent before)."""

    ticket: Ticket
    is_new: bool


def open_ticket(
    *,
    by: User | None,
    channel: Channel,
    answers: Answers,
    now: datetime,
    reporter: Contact | None = None,
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
    (a call that the desk enters, with `called_at` its time and `called_from` the number, INT-1). The same
    `submission_key` from the same reporter gives the same ticket. `receipt` says how the reporter is
    told. `is_released`: staff attend what was kept from a partner that is not approved (SUP-4). Raises
    Refused (SUP-4; a tenant out of reach; a detection in the future).
    """
    reporter = reporter or (contact_of(by) if by else None)
    if reporter is None:
        raise Refused(_("Only a contact of a partner can report a ticket."), rule="INT-1")
    before = _sent_before(reporter, submission_key)
    if before:
        return Opening(before, is_new=False)
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
            ticket = _register(
                tenant, answers, by=by, reporter=reporter, channel=channel, now=now,
                at=called_at or now, called_from=called_from, evidence=evidence, quoted=quoted,
                submission_key=submission_key, receipt=receipt,
            )  # fmt: skip
    except IntegrityError:
        # The same form, sent twice at once: the other one won.
        before = _sent_before(reporter, submission_key)
        if before is None:
            raise
        return Opening(before, is_new=False)
    return Opening(ticket, is_new=True)


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


def _register(
    tenant: Tenant,
    answers: Answers,
    *,
    by: User | None,
    reporter: Contact,
    channel: Channel,
    now: datetime,
    at: datetime,
    called_from: str,
    evidence: Sequence[Upload],
    quoted: str,
    submission_key: UUID | None,
    receipt: Receipt,
) -> Ticket:
    is_preview = answers.is_preview or is_marked_preview(answers.subject)  # EXC-2
    agreement = agreement_for(
        tenant, at=at, is_preview=is_preview, is_custom_development=answers.is_custom_development
    )
    terms = terms_of(agreement.policy_version or policy_version_for(tenant, at))
    suggestion = suggest_under(
        terms,
        impact_percent=answers.impact_percent,
        has_workaround=answers.has_workaround,
        priority=answers.priority,
    )
    ticket = Ticket(
        number=next_number(now),
        tenant=tenant,
        customer=tenant.customer,
        reporter=reporter,
        registered_by=by,
        channel=channel,
        submission_key=submission_key,
        state=State.REGISTERED,
        state_since=at,
        registered_at=at,
        last_message_at=at,
        suggested_severity=suggestion.assessment.severity,
        no_target_rule="" if agreement.has_targets else agreement.rule,
        is_preview=is_preview,
        **_content(answers, tenant),
    )
    ticket.search_text = search_text(ticket)
    promised: list[Beginning] = []
    if is_designated(reporter, tenant.customer, at):
        promised = _pin(ticket, agreement, contact=reporter, at=at, now=now)
    store(ticket, by=by, reason="registered", now=now)
    message = Message(
        ticket=ticket, side=Message.Side.CUSTOMER, contact=reporter, author=by, channel=channel,
        body=answers.description, quoted=quoted, at=at,
    )  # fmt: skip
    insert([message])
    attach(message, evidence)
    call = {"called_from": called_from} if called_from else {}
    record(
        ticket, TicketEvent.Kind.REGISTERED, at=at, now=now, by=by, contact=reporter, message=message, **call
    )
    record_first_assessments(ticket, suggestion, answers.proposed_severity, reporter=reporter, at=at)
    clocks: list[SlaClock] = []
    mails = []
    if ticket.is_escalated:
        event = record(ticket, TicketEvent.Kind.ESCALATED, at=at, now=now, by=by, contact=reporter)
        clocks = _start(ticket, agreement, promised, cause=event, now=now)
        mails += notifications.escalated(ticket, clocks, event, at_registration=True)
    elif receipt.asks:
        mails += notifications.escalation_wanted(ticket, now=at, is_verified=receipt.is_verified)
    if receipt.is_sent:
        mails += notifications.registered(ticket, clocks, receipt, has_evidence=bool(evidence))
    enqueue(mails, now=now)
    return ticket


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


def _sent_before(reporter: Contact, submission_key: UUID | None) -> Ticket | None:
    if submission_key is None:
        return None
    return next(iter(_sent_as(reporter.pk, submission_key)), None)


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


# One statement, so that two who open a ticket at once wait for each other here and never get the same number.
_NEXT_NUMBER = """
    INSERT INTO tickets_ticketsequence (year, last) VALUES (%s, 1)
    ON CONFLICT (year) DO UPDATE SET last = tickets_ticketsequence.last + 1
    RETURNING last
"""


def next_number(now: datetime) -> str:
    """The next number of the year; the sequence's row is held until the transaction ends (INT-2)."""
    year = now.astimezone(ZoneInfo(settings.TIME_ZONE)).year
    with connection.cursor() as cursor:
        cursor.execute(_NEXT_NUMBER, [year])
        return ticket_number(year, cursor.fetchone()[0])
