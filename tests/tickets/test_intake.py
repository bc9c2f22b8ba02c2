"""A ticket comes to be: numbering, required content, who may, designated contacts, no targets."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lynnsupport.accounts.domain.roles import Role
from lynnsupport.accounts.models import Partner
from lynnsupport.common.refusal import Refused
from lynnsupport.outbox.models import OutboxMessage
from tests.factories import ContactFactory, ContractFactory, TenantFactory, UserFactory
from tickets.domain.intake import Channel
from tickets.domain.lifecycle import IllegalTransition, State
from tickets.evidence import Upload
from tickets.models import Attachment, Message, SeverityAssessment, SlaClock, Ticket, TicketEvent
from tickets.operations import escalate, open_ticket

from .conftest import MONDAY
from .stories import answers, chile, make_cast, raise_ticket

NOW = chile("2026-11-23 10:00")


def test_INT_2_numbers_are_sequential_in_the_year(cast):
    first, second = raise_ticket(cast, NOW), raise_ticket(cast, NOW)
    assert [first.number, second.number] == ["LYN-2026-000001", "LYN-2026-000002"]


def test_INT_2_the_year_of_a_number_is_chiles(cast):
    assert raise_ticket(cast, chile("2026-12-31 23:59")).number == "LYN-2026-000001"
    assert raise_ticket(cast, chile("2027-01-01 00:00")).number == "LYN-2027-000001"


@pytest.mark.rule("INT-1", "INT-3")
def test_a_ticket_keeps_what_was_said_and_its_reporter_gets_a_receipt(cast, told):
    ticket = raise_ticket(cast, NOW, products="Lynn Chat", urgency="Es temporada alta")
    assert (ticket.products, ticket.urgency, ticket.country) == ("Lynn Chat", "Es temporada alta", "CL")
    assert (ticket.tenant, ticket.customer, ticket.reporter) == (cast.tenant, cast.customer, cast.designated)
    [message] = ticket.messages.all()
    assert (message.side, message.body) == (Message.Side.CUSTOMER, ticket.description)
    assert told() == [("ticket_registered", cast.designated.email)]
    mail = OutboxMessage.objects.get()
    assert mail.context["number"] == ticket.number
    assert mail.context["missing"] == [
        "impact_description", "social_networks", "session_reference", "test_data", "evidence",
        "previous_engineer", "lccd_name", "lccd_email", "lccd_phone", "troubleshooting",
    ]  # fmt: skip


@pytest.mark.rule("SEV-4")
def test_what_was_proposed_and_suggested_is_kept_with_its_inputs(cast):
    ticket = raise_ticket(cast, NOW, impact_percent=Decimal("72.73"), priority="high", proposed_severity=2)
    rows = ticket.assessments.values_list("step", "severity", "weight", "weighted_impact", "contact")
    assert list(rows) == [
        ("proposed", 2, Decimal("1.1"), Decimal("80.003"), cast.designated.pk),
        ("suggested", 1, Decimal("1.1"), Decimal("80.003"), None),
    ]
    assert ticket.severity == 1


@pytest.mark.rule("RSP-2", "RST-2", "CON-2")
def test_a_designated_contacts_ticket_runs_at_once_on_pinned_versions(cast):
    ticket = raise_ticket(cast, NOW)
    assert (ticket.state, ticket.escalated_at, ticket.escalated_by) == (State.OPEN, NOW, cast.designated)
    assert (ticket.policy_version.number, ticket.calendar_version.calendar.code) == (1, "chile")
    assert [(clock.kind, clock.due_at) for clock in ticket.clocks.in_reading_order()] == [
        ("first_response", chile("2026-11-23 11:00")),
        ("restoration", chile("2026-11-24 10:00")),
    ]
    assert ticket.next_due_at == chile("2026-11-23 11:00")


@pytest.mark.rule("RSP-1", "RSP-3", "RST-1", "RST-3")
@pytest.mark.parametrize(
    ("impact", "kinds"),
    [
        (
            95,
            [
                ("first_response", "2026-11-21 22:15"),  # elapsed, on a Saturday night
                ("restoration_goal", "2026-11-23 10:00"),
                ("restoration", "2026-11-23 13:00"),
            ],
        ),
        (5, [("first_response", "2026-11-23 11:00"), ("restoration", "2026-11-24 18:00")]),
    ],
)
def test_targets_of_severity_1_and_3_on_a_saturday_night(cast, impact, kinds):
    ticket = raise_ticket(cast, chile("2026-11-21 22:00"), impact_percent=Decimal(impact))
    found = [(clock.kind, clock.due_at) for clock in ticket.clocks.in_reading_order()]
    assert found == [(kind, chile(due)) for kind, due in kinds]


@pytest.mark.rule("CON-2")
def test_a_colleagues_ticket_waits_for_a_designated_contact(cast, told):
    ticket = raise_ticket(cast, NOW, reporter=cast.colleague)
    assert (ticket.state, ticket.clocks.count(), ticket.next_due_at) == (State.REGISTERED, 0, None)
    assert told() == [
        ("escalation_wanted", cast.designated.email),
        ("ticket_registered", cast.colleague.email),
    ]
    later = NOW + timedelta(hours=2)
    with pytest.raises(Refused) as refusal:
        escalate(ticket, by=cast.colleague.user, now=later)
    assert refusal.value.rule == "CON-2"
    ticket = escalate(ticket, by=cast.designated.user, now=later)
    assert (ticket.state, ticket.escalated_at, ticket.escalated_by) == (State.OPEN, later, cast.designated)
    assert ticket.clocks.get(kind="first_response").due_at == chile("2026-11-23 13:00")
    assert told() == [("ticket_escalated", cast.colleague.email)]
    with pytest.raises(IllegalTransition):
        escalate(ticket, by=cast.designated.user, now=later)


@pytest.mark.rule("CON-1", "CON-2")
def test_a_designation_must_hold_at_that_moment(cast):
    certification = cast.designated.certifications.get()
    certification.last_day_on = NOW.date()
    certification.save()
    assert raise_ticket(cast, NOW).state == State.OPEN
    assert raise_ticket(cast, NOW + timedelta(days=1)).state == State.REGISTERED


@pytest.mark.rule("CON-2", "INT-1")
def test_the_desk_registers_a_call_with_its_time(cast):
    now = chile("2026-11-23 10:20")
    ticket = open_ticket(
        by=cast.engineer,
        reporter=cast.designated,
        channel=Channel.TELEPHONE,
        called_at=NOW,
        answers=answers(cast.tenant, detected_at=NOW),
        now=now,
    ).ticket
    assert (ticket.registered_at, ticket.escalated_at) == (NOW, NOW)
    assert ticket.clocks.get(kind="first_response").due_at == chile("2026-11-23 11:00")
    registered = ticket.events.get(kind=TicketEvent.Kind.REGISTERED)
    assert (registered.at, registered.recorded_at, registered.by) == (NOW, now, cast.engineer)


@pytest.mark.rule("SUP-4")
@pytest.mark.parametrize("approval", [Partner.Approval.PENDING, Partner.Approval.SUSPENDED])
def test_an_unapproved_partner_is_told_whom_to_contact(cast, approval):
    Partner.objects.filter(pk=cast.partner.pk).update(approval=approval)
    with pytest.raises(Refused) as refusal:
        raise_ticket(cast, NOW)
    assert refusal.value.rule == "SUP-4"
    assert cast.executive.name in str(refusal.value.instead)
    assert not Ticket.objects.exists()


@pytest.mark.rule("SUP-2")
def test_an_on_premise_ticket_is_taken_without_targets(cast, told):
    tenant = TenantFactory(customer=cast.customer, deployment="on_premise")
    ticket = raise_ticket(replace(cast, tenant=tenant), NOW)
    assert (ticket.state, ticket.no_target_rule, ticket.policy_version) == (State.OPEN, "SUP-2", None)
    assert not ticket.clocks.exists()
    assert OutboxMessage.objects.get().context["executive"]["name"] == cast.executive.name


@pytest.mark.rule("SUP-3", "EXC-2")
@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"is_custom_development": True}, "SUP-3"),
        ({"is_preview": True}, "EXC-2"),
        ({"subject": "[Funcionalidad en Preview] - El bot calla"}, "EXC-2"),
    ],
)
def test_custom_developments_and_previews_have_no_targets(cast, changes, rule):
    ticket = raise_ticket(cast, NOW, **changes)
    assert (ticket.no_target_rule, ticket.next_due_at) == (rule, None)
    assert ticket.is_preview is (rule == "EXC-2")
    assert {(clock.state, clock.due_at) for clock in ticket.clocks.all()} == {("excused", None)}
    (exclusion,) = ticket.exclusions.all()
    assert (exclusion.rule, exclusion.decided_at, exclusion.decided_by) == (rule, NOW, None)


@pytest.mark.rule("EXC-2")
def test_a_contract_may_cover_previews(cast):
    ContractFactory(tenant=cast.tenant, covers_preview=True)
    assert raise_ticket(cast, NOW, is_preview=True).clocks.count() == 2


def test_the_same_form_sent_twice_makes_one_ticket(cast, told):
    send = dict(
        by=cast.designated.user,
        channel=Channel.PORTAL,
        answers=answers(cast.tenant, detected_at=NOW),
        now=NOW,
        submission_key=uuid4(),
    )
    first, second = open_ticket(**send), open_ticket(**send)
    assert (first.is_new, second.is_new) == (True, False)
    assert first.ticket == second.ticket
    assert Ticket.objects.count() == 1
    assert told() == [("ticket_registered", cast.designated.email)]


def test_anothers_submission_key_gives_no_access(cast):
    key = uuid4()
    stranger = make_cast(at=NOW)
    ticket = open_ticket(
        by=cast.designated.user, channel=Channel.PORTAL, now=NOW, submission_key=key,
        answers=answers(cast.tenant, detected_at=NOW),
    ).ticket  # fmt: skip
    other = open_ticket(
        by=stranger.designated.user, channel=Channel.PORTAL, now=NOW, submission_key=key,
        answers=answers(stranger.tenant, detected_at=NOW),
    )  # fmt: skip
    assert other.is_new
    assert other.ticket != ticket


def test_a_tenant_that_is_read_already_has_to_be_within_reach(cast):
    """INT-3: whoever hands it over, a foreign one is refused, an own one taken."""
    foreign = TenantFactory()
    opened = {"by": cast.designated.user, "channel": Channel.PORTAL, "now": NOW}
    with pytest.raises(Refused) as refusal:
        open_ticket(answers=answers(foreign, detected_at=NOW), tenant=foreign, **opened)
    assert refusal.value.rule == "INT-3"
    opening = open_ticket(answers=answers(cast.tenant, detected_at=NOW), tenant=cast.tenant, **opened)
    assert opening.ticket.tenant == cast.tenant
    assert opening.message == Message.objects.get()


def test_a_foreign_tenant_is_as_unknown_as_an_absent_one(cast):
    stranger = make_cast(at=NOW)
    sentences = []
    for code in (stranger.tenant.code, "no-such-tenant"):
        with pytest.raises(Refused) as refusal:
            open_ticket(
                by=cast.designated.user, channel=Channel.PORTAL, now=NOW,
                answers=replace(answers(cast.tenant, detected_at=NOW), tenant=code),
            )  # fmt: skip
        sentences.append(str(refusal.value).replace(code, "X"))
    assert sentences[0] == sentences[1]
    assert not Ticket.objects.exists()


def test_a_customers_person_cannot_report_for_another_customer_of_the_partner(cast):
    sister = TenantFactory(customer__partner=cast.partner)
    own = ContactFactory(partner=cast.partner, customer=cast.customer)
    with pytest.raises(Refused):
        raise_ticket(replace(cast, tenant=sister), NOW, reporter=own)


def test_lynns_people_report_only_for_a_caller(cast):
    with pytest.raises(Refused) as refusal:
        open_ticket(
            by=UserFactory(role=Role.ENGINEER),
            channel=Channel.PORTAL,
            answers=answers(cast.tenant, detected_at=NOW),
            now=NOW,
        )
    assert refusal.value.rule == "INT-1"


def test_INT_3_a_detection_in_the_future_is_refused(cast):
    with pytest.raises(Refused) as refusal:
        open_ticket(
            by=cast.designated.user, channel=Channel.PORTAL, now=NOW,
            answers=answers(cast.tenant, detected_at=NOW + timedelta(seconds=1)),
        )  # fmt: skip
    assert refusal.value.rule == "INT-3"


def test_evidence_is_stored_under_a_name_of_ours(cast, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    ticket = open_ticket(
        by=cast.designated.user,
        channel=Channel.PORTAL,
        answers=answers(cast.tenant, detected_at=NOW),
        evidence=[Upload("../../etc/\u202ecaptura.png", ContentFile(b"\x89PNG\r\n\x1a\n" + b"0" * 50))],
        now=NOW,
    ).ticket
    attachment = Attachment.objects.get(message__ticket=ticket)
    assert (attachment.name, attachment.size, attachment.content_type) == ("captura.png", 58, "image/png")
    [stored] = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert stored.name == attachment.public_id.hex
    assert stored.read_bytes().startswith(b"\x89PNG")


def test_nothing_is_half_written_when_a_step_fails(cast, monkeypatch):
    def fail(*args, **kwargs):
        raise RuntimeError("the outbox is gone")

    monkeypatch.setattr("tickets.operations.intake.enqueue", fail)
    with pytest.raises(RuntimeError):
        raise_ticket(cast, NOW)
    for model in (Ticket, Message, TicketEvent, SeverityAssessment, SlaClock, OutboxMessage):
        assert not model.objects.exists()


def test_opening_costs_the_same_queries_each_time(cast, django_assert_num_queries):
    """PostgreSQL gets its rows together."""
    expected = 6 if connection.vendor == "postgresql" else 14
    raise_ticket(cast, NOW)
    for _ in range(3):
        with django_assert_num_queries(expected):
            raise_ticket(cast, NOW)


def test_others_wait_for_the_number_only_while_rows_are_stored(cast):
    """The year's row is held from there on; a look-up after it would make everybody wait for it."""
    raise_ticket(cast, NOW)
    with CaptureQueriesContext(connection) as captured:
        raise_ticket(cast, NOW)
    asked = [query["sql"].strip() for query in captured]
    numbered = next(place for place, sql in enumerate(asked) if "ticketsequence" in sql)
    looked_up = [place for place, sql in enumerate(asked) if sql.startswith("SELECT")]
    assert 0 < max(looked_up) < numbered


def test_its_history_begins_as_the_library_would_write_it(cast):
    ticket = raise_ticket(cast, chile(MONDAY))
    assert ticket.history.count() == 1
    Ticket.history.bulk_history_create(
        [ticket],
        default_user=cast.designated.user,
        default_change_reason="registered",
        default_date=chile(MONDAY),
    )
    ours, theirs = ticket.history.order_by("history_id").values()
    assert ours | {"history_id": 0} == theirs | {"history_id": 0}
