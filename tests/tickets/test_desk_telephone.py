"""A ticket that comes by telephone (INT-1): finding the caller, and what they tell."""

from datetime import timedelta

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lynnsupport.accounts.models import Partner
from tests.factories import ContactFactory, CustomerFactory, PartnerFactory, TenantFactory
from tickets.models import Attachment, CallDraft, Ticket

from .desk_pages import address, page_of
from .pages import filled, signed_in, text_of
from .stories import chile, raise_ticket

NOW = chile("2026-11-23 10:00")
LATER = NOW + timedelta(minutes=5)


@pytest.fixture(autouse=True)
def _monday():
    with time_machine.travel(LATER, tick=False):
        yield


@pytest.fixture
def engineer(cast):
    return signed_in(cast.engineer)


# ---------- who calls ----------


@pytest.fixture
def callers(cast):
    partner = PartnerFactory(name="Integradora Ñandú")
    customer = CustomerFactory(partner=partner, name="Banco del Sur")
    TenantFactory(customer=customer, code="XK-77")
    return [
        ContactFactory(
            customer=customer, name="José Pérez", email="jperez@banco.example", phone="+56 2 2345 6789"
        ),
        ContactFactory(
            partner=partner, name="María Soto", email="msoto@nandu.example", phone="+51 1 555 0000"
        ),
    ]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("perez", ["José Pérez"]),
        ("JOSÉ perez", ["José Pérez"]),
        ("jperez@", ["José Pérez"]),
        ("23456789", ["José Pérez"]),
        ("2345 6789", ["José Pérez"]),
        ("(2345)-6789", ["José Pérez"]),
        ("banco", ["José Pérez"]),
        ("nandu", ["José Pérez", "María Soto"]),
        ("xk-77", ["José Pérez", "María Soto"]),
        ("nandu soto", ["María Soto"]),
        ("6-7", []),
        (".*", []),
        ("[a-z", []),
        ("nadie", []),
    ],
)
def test_a_caller_is_found_by_any_part_of_what_is_known(callers, engineer, words, found):
    response = engineer.get(address("telephone"), {"q": words})
    assert [person.name for person in response.context["callers"]] == found


def test_without_words_nobody_is_listed(callers, engineer):
    assert engineer.get(address("telephone")).context["callers"] == []


def test_only_the_first_callers_are_shown_and_it_says_so(cast, engineer):
    for number in range(25):
        ContactFactory(partner=cast.partner, name=f"Zoila {number:02}")
    response = engineer.get(address("telephone"), {"q": "zoila"})
    assert (len(response.context["callers"]), response.context["has_more"]) == (20, True)


def test_the_search_costs_the_same_queries_for_one_and_for_three(cast, engineer):
    engineer.get(address("telephone"))  # the first request of a session costs more
    counts = []
    for number in (1, 2):
        for _each in range(number):
            ContactFactory(partner=cast.partner, name="Zoila")
        with CaptureQueriesContext(connection) as queries:
            engineer.get(address("telephone"), {"q": "zoila"})
        counts.append(len(queries))
    assert counts == [counts[0], counts[0]]


# ---------- what they tell ----------


def enter(client, caller, data, **changes):
    return client.post(address("telephone_form", caller.pk), data | changes)


@pytest.mark.rule("INT-1", "CON-2")
def test_a_designated_caller_opens_a_ticket_whose_clocks_run_since_the_call(cast, engineer):
    data = filled(
        cast.tenant, at=NOW - timedelta(hours=1), called_at="2026-11-23T10:01", products="Lynn Voice"
    )
    response = enter(engineer, cast.designated, data, files=[SimpleUploadedFile("a.log", b"error")])
    ticket = Ticket.objects.get()
    assert response.url == page_of(ticket)
    assert (ticket.channel, ticket.reporter, ticket.registered_by) == (
        "telephone",
        cast.designated,
        cast.engineer,
    )
    assert (ticket.state, ticket.escalated_at, ticket.products) == (
        "open",
        chile("2026-11-23 10:01"),
        "Lynn Voice",
    )
    assert set(ticket.clocks.values_list("started_at", flat=True)) == {chile("2026-11-23 10:01")}
    assert Attachment.objects.get().name == "a.log"
    text = f"The ticket is {ticket.number}: tell it to the caller."
    assert text in text_of(engineer.get(response.url))


def test_without_a_time_the_call_is_now(cast, engineer):
    enter(engineer, cast.designated, filled(cast.tenant, at=NOW))
    assert Ticket.objects.get().registered_at == LATER


@pytest.mark.rule("CON-2")
def test_any_other_caller_gets_a_number_and_the_page_says_what_follows(cast, engineer):
    text = text_of(engineer.get(address("telephone_form", cast.colleague.pk)))
    assert "No designated contact: the clocks do not start (CON-2)" in text
    enter(engineer, cast.colleague, filled(cast.tenant, at=NOW))
    assert Ticket.objects.get().state == "registered"


def test_the_form_offers_the_callers_own_tenants_alone(cast, engineer):
    """Past failure: a foreign id in the body of a request."""
    foreign = TenantFactory()
    sibling = TenantFactory(customer=CustomerFactory(partner=cast.partner))

    def offered(caller):
        form = engineer.get(address("telephone_form", caller.pk)).context["form"]
        return set(form.fields["tenant"].queryset)

    assert offered(cast.colleague) == {cast.tenant}
    assert offered(cast.designated) == {cast.tenant, sibling}
    for tenant in (foreign, sibling):
        response = enter(engineer, cast.colleague, filled(tenant, at=NOW))
        assert (response.status_code, list(response.context["form"].errors)) == (422, ["tenant"])
    assert Ticket.objects.count() == 0


@pytest.mark.rule("SUP-4")
def test_a_partner_without_approval_is_told_so_and_nothing_is_opened(cast, engineer):
    Partner.objects.filter(pk=cast.partner.pk).update(approval=Partner.Approval.SUSPENDED)
    response = enter(engineer, cast.designated, filled(cast.tenant, at=NOW))
    assert (response.status_code, response.context["closed"].rule) == (403, "SUP-4")
    assert cast.executive.name in text_of(response)
    assert Ticket.objects.count() == 0


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"called_at": "2026-11-23T10:30"}, "called_at"),
        ({"called_at": "mañana"}, "called_at"),
        ({"impact_percent": ""}, "impact_percent"),
        ({"description": " "}, "description"),
        ({"detected_local": "2026-11-23T10:30"}, "detected_local"),
    ],
)
def test_bad_input_is_told_beside_its_field_and_nothing_typed_is_lost(cast, engineer, changes, field):
    response = enter(engineer, cast.designated, filled(cast.tenant, at=NOW, urgency="Campaña"), **changes)
    form = response.context["form"]
    assert (response.status_code, list(form.errors), form["urgency"].value()) == (422, [field], "Campaña")
    assert Ticket.objects.count() == 0


def test_the_same_form_sent_twice_opens_one_ticket(cast, engineer):
    data = filled(cast.tenant, at=NOW)
    answers = [enter(engineer, cast.designated, data).url for _twice in range(2)]
    assert answers == [page_of(Ticket.objects.get())] * 2


def test_a_form_sent_again_with_another_story_is_not_swallowed(cast, engineer):
    data = filled(cast.tenant, at=NOW)
    enter(engineer, cast.designated, data)
    again = enter(engineer, cast.designated, data, subject="Otra cosa")
    form = again.context["form"]
    assert (again.status_code, form["subject"].value()) == (409, "Otra cosa")
    enter(engineer, cast.designated, data, subject="Otra cosa", submission_key=form["submission_key"].value())
    assert list(Ticket.objects.order_by("pk").values_list("subject", flat=True)) == [
        "El bot no responde",
        "Otra cosa",
    ]


def test_an_absent_caller_is_not_found(engineer):
    assert engineer.get(address("telephone_form", 999_999)).status_code == 404


# ---------- while they talk ----------


def test_the_number_called_from_is_on_record(cast, engineer):
    page = engineer.get(address("telephone_form", cast.designated.pk))
    assert page.context["form"]["called_from"].value() == cast.designated.phone
    enter(engineer, cast.designated, filled(cast.tenant, at=NOW), called_from="+56 9 1234 5678")
    event = Ticket.objects.get().events.get(kind="registered")
    assert event.data == {"called_from": "+56 9 1234 5678"}
    assert "Ticket registered (+56 9 1234 5678)" in text_of(engineer.get(page_of(Ticket.objects.get())))


@pytest.mark.rule("CON-2")
def test_a_designated_contact_who_is_reached_escalates_it_with_the_call(cast, engineer):
    data = filled(cast.tenant, at=NOW, reached=str(cast.designated.pk))
    enter(engineer, cast.colleague, data)
    ticket = Ticket.objects.get()
    assert (ticket.state, ticket.escalated_by, ticket.escalated_at) == ("open", cast.designated, LATER)
    enter(engineer, cast.colleague, data)
    assert ticket.events.filter(kind="escalated").count() == 1


@pytest.mark.rule("CON-5")
def test_that_nobody_is_reached_pauses_restoration_of_a_severity_1(cast, engineer):
    data = filled(cast.tenant, at=NOW, impact_percent="95", reached="nobody")
    unsaid = enter(engineer, cast.designated, data)
    assert (unsaid.status_code, list(unsaid.context["form"].errors)) == (422, ["tried"])
    enter(engineer, cast.designated, data, tried="Los tres números de la ficha")
    ticket = Ticket.objects.get()
    assert ticket.contact_unreachable_since == LATER
    assert ticket.clocks.get(kind="restoration").paused_for == "contact_unreachable"


def test_what_was_tried_is_a_note_where_no_clock_waits_for_it(cast, engineer):
    enter(engineer, cast.colleague, filled(cast.tenant, at=NOW), reached="nobody", tried="Dos números")
    note = Ticket.objects.get().messages.get(is_internal=True)
    assert note.body == "Dos números"


@pytest.mark.rule("SEV-4", "INT-7")
def test_the_suggestion_and_similar_tickets_follow_what_is_typed(cast, engineer):
    known = raise_ticket(cast, NOW, subject="Bot no responde en WhatsApp")
    typed = filled(cast.tenant, at=NOW, impact_percent="95", subject="No responde el bot")
    told = engineer.post(address("telephone_advice", cast.designated.pk), typed).context["advice"]
    assert (told.suggestion.assessment.severity, told.similar) == (1, [known])
    half = engineer.post(address("telephone_advice", cast.designated.pk), {"impact_percent": "x"})
    assert half.context["advice"].suggestion is None


def test_tenants_are_found_while_their_name_is_typed(cast, engineer):
    TenantFactory(name="Banco Ñuble", code="BN-1")  # another partner's
    own = TenantFactory(customer=CustomerFactory(partner=cast.partner, name="Ferretería"), name="Ñuble")

    def found(words):
        page = engineer.get(address("telephone_tenants", cast.designated.pk), {"tenant_q": words})
        return page.context["tenants"]

    assert found("nuble") == [own]
    assert found("ferreteria") == [own]
    assert found(cast.tenant.code) == [cast.tenant]
    assert found("BN-1") == []


def test_what_is_typed_outlives_the_session_and_is_nobody_elses(cast, engineer):
    typed = {"subject": "Se cayó el bot", "tenant": str(cast.tenant.pk), "submission_key": ""}
    engineer.post(address("telephone_draft", cast.designated.pk), typed)
    engineer.post(address("telephone_draft", cast.colleague.pk), {"subject": "Otra llamada"})
    again = signed_in(cast.engineer)
    listed = again.get(address("telephone")).context["unfinished"]
    assert {draft.caller for draft in listed} == {cast.designated, cast.colleague}
    form = again.get(address("telephone_form", cast.designated.pk)).context["form"]
    assert (form["subject"].value(), form["tenant"].value()) == ("Se cayó el bot", str(cast.tenant.pk))
    other = signed_in(cast.desk_lead)
    assert other.get(address("telephone")).context["unfinished"] == []
    assert other.get(address("telephone_form", cast.designated.pk)).context["draft"] is None


def test_a_call_that_became_a_ticket_is_no_draft_any_more(cast, engineer):
    data = filled(cast.tenant, at=NOW)
    engineer.post(address("telephone_draft", cast.designated.pk), data)
    enter(engineer, cast.designated, data)
    assert CallDraft.objects.count() == 0
    engineer.post(address("telephone_draft", cast.designated.pk), data)  # the last key pressed comes late
    assert CallDraft.objects.count() == 0


def test_a_draft_can_be_discarded_and_a_look_keeps_what_was_typed(cast, engineer):
    data = filled(cast.tenant, at=NOW, impact_percent="95")
    looked = enter(engineer, cast.designated, data, act="look")
    assert looked.context["advice"].suggestion.assessment.severity == 1
    assert looked.context["form"]["subject"].value() == data["subject"]
    enter(engineer, cast.designated, {}, act="discard")
    assert (CallDraft.objects.count(), Ticket.objects.count()) == (0, 0)


@pytest.mark.parametrize("name", ["telephone_draft", "telephone_advice", "telephone_tenants"])
def test_who_takes_no_calls_gets_nothing_beside_the_form(cast, name):
    partner = signed_in(cast.designated.user)
    ways = (partner.get, partner.post)
    assert all(way(address(name, cast.designated.pk)).status_code in (302, 403, 405) for way in ways)
