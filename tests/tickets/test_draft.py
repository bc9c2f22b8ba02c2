"""The server's draft of a new ticket: kept while one types, shown again, gone once sent."""

import pytest
import time_machine
from django.urls import reverse

from tickets.models import Draft, Ticket
from tickets.operations.drafts import keep_draft

from .pages import filled, signed_in, text_of
from .stories import chile

NOW = chile("2026-11-23 10:00")
NEW, DRAFT = reverse("tickets:new"), reverse("tickets:draft")


@pytest.fixture(autouse=True)
def _on_monday():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def client(cast):
    return signed_in(cast.designated.user)


def test_what_is_typed_is_kept_and_shown_again(client, cast):
    answer = client.post(DRAFT, {"subject": "El bot", "impact_percent": "muchísimo", "files": "a.log"})
    assert "Draft saved" in text_of(answer)
    assert Draft.objects.get().answers == {"subject": "El bot", "impact_percent": "muchísimo"}
    page = client.get(NEW)
    assert page.context["form"].initial == {"subject": "El bot", "impact_percent": "muchísimo"}
    assert 'value="muchísimo"' in page.content.decode()
    assert "This is your draft" in text_of(page)


def test_the_button_saves_it_without_javascript(client, cast):
    assert client.post(NEW, {"act": "draft", "subject": "El bot"}).url == NEW
    assert Draft.objects.get().answers == {"subject": "El bot"}


def test_a_later_draft_takes_the_place_of_the_earlier(client):
    for subject in ("Uno", "Dos"):
        client.post(DRAFT, {"subject": subject})
    assert [draft.answers for draft in Draft.objects.all()] == [{"subject": "Dos"}]


def test_nothing_typed_keeps_nothing(client):
    client.post(DRAFT, {"subject": "El bot"})
    client.post(DRAFT, {"subject": "  "})
    assert Draft.objects.count() == 0


def test_discarding_it_begins_anew(client):
    client.post(DRAFT, {"subject": "El bot"})
    client.post(NEW, {"act": "discard"})
    assert Draft.objects.count() == 0
    assert client.get(NEW).context["form"].initial == {}


def test_sending_the_ticket_ends_it(client, cast):
    client.post(DRAFT, {"subject": "El bot"})
    client.post(NEW, filled(cast.tenant, at=NOW, subject=""))
    assert Draft.objects.count() == 1
    client.post(NEW, filled(cast.tenant, at=NOW))
    assert (Ticket.objects.count(), Draft.objects.count()) == (1, 0)


def test_a_draft_is_its_authors_alone(client, cast):
    client.post(DRAFT, {"subject": "Secreto"})
    page = signed_in(cast.colleague.user).get(NEW)
    assert "Secreto" not in page.content.decode()


def test_a_draft_takes_what_no_json_column_would(cast):
    keep_draft(by=cast.designated.user, answers={"subject": "a\0b", "description": "x" * 60_000}, now=NOW)
    kept = Draft.objects.get().answers
    assert (kept["subject"], len(kept["description"])) == ("ab", 50_000)


def test_what_was_being_saved_while_the_ticket_was_sent_is_no_draft(client, cast):
    data = filled(cast.tenant, at=NOW)
    client.post(NEW, data)
    client.post(DRAFT, data)
    assert (Ticket.objects.count(), Draft.objects.count()) == (1, 0)
