"""Who reaches which address: every URL about tickets, every kind of reader, own, foreign, absent."""

from dataclasses import dataclass

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import reverse

from lynnsupport.accounts.domain.roles import Role
from lynnsupport.accounts.models import User
from tests.factories import ContactFactory, CustomerFactory, TenantFactory, UserFactory
from tickets import urls
from tickets.evidence import Upload
from tickets.models import Attachment, Message, Ticket, TicketEvent
from tickets.operations import open_ticket, write_note

from .pages import content_of, filled, signed_in
from .stories import answers, chile, make_cast

NOW = chile("2026-11-23 10:00")
ABSENT = "LYN-2026-999999"

# Every address: how it is asked for, and whether it names a ticket.
DECLARED = {
    "list": ("get", False),
    "new": ("get", False),
    "draft": ("post", False),
    "advice": ("post", False),
    "detail": ("get", True),
    "reply": ("post", True),
    "escalate": ("post", True),
    "accept": ("post", True),
    "dispute": ("get", True),
    "solution": ("get", True),
    "receipt": ("get", True),
    "receipt_json": ("get", True),
    "attachment": ("get", True),
}
ABOUT_A_TICKET = [name for name, (_method, names_ticket) in DECLARED.items() if names_ticket]


@dataclass
class World:
    """A ticket with a file, and one reader of each kind."""

    ticket: Ticket
    file: Attachment
    readers: dict[str, User]

    def path(self, name: str, number: str | None = None) -> str:
        arguments = {"number": number or self.ticket.number}
        if name in ("receipt", "receipt_json"):
            arguments["kind"] = "first_response"
        if name == "attachment":
            arguments["public_id"] = self.file.public_id
        return reverse(f"tickets:{name}", kwargs=arguments)

    def ask(self, who: str, name: str, number: str | None = None):
        client = Client() if who == "nobody" else signed_in(self.readers[who])
        response = getattr(client, DECLARED[name][0])(self.path(name, number))
        content_of(response)
        return response


@pytest.fixture
def world(agreement, settings, tmp_path) -> World:
    settings.MEDIA_ROOT = tmp_path
    cast = make_cast(at=NOW)
    other = make_cast(at=NOW)
    neighbour = CustomerFactory(partner=cast.partner)
    TenantFactory(customer=neighbour)
    ticket = open_ticket(
        by=cast.designated.user,
        channel="portal",
        answers=answers(cast.tenant, detected_at=NOW),
        now=NOW,
        evidence=[Upload("registro.log", ContentFile(b"una linea", name="registro.log"))],
    ).ticket
    return World(
        ticket,
        Attachment.objects.get(),
        {
            "reporter": cast.designated.user,
            "colleague at the partner": ContactFactory(partner=cast.partner).user,
            "customer's own": cast.colleague.user,
            "executive": cast.executive,
            "desk": cast.engineer,
            "another customer of the partner": ContactFactory(customer=neighbour).user,
            "another partner": other.designated.user,
            "another executive": other.executive,
            "a login without a contact": UserFactory(role=Role.PARTNER),
        },
    )


OWN = ["reporter", "colleague at the partner", "customer's own", "executive", "desk"]
FOREIGN = [
    "another customer of the partner",
    "another partner",
    "another executive",
    "a login without a contact",
]


def test_every_address_is_declared_here():
    assert {pattern.name for pattern in urls.urlpatterns} == set(DECLARED)


@pytest.mark.rule("INT-2")
@pytest.mark.parametrize("who", OWN)
def test_who_may_see_the_ticket_reaches_all_of_it(world, who):
    for name in ABOUT_A_TICKET:
        response = world.ask(who, name)
        assert (name, response.status_code in (200, 302)) == (name, True)
        if response.status_code == 302:  # an act answers with the ticket's page
            assert response.url.startswith(world.path("detail"))


@pytest.mark.rule("INT-2")
@pytest.mark.parametrize("who", FOREIGN)
def test_a_foreign_ticket_is_as_absent_as_one_that_never_was(world, who):
    before = (Message.objects.count(), TicketEvent.objects.count())
    for name in ABOUT_A_TICKET:
        foreign, absent = world.ask(who, name), world.ask(who, name, ABSENT)
        assert (name, foreign.status_code, absent.status_code) == (name, 404, 404)
        assert _page(foreign, world.ticket.number) == _page(absent, ABSENT)
    assert (Message.objects.count(), TicketEvent.objects.count()) == before


def test_nobody_gets_in_without_signing_in(world):
    for name, (method, names_ticket) in DECLARED.items():
        path = world.path(name) if names_ticket else reverse(f"tickets:{name}")
        response = getattr(Client(), method)(path)
        if name in ("draft", "advice"):  # asked for in the background: the page stays
            assert (name, response.status_code) == (name, 200)
            assert world.ticket.number not in response.content.decode()
        else:
            assert (name, response.status_code) == (name, 302)
            assert response.url.startswith(reverse("account_login"))


def test_the_list_holds_exactly_what_its_reader_may_see(world):
    for who, reader in world.readers.items():
        response = signed_in(reader).get(reverse("tickets:list"), {"state": "all"})
        listed = {row.number for row in response.context["rows"]}
        assert (who, listed) == (who, {world.ticket.number} if who in OWN else set())


def test_an_ended_login_sees_nothing_at_the_next_request(world):
    reader = world.readers["reporter"]
    client = signed_in(reader)
    User.objects.filter(pk=reader.pk).update(is_active=False)
    assert client.get(world.path("detail")).status_code == 302


def test_lynns_people_do_not_act_for_the_customer(world):
    before = TicketEvent.objects.count()
    for who in ("executive", "desk"):
        client = signed_in(world.readers[who])
        for act in ("reply", "escalate", "accept"):
            client.post(world.path(act), {"body": "En su nombre", "act": "send"})
    assert TicketEvent.objects.count() == before


@pytest.mark.parametrize("who", ["reporter", "executive"])
def test_internal_notes_never_show_on_the_customers_side(world, who):
    write_note(
        world.ticket,
        by=world.readers["desk"],
        body="El cliente exagera",
        now=NOW,
        evidence=[Upload("interno.txt", ContentFile(b"solo Lynn", name="interno.txt"))],
    )
    hidden = Attachment.objects.get(name="interno.txt")
    client = signed_in(world.readers[who])
    page = client.get(world.path("detail")).content.decode()
    assert [word for word in ("exagera", "interno.txt", "Internal note") if word in page] == []
    path = reverse("tickets:attachment", args=[world.ticket.number, hidden.public_id])
    assert client.get(path).status_code == 404
    assert content_of(signed_in(world.readers["desk"]).get(path)) == b"solo Lynn"


def test_a_foreign_tenant_in_a_new_ticket_is_no_choice(world):
    """A foreign id in a request body."""
    foreign = TenantFactory()
    client = signed_in(world.readers["reporter"])
    response = client.post(reverse("tickets:new"), filled(foreign, at=NOW))
    absent = client.post(reverse("tickets:new"), filled(foreign, at=NOW, tenant=10**9))
    assert response.context["form"].errors["tenant"] == absent.context["form"].errors["tenant"]
    assert foreign.code not in response.content.decode()
    assert Ticket.objects.count() == 1


def test_the_advice_tells_nothing_about_a_foreign_tenant(world):
    foreign = world.ticket.tenant
    client = signed_in(world.readers["another partner"])
    response = client.post(
        reverse("tickets:advice"),
        {"tenant": foreign.pk, "subject": world.ticket.subject, "impact_percent": "95"},
    )
    advice = response.context["advice"]
    assert (advice.tenant, advice.suggestion, advice.similar, advice.designated) == (None, None, [], [])


def _page(response, number: str) -> str:
    """The page without what is random or the address itself."""
    page = response.content.decode().replace(number, "")
    for secret in {response.context.get("csp_nonce"), response.context.get("csrf_token")}:
        page = page.replace(str(secret), "")
    return page
