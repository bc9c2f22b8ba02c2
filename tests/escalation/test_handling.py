"""The executive, or a deputy, acts on what was escalated; the sweep notices what was not done in time."""

from datetime import date, timedelta
from uuid import uuid4

import pytest

from lynnsupport.accounts.domain.roles import Role
from lynnsupport.accounts.models import Deputy, User
from lynnsupport.common.refusal import Refused
from lynnsupport.outbox.letters import write
from lynnsupport.outbox.models import OutboxMessage
from tests.factories import PartnerFactory, UserFactory
from tests.tickets.stories import chile
from tickets.domain.lifecycle import CloseReason
from tickets.escalation.domain.course import Stage
from tickets.escalation.models import Digest, Escalation
from tickets.escalation.operations import (
    acknowledge,
    answer_at_desk,
    ask_desk,
    comment,
    end_deputy,
    name_deputy,
    resolve,
    return_escalation,
    sweep_escalations,
)
from tickets.operations import close_ticket

from .stories import MINUTE, NOW, raise_ticket, to_desk, to_executive

pytestmark = [pytest.mark.django_db, pytest.mark.rule("ESC-8")]

AT = NOW + 10 * MINUTE


@pytest.fixture
def escalation(cast, told):
    ticket = raise_ticket(cast, NOW)
    to_desk(ticket, cast.designated.user)
    escalation = to_executive(ticket, cast.designated.user)
    told()
    return escalation


def steps_of(escalation):
    return [
        (step.step, step.by, step.on_behalf_of)
        for step in escalation.steps.exclude(step="raise").order_by("pk")
    ]


def test_it_is_acknowledged_once_and_the_partner_told(cast, escalation, told):
    key = uuid4()
    step = acknowledge(escalation, by=cast.executive, now=AT, submission_key=key)
    assert acknowledge(escalation, by=cast.executive, now=AT + MINUTE, submission_key=key) == step
    escalation.refresh_from_db()
    assert (escalation.stage, escalation.acknowledged_at, escalation.next_check_at) == (
        Stage.ACKNOWLEDGED,
        AT,
        None,
    )
    assert told() == [("escalation_step", cast.designated.email)]
    event = escalation.ticket.events.get(kind="executive_acted")
    assert (event.by, event.data) == (cast.executive, {"step": "acknowledge"})


def test_a_case_from_acknowledgement_to_its_end(cast, escalation, told):
    acknowledge(escalation, by=cast.executive, now=AT)
    told()
    comment(escalation, by=cast.executive, words="Hablé con el equipo.", now=AT)
    assert told() == [("escalation_step", cast.designated.email)]
    comment(escalation, by=cast.executive, words="Cliente clave.", is_internal=True, now=AT)
    assert told() == []
    ask_desk(escalation, by=cast.executive, words="¿Cuándo?", now=AT)
    assert told() == [
        ("escalation_desk_asked", cast.desk_lead.email),
        ("escalation_step", cast.designated.email),
    ]
    answer_at_desk(escalation, by=cast.engineer, words="Hoy a las 15.", now=AT + MINUTE)
    assert told() == [("escalation_desk_answered", cast.executive.email)]
    resolve(escalation, by=cast.executive, words="Quedó acordado.", now=AT + 2 * MINUTE)
    assert told() == [("escalation_step", cast.designated.email)]
    escalation.refresh_from_db()
    assert (escalation.stage, escalation.settled_at) == (Stage.RESOLVED, AT + 2 * MINUTE)
    events = escalation.ticket.events.filter(kind="executive_acted").order_by("pk")
    assert [(event.data["step"], event.reason) for event in events] == [
        ("acknowledge", ""),
        ("comment", "Hablé con el equipo."),
        ("ask_desk", ""),
        ("resolve", "Quedó acordado."),
    ]


def test_internal_words_reach_no_mail_of_the_partner(cast, escalation):
    ask_desk(escalation, by=cast.executive, words="Secreto de la casa", now=AT)
    for mail in OutboxMessage.objects.filter(to_address=cast.designated.email):
        assert "Secreto" not in str(mail.context)


def test_it_is_returned_with_its_reason(cast, escalation, told):
    return_escalation(escalation, by=cast.executive, words="El plazo no ha vencido.", now=AT)
    escalation.refresh_from_db()
    assert (escalation.stage, escalation.acknowledged_at) == (Stage.RETURNED, AT)
    mail = OutboxMessage.objects.filter(kind="escalation_step").latest("pk")
    write(mail)
    assert "El plazo no ha vencido." in mail.body_text
    again = to_executive(escalation.ticket, cast.designated.user, now=AT + MINUTE)
    assert again != escalation


def test_words_are_needed(cast, escalation):
    for act in (comment, ask_desk, resolve, return_escalation):
        with pytest.raises(Refused, match="ESC-8"):
            act(escalation, by=cast.executive, words=" ", now=AT)


def test_nobody_else_acts(cast, escalation):
    other = UserFactory(role=Role.EXECUTIVE)
    for by in (other, cast.engineer, cast.designated.user, UserFactory(role=Role.ADMINISTRATOR)):
        with pytest.raises(Refused, match="commercial executive does this"):
            acknowledge(escalation, by=by, now=AT)
    first = escalation.ticket.escalations.get(level=1)
    with pytest.raises(Refused, match="The desk attends"):
        resolve(first, by=cast.executive, words="Yo", now=AT)


def test_the_second_of_two_people_is_told_of_the_first(cast, escalation):
    deputy = UserFactory(role=Role.EXECUTIVE, name="Suplente Inventada")
    today = NOW.date()
    name_deputy(
        executive=cast.executive,
        deputy=deputy,
        starts_on=today,
        last_day_on=today,
        by=cast.executive,
        now=NOW,
    )
    seen = escalation.steps.latest("pk").pk
    acknowledge(escalation, by=deputy, now=AT, seen=seen)
    with pytest.raises(Refused, match="Suplente Inventada was faster: acknowledged"):
        resolve(escalation, by=cast.executive, words="Listo", now=AT, seen=seen)
    with pytest.raises(Refused, match="stands otherwise now: acknowledged, Suplente Inventada"):
        acknowledge(escalation, by=cast.executive, now=AT)
    assert steps_of(escalation) == [("acknowledge", deputy, cast.executive)]


# ---------- deputies ----------


def test_a_deputy_acts_on_the_executives_days_and_no_others(cast, escalation):
    deputy = UserFactory(role=Role.EXECUTIVE)
    days = {"starts_on": date(2026, 11, 24), "last_day_on": date(2026, 11, 26)}
    name_deputy(executive=cast.executive, deputy=deputy, by=cast.executive, now=NOW, **days)
    for now in ("2026-11-23 23:59", "2026-11-27 00:00"):
        with pytest.raises(Refused, match="ESC-8"):
            acknowledge(escalation, by=deputy, now=chile(now))
    acknowledge(escalation, by=deputy, now=chile("2026-11-24 00:00"))
    comment(escalation, by=deputy, words="Sigo.", now=chile("2026-11-26 23:59"))
    assert steps_of(escalation) == [
        ("acknowledge", deputy, cast.executive),
        ("comment", deputy, cast.executive),
    ]


def test_a_deputy_gets_the_mail_and_acts_until_the_absence_is_ended(cast, told):
    deputy = UserFactory(role=Role.EXECUTIVE)
    named = {"executive": cast.executive, "deputy": deputy, "by": cast.executive, "now": NOW}
    days = {"starts_on": NOW.date(), "last_day_on": NOW.date() + timedelta(days=5)}
    absence = name_deputy(**named, **days)
    assert name_deputy(**named, **days) == absence
    longer = name_deputy(**named, **{**days, "last_day_on": NOW.date() + timedelta(days=6)})
    assert (longer.pk, longer.ends_at) == (absence.pk, chile("2026-11-30 00:00"))
    ticket = raise_ticket(cast, NOW)
    to_desk(ticket, cast.designated.user)
    told()
    escalation = to_executive(ticket, cast.designated.user)
    assert told()[:2] == [
        ("escalation_to_executive", cast.executive.email),
        ("escalation_to_executive", deputy.email),
    ]
    end_deputy(absence, by=cast.executive, now=AT)
    with pytest.raises(Refused):
        acknowledge(escalation, by=deputy, now=AT)
    assert end_deputy(absence, by=cast.executive, now=AT + MINUTE).ended_at == AT


def test_who_may_name_whom(cast):
    days = {"starts_on": NOW.date(), "last_day_on": NOW.date()}
    other = UserFactory(role=Role.EXECUTIVE)
    gone = UserFactory(role=Role.EXECUTIVE, is_active=False)
    for deputy, by, changes in (
        (other, other, {}),
        (cast.executive, cast.executive, {}),
        (cast.engineer, cast.executive, {}),
        (gone, cast.executive, {}),
        (other, cast.executive, {"last_day_on": NOW.date() - timedelta(days=1)}),
        (other, cast.executive, {"starts_on": date(2026, 1, 1), "last_day_on": date(2026, 1, 2)}),
    ):
        with pytest.raises(Refused, match="ESC-8"):
            name_deputy(executive=cast.executive, deputy=deputy, by=by, now=NOW, **days | changes)
    assert not Deputy.objects.exists()
    absence = name_deputy(executive=cast.executive, deputy=other, by=cast.executive, now=NOW, **days)
    with pytest.raises(Refused):
        end_deputy(absence, by=other, now=NOW)


# ---------- the sweep ----------


@pytest.mark.parametrize(("after", "late"), [(-1, 0), (0, 1), (1, 1)])
def test_what_is_not_acknowledged_in_time_is_noticed_from_that_instant(cast, escalation, told, after, late):
    due = escalation.acknowledge_by
    assert due == chile("2026-11-23 12:02")
    now = due + timedelta(seconds=after)
    assert [sweep_escalations(now=now).late for _ in range(2)] == [late, 0]
    escalation.refresh_from_db()
    assert escalation.late_at == (due if late else None)
    if late:
        step = escalation.steps.get(step="late")
        assert (step.at, step.recorded_at) == (due, now)
        assert {("escalation_late", cast.executive.email), ("escalation_late", cast.desk_lead.email)} <= set(
            told()
        )


def test_after_hours_of_outage_it_is_late_since_its_due_time(cast, escalation):
    now = chile("2026-11-25 09:00")
    assert sweep_escalations(now=now).late == 1
    step = escalation.steps.get(step="late")
    assert (step.at, step.recorded_at) == (escalation.acknowledge_by, now)


def test_what_was_acknowledged_is_never_late(cast, escalation):
    acknowledge(escalation, by=cast.executive, now=AT)
    assert sweep_escalations(now=chile("2026-11-25 09:00")).late == 0


def test_an_executive_without_access_leaves_it_to_the_desk_leads(cast, escalation, told):
    User.objects.filter(pk=cast.executive.pk).update(is_active=False)
    sweep_escalations(now=escalation.acknowledge_by)
    assert [row for row in told() if row[0] == "escalation_late"] == [
        ("escalation_late", cast.desk_lead.email)
    ]


def test_the_desks_own_end_with_the_ticket(cast, escalation):
    ticket = escalation.ticket
    close_ticket(ticket, by=cast.engineer, reason=CloseReason.DUPLICATE, words="El mismo", now=AT)
    assert [sweep_escalations(now=AT + MINUTE).settled for _ in range(2)] == [1, 0]
    assert Escalation.objects.get(level=1).settled_at == AT
    assert Escalation.objects.get(level=2).is_open


@pytest.mark.parametrize(
    ("now", "zone", "sent"),
    [
        ("2026-11-23 07:59", "America/Santiago", 0),
        ("2026-11-23 08:00", "America/Santiago", 1),
        ("2026-11-23 08:00", "America/Lima", 0),  # where it is 6 in the morning
        ("2026-11-29 23:00", "America/Santiago", 1),  # late, still of that week
    ],
)
def test_a_digest_goes_out_once_a_week_from_monday_morning_where_the_person_is(agreement, now, zone, sent):
    executive = UserFactory(role=Role.EXECUTIVE, time_zone=zone)
    UserFactory(role=Role.EXECUTIVE, is_active=False)
    assert [sweep_escalations(now=chile(now)).digests for _ in range(2)] == [sent, 0]
    assert (
        list(Digest.objects.values_list("executive", "iso_year", "iso_week"))
        == [(executive.pk, 2026, 48)] * sent
    )


def test_a_digest_of_the_turn_of_the_year_belongs_to_its_iso_week(agreement):
    UserFactory(role=Role.EXECUTIVE)
    assert sweep_escalations(now=chile("2026-12-31 10:00")).digests == 1
    assert sweep_escalations(now=chile("2027-01-03 10:00")).digests == 0  # still week 53 of 2026
    assert sweep_escalations(now=chile("2027-01-04 10:00")).digests == 1
    assert set(Digest.objects.values_list("iso_year", "iso_week")) == {(2026, 53), (2027, 1)}


def test_a_digest_tells_what_waits_and_nothing_of_others(cast, escalation, told):
    other = PartnerFactory()
    sweep_escalations(now=chile("2026-11-24 10:00"))
    mails = {row.to_address: row for row in OutboxMessage.objects.filter(kind="escalation_digest")}
    own, foreign = mails[cast.executive.email], mails[other.executive.email]
    write(own)
    write(foreign)
    assert escalation.ticket.number in own.body_text
    assert escalation.ticket.number not in foreign.body_text
    assert (own.context["raised"], own.context["late"], foreign.context["raised"]) == (1, 1, 0)


def test_an_idle_sweep_asks_little(cast, escalation, django_assert_num_queries):
    sweep_escalations(now=AT)
    with django_assert_num_queries(4):  # what is late, what has closed, who may get a digest, who has
        sweep_escalations(now=AT)
