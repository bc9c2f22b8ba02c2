"""CRD-2 to CRD-5: credit is offered, claimed, decided by two, issued once, taken back by an entry."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction

from credits.domain.claims import TRANSITIONS, Act, IllegalTransition, State, acts_in, next_state
from credits.models import Claim, LedgerEntry
from credits.operations import (
    adjust_claim,
    approve_claim,
    file_claim,
    issue_note,
    measure_again,
    reject_claim,
    reverse_note,
    send_reminders,
    settle_claim,
    sweep_cycles,
    withdraw_claim,
)
from lynnsupport.accounts.models import Contract
from lynnsupport.common.refusal import Refused
from lynnsupport.outbox.letters import write
from lynnsupport.outbox.models import OutboxMessage
from tests.factories import ContactFactory

from .stories import chile, claim, cycle, make_story, outage, statement, swept

pytestmark = pytest.mark.usefixtures("_english")
CLOSED = "2026-02-01 00:10"
FILED = chile("2026-02-10 12:00")
DECIDED = chile("2026-02-12 12:00")


@pytest.fixture
def hour_lost(story, recorded):
    """An hour of January counted against Lynn: 5 %, CLP 60,000."""
    recorded(story.tenant, outage("2026-01-10 10:00", "2026-01-10 11:00"))
    swept(CLOSED)
    return claim(story.contract, "2026-01")


@pytest.fixture
def filed(story, hour_lost):
    return file_claim(hour_lost.cycle, by=story.contact.user, words="Perdimos ventas", now=FILED)


def acts(of):
    return list(of.events.values_list("act", flat=True))


# --- offered ---


@pytest.mark.rule("CRD-2")
def test_a_claimable_cycle_is_offered_with_amount_and_last_day(story, recorded, told):
    recorded(story.tenant, outage("2026-01-10 10:00", "2026-01-10 11:00"))
    colleague = ContactFactory(partner=story.partner)
    ContactFactory()  # of another partner
    told()
    swept(CLOSED)

    offered = claim(story.contract, "2026-01")
    assert (offered.state, offered.percent, offered.amount, offered.currency) == ("draft", 5, 60_000, "CLP")
    assert offered.last_day_on == date(2026, 3, 2)
    assert offered.deadline_at == chile("2026-03-03 00:00")
    assert offered.next_reminder_at == chile("2026-02-23 09:00")
    assert sorted(told()) == sorted(
        [("credit_claimable", story.contact.email), ("credit_claimable", colleague.email)]
    )
    swept("2026-02-01 00:11")
    assert told() == []


@pytest.mark.rule("CRD-2")
def test_reminders_go_out_seven_days_and_one_day_before_the_last(story, hour_lost, told):
    told()
    assert send_reminders(now=chile("2026-02-23 08:59")) == 0
    assert send_reminders(now=chile("2026-02-23 09:00")) == 1
    assert send_reminders(now=chile("2026-02-23 09:00")) == 0
    assert send_reminders(now=chile("2026-03-01 09:00")) == 1
    assert send_reminders(now=chile("2026-03-02 09:00")) == 0
    assert told() == [("credit_reminder", story.contact.email)] * 2
    assert [event.data for event in hour_lost.events.filter(act="remind")] == [
        {"days_left": 7},
        {"days_left": 1},
    ]


@pytest.mark.rule("CRD-2")
def test_after_a_silence_one_reminder_goes_out_and_none_past_the_last_day(hour_lost):
    assert send_reminders(now=chile("2026-03-02 10:00")) == 1
    Claim.objects.update(next_reminder_at=chile("2026-03-01 09:00"))
    assert send_reminders(now=chile("2026-03-03 00:00")) == 0
    assert send_reminders(now=chile("2026-03-03 00:01")) == 0
    hour_lost.refresh_from_db()
    assert hour_lost.next_reminder_at is None


# --- filed ---


@pytest.mark.rule("CRD-2", "CRD-3")
def test_a_claim_after_the_close_is_evaluated_at_once(story, hour_lost, told):
    told()
    filed = file_claim(hour_lost.cycle, by=story.contact.user, words=" Perdimos ventas ", now=FILED)

    assert (filed.state, filed.filed_at, filed.is_late, filed.words) == (
        "evaluated",
        FILED,
        False,
        "Perdimos ventas",
    )
    assert filed.next_reminder_at is None
    assert acts(filed) == ["offer", "file", "evaluate"]
    assert told() == [("claim_filed", story.executive.email)]


@pytest.mark.rule("CRD-2")
def test_a_claim_before_the_close_is_taken_and_evaluated_at_the_close(story, recorded):
    recorded(story.tenant, outage("2026-01-10 10:00", "2026-01-10 11:00"))
    swept("2026-01-11 10:00")
    early = file_claim(cycle(story.contract, "2026-01"), by=story.contact.user, now=chile("2026-01-12 10:00"))
    assert (early.state, early.statement, early.amount) == ("submitted", None, None)
    swept(CLOSED)
    early.refresh_from_db()

    assert (early.state, early.percent, early.amount) == ("evaluated", 5, 60_000)
    assert early.filed_at == chile("2026-01-12 10:00")
    assert Claim.objects.count() == 1


@pytest.mark.rule("CRD-2")
@pytest.mark.parametrize(
    ("at", "late"), [("2026-03-02 23:59:59", False), ("2026-03-03 00:00", True), ("2026-08-01 10:00", True)]
)
def test_a_late_claim_is_recorded_as_late_and_shown_to_the_executive(story, hour_lost, told, at, late):
    told()
    filed = file_claim(hour_lost.cycle, by=story.contact.user, now=chile(at))

    assert (filed.is_late, filed.state) == (late, "evaluated")
    assert told() == [("claim_filed", story.executive.email)]


@pytest.mark.rule("CRD-4")
def test_a_second_claim_joins_the_first_and_a_double_click_is_one(story, hour_lost, told):
    colleague = ContactFactory(partner=story.partner).user
    first = file_claim(hour_lost.cycle, by=story.contact.user, words="Uno", now=FILED)
    told()
    again = file_claim(hour_lost.cycle, by=story.contact.user, words="Uno", now=FILED)
    other = file_claim(hour_lost.cycle, by=colleague, words="Dos", now=FILED)
    file_claim(hour_lost.cycle, by=colleague, words="Dos", now=FILED)

    assert first == again == other
    assert Claim.objects.count() == 1
    assert acts(first) == ["offer", "file", "evaluate", "join"]
    assert first.events.get(act="join").reason == "Dos"
    assert told() == []


@pytest.mark.rule("CRD-3")
def test_a_withdrawn_claim_can_be_filed_again(story, filed):
    withdrawn = withdraw_claim(filed, by=story.contact.user, reason="Por error", now=FILED)
    withdraw_claim(filed, by=story.contact.user, now=FILED)
    assert (withdrawn.state, acts(withdrawn)[-1]) == ("withdrawn", "withdraw")
    again = file_claim(filed.cycle, by=story.contact.user, now=FILED + timedelta(days=1))
    assert again.state == "evaluated"
    assert Claim.objects.count() == 1


@pytest.mark.rule("CRD-2")
def test_who_has_no_part_in_it_files_nothing(story, hour_lost):
    stranger = ContactFactory().user
    for wrong in (stranger, story.engineer, make_story().executive):
        with pytest.raises(Refused, match="CRD-2"):
            file_claim(hour_lost.cycle, by=wrong, now=FILED)
        with pytest.raises(Refused):
            withdraw_claim(hour_lost, by=wrong, now=FILED)
    hour_lost.refresh_from_db()
    assert hour_lost.state == "draft"


@pytest.mark.rule("CRD-2")
def test_a_cycle_that_has_not_begun_is_not_claimed(story):
    swept("2026-01-20 10:00")
    with pytest.raises(Refused) as refused:
        file_claim(cycle(story.contract, "2026-01"), by=story.contact.user, now=chile("2025-12-31 23:59"))
    assert refused.value.allowed_from == chile("2026-01-01 00:00")


# --- decided ---


@pytest.mark.rule("CRD-3")
def test_the_executive_approves_the_portals_figure_once(story, filed, told):
    told()
    approved = approve_claim(filed, by=story.executive, now=DECIDED)
    approve_claim(filed, by=story.executive, now=DECIDED + timedelta(seconds=1))

    assert (approved.state, approved.decided_amount, approved.decided_by) == (
        "approved",
        60_000,
        story.executive,
    )
    assert acts(approved) == ["offer", "file", "evaluate", "approve"]
    assert told() == [("claim_decided", story.contact.email)]


@pytest.mark.rule("CRD-3")
def test_another_figure_and_a_rejection_need_a_reason(story, filed):
    for refused in (
        lambda: adjust_claim(filed, by=story.executive, amount=Decimal(70_000), reason=" ", now=DECIDED),
        lambda: adjust_claim(filed, by=story.executive, amount=Decimal(60_000), reason="Igual", now=DECIDED),
        lambda: adjust_claim(filed, by=story.executive, amount=Decimal(0), reason="Nada", now=DECIDED),
        lambda: reject_claim(filed, by=story.executive, reason="", now=DECIDED),
    ):
        with pytest.raises(Refused, match="CRD-3"):
            refused()
    with pytest.raises(Refused, match="CRD-4"):  # pesos have no cents
        adjust_claim(filed, by=story.executive, amount=Decimal("70000.5"), reason="Con centavos", now=DECIDED)
    adjusted = adjust_claim(
        filed, by=story.executive, amount=Decimal(70_000), reason="Atención comercial", now=DECIDED
    )
    assert (adjusted.state, adjusted.decided_amount, adjusted.amount) == ("adjusted", 70_000, 60_000)


@pytest.mark.rule("CRD-3")
def test_a_rejection_tells_the_reason(story, filed, told):
    told()
    rejected = reject_claim(filed, by=story.executive, reason="La causa fue del proveedor", now=DECIDED)
    assert (rejected.state, rejected.decision_reason) == ("rejected", "La causa fue del proveedor")
    assert told() == [("claim_decided", story.contact.email)]
    assert OutboxMessage.objects.get(kind="claim_decided").context["reason"] == "La causa fue del proveedor"


@pytest.mark.rule("CRD-3")
def test_only_the_partners_executive_decides_and_never_who_filed(story, hour_lost):
    for wrong in (story.contact.user, story.engineer, make_story().executive):
        with pytest.raises(Refused, match="CRD-3"):
            approve_claim(hour_lost, by=wrong, now=DECIDED)
    by_telephone = file_claim(hour_lost.cycle, by=story.executive, now=FILED)
    with pytest.raises(Refused, match="filed a claim cannot decide"):
        approve_claim(by_telephone, by=story.executive, now=DECIDED)
    assert approve_claim(by_telephone, by=story.administrator, now=DECIDED).state == "approved"


@pytest.mark.rule("CRD-3")
def test_two_people_are_asked_for_in_the_database_too(story, filed):
    with pytest.raises(DatabaseError), transaction.atomic():
        Claim.objects.filter(pk=filed.pk).update(
            decided_by=story.contact.user, decided_at=DECIDED, decided_amount=1
        )


@pytest.mark.rule("CRD-4")
def test_without_a_base_value_nothing_can_be_approved_until_it_is_recorded(recorded, agreement):
    story = make_story(base_monthly_value=None)
    recorded(story.tenant, outage("2026-01-10 10:00", "2026-01-10 11:00"))
    swept(CLOSED)
    filed = file_claim(cycle(story.contract, "2026-01"), by=story.contact.user, now=FILED)
    assert (filed.state, filed.percent, filed.amount) == ("evaluated", 5, None)
    with pytest.raises(Refused, match="no base value"):
        approve_claim(filed, by=story.executive, now=DECIDED)
    Contract.objects.filter(pk=story.contract.pk).update(base_monthly_value=Decimal(800_000))
    measure_again(filed.cycle, now=DECIDED)
    filed.refresh_from_db()
    assert (filed.amount, filed.statement.version) == (40_000, 2)
    assert approve_claim(filed, by=story.executive, now=DECIDED).decided_amount == 40_000


@pytest.mark.rule("CRD-4")
def test_an_annual_contract_is_credited_on_an_exact_twelfth(recorded, agreement):
    story = make_story(
        billing="annual", base_monthly_value=None, base_annual_value=Decimal(10_000), currency="USD"
    )
    recorded(story.tenant, outage("2026-01-10 00:00", "2026-01-11 00:00"))
    swept(CLOSED)
    offered = claim(story.contract, "2026-01")
    assert (offered.percent, offered.amount) == (20, Decimal("166.67"))  # 10,000 / 12 × 20 % = 166.666…
    assert offered.statement.data["result"]["base"] == "2500/3"


# --- issued ---


@pytest.fixture
def approved(story, filed):
    return approve_claim(filed, by=story.executive, now=DECIDED)


@pytest.mark.rule("CRD-5")
def test_a_note_is_issued_once_and_settled(story, approved, told):
    told()
    note = issue_note(approved, by=story.executive, now=DECIDED)
    assert issue_note(approved, by=story.executive, now=DECIDED) == note
    approved.refresh_from_db()

    assert (note.number, note.amount, note.currency, note.kind) == ("NC-2026-000001", 60_000, "CLP", "credit")
    assert note.data["statement"]["digest"] == statement(story.contract, "2026-01").digest
    assert approved.state == "issued"
    assert told() == [("credit_issued", story.contact.email)]
    settle_claim(approved, act=Act.APPLY, by=story.executive, now=DECIDED)
    settle_claim(approved, act=Act.APPLY, by=story.executive, now=DECIDED)
    approved.refresh_from_db()
    assert approved.state == "applied"
    assert acts(approved)[-2:] == ["issue", "apply"]


@pytest.mark.rule("CRD-3")
@pytest.mark.parametrize(
    ("billing", "act", "state"),
    [
        ("monthly", Act.CREDIT_BALANCE, None),
        ("monthly", Act.REFUND, None),
        ("annual", Act.APPLY, None),
        ("annual", Act.CREDIT_BALANCE, "prepaid"),
        ("annual", Act.REFUND, "refunded"),
    ],
)
def test_a_contract_is_settled_in_its_own_way(story, approved, billing, act, state):
    issue_note(approved, by=story.executive, now=DECIDED)
    Contract.objects.update(billing=billing)
    if state is None:
        with pytest.raises(Refused, match="CRD-3"):
            settle_claim(approved, act=act, by=story.executive, now=DECIDED)
    else:
        assert settle_claim(approved, act=act, by=story.executive, now=DECIDED).state == state


@pytest.mark.rule("CRD-5")
def test_a_note_is_taken_back_only_by_a_counter_entry(story, approved):
    note = issue_note(approved, by=story.executive, now=DECIDED)
    with pytest.raises(Refused, match="CRD-5"):
        reverse_note(approved, by=story.executive, reason=" ", now=DECIDED)
    counter = reverse_note(approved, by=story.executive, reason="Cifra equivocada", now=DECIDED)
    assert (counter.number, counter.amount, counter.reverses) == ("RV-2026-000002", -60_000, note)
    with pytest.raises(Refused):
        reverse_note(approved, by=story.executive, reason="Otra vez", now=DECIDED)
    with pytest.raises(Refused, match="never lowers"):
        adjust_claim(approved, by=story.executive, amount=Decimal(10), reason="Menos", now=DECIDED)
    with pytest.raises(Refused, match="never lowers"):
        reject_claim(approved, by=story.executive, reason="Nada", now=DECIDED)
    adjust_claim(approved, by=story.executive, amount=Decimal(90_000), reason="Corregida", now=DECIDED)
    second = issue_note(approved, by=story.executive, now=DECIDED)
    assert (second.number, second.round) == ("NC-2026-000003", 2)
    assert sum(LedgerEntry.objects.values_list("amount", flat=True)) == 90_000


@pytest.mark.rule("CRD-5")
def test_the_database_keeps_one_credit_for_each_tenant_and_cycle(story, approved):
    note = issue_note(approved, by=story.executive, now=DECIDED)
    copy = LedgerEntry.objects.get(pk=note.pk)
    copy.pk, copy.number, copy._state.adding = None, "NC-2026-000099", True
    with pytest.raises(DatabaseError, match=r"ledger_one_credit|UNIQUE"), transaction.atomic():
        copy.save(force_insert=True)
    for change in ({"amount": 1}, {"reason": "otra"}):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            LedgerEntry.objects.update(**change)


# --- corrected ---


@pytest.mark.rule("AVL-6")
def test_a_correction_never_lowers_what_was_granted(story, filed, recorded, monkeypatch):
    approve_claim(filed, by=story.executive, now=DECIDED)
    from credits import sources

    monkeypatch.setattr(sources, "outages_by_tenant", lambda tenants, period: {})
    assert sweep_cycles(now=chile("2026-02-13 13:00")).corrected == 1
    filed.refresh_from_db()

    assert statement(story.contract, "2026-01").credit_percent == 0
    assert (filed.state, filed.decided_amount, filed.percent) == ("approved", 60_000, 5)


@pytest.mark.rule("AVL-6")
def test_later_evidence_is_taken_in_before_anybody_decided(story, filed, recorded, told):
    told()
    recorded(story.tenant, outage("2026-01-20 00:00", "2026-01-21 00:00", incident="INC-2026-0002"))
    sweep_cycles(now=chile("2026-02-12 10:00"))
    filed.refresh_from_db()

    assert (filed.state, filed.percent, filed.amount) == ("evaluated", 20, 240_000)
    assert sorted(told()) == sorted(
        [("statement_corrected", story.contact.email), ("statement_corrected", story.executive.email)]
    )


@pytest.mark.rule("AVL-6")
def test_a_rejected_claim_is_evaluated_again_only_in_the_customers_favour(story, filed, recorded):
    reject_claim(filed, by=story.executive, reason="Dudas", now=DECIDED)
    recorded(story.tenant, outage("2026-01-20 00:00", "2026-01-20 00:10", incident="INC-2026-0002"))
    measure_again(filed.cycle, now=DECIDED)
    filed.refresh_from_db()
    assert filed.state == "rejected"
    recorded(story.tenant, outage("2026-01-21 00:00", "2026-01-22 00:00", incident="INC-2026-0003"))
    measure_again(filed.cycle, now=DECIDED)
    filed.refresh_from_db()
    assert (filed.state, filed.percent) == ("evaluated", 20)


# --- the table ---


@pytest.mark.rule("CRD-3")
@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("act", list(Act))
def test_only_declared_transitions_exist(state, act):
    if (state, act) in TRANSITIONS:
        assert next_state(state, act) is TRANSITIONS[state, act]
        assert act in acts_in(state)
    else:
        with pytest.raises(IllegalTransition):
            next_state(state, act)
        assert act not in acts_in(state)


# --- mails ---


@pytest.mark.parametrize("language", ["es", "en"])
def test_every_mail_can_be_written_in_both_languages(story, hour_lost, recorded, language):
    type(story.contact.user).objects.update(language=language)
    send_reminders(now=chile("2026-02-23 09:00"))
    filed = file_claim(hour_lost.cycle, by=story.contact.user, words="Perdimos ventas", now=FILED)
    recorded(story.tenant, outage("2026-01-20 00:00", "2026-01-21 00:00", incident="INC-2026-0002"))
    measure_again(filed.cycle, now=FILED)
    adjust_claim(filed, by=story.executive, amount=Decimal(300_000), reason="Cortesía", now=DECIDED)
    issue_note(filed, by=story.executive, now=DECIDED)

    mails = list(OutboxMessage.objects.all())
    for mail in mails:
        write(mail)
        assert story.tenant.code in mail.body_text
        assert "%(" not in mail.body_text + mail.subject
    assert {mail.kind for mail in mails} == {
        "credit_claimable",
        "credit_reminder",
        "claim_filed",
        "statement_corrected",
        "claim_decided",
        "credit_issued",
    }
