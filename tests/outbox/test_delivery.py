"""Delivery over a real mail server: sent, tried again, given up, and nothing lost or sent twice."""

import smtplib
from datetime import datetime, timedelta

import pytest
from django.core.mail import mailers
from django.db import transaction
from django.db.models import F

from lynnsupport.outbox import delivery
from lynnsupport.outbox.domain.attempts import MAX_ATTEMPTS, RETRY_AFTER
from lynnsupport.outbox.models import OutboxMessage
from lynnsupport.outbox.operations import Delivered, deliver_due, enqueue

from .mail_server import free_port
from .support import NOW, mail

pytestmark = pytest.mark.django_db

LONG_AGO = NOW - timedelta(days=3650)  # by the database's clock too


def fate(key: str = "test:1") -> tuple[str, int, str]:
    row = OutboxMessage.objects.get(key=key)
    return row.state, row.attempts, row.failure


def leave_in_dead_hands(**fields):
    """What a killed process leaves once its lease is over."""
    OutboxMessage.objects.update(
        state="sending",
        attempts=F("attempts") + 1,
        lease_id="00000000-0000-0000-0000-000000000001",
        lease_until=LONG_AGO,
        **fields,
    )


def test_due_mail_arrives_once(server):
    enqueue([mail(1), mail(2)], now=NOW)
    assert deliver_due(now=NOW) == Delivered(sent=2)
    assert [arrival.recipients for arrival in server.arrivals] == [
        ("persona1@example.com",),
        ("persona2@example.com",),
    ]
    assert deliver_due(now=NOW + timedelta(days=1)) == Delivered()
    assert (len(server.arrivals), fate()) == (2, ("sent", 1, ""))
    row = OutboxMessage.objects.get(key="test:1")
    assert (row.next_attempt_at, row.lease_id, row.lease_until) == (None, None, None)
    assert NOW <= row.sent_at < NOW + timedelta(minutes=1)


def test_mail_is_not_sent_before_it_is_due(server):
    enqueue([mail()], now=NOW)
    assert deliver_due(now=NOW - timedelta(seconds=1)) == Delivered()
    assert server.arrivals == []


def test_nothing_due_opens_no_connection_and_looks_twice(server, django_assert_num_queries):
    enqueue([mail(n) for n in range(3)], now=NOW + timedelta(days=1))
    with django_assert_num_queries(5):  # giving up interrupted ones, savepoint, two looks, release
        deliver_due(now=NOW)
    assert server.connections == 0


def test_oldest_due_mail_goes_first_and_the_limit_holds(server):
    for number in (3, 1, 2):
        enqueue([mail(number)], now=NOW + timedelta(minutes=number))
    assert deliver_due(now=NOW + timedelta(hours=1), limit=2) == Delivered(sent=2)
    assert [arrival.recipients[0] for arrival in server.arrivals] == [
        "persona1@example.com",
        "persona2@example.com",
    ]


def test_a_claim_is_sent_over_one_connection(server):
    enqueue([mail(number) for number in range(2 * delivery.CLAIM_SIZE)], now=NOW)
    assert deliver_due(now=NOW).sent == 2 * delivery.CLAIM_SIZE
    assert server.connections == 2


def test_a_temporary_refusal_is_tried_again_under_the_same_message_id(server):
    replies = iter(["451 4.7.1 greylisted, come back", "250 OK"])
    server.on_data = lambda recipient: next(replies)
    enqueue([mail()], now=NOW)
    assert deliver_due(now=NOW) == Delivered(retried=1)
    row = OutboxMessage.objects.get()
    assert (row.state, row.attempts, row.last_error) == ("pending", 1, "451 4.7.1 greylisted, come back")
    assert timedelta(minutes=1) <= row.next_attempt_at - NOW < timedelta(minutes=2)
    assert deliver_due(now=NOW + timedelta(seconds=30)) == Delivered()
    assert deliver_due(now=NOW + timedelta(minutes=3)) == Delivered(sent=1)
    assert [arrival.message_id for arrival in server.arrivals] == [row.message_id]
    assert fate() == ("sent", 2, "")


def test_a_temporary_refusal_of_one_does_not_hold_up_the_others(server):
    server.on_recipient = lambda to: "450 mailbox busy" if to == "persona1@example.com" else "250 OK"
    enqueue([mail(1), mail(2), mail(3)], now=NOW)
    assert deliver_due(now=NOW) == Delivered(sent=2, retried=1)
    assert server.connections == 1


def test_attempts_follow_the_schedule_and_end_given_up(server):
    server.on_recipient = lambda to: "450 mailbox busy"
    enqueue([mail()], now=NOW)
    at, waits = NOW, []
    for _ in range(MAX_ATTEMPTS):
        deliver_due(now=at)
        following = OutboxMessage.objects.get().next_attempt_at
        if following:
            waits.append(timedelta(minutes=round((following - at) / timedelta(minutes=1))))
            at = following
    assert waits == list(RETRY_AFTER)
    assert fate() == ("given_up", MAX_ATTEMPTS, "exhausted")
    assert OutboxMessage.objects.get().last_error == "450 mailbox busy"
    assert deliver_due(now=at + timedelta(days=30)) == Delivered()


@pytest.mark.parametrize("stage", ["on_recipient", "on_data"])
def test_a_refusal_for_good_is_given_up_at_once_with_the_servers_words(server, stage):
    setattr(server, stage, lambda to: "550 5.1.1 no such user" if "persona1@" in to else "250 OK")
    enqueue([mail(1), mail(2)], now=NOW)
    assert deliver_due(now=NOW) == Delivered(sent=1, given_up=1)
    row = OutboxMessage.objects.get(key="test:1")
    assert (fate(), row.last_error) == (("given_up", 1, "refused"), "550 5.1.1 no such user")


def test_a_closing_server_ends_the_run_and_the_rest_stays_as_due_as_it_was(server):
    server.on_data = lambda to: "421 4.3.2 shutting down" if "persona2@" in to else "250 OK"
    enqueue([mail(1), mail(2), mail(3)], now=NOW)
    assert deliver_due(now=NOW) == Delivered(sent=1, retried=1)
    untried = OutboxMessage.objects.get(key="test:3")
    assert (untried.state, untried.attempts, untried.next_attempt_at, untried.lease_id) == (
        "pending",
        0,
        NOW,
        None,
    )
    assert deliver_due(now=NOW) == Delivered(sent=1)


def test_an_unreachable_server_costs_no_attempt_and_never_gives_up(settings):
    settings.MAILERS = {
        "default": {
            "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
            "OPTIONS": {"host": "127.0.0.1", "port": free_port(), "timeout": 10},
        }
    }
    enqueue([mail(1), mail(2)], now=NOW)
    at = NOW
    for _ in range(3 * MAX_ATTEMPTS):
        assert deliver_due(now=at) == Delivered(retried=1)
        at += timedelta(minutes=2)
    rows = list(OutboxMessage.objects.values_list("state", "attempts"))
    assert rows == [("pending", 0), ("pending", 0)]
    assert OutboxMessage.objects.exclude(last_error="").count() == 2


def test_a_server_that_leaves_without_goodbye_changes_nothing(server, monkeypatch):
    backend = type(mailers.default)
    closed = backend.close

    def close_badly(self):
        closed(self)
        raise smtplib.SMTPServerDisconnected("not even a word")

    monkeypatch.setattr(backend, "close", close_badly)
    enqueue([mail()], now=NOW)
    assert deliver_due(now=NOW) == Delivered(sent=1)


def test_mail_whose_words_cannot_be_found_is_given_up_and_the_others_go(server):
    broken = mail(2).context | {"due_at": "mañana"}
    enqueue([mail(1, kind="no_such_kind"), mail(2, context=broken), mail(3)], now=NOW)
    assert deliver_due(now=NOW) == Delivered(sent=1, given_up=2)
    assert (fate("test:1"), fate("test:2"), fate("test:3")) == (
        ("given_up", 1, "unwritable"),
        ("given_up", 1, "unwritable"),
        ("sent", 1, ""),
    )
    errors = dict(OutboxMessage.objects.values_list("key", "last_error"))
    assert errors["test:1"] == "TemplateDoesNotExist: email/no_such_kind/subject.txt"
    assert errors["test:2"] == "ValueError: Invalid isoformat string: 'mañana'"


def test_a_zone_that_does_not_exist_is_given_up_visibly(server):
    enqueue([mail(time_zone="America/Atlantis")], now=NOW)
    assert deliver_due(now=NOW) == Delivered(given_up=1)
    assert fate() == ("given_up", 1, "unwritable")


def test_words_are_fixed_at_the_first_attempt(server):
    replies = iter(["451 later", "250 OK"])
    server.on_data = lambda recipient: next(replies)
    enqueue([mail()], now=NOW)
    deliver_due(now=NOW)
    first = OutboxMessage.objects.values_list("subject", "body_text", "body_html").get()
    OutboxMessage.objects.update(context={"number": "changed"}, language="en")
    deliver_due(now=NOW + timedelta(hours=1))
    assert OutboxMessage.objects.values_list("subject", "body_text", "body_html").get() == first
    assert server.arrivals[0].message["Subject"] == "LYN-2026-000123 · Aviso: sin servicio"


def test_mail_in_another_process_hands_is_left_alone(server):
    enqueue([mail()], now=NOW)
    leave_in_dead_hands()
    OutboxMessage.objects.update(lease_until=datetime.max.replace(tzinfo=NOW.tzinfo, year=2999))
    assert deliver_due(now=NOW + timedelta(days=365)) == Delivered()  # a rehearsal's clock ends no lease
    assert server.arrivals == []


def test_mail_whose_process_died_is_sent_again_and_says_so(server):
    enqueue([mail()], now=NOW)
    leave_in_dead_hands()
    message_id = OutboxMessage.objects.get().message_id
    assert deliver_due(now=NOW) == Delivered(sent=1)
    row = OutboxMessage.objects.get()
    assert (row.state, row.attempts, row.interruptions) == ("sent", 2, 1)
    assert [arrival.message_id for arrival in server.arrivals] == [message_id]


def test_mails_whose_process_died_are_claimed_one_by_one(server):
    """So that the one which kills its process takes none of the others with it."""
    enqueue([mail(number) for number in range(3)], now=NOW)
    leave_in_dead_hands()
    assert deliver_due(now=NOW) == Delivered(sent=3)
    assert server.connections == 3


def test_mail_that_dies_with_every_process_is_given_up(server):
    enqueue([mail(1), mail(2)], now=NOW)
    leave_in_dead_hands()
    OutboxMessage.objects.filter(key="test:1").update(attempts=MAX_ATTEMPTS)
    assert deliver_due(now=NOW) == Delivered(sent=1, given_up=1)
    assert fate("test:1") == ("given_up", MAX_ATTEMPTS, "interrupted")
    assert fate("test:2") == ("sent", 2, "")


def test_a_process_that_lost_its_lease_records_nothing(server):
    """It slept past its lease, and another took the mail: what that one records stands."""
    enqueue([mail()], now=NOW)
    run = delivery._Run(NOW, mailers.default)
    claim = delivery._claim(run, 10)
    OutboxMessage.objects.update(lease_id="00000000-0000-0000-0000-000000000002", attempts=5)
    assert delivery._send_all(claim).delivered == Delivered(sent=1)
    assert fate() == ("sending", 5, "")


def test_no_mail_is_begun_late_in_a_run(server, monkeypatch):
    begun = iter([True, True, True, False, False])  # run, claim's mails 1 and 2, then too late
    monkeypatch.setattr(delivery._Run, "may_begin", lambda self: next(begun))
    enqueue([mail(number) for number in range(4)], now=NOW)
    assert deliver_due(now=NOW) == Delivered(sent=2)
    assert list(OutboxMessage.objects.order_by("key").values_list("state", "attempts", "lease_id")) == [
        ("sent", 1, None),
        ("sent", 1, None),
        ("pending", 0, None),
        ("pending", 0, None),
    ]


@pytest.mark.django_db(transaction=True)
def test_delivery_inside_a_transaction_is_refused(server):
    enqueue([mail()], now=NOW)
    with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
        deliver_due(now=NOW)
    assert server.arrivals == []


def test_delivery_refuses_a_naive_now():
    with pytest.raises(ValueError, match="no time zone"):
        deliver_due(now=datetime(2026, 11, 26, 20, 30))


def test_the_queue_survives_a_backend_of_another_kind(mailoutbox):
    enqueue([mail()], now=NOW)
    assert deliver_due(now=NOW) == Delivered(sent=1)
    assert [letter.to for letter in mailoutbox] == [["Ana Pérez <persona1@example.com>"]]
