"""The executive's queue and the case on one page; the deputy's share in both. In real time: so is access."""

from datetime import timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse

from lynnsupport.accounts.access import customers_visible_to, partners_visible_to
from lynnsupport.accounts.domain.roles import Role
from lynnsupport.accounts.models import Deputy
from lynnsupport.common import clock
from tests.factories import PartnerFactory, UserFactory
from tests.tickets.pages import signed_in, text_of
from tests.tickets.stories import make_cast, raise_ticket
from tickets.escalation.domain.course import Stage
from tickets.escalation.operations import acknowledge, ask_desk, name_deputy, resolve
from tickets.operations import answer_customer, write_note

from .stories import to_desk, to_executive

pytestmark = [pytest.mark.django_db, pytest.mark.rule("ESC-8")]

QUEUE = "/escalamientos/"


@pytest.fixture
def now():
    return clock.now()


@pytest.fixture
def cast(agreement, now):
    return make_cast(at=now)


def escalated(cast, now, **changes):
    ticket = raise_ticket(cast, now - timedelta(hours=1), **changes)
    to_desk(ticket, cast.designated.user, now=now - timedelta(minutes=9))
    return to_executive(ticket, cast.designated.user, now=now - timedelta(minutes=8))


@pytest.fixture
def escalation(cast, now):
    return escalated(cast, now)


@pytest.fixture
def client(cast):
    return signed_in(cast.executive)


def case_of(escalation):
    return reverse("escalation:case", args=[escalation.pk])


def do(client, escalation, act, **said):
    sent = {"submission_key": str(uuid4()), "seen": escalation.steps.latest("pk").pk, "words": ""} | said
    return client.post(reverse("escalation:act", args=[escalation.pk, act]), sent)


def test_the_queue_is_ordered_by_the_time_to_acknowledge(client, cast, now):
    low, critical = escalated(cast, now, impact_percent=5), escalated(cast, now, impact_percent=95)
    attended = escalated(cast, now)
    acknowledge(attended, by=cast.executive, now=now)
    settled = escalated(cast, now)
    resolve(settled, by=cast.executive, words="Listo", now=now)
    page = client.get(QUEUE)
    assert [row.escalation for row in page.context["waiting"]] == [critical, low]
    assert [row.escalation for row in page.context["attended"]] == [attended]
    assert list(page.context["settled"]) == [settled]
    assert critical.ticket.number in text_of(client.get(reverse("home")))


def test_an_empty_queue_teaches(client):
    assert "Nothing waits for you" in text_of(client.get(QUEUE))


def test_a_case_stands_on_one_page(client, cast, escalation, now):
    ticket = escalation.ticket
    answer_customer(ticket, by=cast.engineer, body="Respuesta pública", now=now)
    write_note(ticket, by=cast.engineer, body="Nota interna", now=now)
    said = text_of(client.get(case_of(escalation)))
    for text in (
        f"{cast.designated.name} escalates",
        "To be acknowledged by",
        "What happened, and what was promised",
        "Promised and",
        "Respuesta pública",
        "Why this time",
        "No se vende nada.",
        "Impact, and what was tried",
    ):
        assert text in said, text
    assert "Nota interna" not in said


def test_each_act_is_done_and_told(client, cast, escalation):
    assert do(client, escalation, "acusar-recibo").status_code == 302
    do(client, escalation, "comentar", words="Para todos")
    do(client, escalation, "comentar", words="Solo nosotros", is_internal="internal")
    do(client, escalation, "preguntar", words="¿Cuándo?")
    do(client, escalation, "resolver", words="Acordado")
    escalation.refresh_from_db()
    assert escalation.stage == Stage.RESOLVED
    assert list(escalation.steps.order_by("pk").values_list("step", "is_internal")) == [
        ("raise", False), ("acknowledge", False), ("comment", False), ("comment", True),
        ("ask_desk", True), ("resolve", False),
    ]  # fmt: skip
    page = client.get(case_of(escalation))
    assert page.context["panels"] == []


def test_the_second_of_two_is_told_and_keeps_the_text(client, cast, escalation, now):
    seen = escalation.steps.latest("pk").pk
    deputy = UserFactory(role=Role.EXECUTIVE, name="Suplente Inventada")
    today = now.date()
    name_deputy(
        executive=cast.executive, deputy=deputy, starts_on=today - timedelta(days=1),
        last_day_on=today + timedelta(days=1), by=cast.executive, now=now,
    )  # fmt: skip
    resolve(escalation, by=deputy, words="Ya está", now=now)
    page = do(client, escalation, "devolver", words="Un texto largo", seen=seen)
    assert "Suplente Inventada was faster: resolved." in text_of(page)
    assert "Un texto largo" in page.content.decode()
    assert "on behalf of" in text_of(page)


def test_an_empty_word_comes_back_with_its_error(client, escalation):
    page = do(client, escalation, "resolver")
    assert page.status_code == 200
    assert page.context["form"].errors.keys() == {"words"}


def test_only_executives_see_their_own(cast, escalation):
    for person in (cast.designated.user, cast.engineer):
        other = signed_in(person)
        for where in (QUEUE, case_of(escalation), reverse("escalation:deputies")):
            assert other.get(where).status_code == 404
        assert do(other, escalation, "resolver", words="x").status_code == 404
    stranger = signed_in(PartnerFactory().executive)
    assert stranger.get(QUEUE).context["waiting"] == []
    assert [stranger.get(where).status_code for where in (case_of(escalation), f"{QUEUE}999999/")] == [
        404,
        404,
    ]
    assert do(stranger, escalation, "resolver", words="x").status_code == 404
    first = escalation.ticket.escalations.get(level=1)
    assert signed_in(cast.executive).get(case_of(first)).status_code == 404


def test_a_deputy_sees_the_partners_the_queue_and_the_case_while_it_lasts(cast, escalation, now):
    deputy = UserFactory(role=Role.EXECUTIVE)
    own = PartnerFactory(executive=deputy)
    PartnerFactory()
    client = signed_in(deputy)
    assert set(partners_visible_to(deputy)) == {own}
    row = Deputy(
        executive=cast.executive, deputy=deputy, starts_on=now.date(), last_day_on=now.date(),
        starts_at=now - timedelta(hours=1), ends_at=now + timedelta(hours=1), named_by=cast.executive,
        named_at=now,
    )  # fmt: skip
    row.save()
    assert set(partners_visible_to(deputy)) == {own, cast.partner}
    assert set(customers_visible_to(deputy)) == {cast.customer}
    assert [each.escalation for each in client.get(QUEUE).context["waiting"]] == [escalation]
    assert do(client, escalation, "acusar-recibo").status_code == 302
    step = escalation.steps.get(step="acknowledge")
    assert (step.by, step.on_behalf_of) == (deputy, cast.executive)
    assert set(partners_visible_to(cast.executive)) == {cast.partner}  # not the other way round
    for changes in (
        {"starts_at": now + timedelta(hours=1), "ends_at": now + timedelta(hours=2)},
        {"starts_at": now - timedelta(hours=2), "ends_at": now - timedelta(hours=1)},
    ):
        Deputy.objects.filter(pk=row.pk).update(**changes)
        assert set(partners_visible_to(deputy)) == {own}
        assert client.get(case_of(escalation)).status_code == 404


@pytest.mark.parametrize("days_before", [0, 2], ids=["from today", "called off before its first day"])
def test_a_deputy_is_named_and_ended_on_the_page(client, cast, now, days_before):
    deputy = UserFactory(role=Role.EXECUTIVE)
    first = now.astimezone(ZoneInfo(cast.executive.time_zone)) + timedelta(days=days_before)
    days = {"starts_on": f"{first:%Y-%m-%d}", "last_day_on": f"{first + timedelta(days=3):%Y-%m-%d}"}
    page = reverse("escalation:deputies")
    assert client.post(page, {"deputy": cast.engineer.pk, **days}).context["form"].errors.keys() == {"deputy"}
    assert client.post(page, {"deputy": deputy.pk, **days}).status_code == 302
    (named,) = client.get(page).context["named"]
    assert named.deputy == deputy
    ending = reverse("escalation:end_deputy", args=[named.pk])
    assert signed_in(deputy).post(ending).status_code == 404
    assert client.post(ending).status_code == 302
    assert list(client.get(page).context["named"]) == []


def test_queue_and_case_cost_the_same_for_one_and_three(client, cast, now, django_assert_max_num_queries):
    first = escalated(cast, now)
    client.get(QUEUE)

    def queries(where):
        with django_assert_max_num_queries(14) as captured:
            assert client.get(where).status_code == 200
        return len(captured)

    few = [queries(QUEUE), queries(case_of(first)), queries(reverse("home"))]
    for _ in range(2):
        escalated(cast, now)
    ask_desk(first, by=cast.executive, words="¿Cuándo?", now=now)
    assert [queries(QUEUE), queries(case_of(first)), queries(reverse("home"))] == few


def test_what_was_typed_survives_the_end_of_a_session(client, cast, escalation):
    client.logout()
    assert do(client, escalation, "resolver", words="Sin sesión").status_code == 302
    client.force_login(cast.executive)
    page = client.get(case_of(escalation))
    assert "Sin sesión" in page.content.decode()
    assert escalation.steps.count() == 1
