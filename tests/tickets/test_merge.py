"""INT-6: duplicates are merged; nothing is lost, and both show the other."""

from datetime import timedelta

import pytest
from django.utils import translation

from lynnsupport.common.refusal import Refused
from tests.tickets.stories import Cast, chile, make_cast, raise_ticket
from tickets.models import Ticket, TicketEvent, TicketLink
from tickets.operations import answer_customer, decide_severity, merge_ticket, reply_as_customer
from tickets.queries import merged_into, survivor_of
from tickets.verification import differences

pytestmark = pytest.mark.rule("INT-6")

NINE = chile("2026-11-23 09:00")


@pytest.fixture(autouse=True)
def _english():
    """Refusals are compared in the language of their msgids."""
    with translation.override("en"):
        yield


def after(minutes: int):
    return NINE + timedelta(minutes=minutes)


@pytest.fixture
def survivor(cast) -> Ticket:
    return raise_ticket(cast, NINE)


@pytest.fixture
def duplicate(cast, survivor) -> Ticket:
    return raise_ticket(cast, after(10), reporter=cast.colleague, subject="El bot está caído")


def merge(duplicate: Ticket, survivor: Ticket, cast: Cast, *, minutes: int = 30, **changes) -> Ticket:
    given = {"by": cast.engineer, "reason": "Es el mismo incidente", "now": after(minutes)}
    return merge_ticket(duplicate, into=survivor, **given | changes)


def test_the_duplicate_closes_as_such_and_goes_on_in_the_survivor(cast, survivor, duplicate):
    said = list(duplicate.messages.all())
    assert merge(duplicate, survivor, cast) == survivor
    duplicate.refresh_from_db()
    assert (duplicate.state, duplicate.close_reason, duplicate.closed_at) == (
        "closed", "duplicate", after(30),
    )  # fmt: skip
    assert survivor_of(duplicate) == survivor
    assert survivor_of(survivor) == survivor
    assert list(merged_into(survivor)) == [duplicate]
    assert list(duplicate.messages.all()) == said
    link = TicketLink.objects.get()
    assert (link.kind, link.source, link.target, link.by) == (
        "duplicate", duplicate, survivor, cast.engineer,
    )  # fmt: skip
    told = TicketEvent.objects.filter(kind="merged").values_list("ticket", "data__number", "by", "reason")
    assert set(told) == {
        (duplicate.pk, survivor.number, cast.engineer.pk, "Es el mismo incidente"),
        (survivor.pk, duplicate.number, cast.engineer.pk, "Es el mismo incidente"),
    }
    assert list(differences(after(30))) == []


def test_a_chain_of_duplicates_leads_to_its_end(cast, survivor, duplicate):
    third = raise_ticket(cast, after(20), reporter=cast.colleague)
    merge(third, duplicate, cast)
    merge(duplicate, survivor, cast, minutes=40)
    assert survivor_of(third) == survivor


def test_an_answer_owed_on_the_duplicate_is_owed_on_the_survivor(cast, survivor):
    duplicate = raise_ticket(cast, after(10))
    answer_customer(survivor, by=cast.engineer, body="Lo vemos.", now=after(20))
    merge(duplicate, survivor, cast)
    survivor.refresh_from_db()
    assert survivor.customer_waits_since == after(10)
    owed = survivor.clocks.get(kind="next_response")
    assert (owed.started_at, owed.stopped_at) == (after(10), None)
    assert {c.state for c in duplicate.clocks.all()} == {"cancelled"}
    answer_customer(survivor, by=cast.engineer, body="Es uno solo.", now=after(40))
    assert survivor.clocks.get(kind="next_response").stopped_at == after(40)
    assert list(differences(after(40))) == []


def test_what_was_breached_on_the_duplicate_stays_on_record(cast, survivor):
    duplicate = raise_ticket(cast, after(10))
    merge(duplicate, survivor, cast, minutes=180)
    assert duplicate.clocks.get(kind="first_response").breached_at == after(70)
    assert list(differences(after(180))) == []


def test_merging_twice_is_merging_once(cast, survivor, duplicate, told):
    merge(duplicate, survivor, cast)
    told()
    assert merge(duplicate, survivor, cast, minutes=31) == survivor
    assert TicketLink.objects.count() == 1
    assert TicketEvent.objects.filter(kind="merged").count() == 2
    assert told() == []


def test_the_reporters_of_both_hear_of_it_and_of_what_follows(cast, survivor, duplicate, told):
    told()
    merge(duplicate, survivor, cast)
    both = [cast.designated.email, cast.colleague.email]
    assert sorted(told()) == sorted(("ticket_merged", email) for email in both)
    answer_customer(survivor, by=cast.engineer, body="Listo.", now=after(40))
    assert sorted(told()) == sorted(("support_answered", email) for email in both)


def test_what_is_written_on_the_duplicate_lands_on_the_survivor(cast, survivor, duplicate):
    merge(duplicate, survivor, cast)
    message = reply_as_customer(duplicate, by=cast.colleague.user, body="¿Y?", now=after(40))
    assert message.ticket == survivor
    duplicate.refresh_from_db()
    assert duplicate.is_closed


@pytest.mark.rule("CON-2")
def test_a_promise_is_not_lost_by_merging(cast, survivor, duplicate):
    later = raise_ticket(cast, after(15))
    graver = raise_ticket(cast, after(20), impact_percent=95)
    for gone, stays, instead in [
        (survivor, duplicate, f"Merge {duplicate.number} into {survivor.number}."),
        (survivor, later, f"Merge {later.number} into {survivor.number}."),
        (graver, survivor, f"Let an engineer decide the severity of {survivor.number} first."),
    ]:
        with pytest.raises(Refused) as refused:
            merge(gone, stays, cast)
        assert str(refused.value.instead) == instead
    decide_severity(survivor, by=cast.engineer, severity=1, reason="Nada funciona", now=after(25))
    assert merge(graver, survivor, cast) == survivor


def test_a_foreign_ticket_is_refused_and_nothing_is_written(cast, survivor, duplicate, told):
    foreign = raise_ticket(make_cast(at=NINE), NINE)
    told()
    with pytest.raises(Refused) as refused:
        merge(duplicate, foreign, cast)
    assert foreign.number not in str(refused.value)
    for changes in ({"reason": " "}, {"by": cast.designated.user}):
        with pytest.raises(Refused):
            merge(duplicate, survivor, cast, **changes)
    with pytest.raises(Refused):
        merge(survivor, survivor, cast)
    assert not TicketLink.objects.exists()
    assert told() == []


def test_a_closed_ticket_takes_no_duplicate(cast, survivor, duplicate):
    third = raise_ticket(cast, after(12), reporter=cast.colleague)
    merge(duplicate, survivor, cast)
    with pytest.raises(Refused) as refused:
        merge(third, duplicate, cast)
    assert str(refused.value.reason) == f"{duplicate.number} is closed."
