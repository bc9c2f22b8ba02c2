"""The portal's pages of cooperation: who sees and does what, what is refused, nothing leaks, few queries."""

import pytest
from django.urls import reverse

from lynnsupport.accounts.domain.roles import Role
from lynnsupport.common import clock
from tests.factories import ContactFactory, UserFactory
from tests.tickets.pages import signed_in, text_of
from tests.tickets.stories import make_cast, raise_ticket
from tickets.cooperation.models import DesignationProposal
from tickets.cooperation.operations import ask, ask_for_access, decide_access
from tickets.operations import propose_solution


@pytest.fixture
def now():
    return clock.now()


@pytest.fixture
def cast(agreement, now):
    return make_cast(at=now)


@pytest.fixture
def ticket(cast, now):
    return raise_ticket(cast, now)


@pytest.fixture
def request_(ticket, cast, now):
    return ask(ticket, by=cast.engineer, kind="data", body="¿Qué versión usan?", now=now)


@pytest.fixture
def access(ticket, cast, now):
    from datetime import timedelta

    return ask_for_access(
        ticket,
        by=cast.engineer,
        contact=cast.designated,
        purpose="Ver los registros",
        starts_at=now,
        ends_at=now + timedelta(hours=2),
        now=now,
    )


@pytest.mark.rule("COP-1")
def test_a_request_is_answered_from_its_own_box(ticket, request_, cast):
    client = signed_in(cast.designated.user)
    page = client.get(reverse("tickets:detail", args=[ticket.number]))
    address = reverse("cooperation:answer", args=[ticket.number, request_.pk])
    assert address in page.content.decode()
    assert "Closes at:" in text_of(page)
    empty = client.post(address, {"body": " "})
    assert empty.context["form"].errors
    done = client.post(address, {"body": "La 4.2"}, follow=True)
    assert "Your answer is with support" in text_of(done)
    request_.refresh_from_db()
    assert (request_.state, request_.answer.body) == ("answered", "La 4.2")
    again = client.post(address, {"body": "Otra vez"})
    assert "settled already" in text_of(again)
    assert "Otra vez" in again.content.decode()


@pytest.mark.rule("COP-2")
def test_the_named_contact_approves_and_a_colleague_revokes(ticket, access, cast, now):
    page_of = reverse("cooperation:access", args=[ticket.number, access.pk])
    decide = reverse("cooperation:decide_access", args=[ticket.number, access.pk])
    revoke = reverse("cooperation:revoke_access", args=[ticket.number, access.pk])
    colleague, named = signed_in(cast.colleague.user), signed_in(cast.designated.user)
    assert "Somebody else decides" in text_of(colleague.get(page_of))
    kept = colleague.post(decide, {"decision": "approve", "words": "Yo apruebo"})
    assert "Yo apruebo" in kept.content.decode()
    assert named.get(decide).status_code == 405  # a link alone decides nothing
    assert "Say why not" in text_of(named.post(decide, {"decision": "refuse"}))
    assert "Choose whether" in text_of(named.post(decide, {"words": "x"}))
    named.post(decide, {"decision": "approve"})
    access.refresh_from_db()
    assert access.is_allowed_at(clock.now())
    desk = signed_in(cast.engineer)
    assert "Allowed now" in text_of(desk.get(reverse("admin:tickets_ticket_change", args=[ticket.pk])))
    colleague.post(revoke, {"words": "Terminó la ventana"})
    access.refresh_from_db()
    assert not access.is_allowed_at(clock.now())
    assert "Not allowed now" in text_of(desk.get(reverse("admin:tickets_ticket_change", args=[ticket.pk])))


@pytest.mark.rule("CRP-2")
def test_a_proposed_solution_is_judged_on_a_page_of_its_own(ticket, cast, now):
    propose_solution(ticket, by=cast.engineer, body="Reinicie el conector.", now=now)
    client = signed_in(cast.designated.user)
    address = reverse("tickets:solution", args=[ticket.number])
    assert "Reinicie el conector." in text_of(client.get(address))
    ticket.refresh_from_db()
    assert ticket.state == "solution_proposed"  # opening it decides nothing
    assert client.post(address, {"reason": " "}).context["form"].errors
    client.post(address, {"reason": "Sigue fallando"})
    ticket.refresh_from_db()
    assert ticket.state == "open"
    late = client.post(address, {"reason": "Otra vez"})
    assert "Otra vez" in late.content.decode()
    home = text_of(client.get(reverse("home")))
    assert "Without an answer it closes:" not in home


@pytest.mark.rule("CRP-2")
def test_the_home_page_says_when_it_closes(ticket, cast, now):
    propose_solution(ticket, by=cast.engineer, body="Reinicie el conector.", now=now)
    assert "Without an answer it closes:" in text_of(signed_in(cast.designated.user).get(reverse("home")))


@pytest.mark.rule("COP-1", "COP-2")
def test_foreign_requests_and_accesses_are_as_absent_as_any(ticket, request_, cast, now):
    stranger = signed_in(ContactFactory().user)
    other = raise_ticket(cast, now)
    own = signed_in(cast.designated.user)
    for client, number, pk in (
        (stranger, ticket.number, request_.pk),
        (own, other.number, request_.pk),
        (own, ticket.number, 10**6),
    ):
        for name in ("answer", "access"):
            assert client.get(reverse(f"cooperation:{name}", args=[number, pk])).status_code == 404
        for name in ("decide_access", "revoke_access"):
            assert client.post(reverse(f"cooperation:{name}", args=[number, pk])).status_code == 404


@pytest.mark.rule("CON-3", "CON-4")
def test_the_page_of_contacts_shows_each_reader_their_own(cast, now):
    foreign = make_cast(at=now)
    for user in (cast.designated.user, cast.executive):
        page = text_of(signed_in(user).get(reverse("cooperation:contacts")))
        assert cast.designated.name in page
        assert foreign.designated.name not in page
        assert foreign.customer.name not in page


@pytest.mark.rule("CON-1")
def test_an_administrator_proposes_and_the_desk_decides(cast, now):
    admin = ContactFactory(partner=cast.partner, user__role=Role.PARTNER_ADMIN)
    address = reverse("cooperation:propose", args=[cast.customer.pk])
    assert signed_in(cast.designated.user).get(address).status_code == 404
    foreign = make_cast(at=now)
    client = signed_in(admin.user)
    assert client.get(reverse("cooperation:propose", args=[foreign.customer.pk])).status_code == 404
    typed = {"contact": cast.colleague.pk, "starts_on": "2030-01-01", "last_day_on": ""}
    wrong = client.post(address, typed | {"contact": foreign.designated.pk})
    assert list(wrong.context["form"].errors) == ["contact"]
    client.post(address, typed)
    proposal = DesignationProposal.objects.get()
    decide = reverse("admin:cooperation_designationproposal_decide", args=[proposal.pk])
    desk = signed_in(cast.desk_lead)
    refused = desk.post(decide, {"decision": "decline", "reason": " "}, follow=True)
    assert "Say why: the partner reads it." in text_of(refused)
    assert signed_in(cast.engineer).post(decide, {"decision": "agree"}).status_code == 403
    assert "1 proposed designated contact" in text_of(desk.get(reverse("admin:index")))
    desk.post(decide, {"decision": "agree"})
    proposal.refresh_from_db()
    assert (proposal.state, proposal.designation.contact) == ("agreed", cast.colleague)


@pytest.mark.rule("COP-1", "COP-2")
def test_the_desk_asks_withdraws_and_ends(ticket, cast, now):
    desk = signed_in(cast.engineer)

    def act(name, **typed):
        return desk.post(reverse(f"admin:tickets_ticket_{name}", args=[ticket.pk]), typed, follow=True)

    assert "The request is on the ticket" in text_of(
        act("ask_customer", kind="tests", body="Pruebe con otro")
    )
    request = ticket.customer_requests.get()
    assert request.kind == "tests"
    told = act("withdraw_request", request=request.pk, reason="Ya está")
    assert "The request is withdrawn." in text_of(told)
    asked = act(
        "ask_remote_access", contact=cast.designated.pk, purpose="Ver registros", ends_at="2030-01-01T10:00"
    )
    assert "The contact is asked" in text_of(asked)
    access = ticket.remote_accesses.get()
    decide_access(access, by=cast.designated.user, approves=True, now=clock.now())
    ended = act("revoke_remote_access", access=access.pk, reason="Listo")
    assert "The access has ended" in text_of(ended)


@pytest.mark.rule("CRP-1")
def test_terms_are_published_by_an_administrator(agreement):
    client = signed_in(UserFactory(role=Role.ADMINISTRATOR))
    add = reverse("admin:sla_caseterms_add")
    figures = {"notice_days": "2", "closing_days": "3", "reopen_days": "10", "reminder_days": "30 7"}
    assert "Nothing has changed" in text_of(client.post(add, figures))
    assert "at least one business day" in text_of(client.post(add, figures | {"notice_days": "3"}))
    assert client.post(add, figures | {"closing_days": "5"}).status_code == 302
    assert signed_in(UserFactory(role=Role.ENGINEER)).get(add).status_code == 403
