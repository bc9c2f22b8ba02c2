"""The root cause analysis from draft to publication, and its actions until they are done (RCA-1)."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from lynnsupport.common.refusal import Refused
from lynnsupport.outbox.models import OutboxMessage
from tests.factories import UserFactory
from tests.tickets.stories import chile, make_cast, raise_ticket
from tickets.incidents import statements
from tickets.incidents.analysis import holes_of
from tickets.incidents.domain.rca import SECTIONS, HoleKind, Moment
from tickets.incidents.models import Rca, RcaAction
from tickets.incidents.operations import (
    ActionSaid,
    add_tenants,
    approve_rca,
    complete_action,
    link_ticket,
    publish_rca,
    restore,
    save_rca,
    send_back_rca,
    start_rca,
    submit_rca,
)

from .stories import begin, call_it_platform

NOW = chile("2026-11-23 10:00")

pytestmark = pytest.mark.rule("RCA-1")


def at(minutes):
    return NOW + timedelta(minutes=minutes)


@pytest.fixture
def incident(cast):
    incident = begin(cast, now=NOW)
    call_it_platform(cast, incident, now=at(5))
    ticket = raise_ticket(cast, NOW, impact_percent=Decimal(95))
    link_ticket(incident, ticket=ticket, by=cast.engineer, now=at(6))
    return restore(incident, by=cast.engineer, at=at(60), now=at(61)).incident


@pytest.fixture
def reviewer(db):
    return UserFactory()


def written(cast, incident, **changes):
    said = {
        "prose": {section: f"Texto de {section}" for section in SECTIONS},
        "timeline": [Moment(NOW, "Empieza y se detecta"), Moment(at(60), "Vuelve")],
        "actions": [
            ActionSaid(RcaAction.Kind.CORRECTIVE, "Duplicar el límite", "Inés Ingeniera", date(2026, 12, 1))
        ],
    }
    rca = start_rca(incident, by=cast.engineer, now=at(70))
    return save_rca(rca, by=cast.engineer, now=at(71), **said | changes)


@pytest.fixture
def published(cast, incident, reviewer):
    rca = submit_rca(written(cast, incident), by=cast.engineer, now=at(80))
    approve_rca(rca, by=reviewer, now=at(90))
    return publish_rca(rca, by=reviewer, now=at(95))


def test_publishing_tells_every_affected_customer_and_stops_the_clock(cast, incident, published, reviewer):
    ticket = incident.links.get().ticket
    assert list(ticket.clocks.filter(kind="rca").values_list("state", "stopped_at")) == [("met", at(95))]
    mails = OutboxMessage.objects.filter(kind="rca_published")
    assert [mail.to_address for mail in mails] == [cast.designated.email]
    assert ticket.events.filter(kind="rca_published").count() == 1
    publish_rca(published, by=reviewer, now=at(99))
    assert (mails.count(), incident.entries.filter(kind="rca_published").count()) == (1, 1)


def test_all_affected_customers_are_told_at_once_and_nobody_else(cast, incident, reviewer, stranger):
    joined, unaffected = make_cast(at=NOW), stranger.designated.email
    add_tenants(incident, by=cast.engineer, tenants=[joined.tenant], now=at(62))
    colleagues = raise_ticket(cast, NOW, reporter=cast.colleague)
    link_ticket(incident, ticket=colleagues, by=cast.engineer, now=at(62))
    rca = submit_rca(written(cast, incident), by=cast.engineer, now=at(80))
    approve_rca(rca, by=reviewer, now=at(90))
    publish_rca(rca, by=reviewer, now=at(95))
    told = set(OutboxMessage.objects.filter(kind="rca_published").values_list("to_address", flat=True))
    assert told == {cast.designated.email, cast.colleague.email, joined.designated.email}
    assert unaffected not in told


def test_whoever_wrote_in_it_does_not_approve_it(cast, incident, reviewer):
    rca = written(cast, incident)
    save_rca(
        rca, by=reviewer, now=at(72), prose=dict.fromkeys(SECTIONS, "Otro"),
        timeline=[Moment(NOW, "Empieza"), Moment(at(60), "Vuelve")],
        actions=[ActionSaid(RcaAction.Kind.PREVENTIVE, "Alarma", "Tomás", date(2026, 12, 2))],
    )  # fmt: skip
    submit_rca(rca, by=reviewer, now=at(80))
    for author in (cast.engineer, reviewer):
        with pytest.raises(Refused, match="You have written in it"):
            approve_rca(rca, by=author, now=at(90))
    assert approve_rca(rca, by=UserFactory(), now=at(90)).stage == Rca.Stage.APPROVED


@pytest.mark.parametrize(
    "changes",
    [
        {"prose": {}},
        {"timeline": []},
        {"actions": []},
        {"actions": [ActionSaid(RcaAction.Kind.CORRECTIVE, "Algo", "", None)]},
        {"timeline": [Moment(NOW + timedelta(minutes=3), "Empieza tarde"), Moment(at(60), "Vuelve")]},
    ],
)
def test_one_with_a_hole_is_not_handed_in(cast, incident, changes):
    rca = written(cast, incident, **changes)
    with pytest.raises(Refused, match="not complete"):
        submit_rca(rca, by=cast.engineer, now=at(80))


def test_downtime_that_differs_from_the_statement_keeps_it_from_publication(
    cast, incident, reviewer, monkeypatch
):
    monkeypatch.setattr(statements, "_PROVIDERS", [])
    rca = submit_rca(written(cast, incident), by=cast.engineer, now=at(80))
    approve_rca(rca, by=reviewer, now=at(90))
    statements.register(lambda incident, tenant, *, now: 3000)
    [hole] = holes_of(rca, now=at(91))
    assert (hole.kind, hole.where, hole.stated, hole.counted) == (
        HoleKind.DOWNTIME_DIFFERS, cast.tenant.code, 3600, 3000,
    )  # fmt: skip
    with pytest.raises(Refused, match="differs"):
        publish_rca(rca, by=reviewer, now=at(92))
    send_back_rca(rca, by=reviewer, reason="El estado dice otra cosa.", now=at(93))
    rca = submit_rca(rca, by=cast.engineer, now=at(94))
    assert [row.seconds for row in rca.downtimes.all()] == [3000]


def test_a_statement_that_says_nothing_leaves_the_incidents_own_seconds(cast, incident, monkeypatch):
    monkeypatch.setattr(statements, "_PROVIDERS", [lambda incident, tenant, *, now: None])
    assert statements.downtime_of(incident, cast.tenant, now=at(90)) == 3600


def test_nothing_skips_a_stage(cast, incident, reviewer):
    rca = written(cast, incident)
    for step in (approve_rca, publish_rca):
        with pytest.raises(Refused, match="another stage"):
            step(rca, by=reviewer, now=at(80))
    submit_rca(rca, by=cast.engineer, now=at(81))
    with pytest.raises(Refused, match="no draft"):
        save_rca(rca, by=cast.engineer, now=at(82), prose={}, timeline=[], actions=[])


def test_what_customers_were_given_stays_as_it_was(cast, published):
    with pytest.raises(IntegrityError), transaction.atomic():
        Rca.objects.filter(pk=published.pk).update(summary="Otra cosa")
    with pytest.raises(IntegrityError), transaction.atomic():
        published.timeline.update(words="Otra cosa")


def test_what_follows_a_publication_is_a_new_version_that_begins_as_the_old_one(cast, incident, published):
    second = start_rca(incident, by=cast.engineer, now=at(200))
    assert (second.number, second.summary, second.actions.count(), second.timeline.count()) == (
        2, "Texto de summary", 1, 2,
    )  # fmt: skip
    assert start_rca(incident, by=cast.engineer, now=at(201)) == second


def test_an_action_is_open_until_somebody_says_what_was_done(cast, incident, published):
    action = published.actions.get()
    with pytest.raises(Refused, match="Say what was done"):
        complete_action(action, by=cast.engineer, outcome=" ", now=at(300))
    complete_action(action, by=cast.engineer, outcome="Límite duplicado.", now=at(300))
    complete_action(action, by=cast.engineer, outcome="Otra vez.", now=at(400))
    action.refresh_from_db()
    assert (action.done_at, action.outcome) == (at(300), "Límite duplicado.")
