"""The queue at the desk: order, narrowing, search, taking several, and what it costs."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lynnsupport.accounts.domain.roles import Role
from tests.factories import CustomerFactory, TenantFactory, UserFactory, designated_contact
from tickets.admin.queue import PRESETS, loosely
from tickets.domain.intake import Channel
from tickets.models import TicketEvent
from tickets.operations import (
    answer_customer,
    ask_customer,
    assign,
    close_ticket,
    decide_severity,
    open_ticket,
    sweep_clocks,
    wait_for_provider,
)
from tickets.paging import page_by_deadline

from .desk_pages import address
from .pages import signed_in, text_of
from .stories import answers, chile, raise_ticket

NOW = chile("2026-11-23 10:00")
QUEUE = "/admin/tickets/ticket/"


@pytest.fixture(autouse=True)
def _monday():
    with time_machine.travel(NOW + timedelta(minutes=5), tick=False):
        yield


@pytest.fixture
def engineer(cast):
    return signed_in(cast.engineer)


def shown(response):
    return [ticket.subject for ticket, _face in response.context["rows"]]


def test_what_falls_due_first_comes_first_and_what_never_does_comes_last(cast, engineer):
    raise_ticket(cast, NOW, subject="Baja", impact_percent=5)
    raise_ticket(cast, NOW, subject="Por escalar", reporter=cast.colleague, impact_percent=95)
    raise_ticket(cast, NOW, subject="Crítica", impact_percent=95)
    raise_ticket(cast, NOW, subject="Alta")
    assert shown(engineer.get(QUEUE)) == ["Crítica", "Alta", "Baja", "Por escalar"]


def test_a_row_says_what_the_ticket_is_and_what_is_left(cast, engineer):
    raise_ticket(cast, NOW, impact_percent=95)
    text = text_of(engineer.get(QUEUE))
    row = text[text.index("LYN-2026-000001") : text.index(" Take the ticked ones")]
    assert row == (
        "LYN-2026-000001 S1 Critical · suggested LYN-2026-000001 El bot no responde "
        f"{cast.customer.name} · {cast.tenant} 10 min left First response Mon 23 Nov, 10:15 (Chile) "
        "Open the customer waits Nobody Mon 23 Nov, 10:00 (Chile)"
    )


@pytest.fixture
def many(cast):
    """One ticket for each of the things by which the queue is narrowed; their subjects say which."""

    def raised(subject, **changes):
        return raise_ticket(cast, NOW - timedelta(hours=2), subject=subject, **changes)

    peru = CustomerFactory(partner=cast.partner, name="Banco Ñandú", country="PE")
    there = designated_contact(peru, at=NOW)
    open_ticket(
        by=cast.engineer, channel=Channel.TELEPHONE, reporter=there, called_at=NOW, now=NOW,
        answers=answers(TenantFactory(customer=peru), detected_at=NOW, subject="Perú por teléfono"),
    )  # fmt: skip
    mine = raised("Mía")
    assign(mine, by=cast.engineer, owner=cast.engineer, now=NOW)
    answer_customer(mine, by=cast.engineer, body="Sí", now=NOW)
    theirs = raised("De otra persona")
    assign(theirs, by=cast.engineer, owner=cast.desk_lead, now=NOW)
    asked = raised("Preguntada")
    ask_customer(asked, by=cast.engineer, question="¿?", now=NOW)
    wait_for_provider(raised("En Azure"), by=cast.engineer, reason="Azure", now=NOW)
    close_ticket(raised("Cerrada"), by=cast.engineer, reason="duplicate", words="Otro", now=NOW)
    raised("Por escalar", reporter=cast.colleague)
    decide_severity(raised("Crítica"), by=cast.engineer, severity=1, reason="Todo", now=NOW)
    raise_ticket(cast, NOW - timedelta(minutes=40), subject="Apurada")
    sweep_clocks(now=NOW + timedelta(minutes=5))


ALL_OPEN = {
    "Perú por teléfono", "Mía", "De otra persona", "Preguntada", "En Azure", "Por escalar", "Crítica",
    "Apurada",
}  # fmt: skip


@pytest.mark.parametrize(
    ("narrowing", "expected"),
    [
        ("", ALL_OPEN),
        ("state=all", ALL_OPEN | {"Cerrada"}),
        ("state=closed", {"Cerrada"}),
        ("state=registered", {"Por escalar"}),
        ("state=waiting_customer", {"Preguntada"}),
        ("state=waiting", {"Preguntada", "En Azure"}),
        ("owner=mine", {"Mía"}),
        ("owner=nobody", ALL_OPEN - {"Mía", "De otra persona"}),
        ("severity=1", {"Crítica"}),
        ("severity=2", ALL_OPEN - {"Crítica"}),
        ("clock=breached", {"De otra persona", "En Azure", "Crítica"}),
        ("clock=at_risk", {"Apurada"}),
        ("waits=true", ALL_OPEN - {"Mía", "Preguntada", "Por escalar"}),
        ("channel=telephone", {"Perú por teléfono"}),
        ("country=PE", {"Perú por teléfono"}),
        ("customer=banco+nandu", {"Perú por teléfono"}),
        ("q=TELEFONO", {"Perú por teléfono"}),
        ("q=peru+nandu", {"Perú por teléfono"}),
        ("q=peru+chile", set()),
        ("severity=2&owner=mine", {"Mía"}),
        ("state=nonsense&owner=999999&severity=x&customer=%00", ALL_OPEN),  # no choices: no narrowing
    ],
)
def test_the_queue_is_narrowed(many, engineer, narrowing, expected):
    assert set(shown(engineer.get(f"{QUEUE}?{narrowing}"))) == expected


def test_the_owner_can_be_any_person_of_the_desk(many, cast, engineer):
    assert shown(engineer.get(f"{QUEUE}?owner={cast.desk_lead.pk}")) == ["De otra persona"]


def test_each_preset_is_a_narrowing_and_says_when_it_is_the_present_one(many, engineer):
    for label, narrowing in PRESETS:
        response = engineer.get(QUEUE, narrowing)
        current = [
            str(text) for text, _narrowing, is_current in response.context["filter"].presets if is_current
        ]
        assert current == [str(label)]


@pytest.mark.parametrize(
    "lookup",
    [
        "owner__password__startswith=a",
        "customer__partner__executive__email=x",
        "reporter__user__password__regex=.",
        "id__in=1",
        "events__reason__contains=x",
        "e=1",
        "_to_field=owner",
        "_popup=1",
        "o=1",
        "all=",
    ],
)
def test_no_look_up_reaches_other_models(many, engineer, lookup):
    """Past failure: generic look-ups across relations answer questions nobody may ask."""
    response = engineer.get(f"{QUEUE}?{lookup}")
    assert (response.status_code, set(shown(response))) == (200, ALL_OPEN)


@pytest.mark.parametrize(
    ("words", "found"), [("nandu", True), ("ÑANDÚ", True), ("banco .", False), ("b[a]nco", False)]
)
def test_customers_are_found_whatever_the_accents_and_no_pattern_is_read(many, engineer, words, found):
    assert shown(engineer.get(QUEUE, {"customer": words})) == (["Perú por teléfono"] if found else [])


def test_loosely_escapes_what_a_pattern_would_mean():
    assert loosely("Añ.") == "[aáàâäãAÁÀÂÄÃ][nñNÑ]\\."


def test_the_next_page_begins_where_this_one_ends(cast, engineer, monkeypatch):
    for number in range(5):
        raise_ticket(cast, NOW + timedelta(seconds=number), subject=f"Número {number}")
    monkeypatch.setitem(page_by_deadline.__kwdefaults__, "size", 2)
    seen, address_ = [], QUEUE
    while address_:
        page = engineer.get(address_)
        seen += shown(page)
        following = page.context["page"].next_cursor
        address_ = following and f"{QUEUE}?after={following}".replace("+", "%2B")
    assert seen == [f"Número {number}" for number in range(5)]


def test_the_queue_costs_the_same_queries_for_one_and_for_three(cast, engineer):
    raise_ticket(cast, NOW)
    engineer.get(QUEUE)  # calendars and policies are read once by each process
    counts = []
    for number in (0, 2):
        for _each in range(number):
            raise_ticket(cast, NOW)
        with CaptureQueriesContext(connection) as queries:
            engineer.get(QUEUE)
        counts.append(len(queries))
    assert counts == [counts[0], counts[0]]
    assert counts[0] <= 9


def test_no_query_counts_the_tickets(cast, engineer):
    raise_ticket(cast, NOW)
    with CaptureQueriesContext(connection) as queries:
        engineer.get(QUEUE)
    assert [q["sql"] for q in queries if "COUNT(" in q["sql"]] == []


# ---------- taking several ----------


def take(client, tickets, **data):
    seen = TicketEvent.objects.latest("pk").pk
    return client.post(address("take_several"), {"seen": seen, "ticket": [t.pk for t in tickets]} | data)


def messages_after(client, response):
    return [str(message) for message in client.get(response.url).context["messages"]]


def test_the_ticked_ones_are_taken_and_told(cast, engineer):
    tickets = [raise_ticket(cast, NOW) for _each in range(3)]
    response = take(engineer, tickets[:2], back=f"{QUEUE}?owner=nobody")
    assert response.url == f"{QUEUE}?owner=nobody"
    assert messages_after(engineer, response) == ["2 tickets are yours: LYN-2026-000001, LYN-2026-000002."]
    owners = []
    for ticket in tickets:
        ticket.refresh_from_db()
        owners.append(ticket.owner)
    assert owners == [cast.engineer, cast.engineer, None]


def test_what_somebody_else_took_meanwhile_stays_theirs(cast, engineer):
    first, second = raise_ticket(cast, NOW), raise_ticket(cast, NOW)
    seen = TicketEvent.objects.latest("pk").pk
    assign(first, by=cast.desk_lead, owner=cast.desk_lead, now=NOW)
    told = messages_after(engineer, take(engineer, [first, second], seen=seen))
    assert len(told) == 2
    assert told[0].startswith(f"{first.number}: {cast.desk_lead.name} was faster: owner changed.")
    assert told[1] == f"1 ticket is yours: {second.number}."
    first.refresh_from_db()
    assert first.owner == cast.desk_lead


@pytest.mark.parametrize("ticket", [[], ["x"], ["-1"], ["9" * 40], ["999999"]])
def test_taking_nothing_or_nonsense_changes_nothing(cast, engineer, ticket):
    raise_ticket(cast, NOW)
    response = engineer.post(address("take_several"), {"ticket": ticket})
    assert (response.status_code, TicketEvent.objects.filter(kind="assigned").count()) == (302, 0)


@pytest.mark.parametrize(
    "back", ["https://example.com/", "//example.com/admin/tickets/ticket/", "/salir/", ""]
)
def test_one_is_never_sent_elsewhere_afterwards(cast, engineer, back):
    ticket = raise_ticket(cast, NOW)
    assert take(engineer, [ticket], back=back).url == QUEUE


def test_only_whoever_assigns_takes(cast):
    ticket = raise_ticket(cast, NOW)
    for user in (cast.designated.user, cast.executive, UserFactory(role=Role.PARTNER_ADMIN)):
        response = take(signed_in(user), [ticket])
        assert (response.status_code, urlsplit(getattr(response, "url", "")).path) in (
            (302, "/admin/login/"),
            (403, ""),
        )
    ticket.refresh_from_db()
    assert ticket.owner is None


def test_an_empty_queue_teaches(engineer):
    assert "Tickets come here from the portal and from the telephone form" in text_of(engineer.get(QUEUE))


def test_the_links_of_the_start_page_narrow_the_queue(many, engineer):
    for _count, _words, link, _kind in engineer.get("/admin/").context["figures"]:
        narrowing = {name: values[0] for name, values in parse_qs(urlsplit(link).query).items()}
        assert engineer.get(link).context["chosen"] == narrowing
