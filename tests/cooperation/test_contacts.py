"""CON-3, CON-4: reminders before something ends, who can escalate now, designations that are proposed."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from lynnsupport.accounts.domain.roles import Role
from lynnsupport.accounts.models import Designation
from lynnsupport.accounts.queries import is_designated
from lynnsupport.common.refusal import Refused
from tests.factories import CertificationFactory, ContactFactory, CustomerFactory, DesignationFactory
from tests.tickets.stories import chile
from tickets.cooperation.models import DesignationProposal, EndReminder
from tickets.cooperation.operations import (
    agree_designation,
    decline_designation,
    propose_designation,
    sweep_reminders,
)
from tickets.cooperation.queries import contacts_by_customer, customers_without_contact

LAST_DAY = date(2026, 12, 31)
# Thirty days before it, in Chile: 1 December; a minute before that is still November.
THIRTY, SEVEN = chile("2026-12-01 00:00"), chile("2026-12-24 00:00")
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)


@pytest.fixture
def admin(cast):
    """The partner's administrator."""
    return ContactFactory(partner=cast.partner, user__role=Role.PARTNER_ADMIN)


@pytest.fixture
def certification(cast, admin):
    return CertificationFactory(contact=cast.colleague, last_day_on=LAST_DAY)


@pytest.mark.rule("CON-3")
def test_CON_3_contact_administrator_and_executive_hear_thirty_and_seven_days_before(
    cast, admin, certification, told
):
    told()
    everybody = [("ends_soon", person.email) for person in (cast.colleague, admin, cast.executive)]
    assert [sweep_reminders(now=THIRTY - SECOND), told()] == [0, []]
    assert [sweep_reminders(now=THIRTY), told()] == [1, everybody]
    assert [sweep_reminders(now=SEVEN - SECOND), told()] == [0, []]
    assert [sweep_reminders(now=SEVEN), told()] == [1, everybody]
    assert [sweep_reminders(now=SEVEN + DAY), told()] == [0, []]


@pytest.mark.rule("CON-3")
@pytest.mark.parametrize(
    ("first_run", "told_for"),
    [("2026-12-05 12:00", 30), ("2026-12-28 12:00", 7), ("2027-01-04 12:00", 7)],
)
def test_CON_3_a_missed_run_skips_nobody_and_tells_the_nearest_once(cast, certification, first_run, told_for):
    now = chile(first_run)
    assert [sweep_reminders(now=now), sweep_reminders(now=now)] == [1, 0]
    assert list(EndReminder.objects.values_list("days_before", flat=True)) == [told_for]


@pytest.mark.rule("CON-3")
def test_CON_3_what_ended_long_ago_is_history(certification):
    assert sweep_reminders(now=chile("2027-01-09 12:00")) == 0


@pytest.mark.rule("CON-3")
def test_CON_3_a_renewed_certification_is_not_announced(cast, certification):
    CertificationFactory(contact=cast.colleague, starts_on=date(2026, 12, 1), last_day_on=date(2027, 12, 31))
    assert sweep_reminders(now=SEVEN) == 0


@pytest.mark.rule("CON-3")
def test_CON_3_a_renewal_with_a_gap_is_announced(cast, certification):
    CertificationFactory(contact=cast.colleague, starts_on=date(2027, 2, 1), last_day_on=date(2027, 12, 31))
    assert sweep_reminders(now=SEVEN) == 1


@pytest.mark.rule("CON-3")
def test_CON_3_a_designation_is_announced_like_a_certification(cast, admin, told):
    DesignationFactory(customer=cast.customer, contact=cast.colleague, last_day_on=LAST_DAY)
    told()
    assert sweep_reminders(now=THIRTY) == 1
    assert len(told()) == 3


@pytest.mark.rule("CON-3")
def test_CON_3_a_hundred_runs_tell_once(cast, certification, told):
    told()
    for _ in range(100):
        sweep_reminders(now=THIRTY)
    assert (len(told()), EndReminder.objects.count()) == (3, 1)


@pytest.mark.rule("CON-3")
def test_a_reminder_is_about_one_thing(certification):
    with pytest.raises(IntegrityError), transaction.atomic():
        EndReminder.objects.create(last_day_on=LAST_DAY, days_before=7, told_at=THIRTY)


@pytest.mark.rule("CON-4")
def test_CON_4_a_customer_without_a_valid_contact_is_shown_as_such(cast):
    alone = CustomerFactory(partner=cast.partner, name="AAA sin contacto")
    uncertified = ContactFactory(partner=cast.partner, customer=alone)
    DesignationFactory(customer=alone, contact=uncertified)
    now = chile("2026-11-23 10:00")
    shown = {each.customer: each for each in contacts_by_customer(cast.executive, now)}
    assert (shown[alone].has_nobody, shown[cast.customer].has_nobody) == (True, False)
    assert [standing.contact for standing in shown[alone].others] == [uncertified]
    assert list(customers_without_contact(now)) == [alone]
    CertificationFactory(contact=uncertified, starts_on=date(2026, 11, 23))
    assert list(customers_without_contact(now)) == []


@pytest.mark.rule("CON-4")
@pytest.mark.parametrize("n", [1, 3])
def test_who_can_escalate_is_read_in_five_queries(cast, django_assert_num_queries, n):
    for _ in range(n - 1):
        DesignationFactory(customer=CustomerFactory(partner=cast.partner))
    with django_assert_num_queries(5):
        assert len(contacts_by_customer(cast.executive, THIRTY)) == n


PERIOD = {"starts_on": date(2026, 12, 1), "last_day_on": date(2027, 11, 30)}
NOW = chile("2026-11-23 10:00")


def propose(admin, cast, **more):
    what = {"by": admin.user, "customer": cast.customer, "contact": cast.colleague, "now": NOW, **PERIOD}
    return propose_designation(**what | more)


@pytest.mark.rule("CON-1")
def test_a_proposal_that_lynn_agrees_to_is_a_designation(cast, admin, told):
    CertificationFactory(contact=cast.colleague)
    told()
    proposal = propose(admin, cast, words="Certificado LCCD-00012")
    assert told() == [("designation_proposed", cast.desk_lead.email)]
    assert propose(admin, cast) == proposal
    agreed = agree_designation(proposal, by=cast.desk_lead, now=NOW + SECOND)
    assert (agreed.state, agreed.designation.agreed_by) == ("agreed", cast.desk_lead)
    assert [is_designated(cast.colleague, cast.customer, at) for at in (NOW, chile("2026-12-01 00:00"))] == [
        False,
        True,
    ]
    assert sorted(told()) == sorted(
        [("designation_decided", admin.email), ("designation_decided", cast.colleague.email)]
    )
    assert agree_designation(proposal, by=cast.desk_lead, now=NOW + DAY).decided_at == NOW + SECOND
    with pytest.raises(Refused, match="CON-1"):
        decline_designation(proposal, by=cast.desk_lead, reason="x", now=NOW + DAY)


@pytest.mark.rule("CON-1")
def test_a_proposal_is_declined_with_a_reason(cast, admin, told):
    proposal = propose(admin, cast)
    with pytest.raises(Refused, match="CON-1"):
        decline_designation(proposal, by=cast.desk_lead, reason=" ", now=NOW)
    told()
    decline_designation(proposal, by=cast.desk_lead, reason="Falta el certificado", now=NOW)
    assert told() == [("designation_decided", admin.email)]
    before = Designation.objects.count()
    with pytest.raises(Refused, match="CON-1"):
        agree_designation(proposal, by=cast.desk_lead, now=NOW)
    assert Designation.objects.count() == before
    assert propose(admin, cast) != proposal  # a new reason is a new proposal


@pytest.mark.rule("CON-1")
def test_who_may_propose_what(cast, admin):
    foreign = ContactFactory()
    for wrong in (
        {"by": cast.designated.user},
        {"by": cast.desk_lead},
        {"contact": foreign},
        {"customer": CustomerFactory()},
        {"contact": cast.designated},  # already designated
        {"starts_on": date(2026, 11, 1), "last_day_on": date(2026, 11, 22)},
    ):
        with pytest.raises(Refused, match="CON-1"):
            propose(admin, cast, **wrong)
    proposal = propose(admin, cast)
    for who in (admin.user, cast.engineer):
        with pytest.raises(Refused, match="CON-1"):
            agree_designation(proposal, by=who, now=NOW)
    assert DesignationProposal.objects.get().state == "proposed"
