"""What the health page asks of the outbox."""

from datetime import timedelta

import pytest

from lynnsupport.outbox.models import OutboxMessage
from lynnsupport.outbox.operations import deliver_due, enqueue
from lynnsupport.outbox.queries import oldest_pending_age, unfinished_by_state

from .support import NOW, mail

pytestmark = pytest.mark.django_db


def test_unfinished_by_state_names_every_state(mailoutbox):
    assert unfinished_by_state() == {"pending": 0, "sending": 0, "given_up": 0}
    enqueue([mail(1)], now=NOW)
    deliver_due(now=NOW)
    enqueue([mail(2), mail(3), mail(4, to="nobody")], now=NOW)
    assert unfinished_by_state() == {"pending": 2, "sending": 0, "given_up": 1}


def test_oldest_pending_age_is_that_of_the_longest_untried():
    assert oldest_pending_age(NOW) is None
    enqueue([mail(1)], now=NOW)
    enqueue([mail(2)], now=NOW + timedelta(minutes=5))
    assert oldest_pending_age(NOW + timedelta(minutes=7)) == timedelta(minutes=7)


def test_oldest_pending_age_leaves_out_what_a_server_asked_to_bring_later(server):
    server.on_data = lambda recipient: "451 later"
    enqueue([mail(1)], now=NOW)
    deliver_due(now=NOW)
    assert oldest_pending_age(NOW + timedelta(minutes=7)) is None


def test_oldest_pending_age_grows_while_the_server_cannot_be_reached(settings):
    settings.MAILERS = {"default": {"OPTIONS": {"host": "127.0.0.1", "port": 1, "timeout": 10}}}
    enqueue([mail(1)], now=NOW)
    deliver_due(now=NOW)
    assert OutboxMessage.objects.get().last_error == "ConnectionRefusedError: [Errno 111] Connection refused"
    assert oldest_pending_age(NOW + timedelta(minutes=7)) == timedelta(minutes=7)
