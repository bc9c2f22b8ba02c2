"""The form of a new ticket: one ticket a form, advice while one types, nothing lost."""

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from lynnsupport.accounts.models import Partner
from tests.factories import ContactFactory, TenantFactory
from tickets.models import Attachment, Draft, Ticket

from .pages import filled, hidden_value, signed_in, text_of
from .stories import chile, raise_ticket

NOW = chile("2026-11-23 10:00")
NEW, DRAFT, ADVICE = (reverse(f"tickets:{name}") for name in ("new", "draft", "advice"))


@pytest.fixture(autouse=True)
def _on_monday():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def client(cast):
    return signed_in(cast.designated.user)


def test_a_sent_form_becomes_a_ticket_with_its_files(client, cast, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    files = [SimpleUploadedFile("uno.log", b"1"), SimpleUploadedFile("dos.png", b"2")]
    response = client.post(NEW, filled(cast.tenant, at=NOW) | {"files": files})
    ticket = Ticket.objects.get()
    assert response.url == reverse("tickets:detail", args=[ticket.number])
    assert sorted(Attachment.objects.values_list("name", flat=True)) == ["dos.png", "uno.log"]
    assert f"Your ticket is {ticket.number}." in text_of(client.get(response.url))


def test_the_same_form_sent_twice_is_one_ticket(client, cast):
    data = filled(cast.tenant, at=NOW)
    first, second = client.post(NEW, data), client.post(NEW, data)
    assert (first.status_code, second.status_code, first.url) == (302, 302, second.url)
    assert Ticket.objects.count() == 1


def test_an_edited_form_sent_with_the_old_key_is_not_swallowed(client, cast):
    data = filled(cast.tenant, at=NOW)
    client.post(NEW, data)
    again = client.post(NEW, data | {"subject": "Otra falla"})
    assert Ticket.objects.count() == 1
    assert Ticket.objects.get().number in text_of(again)
    assert again.context["form"].initial["subject"] == "Otra falla"
    client.post(
        NEW, data | {"subject": "Otra falla", "submission_key": hidden_value(again, "submission_key")}
    )
    assert list(Ticket.objects.order_by("id").values_list("subject", flat=True)) == [
        "El bot no responde",
        "Otra falla",
    ]


def test_an_error_loses_nothing(client, cast):
    response = client.post(NEW, filled(cast.tenant, at=NOW, impact_percent="mucho", urgency="Día de pago"))
    page = response.content.decode()
    assert Ticket.objects.count() == 0
    assert list(response.context["form"].errors) == ["impact_percent"]
    assert 'value="mucho"' in page
    assert "Día de pago" in page
    assert 'href="#id_impact_percent"' in page


@pytest.mark.rule("SUP-4")
def test_an_unapproved_partner_reads_whom_to_contact_before_any_form(client, cast):
    Partner.objects.update(approval=Partner.Approval.PENDING)
    page = client.get(NEW)
    assert cast.executive.email in text_of(page)
    assert "ticket-form" not in page.content.decode()
    sent = client.post(NEW, filled(cast.tenant, at=NOW))
    assert Ticket.objects.count() == 0
    assert "El bot no responde" in sent.content.decode()
    assert "SUP-4" in sent.context["form"].errors["tenant"][0]


@pytest.mark.parametrize("role", ["executive", "engineer"])
def test_lynns_people_read_why_they_open_no_tickets_here(cast, role):
    response = signed_in(getattr(cast, role)).get(NEW)
    assert response.status_code == 403
    assert "Tickets are opened by partners and their customers" in text_of(response)


# ---------- advice ----------


def advice(client, **typed):
    response = client.post(ADVICE, typed)
    assert response.status_code == 200
    return response.context["advice"]


@pytest.mark.rule("SEV-1", "SEV-3", "SEV-4")
@pytest.mark.parametrize(
    ("typed", "severity"),
    [
        ({"impact_percent": "95"}, 1),
        ({"impact_percent": "95", "has_workaround": "yes"}, 2),
        ({"impact_percent": "75"}, 2),
        ({"impact_percent": "75", "priority": "high"}, 1),
        ({"impact_percent": "9,99"}, 3),
    ],
)
def test_the_severity_is_suggested_while_one_types(client, cast, typed, severity):
    told = advice(client, tenant=cast.tenant.pk, **typed)
    assert (told.suggestion.assessment.severity, told.is_critical) == (severity, severity == 1)
    assert f"severity {severity}" in told.sentence


@pytest.mark.parametrize("typed", [{}, {"impact_percent": "101"}, {"impact_percent": "95", "tenant": "x"}])
def test_without_tenant_or_impact_nothing_is_suggested(cast, client, typed):
    TenantFactory(customer=cast.customer)  # two to choose from
    assert advice(client, **typed).suggestion is None


@pytest.mark.rule("RSP-5")
def test_what_looks_critical_shows_the_telephone_numbers(client, cast):
    critical = client.post(ADVICE, {"tenant": cast.tenant.pk, "impact_percent": "95"})
    low = client.post(ADVICE, {"tenant": cast.tenant.pk, "impact_percent": "5"})
    assert [("2 2790 9529" in text_of(page)) for page in (critical, low)] == [True, False]


@pytest.mark.rule("INT-7")
def test_similar_open_tickets_of_the_tenant_are_shown(client, cast):
    similar = raise_ticket(cast, NOW, subject="Transcripciones cortadas en WhatsApp")
    raise_ticket(cast, NOW, subject="Otra cosa")
    told = advice(client, tenant=cast.tenant.pk, subject="Las transcripciones llegan mal")
    assert told.similar == [similar]


@pytest.mark.rule("CON-2")
def test_who_is_not_designated_reads_before_who_escalates(cast):
    page = signed_in(cast.colleague.user).get(NEW)
    assert page.context["advice"].is_designated is False
    assert page.context["advice"].designated == [cast.designated]
    assert cast.designated.name in text_of(page)
    assert signed_in(cast.designated.user).get(NEW).context["advice"].is_designated is True


@pytest.mark.rule("SUP-2")
def test_an_on_premise_tenant_says_so_before(client, cast):
    tenant = TenantFactory(customer=cast.customer, deployment="on_premise")
    told = advice(client, tenant=tenant.pk)
    assert "on premise" in told.no_target
    assert told.executive.email == cast.executive.email
    assert advice(client, tenant=cast.tenant.pk).no_target == ""


@pytest.mark.rule("EXC-2")
def test_a_preview_feature_says_before_that_no_deadline_applies(client, cast):
    told = advice(client, tenant=cast.tenant.pk, subject="[ funcionalidad en PREVIEW ] no carga")
    assert "preview" in told.no_target


@pytest.mark.rule("INT-3")
def test_the_checklist_ticks_itself(client, cast):
    told = advice(client, tenant=cast.tenant.pk, urgency="Día de pago", files="registro.log")
    assert [label for label, is_there in told.checklist if is_there] == [
        "Why it is urgent",
        "Screenshots, recordings or logs",
    ]


def test_without_javascript_a_button_shows_the_suggestion_and_keeps_everything(client, cast):
    data = filled(cast.tenant, at=NOW, impact_percent="95", urgency="Día de pago", act="suggest")
    data["files"] = SimpleUploadedFile("registro.log", b"x")
    page = client.post(NEW, data)
    assert page.context["advice"].is_critical is True
    assert page.context["form"].initial["urgency"] == "Día de pago"
    assert "Choose the files again before you send" in text_of(page)
    assert Ticket.objects.count() == 0


# ---------- nothing typed is lost ----------


def test_a_form_sent_without_a_session_is_there_after_signing_in(cast):
    client = signed_in(cast.designated.user)
    mark = hidden_value(client.get(NEW), "typed_by")
    client.logout()
    sent = client.post(NEW, filled(cast.tenant, at=NOW, typed_by=mark))
    assert sent.url == f"{reverse('account_login')}?next={NEW}"
    client.force_login(cast.designated.user)
    page = client.get(NEW)
    assert page.context["form"].initial["description"].startswith("Desde esta mañana")
    assert "Your session had ended; here is what you had typed" in text_of(page)
    assert Ticket.objects.count() == 0
    assert (
        client.get(NEW).context["form"].initial["subject"] == "El bot no responde"
    )  # as a draft from here on


def test_what_one_person_typed_is_not_shown_to_the_next_at_the_same_computer(cast):
    client = signed_in(cast.designated.user)
    mark = hidden_value(client.get(NEW), "typed_by")
    client.logout()
    client.post(NEW, filled(cast.tenant, at=NOW, typed_by=mark))
    client.force_login(ContactFactory().user)
    assert "Desde esta mañana" not in client.get(NEW).content.decode()
    assert Draft.objects.count() == 0


def test_a_stranger_cannot_fill_the_session_store(cast):
    client = signed_in(cast.designated.user)
    client.logout()
    client.post(NEW, filled(cast.tenant, at=NOW, description="x" * 50_000, typed_by="1:forged"))
    assert "kept_form" not in client.session


def test_a_stale_token_gives_the_text_back_and_does_nothing(cast):
    client = signed_in(cast.designated.user, enforce_csrf_checks=True)
    client.get(NEW)
    sent = client.post(NEW, filled(cast.tenant, at=NOW, urgency="Día de pago"))
    assert sent.status_code == 403
    assert (Ticket.objects.count(), Draft.objects.count()) == (0, 0)
    assert hidden_value(sent, "urgency") == "Día de pago"
    token = hidden_value(sent, "csrfmiddlewaretoken")
    back = client.post(
        NEW, {"act": "restore", "urgency": "Día de pago", "subject": "El bot", "csrfmiddlewaretoken": token}
    )
    assert back.status_code == 200
    assert (back.context["form"].initial["urgency"], back.context["form"].is_bound) == ("Día de pago", False)


def test_a_stale_token_without_a_text_is_the_plain_page(cast):
    client = signed_in(cast.designated.user, enforce_csrf_checks=True)
    ticket = raise_ticket(cast, NOW)
    for path in (NEW, reverse("tickets:accept", args=[ticket.number]), reverse("account_profile")):
        response = client.post(path, {"act": "send"})
        assert (response.status_code, "stale_form" in str(response.templates)) == (403, False)
