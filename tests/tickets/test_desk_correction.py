"""«Correct the data»: the form, what it stores, and two people correcting at once."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine

from tickets.models import Ticket

from .desk_pages import address, page_of
from .pages import hidden_value, signed_in, text_of
from .stories import chile, raise_ticket

NOW = chile("2026-11-23 10:00")


@pytest.fixture(autouse=True)
def _monday():
    with time_machine.travel(NOW + timedelta(minutes=5), tick=False):
        yield


@pytest.fixture
def ticket(cast):
    return raise_ticket(cast, NOW, urgency="Hoy hay campaña")


@pytest.fixture
def engineer(cast):
    return signed_in(cast.engineer)


def opened(client, ticket):
    """What a browser would send back, had nothing been touched."""
    response = client.get(address("correct", ticket.pk))
    fields = {name: response.context["form"][name].value() for name in response.context["form"].fields}
    fields["detected_local"] = f"{fields['detected_local']:%Y-%m-%dT%H:%M}"
    sent = {name: "" if value is None else value for name, value in fields.items() if value is not False}
    return sent | {"seen": hidden_value(response, "seen"), "reason": "Estaba mal"}


def send(client, ticket, data, **changes):
    return client.post(address("correct", ticket.pk), data | changes)


def test_what_is_changed_is_stored_and_nothing_else(ticket, engineer, cast):
    before = Ticket.objects.filter(pk=ticket.pk).values().get()
    response = send(engineer, ticket, opened(engineer, ticket), subject="El bot contesta en inglés")
    assert response.url == page_of(ticket)
    after = Ticket.objects.filter(pk=ticket.pk).values().get()
    assert {name: after[name] for name in after if after[name] != before[name]} == {
        "subject": "El bot contesta en inglés",
        "search_text": before["search_text"].replace("el bot no responde", "el bot contesta en ingles", 1),
    }
    assert ticket.events.latest("pk").data == {
        "changed": {"subject": ["El bot no responde", "El bot contesta en inglés"]}
    }


def test_sending_the_form_untouched_changes_nothing(ticket, engineer):
    events = ticket.events.count()
    assert send(engineer, ticket, opened(engineer, ticket)).status_code == 302
    assert ticket.events.count() == events


def test_every_field_of_the_content_can_be_corrected(cast, engineer):
    ticket = raise_ticket(cast, NOW, reporter=cast.colleague)
    new = {
        "subject": "Otro", "description": "Otra cosa", "detected_local": "2026-11-23T07:30",
        "detected_zone": "America/Lima", "country": "PE", "impact_percent": "12,5", "has_workaround": "yes",
        "workaround": "A mano", "impact_description": "Nadie vende", "urgency": "Campaña", "priority": "high",
        "session_reference": "S-1", "products": "Lynn Voice", "social_networks": "WhatsApp",
        "test_data": "123",
        "troubleshooting": "Reinicio", "lccd_name": "Rosa", "lccd_email": "rosa@example.com",
        "lccd_phone": "+56 9", "previous_engineer": "Luis", "is_custom_development": "on", "is_preview": "on",
    }  # fmt: skip
    assert send(engineer, ticket, opened(engineer, ticket), **new).status_code == 302
    ticket.refresh_from_db()
    stored = {
        name: getattr(ticket, name)
        for name in new.keys()
        - {"detected_local", "impact_percent", "has_workaround", "is_custom_development", "is_preview"}
    }
    assert stored == {name: new[name] for name in stored}
    assert (ticket.detected_at, ticket.impact_percent) == (chile("2026-11-23 09:30"), Decimal("12.5"))
    assert (ticket.has_workaround, ticket.is_custom_development, ticket.is_preview) == (True, True, True)


def test_the_tenant_and_the_state_are_not_part_of_it(ticket, engineer):
    data = opened(engineer, ticket)
    send(
        engineer, ticket, data, subject="Otro", tenant="999", state="closed", owner="1", decided_severity="1"
    )
    after = Ticket.objects.get(pk=ticket.pk)
    assert (after.subject, after.tenant_id, after.state, after.owner_id, after.decided_severity) == (
        "Otro", ticket.tenant_id, "open", None, None,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("reason", ""),
        ("subject", ""),
        ("impact_percent", "120"),
        ("detected_local", "ayer"),
        ("country", "XX"),
    ],
)
def test_bad_input_is_told_beside_its_field_and_keeps_the_rest(ticket, engineer, field, value):
    response = send(engineer, ticket, opened(engineer, ticket), **{"urgency": "Otra", field: value})
    form = response.context["form"]
    assert (response.status_code, list(form.errors), form["urgency"].value()) == (422, [field], "Otra")
    ticket.refresh_from_db()
    assert ticket.urgency == "Hoy hay campaña"


def test_who_comes_second_is_told_keeps_the_text_and_overwrites_nothing(ticket, engineer, cast):
    lead = signed_in(cast.desk_lead)
    mine, theirs = opened(engineer, ticket), opened(lead, ticket)
    send(lead, ticket, theirs, subject="El de la jefa", urgency="La de la jefa")
    response = send(engineer, ticket, mine, subject="El mío")
    ticket.refresh_from_db()
    assert (response.status_code, ticket.subject) == (409, "El de la jefa")
    assert "Meanwhile somebody else has corrected: subject." in text_of(response)
    changes = [(c.field, c.old, c.new) for c in response.context["meanwhile"]]
    assert changes == [
        ("Subject", "El bot no responde", "El de la jefa"),
        ("Why it is urgent", "Hoy hay campaña", "La de la jefa"),
    ]
    form = response.context["form"]
    assert (form["subject"].value(), form["urgency"].value()) == ("El mío", "La de la jefa")
    # Sent again, knowing: only what one changed oneself is changed.
    again = opened(engineer, ticket) | {
        "subject": form["subject"].value(), "seen": hidden_value(response, "seen"),
    }  # fmt: skip
    assert send(engineer, ticket, again).status_code == 302
    ticket.refresh_from_db()
    assert (ticket.subject, ticket.urgency) == ("El mío", "La de la jefa")


def test_two_corrections_of_different_fields_both_stand(ticket, engineer, cast):
    lead = signed_in(cast.desk_lead)
    mine, theirs = opened(engineer, ticket), opened(lead, ticket)
    send(lead, ticket, theirs, urgency="La de la jefa")
    assert send(engineer, ticket, mine, subject="El mío").status_code == 302
    ticket.refresh_from_db()
    assert (ticket.subject, ticket.urgency) == ("El mío", "La de la jefa")


def test_a_version_of_another_ticket_says_nothing_about_this_one(ticket, engineer, cast):
    other = raise_ticket(cast, NOW, subject="Otro ticket")
    data = opened(engineer, ticket) | {"seen": other.history.latest("history_id").history_id}
    assert send(engineer, ticket, data, subject="Corregido").status_code == 302
    ticket.refresh_from_db()
    assert ticket.subject == "Corregido"


def test_EXC_3_what_decides_the_coverage_is_shown_closed_on_an_escalated_ticket(ticket, engineer):
    form = engineer.get(address("correct", ticket.pk)).context["form"]
    assert [name for name, field in form.fields.items() if field.disabled] == [
        "is_custom_development",
        "is_preview",
    ]
    send(engineer, ticket, opened(engineer, ticket), is_preview="on", subject="Otro")
    ticket.refresh_from_db()
    assert (ticket.subject, ticket.is_preview) == ("Otro", False)


@pytest.mark.parametrize(("offset", "shown"), [("-03:00", "1"), ("-04:00", "2")])
def test_INT_3_a_detection_in_the_repeated_hour_keeps_its_place(cast, engineer, offset, shown):
    """In Chile the clocks were put back at the end of 4 April 2026: 23:30 came twice."""
    from datetime import datetime

    detected = datetime.fromisoformat(f"2026-04-04T23:30:00{offset}")
    ticket = raise_ticket(cast, NOW)
    Ticket.objects.filter(pk=ticket.pk).update(detected_at=detected)
    ticket.refresh_from_db()
    ticket.save()  # the version of the history that the form starts from
    data = opened(engineer, ticket)
    assert data["detected_occurrence"] == shown
    send(engineer, ticket, data, subject="Otro")
    ticket.refresh_from_db()
    assert (ticket.subject, ticket.detected_at) == ("Otro", detected)
