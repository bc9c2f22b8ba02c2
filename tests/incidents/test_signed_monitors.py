"""A monitor that signs: its own body and moment alone are taken, once, and soon (AVL-5)."""

import hmac
import json
from datetime import timedelta
from hashlib import sha256

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.urls import reverse

from lynnsupport.accounts.domain.roles import Role
from lynnsupport.common.refusal import Refused
from tests.factories import UserFactory
from tests.tickets.pages import signed_in, text_of
from tickets.incidents.models import HeardSignature, MonitorSource, Proposal
from tickets.incidents.monitors import webhooks
from tickets.incidents.monitors.operations import digest_of, new_signing_key

from .test_monitors import ALERTMANAGER, KUMA, NOW, alert, at, told

pytestmark = [pytest.mark.django_db, pytest.mark.rule("AVL-5")]


@pytest.fixture(autouse=True)
def _ten():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def signing():
    """A monitor that signs, and its key."""
    source = MonitorSource(name="Prometheus", kind="alertmanager", token_digest=digest_of("viejo"))
    key = new_signing_key(source, by=UserFactory(role=Role.ADMINISTRATOR))
    source.save()
    return source, key


def headers(signing, body, *, moment=NOW, **changes):
    """As docs/monitors.md says, with the standard library alone."""
    source, key = signing
    timestamp = str(int(moment.timestamp()))
    digest = hmac.new(key.encode(), f"{timestamp}.".encode() + body, sha256).hexdigest()
    sent = {
        "X-Monitor": str(source.pk),
        "X-Monitor-Timestamp": timestamp,
        "X-Monitor-Signature": f"sha256={digest}",
    }
    return {name: value for name, value in (sent | changes).items() if value is not None}


def send(client, sent, body, url=ALERTMANAGER):
    return client.post(url, body, content_type="application/json", headers=sent).status_code


BODY = json.dumps(told(alert(-10))).encode()
LATER = json.dumps(told(alert(-5, fingerprint="c3d4"))).encode()


def test_what_is_signed_is_heard(client, signing):
    assert send(client, headers(signing, BODY), BODY) == 204
    assert Proposal.objects.get().source == signing[0]


def test_a_replay_is_refused_and_changes_nothing(client, signing):
    sent = headers(signing, BODY)
    assert [send(client, sent, BODY) for _ in range(3)] == [204, 409, 409]
    assert Proposal.objects.get().told_times == 1
    with time_machine.travel(at(1), tick=False):  # signed anew it is another telling
        assert send(client, headers(signing, BODY, moment=at(1)), BODY) == 204
    assert Proposal.objects.get().told_times == 2


@pytest.mark.parametrize(("seconds", "status"), [(-300, 204), (-301, 409), (300, 204), (301, 409)])
def test_an_old_moment_is_refused_and_one_ahead_alike(client, signing, seconds, status):
    moment = NOW + timedelta(seconds=seconds)
    assert send(client, headers(signing, BODY, moment=moment), BODY) == status
    assert Proposal.objects.count() == (status == 204)


@pytest.mark.parametrize(
    "changes",
    [
        {"X-Monitor-Timestamp": "1764000000"},
        {"X-Monitor-Timestamp": None},
        {"X-Monitor-Timestamp": "ahora"},
        {"X-Monitor-Signature": "sha256=" + "0" * 64},
        {"X-Monitor-Signature": "x"},
        {"X-Monitor": None},
        {"X-Monitor": "999999"},
        {"X-Monitor": "1 or 1"},
    ],
)
def test_what_is_not_its_own_signature_is_answered_like_no_monitor(client, signing, changes):
    assert send(client, headers(signing, BODY, **changes), BODY) == 404
    assert not Proposal.objects.exists()
    assert not HeardSignature.objects.exists()


def test_another_body_another_key_and_another_address_are_not_its_own(client, signing):
    sent = headers(signing, BODY)
    other = MonitorSource(name="Otro", kind="alertmanager")
    key = new_signing_key(other, by=UserFactory(role=Role.ADMINISTRATOR))
    other.save()
    assert send(client, sent, LATER) == 404
    assert send(client, headers((signing[0], key), BODY), BODY) == 404
    assert send(client, sent, BODY, url=KUMA) == 404
    MonitorSource.objects.filter(pk=signing[0].pk).update(is_active=False)
    assert send(client, sent, BODY) == 404


def test_without_the_guard_the_other_body_would_be_heard(client, signing, monkeypatch):
    monkeypatch.setattr(webhooks, "is_signed", lambda *_, **__: True)
    assert send(client, headers(signing, BODY), LATER) == 204


def test_the_size_is_judged_before_the_signature(client, signing, monkeypatch):
    asked = []
    monkeypatch.setattr(webhooks, "is_signed", lambda *_, **__: asked.append(1))
    long = b"x" * (webhooks.BYTES_AT_MOST + 1)
    assert (send(client, headers(signing, long), long), asked) == (413, [])


def test_what_is_no_message_may_be_corrected_under_the_same_signature_of_its_own(client, signing):
    assert send(client, headers(signing, b"{}"), b"{}") == 400
    assert not HeardSignature.objects.exists()


def test_a_monitor_shows_a_token_or_signs_never_both(client, signing):
    source, _key = signing
    assert send(client, {"Authorization": "Bearer viejo"}, BODY) == 404
    assert send(client, headers(signing, BODY) | {"Authorization": "Bearer viejo"}, BODY) == 204
    with pytest.raises(IntegrityError), transaction.atomic():
        MonitorSource.objects.filter(pk=source.pk).update(token_digest=digest_of("viejo"))


def test_a_former_secret_counts_while_it_is_named(client, signing, settings):
    settings.SECRET_KEY, former = "otra-clave-de-prueba-inventada", settings.SECRET_KEY
    assert send(client, headers(signing, BODY), BODY) == 404
    settings.SECRET_KEY_FALLBACKS = [former]
    assert send(client, headers(signing, BODY), BODY) == 204


def test_signatures_too_old_to_be_taken_are_forgotten(client, signing):
    send(client, headers(signing, BODY), BODY)
    with time_machine.travel(at(11), tick=False):
        send(client, headers(signing, LATER, moment=at(11)), LATER)
    assert HeardSignature.objects.get().at == at(11)


def test_the_key_is_shown_once_at_the_desk_and_stands_in_no_column(signing):
    source, _ = signing
    with pytest.raises(Refused):
        new_signing_key(source, by=UserFactory(role=Role.DESK))
    desk = signed_in(UserFactory(role=Role.ADMINISTRATOR))
    said = {"action": "give_signing_key", "_selected_action": [source.pk]}
    page = text_of(desk.post(reverse("admin:incidents_monitorsource_changelist"), said, follow=True))
    key = page.partition("shown this once: ")[2][:64]
    row = MonitorSource.objects.filter(pk=source.pk).values().get()
    assert len(key) == 64
    assert key not in map(str, row.values())
    assert f"as number {source.pk}" in page
