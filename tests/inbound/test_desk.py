"""Incoming mail at the desk: who may, what is shown safely, what is decided once and stays on record."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from lynnsupport.accounts.domain.roles import Role
from lynnsupport.accounts.models import Partner
from tests.factories import ContactFactory, CustomerFactory, UserFactory
from tests.tickets.pages import signed_in, text_of
from tests.tickets.stories import raise_ticket
from tickets.inbound.models import InboundMail, MailDecision
from tickets.inbound.operations import ingest
from tickets.models import Message, Ticket

from .conftest import NOW
from .mails import mail

pytestmark = pytest.mark.django_db

LIST = reverse("admin:inbound_inboundmail_changelist")


def address(name: str, mail: InboundMail) -> str:
    return reverse(f"admin:inbound_inboundmail_{name}", args=[mail.pk])


def arrive(**options) -> InboundMail:
    raw = mail(**options)
    ingest(raw, now=NOW)
    return InboundMail.objects.latest("pk")


@pytest.fixture(autouse=True)
def _monday():
    with time_machine.travel(NOW + timedelta(minutes=5), tick=False):
        yield


@pytest.fixture
def stranger_s(cast) -> InboundMail:
    return arrive(sender="Otra Ana <ana@otra.example.org>", subject=f"{cast.tenant.code} No llegan a la cola")


@pytest.fixture
def engineer(cast):
    return signed_in(cast.engineer)


def test_who_may_read_incoming_mail(cast, stranger_s):
    pages = [LIST, *(address(name, stranger_s) for name in ("change", "raw"))]
    for role in Role:
        client = signed_in(UserFactory(role=role))
        answers = [client.get(page).status_code for page in pages]
        may = role in {Role.DESK, Role.ENGINEER, Role.DESK_LEAD, Role.ADMINISTRATOR}
        assert (role, answers) == (role, [200] * 3 if may else [302] * 3)


def test_a_mail_that_is_not_there_is_not_found(engineer, stranger_s):
    for name in ("change", "raw", "html", "link", "add", "reject", "release"):
        page = reverse(f"admin:inbound_inboundmail_{name}", args=[stranger_s.pk + 1])
        assert engineer.post(page).status_code == 404
    assert engineer.get(reverse("admin:inbound_inboundmail_of_message", args=[1])).status_code == 404


def test_the_list_narrows_and_finds(cast, engineer, stranger_s):
    arrive(sender=cast.designated.email, subject=f"{cast.tenant.code} Otra cosa", text="x")

    def subjects(query):
        return [each.subject for each in engineer.get(f"{LIST}{query}").context["page"]]

    assert subjects("") == [stranger_s.subject]
    assert subjects("?which=taken") == [f"{cast.tenant.code} Otra cosa"]
    assert subjects("?which=all&q=otra.example") == [stranger_s.subject]
    assert subjects("?which=nothing&q=zzz") == []


def test_the_list_costs_the_same_for_one_mail_and_for_three(engineer, stranger_s):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            engineer.get(LIST)
        return len(captured)

    queries()
    one = queries()
    for number in range(2):
        arrive(sender=f"x{number}@example.org", subject="Hola")
    assert queries() == one


def test_the_start_page_counts_what_waits_and_leads_there(engineer, stranger_s):
    response = engineer.get("/admin/")
    assert response.context["quarantined"] == 1
    assert f'href="{LIST}"' in response.content.decode()


HOSTILE = """
<p onclick="x()" style="background:url(https://evil.example/a)">Hola <b>mundo</b></p><script>alert(1)</script>
<img src="https://evil.example/pixel"><iframe src="https://evil.example"></iframe>
<form action="https://e.example"><input name="clave"></form><a href="https://evil.example" id="x">pulse</a>
<style>@import "https://e.example"</style><meta http-equiv="refresh" content="0;url=https://evil.example">
<noscript><p title="</noscript><img src=x onerror=1>">
"""


def test_the_html_is_cleaned_and_stands_in_a_sandboxed_frame(engineer, stranger_s):
    hostile = arrive(sender="x@example.org", subject="<script>alert(1)</script>", text="", html=HOSTILE)
    page = engineer.get(address("change", hostile))
    body = page.content.decode()
    assert "<script>alert" not in body
    assert re.search(r'<iframe [^>]*sandbox=""', body)
    assert "frame-src 'self'" in page.headers["Content-Security-Policy"]
    frame = engineer.get(address("html", hostile))
    shown = frame.content.decode()
    assert "<b>mundo</b>" in shown
    for word in ("script", "evil", "e.example", "onerror", "onclick", "<img", "<form", "<a ", "http-equiv"):
        assert word not in shown
    assert frame.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert engineer.get(address("html", stranger_s)).status_code == 404


def test_the_raw_mail_leaves_only_as_a_download(engineer, stranger_s):
    response = engineer.get(address("raw", stranger_s))
    assert response.content == bytes(stranger_s.raw)
    assert response.headers["Content-Disposition"].startswith("attachment;")
    assert response.headers["Content-Type"] == "application/octet-stream"
    assert response.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.rule("SUP-4")
def test_a_mail_of_an_unapproved_partner_is_released_into_a_ticket(cast, engineer):
    Partner.objects.filter(pk=cast.partner.pk).update(approval=Partner.Approval.PENDING)
    subject = f"{cast.tenant.code} No anda"
    kept = arrive(sender=cast.designated.email, subject=subject, files={"a.log": b"x"})
    page = engineer.get(address("release", kept))
    form = page.context["form"]
    assert form.initial["tenant"] == cast.tenant.pk
    assert (form.initial["subject"], str(form.initial["detected_local"])) == (
        "No anda",
        "2026-11-23 09:40:00",
    )
    data = {name: value for name, value in form.initial.items() if value not in (None, "")}
    data |= {"detected_local": "2026-11-23T09:40", "reason": "Lo pide el ejecutivo"}
    for _ in range(2):
        assert engineer.post(address("release", kept), data).status_code == 302
    ticket = Ticket.objects.get()
    assert (ticket.reporter, ticket.channel, ticket.registered_at) == (cast.designated, "email", NOW)
    assert [each.name for each in ticket.messages.get().attachments.all()] == ["a.log"]
    kept.refresh_from_db()
    assert (kept.outcome, kept.ticket, kept.is_waiting) == ("quarantined", ticket, False)
    assert [(each.act, each.by, each.reason) for each in kept.decisions.all()] == [
        ("opened", cast.engineer, "Lo pide el ejecutivo")
    ]


def test_what_a_mail_lacks_may_stay_open_when_it_is_released(cast, engineer, stranger_s):
    engineer.post(address("link", stranger_s), {"contact": cast.colleague.pk})
    data = {"tenant": cast.tenant.pk, "subject": "No anda", "description": "Nada", "priority": "normal"}
    response = engineer.post(address("release", stranger_s), data | {"detected_zone": "America/Santiago"})
    assert response.status_code == 302
    assert Ticket.objects.get().detected_at is None
    assert engineer.post(address("release", stranger_s), {}).status_code == 302


def test_a_form_of_another_partners_tenant_is_no_such_choice(cast, engineer, stranger_s):
    foreign = ContactFactory(customer=CustomerFactory())
    engineer.post(address("link", stranger_s), {"contact": foreign.pk})
    data = {"tenant": cast.tenant.pk, "subject": "x", "description": "x", "detected_zone": "UTC"}
    response = engineer.post(address("release", stranger_s), data)
    assert (response.status_code, "tenant" in response.context["form"].errors) == (422, True)
    assert not Ticket.objects.exists()


@pytest.mark.rule("INT-5")
def test_a_mail_is_put_on_a_ticket_of_its_contacts_organisation_only(cast, engineer, stranger_s):
    ticket = raise_ticket(cast, NOW)
    page = engineer.get(address("change", stranger_s) + "?person=" + cast.colleague.email)
    assert page.context["found"] == [cast.colleague]
    alien = ContactFactory(customer=CustomerFactory())
    engineer.post(address("link", stranger_s), {"contact": alien.pk})
    refused = engineer.post(address("add", stranger_s), {"number": ticket.number})
    assert (refused.status_code, refused.context["attempt"].refusal.rule) == (409, "INT-5")
    engineer.post(address("link", stranger_s), {"contact": cast.colleague.pk})
    for _ in range(2):
        assert engineer.post(address("add", stranger_s), {"number": ticket.number}).status_code == 302
    message = ticket.messages.latest("pk")
    assert (message.contact, ticket.messages.count()) == (cast.colleague, 2)
    assert [each.act for each in stranger_s.decisions.all()] == ["linked", "linked", "added"]
    link = reverse("admin:inbound_inboundmail_of_message", args=[message.pk])
    assert engineer.get(link).url == address("change", stranger_s)
    assert link in engineer.get(reverse("admin:tickets_ticket_change", args=[ticket.pk])).content.decode()


def test_an_unknown_number_is_said_beside_the_field(cast, engineer, stranger_s):
    engineer.post(address("link", stranger_s), {"contact": cast.colleague.pk})
    response = engineer.post(address("add", stranger_s), {"number": "LYN-2026-999999"})
    assert (response.status_code, list(response.context["add_form"].errors)) == (422, ["number"])


def test_a_rejected_mail_is_kept_with_its_reason_and_may_still_be_released(cast, engineer, stranger_s):
    assert engineer.post(address("reject", stranger_s), {"reason": " "}).status_code == 422
    for _ in range(2):
        assert engineer.post(address("reject", stranger_s), {"reason": "Publicidad"}).status_code == 302
    decision = MailDecision.objects.get()
    assert (decision.act, decision.reason, decision.by) == ("rejected", "Publicidad", cast.engineer)
    assert engineer.get(LIST).context["page"].object_list.count() == 0
    assert "Publicidad" in text_of(engineer.get(address("change", stranger_s)))
    engineer.post(address("link", stranger_s), {"contact": cast.colleague.pk})
    ticket = raise_ticket(cast, NOW)
    assert engineer.post(address("add", stranger_s), {"number": ticket.number}).status_code == 302


def test_nothing_is_decided_about_a_mail_that_is_on_a_ticket(cast, engineer):
    taken = arrive(sender=cast.designated.email, subject=f"{cast.tenant.code} No anda")
    assert not engineer.get(address("change", taken)).context["may_decide"]
    assert engineer.post(address("reject", taken), {"reason": "x"}).status_code == 409
    assert engineer.post(address("link", taken), {"contact": cast.colleague.pk}).status_code == 409
    assert not MailDecision.objects.exists()


def test_a_role_that_only_reads_decides_nothing(cast, stranger_s, monkeypatch):
    monkeypatch.setattr(
        "lynnsupport.accounts.models.users.permissions_of", lambda role: frozenset({"inbound.view_mail"})
    )
    client = signed_in(cast.engineer)
    page = client.get(address("change", stranger_s))
    assert (page.status_code, page.context["closed"].rule) == (200, "INT-5")
    for name in ("link", "add", "reject", "release"):
        assert client.post(address(name, stranger_s), {"reason": "x"}).status_code == 403
    assert not MailDecision.objects.exists()
    assert not Message.objects.exists()
