"""What the database itself refuses: a state without its instant, an instant without its state."""

import uuid

import pytest
from django.db import IntegrityError, transaction

from lynnsupport.outbox.models import OutboxMessage
from lynnsupport.outbox.operations import enqueue

from .support import NOW, mail

LEASE = {"lease_id": uuid.UUID(int=1), "lease_until": NOW}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changes", "constraint"),
    [
        ({"state": "lost", "next_attempt_at": NOW}, "outbox_known_state"),
        ({"next_attempt_at": None}, "outbox_next_attempt_while_unfinished"),
        ({"state": "sent", "sent_at": NOW}, "outbox_next_attempt_while_unfinished"),
        ({"state": "sending"}, "outbox_lease_while_sending"),
        ({"state": "sending", "lease_until": NOW}, "outbox_lease_while_sending"),
        (LEASE, "outbox_lease_while_sending"),
        ({"state": "sent", "next_attempt_at": None}, "outbox_sent_at_when_sent"),
        ({"sent_at": NOW}, "outbox_sent_at_when_sent"),
        ({"state": "given_up", "next_attempt_at": None}, "outbox_failure_when_given_up"),
        ({"failure": "refused"}, "outbox_failure_when_given_up"),
    ],
)
def test_the_database_refuses_half_a_fate(changes, constraint):
    enqueue([mail()], now=NOW)
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        OutboxMessage.objects.update(**changes)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "changes",
    [
        {"state": "sending", **LEASE},
        {"state": "sent", "next_attempt_at": None, "sent_at": NOW},
        {"state": "given_up", "next_attempt_at": None, "failure": "refused"},
    ],
)
def test_the_database_takes_every_whole_fate(changes):
    enqueue([mail()], now=NOW)
    assert OutboxMessage.objects.update(**changes) == 1


@pytest.mark.django_db
def test_the_database_takes_a_key_once():
    enqueue([mail()], now=NOW)
    again = OutboxMessage.objects.get()
    again.pk, again.message_id = None, "<another@lynn.cx>"
    with pytest.raises(IntegrityError), transaction.atomic():
        again.save(force_insert=True)
