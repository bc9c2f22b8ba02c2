"""Asking for mail: once per key, in the caller's transaction, never failing it over a recipient."""

from contextlib import suppress
from datetime import datetime

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from lynnsupport.outbox.models import OutboxMessage
from lynnsupport.outbox.operations import enqueue

from .support import NOW, mail

pytestmark = pytest.mark.django_db


def test_enqueue_stores_what_was_asked_and_when():
    assert enqueue([mail()], now=NOW) == 1
    stored = OutboxMessage.objects.get()
    assert {
        "key": stored.key,
        "kind": stored.kind,
        "to": stored.to_address,
        "to_name": stored.to_name,
        "context": stored.context,
        "about": stored.about,
        "thread": stored.thread,
        "state": stored.state,
        "attempts": stored.attempts,
        "created_at": stored.created_at,
        "next_attempt_at": stored.next_attempt_at,
    } == {
        "key": "test:1",
        "kind": "test",
        "to": "persona1@example.com",
        "to_name": "Ana Pérez",
        "context": mail().context,
        "about": "LYN-2026-000123",
        "thread": "LYN-2026-000123",
        "state": "pending",
        "attempts": 0,
        "created_at": NOW,
        "next_attempt_at": NOW,
    }


def test_enqueue_ignores_keys_it_knows_and_counts_the_new_ones():
    first = mail(1, context={"text": "the first"})
    assert enqueue([first, mail(2)], now=NOW) == 2
    assert enqueue([mail(1), mail(2), mail(3), mail(3)], now=NOW) == 1
    assert OutboxMessage.objects.count() == 3
    assert OutboxMessage.objects.get(key="test:1").context == {"text": "the first"}


def test_enqueue_of_nothing_stores_nothing(rings, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        assert enqueue([], now=NOW) == 0
    assert rings == []


@pytest.mark.parametrize("number", [1, 3, 300])
def test_enqueue_takes_one_query_for_any_number_of_mails(number):
    with CaptureQueriesContext(connection) as queries:
        assert enqueue((mail(n) for n in range(number)), now=NOW) == number
    assert len(queries) == 1


def test_enqueue_counts_rows_stored_and_not_rows_read_by_the_iterable():
    enqueue([mail(n) for n in range(5)], now=NOW)

    def asked():
        for message in OutboxMessage.objects.all():
            yield mail(int(message.pk) + 100_000)

    assert enqueue(asked(), now=NOW) == 5


def test_enqueue_nudges_once_a_transaction(rings, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True) as callbacks:
        enqueue([mail(1), mail(2)], now=NOW)
        with transaction.atomic():
            enqueue([mail(3)], now=NOW)
        enqueue([mail(4)], now=NOW)
        assert rings == []
    assert (len(callbacks), rings) == (1, [1])


def test_enqueue_nudges_for_what_is_left_when_a_savepoint_rolls_back(
    rings, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        with suppress(RuntimeError), transaction.atomic():
            enqueue([mail(1)], now=NOW)
            raise RuntimeError
        enqueue([mail(2)], now=NOW)
    assert (OutboxMessage.objects.count(), rings) == (1, [1])


@pytest.mark.django_db(transaction=True)
def test_enqueue_in_a_transaction_that_fails_leaves_nothing(rings):
    with suppress(RuntimeError), transaction.atomic():
        assert enqueue([mail(1), mail(2)], now=NOW) == 2
        raise RuntimeError
    assert (OutboxMessage.objects.count(), rings) == (0, [])


@pytest.mark.django_db(transaction=True)
def test_enqueue_is_all_or_nothing_without_a_transaction_of_the_caller(rings):
    def asked():
        yield from (mail(n) for n in range(1500))
        raise RuntimeError

    with pytest.raises(RuntimeError):
        enqueue(asked(), now=NOW)
    assert (OutboxMessage.objects.count(), rings) == (0, [])


@pytest.mark.parametrize(
    "address",
    [
        "",
        "nobody",
        "a@b@example.com",
        "a@example.com, b@example.com",
        "a@example.com\r\nBcc: b@example.com",
        "a@exam\u2028ple.com",
        "<a@example.com>",
        "Ana <a@example.com>",
        "añá@example.com",
        f"{'a' * 250}@example.com",
        "a@example.com\x00",
    ],
)
def test_enqueue_for_an_impossible_address_is_given_up_at_once(address):
    assert enqueue([mail(1, to=address), mail(2)], now=NOW) == 2
    stored = OutboxMessage.objects.get(key="test:1")
    assert (stored.state, stored.failure, stored.next_attempt_at) == ("given_up", "bad_address", None)
    assert (bool(stored.last_error), len(stored.to_address) <= 254) == (True, True)
    assert OutboxMessage.objects.get(key="test:2").state == "pending"


@pytest.mark.parametrize(
    "address", ["a+b@example.com", " a@example.com\n", "a@ñandú.cl", "O'Higgins@example.com"]
)
def test_enqueue_takes_every_possible_address(address):
    enqueue([mail(1, to=address)], now=NOW)
    stored = OutboxMessage.objects.get()
    assert (stored.state, stored.to_address) == ("pending", address.strip())


def test_enqueue_cleans_the_name():
    enqueue([mail(1, to_name="Ana\r\nBcc: x@example.com\u2028\x00" + "a" * 300)], now=NOW)
    name = OutboxMessage.objects.get().to_name
    assert (len(name), name[:26]) == (150, "Ana Bcc: x@example.com aaa")


def test_enqueue_keeps_out_of_the_context_what_no_database_takes():
    context = {"text": "a\x00b\ud800c", "list": [{"k\x00": "\x00"}], "n": 5, "none": None, "tuple": ("x",)}
    enqueue([mail(1, context=context)], now=NOW)
    assert OutboxMessage.objects.get().context == {
        "text": "ab?c",
        "list": [{"k": ""}],
        "n": 5,
        "none": None,
        "tuple": ["x"],
    }


@pytest.mark.parametrize(
    "changes",
    [
        {"key": ""},
        {"key": "k" * 401},
        {"kind": ""},
        {"kind": "k" * 51},
        {"about": "a" * 41},
        {"thread": "t" * 101},
        {"language": "l" * 11},
        {"time_zone": "z" * 51},
    ],
)
def test_enqueue_refuses_what_only_code_gets_wrong(changes):
    with pytest.raises(ValueError, match="characters"):
        enqueue([mail(1, **changes)], now=NOW)


def test_enqueue_refuses_a_naive_now():
    with pytest.raises(ValueError, match="no time zone"):
        enqueue([mail()], now=datetime(2026, 11, 26, 20, 30))


def test_message_ids_are_stable_distinct_and_tell_nothing():
    enqueue([mail(1), mail(2)], now=NOW)
    before = dict(OutboxMessage.objects.values_list("key", "message_id"))
    OutboxMessage.objects.all().delete()
    enqueue([mail(2), mail(1)], now=NOW)
    assert dict(OutboxMessage.objects.values_list("key", "message_id")) == before
    assert len(set(before.values())) == 2
    for message_id in before.values():
        local, _, domain = message_id.strip("<>").partition("@")
        assert (len(local), domain) == (40, "lynn.cx")


def test_enqueue_holds_a_thousand_mails_at_a_time():
    taken, taken_at_insert = 0, []

    def asked():
        nonlocal taken
        for number in range(2500):
            taken += 1
            yield mail(number)

    def watch(execute, sql, params, many, context):
        taken_at_insert.append(taken)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        assert enqueue(asked(), now=NOW) == 2500
    assert taken_at_insert == [1000, 2000, 2500]
