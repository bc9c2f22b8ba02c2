"""Mails that come back, and addresses that get no more."""

import pytest
from django.db import IntegrityError, transaction

from lynnsupport.accounts.domain.roles import Role
from lynnsupport.common.refusal import Refused
from lynnsupport.outbox.bounces import lift_suspension, record_bounce
from lynnsupport.outbox.models import OutboxMessage, Suspension
from lynnsupport.outbox.operations import Delivered, deliver_due, enqueue, replay
from tests.factories import UserFactory

from .support import NOW, mail

pytestmark = pytest.mark.django_db
WORDS = "550 5.1.1 no such user"


@pytest.fixture
def lead(db):
    return UserFactory(role=Role.DESK_LEAD)


@pytest.fixture
def sent(server, lead):
    enqueue([mail(1)], now=NOW)
    deliver_due(now=NOW)
    return OutboxMessage.objects.get()


def test_a_final_refusal_suspends_the_address_and_the_desk_leads_hear_of_it_once(sent, lead):
    first = record_bounce(sent, is_final=True, words=WORDS, now=NOW)
    assert record_bounce(sent, is_final=True, words="again", now=NOW) == first
    sent.refresh_from_db()
    assert (sent.bounced_at, sent.bounce, sent.state) == (NOW, WORDS, "sent")
    assert (first.address, first.since, first.words) == (sent.to_address.lower(), NOW, WORDS)
    notices = OutboxMessage.objects.filter(kind="address_suspended")
    assert [notice.to_address for notice in notices] == [lead.email]


def test_a_passing_refusal_suspends_nobody(sent):
    assert record_bounce(sent, is_final=False, words="452 full", now=NOW) is None
    sent.refresh_from_db()
    assert (sent.bounce, Suspension.objects.count()) == ("452 full", 0)


def test_nothing_is_sent_to_a_suspended_address_until_it_is_lifted(server, sent, lead):
    suspension = record_bounce(sent, is_final=True, words=WORDS, now=NOW)
    OutboxMessage.objects.filter(kind="address_suspended").delete()
    enqueue([mail(2, to=sent.to_address.upper()), mail(3, to="otra@example.com")], now=NOW)
    assert deliver_due(now=NOW) == Delivered(sent=1, given_up=1)
    held = OutboxMessage.objects.get(state="given_up")
    assert (held.failure, held.attempts) == ("suspended", 1)
    lift_suspension(suspension, by=lead, now=NOW)
    replay(held, by=lead, now=NOW)
    assert deliver_due(now=NOW) == Delivered(sent=1)


def test_only_who_may_send_again_lifts_a_suspension(sent, lead):
    suspension = record_bounce(sent, is_final=True, words=WORDS, now=NOW)
    with pytest.raises(Refused):
        lift_suspension(suspension, by=UserFactory(role=Role.ENGINEER), now=NOW)
    lift_suspension(suspension, by=lead, now=NOW)
    assert lift_suspension(suspension, by=lead, now=NOW).lifted_by == lead
    again = record_bounce(sent, is_final=True, words=WORDS, now=NOW)
    assert again != suspension


def test_one_suspension_in_force_for_an_address(sent):
    record_bounce(sent, is_final=True, words=WORDS, now=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        Suspension.objects.create(address=sent.to_address.lower(), since=NOW, message=sent)


def test_words_of_another_server_fit_on_one_line(sent):
    record_bounce(sent, is_final=False, words="550\r\nBcc: x\u2028" + "y" * 5000, now=NOW)
    sent.refresh_from_db()
    assert (len(sent.bounce), "\n" in sent.bounce) == (1000, False)


def test_the_return_path_names_the_mail(server, sent):
    from lynnsupport.outbox.identity import message_of_address

    assert message_of_address(server.arrivals[0].sender) == sent.pk
    assert server.arrivals[0].message["From"] == "support_lynn@lynn.cx"


def test_the_notice_renders_in_both_languages(server, sent, lead):
    for language in ("es", "en"):
        Suspension.objects.all().delete()
        lead.language = language
        lead.save()
        record_bounce(sent, is_final=True, words=WORDS, now=NOW)
    deliver_due(now=NOW)
    assert OutboxMessage.objects.filter(kind="address_suspended", state="sent").count() == 2
