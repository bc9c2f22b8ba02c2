"""The desk's pages of outgoing mail: read by the desk, replayed by those who may, changed by nobody."""

from contextlib import nullcontext
from datetime import timedelta

import pytest
from django.contrib.messages import get_messages
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from lynnsupport.accounts.domain.roles import Role
from lynnsupport.outbox.models import OutboxMessage, Replay
from lynnsupport.outbox.operations import Delivered, NotGivenUp, deliver_due, enqueue, replay
from tests.factories import UserFactory

from .support import NOW, mail

pytestmark = pytest.mark.django_db

LIST = reverse("admin:outbox_outboxmessage_changelist")


def page_of(message: OutboxMessage) -> str:
    return reverse("admin:outbox_outboxmessage_change", args=[message.pk])


def given_up(number: int = 1) -> OutboxMessage:
    enqueue([mail(number, to="nobody")], now=NOW)
    return OutboxMessage.objects.get(key=f"test:{number}")


@pytest.fixture
def as_role(client):
    def login(role: Role):
        user = UserFactory(role=role)
        client.force_login(user)
        return user

    return login


@pytest.mark.parametrize(
    ("role", "may_read"),
    [
        (Role.DESK, True),
        (Role.ENGINEER, True),
        (Role.DESK_LEAD, True),
        (Role.ADMINISTRATOR, True),
        (Role.EXECUTIVE, False),
        (Role.PARTNER, False),
        (Role.PARTNER_ADMIN, False),
    ],
)
def test_who_may_read_outgoing_mail(client, as_role, role, may_read):
    message = given_up()
    as_role(role)
    answers = [client.get(address).status_code for address in (LIST, page_of(message))]
    assert answers == ([200, 200] if may_read else [302, 302])


def test_the_list_takes_as_many_queries_for_three_rows_as_for_one(client, as_role):
    as_role(Role.DESK)
    client.get(LIST)  # the first request of a session writes it
    taken = []
    for numbers in ([1], [2, 3]):
        enqueue([mail(number) for number in numbers], now=NOW)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(LIST).status_code == 200
        taken.append(len(queries))
    assert taken[0] == taken[1]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("q=LYN-2026-000123", {"test:1"}),
        ("q=persona2", {"test:2"}),
        ("state__exact=given_up", {"test:3"}),
        ("kind=test", {"test:1", "test:2"}),
    ],
)
def test_the_list_is_searched_and_filtered(client, as_role, asked, found):
    as_role(Role.DESK)
    enqueue([mail(1), mail(2, about="LYN-2026-000999"), mail(3, to="x", about="", kind="other")], now=NOW)
    shown = client.get(f"{LIST}?{asked}").context["cl"].queryset
    assert {message.key for message in shown} == found


def test_nobody_adds_changes_or_deletes(client, as_role):
    message = given_up()
    as_role(Role.ADMINISTRATOR)
    answers = [
        client.get(reverse("admin:outbox_outboxmessage_add")).status_code,
        client.get(reverse("admin:outbox_outboxmessage_delete", args=[message.pk])).status_code,
        client.post(page_of(message), {"to_address": "changed@example.com"}).status_code,
    ]
    assert answers == [403, 403, 403]
    message.refresh_from_db()
    assert message.to_address == "nobody"


def test_a_page_shows_hostile_words_as_text(client, as_role):
    enqueue([mail(context=mail().context | {"text": "<script>alert(1)</script>"})], now=NOW)
    deliver_due(now=NOW)
    as_role(Role.DESK)
    page = client.get(page_of(OutboxMessage.objects.get())).content.decode()
    assert ("<script>alert(1)" in page, "&lt;script&gt;alert(1)" in page) == (False, True)


@pytest.mark.parametrize(
    ("role", "is_sent_again"),
    [(Role.DESK, False), (Role.ENGINEER, False), (Role.DESK_LEAD, True), (Role.ADMINISTRATOR, True)],
)
@pytest.mark.parametrize("place", ["list", "page"])
def test_who_may_send_again(client, as_role, role, is_sent_again, place):
    message = given_up()
    user = as_role(role)
    post_send_again(client, [message], place)
    message.refresh_from_db()
    assert message.state == ("pending" if is_sent_again else "given_up")
    assert list(Replay.objects.values_list("message", "by", "failure")) == (
        [(message.pk, user.pk, "bad_address")] if is_sent_again else []
    )


def post_send_again(client, messages, place="list"):
    prefix = "" if place == "list" else "CHANGE_FORM-"
    address = LIST if place == "list" else page_of(messages[0])
    data = {f"{prefix}action": "send_again", "_selected_action": [message.pk for message in messages]}
    return client.post(address, data)


def test_sending_again_says_what_it_did_and_what_not(client, as_role):
    as_role(Role.DESK_LEAD)
    enqueue([mail(7)], now=NOW)
    answer = post_send_again(client, [given_up(1), given_up(2), OutboxMessage.objects.get(key="test:7")])
    assert [(told.level_tag, bool(told.message)) for told in get_messages(answer.wsgi_request)] == [
        ("success", True),
        ("warning", True),
    ]
    assert Replay.objects.count() == 2


def test_replay_starts_the_attempts_afresh_under_the_old_message_id(server, rings):
    server.on_recipient = lambda to: "550 no such user"
    enqueue([mail()], now=NOW)
    assert deliver_due(now=NOW) == Delivered(given_up=1)
    server.on_recipient = lambda to: "250 OK"
    lead, later = UserFactory(role=Role.DESK_LEAD), NOW + timedelta(days=2)
    message = OutboxMessage.objects.get()
    replay(message, by=lead, now=later)
    again = OutboxMessage.objects.get()
    assert (again.state, again.attempts, again.next_attempt_at, again.failure) == ("pending", 0, later, "")
    assert list(Replay.objects.values_list("by", "at", "failure", "last_error")) == [
        (lead.pk, later, "refused", "550 no such user")
    ]
    assert deliver_due(now=later) == Delivered(sent=1)
    assert [arrival.message_id for arrival in server.arrivals] == [message.message_id]


@pytest.mark.parametrize("state", ["pending", "sent"])
def test_replay_refuses_what_was_not_given_up(mailoutbox, state):
    enqueue([mail()], now=NOW)
    if state == "sent":
        deliver_due(now=NOW)
    with pytest.raises(NotGivenUp):
        replay(OutboxMessage.objects.get(), by=UserFactory(role=Role.DESK_LEAD), now=NOW)
    assert (OutboxMessage.objects.get().state, Replay.objects.count()) == (state, 0)


def test_replay_of_the_same_message_twice_is_one_replay(rings, django_capture_on_commit_callbacks):
    lead = UserFactory(role=Role.DESK_LEAD)
    with django_capture_on_commit_callbacks(execute=True):
        message = given_up()
        for expected in (nullcontext(), pytest.raises(NotGivenUp)):
            with expected:
                replay(message, by=lead, now=NOW)
    assert (Replay.objects.count(), rings) == (1, [1])
