"""AVL-4: what stood announced to a tenant, since when, and how that is proven."""

from datetime import timedelta

import pytest

from lynnsupport.common.intervals import Interval
from lynnsupport.notices.domain.audience import Audience
from lynnsupport.notices.models import Delivery, Product, Provider, TenantProduct
from lynnsupport.notices.queries import announced_downtimes
from lynnsupport.outbox.models import OutboxMessage
from tests.factories import ContactFactory, CustomerFactory, TenantFactory
from tests.tickets.stories import chile

from .stories import HOUR, NOW, corrected, left, published, told, withdrawn

pytestmark = [pytest.mark.django_db, pytest.mark.rule("AVL-4", "NOT-5")]

PERIOD = Interval(chile("2026-11-01"), chile("2026-12-01"))
START = NOW + 14 * HOUR
WINDOW = Interval(START, START + 2 * HOUR)
SENT = NOW + timedelta(minutes=5)


def announced(tenant, period=PERIOD):
    return [(one.window, one.announced_at) for one in announced_downtimes(tenant, period)]


def send_out(version, *, at):
    told(now=at)
    left(at=at)
    return version


def test_AVL_4_announced_once_its_first_mail_has_left(cast):
    version = published()
    told(now=NOW)
    assert announced(cast.tenant) == []
    left(at=SENT)
    assert announced(cast.tenant) == [(WINDOW, SENT)]
    proof = announced_downtimes(cast.tenant, PERIOD)[0].proof
    message = Delivery.objects.filter(way="mail").order_by("message__sent_at", "pk").first().message
    assert version.notice.reference in proof
    assert any(row.message_id in proof for row in OutboxMessage.objects.filter(kind="notice")), message


def test_a_mail_that_came_back_or_went_to_others_announces_nothing(cast):
    published(audience=Audience(customers=frozenset({cast.customer.pk})), is_public=False)
    other = TenantFactory()
    ContactFactory(customer=other.customer)
    told(now=NOW)
    left(at=SENT)
    assert (announced(cast.tenant), announced(other)) == ([(WINDOW, SENT)], [])
    OutboxMessage.objects.update(bounced_at=SENT)
    assert announced(cast.tenant) == []


def test_a_moved_window_counts_from_the_mail_that_states_it(cast):
    first = send_out(published(), at=SENT)
    moved = START + 3 * HOUR
    again = NOW + HOUR
    second = corrected(first, now=again, starts_at=moved, ends_at=moved + HOUR)
    told(now=again)
    assert announced(cast.tenant) == []  # the one in force has not left
    left(at=again)
    assert announced(cast.tenant) == [(Interval(moved, moved + HOUR), again)]
    send_out(corrected(second, now=again + HOUR, body_es="Otro texto."), at=again + HOUR)
    assert announced(cast.tenant) == [(Interval(moved, moved + HOUR), again)]


def test_an_overrun_cannot_be_announced_afterwards(cast):
    first = send_out(published(), at=SENT)
    during = START + HOUR
    send_out(corrected(first, now=during, ends_at=START + 5 * HOUR), at=during)
    assert announced(cast.tenant) == [(WINDOW, SENT)]


def test_withdrawn_is_not_announced(cast):
    first = send_out(published(), at=SENT)
    withdrawn(first, now=NOW + HOUR)
    assert announced(cast.tenant) == []


def test_only_windows_that_touch_the_period_and_whole_ones(cast):
    send_out(published(), at=SENT)
    assert announced(cast.tenant, Interval(START + HOUR, START + 9 * HOUR)) == [(WINDOW, SENT)]
    assert announced(cast.tenant, Interval(START + 2 * HOUR, START + 9 * HOUR)) == []
    assert announced(cast.tenant, Interval(NOW, START)) == []
    assert announced(cast.tenant, Interval(NOW, None)) == [(WINDOW, SENT)]


def test_tenants_that_do_not_use_the_product_are_not_concerned(cast):
    meta = Provider.objects.create(name="Meta", slug="meta")
    whatsapp = Product.objects.create(name="WhatsApp", slug="whatsapp", provider=meta)
    teams = Product.objects.create(name="Teams", slug="teams")
    other = TenantFactory(customer=CustomerFactory(partner=cast.partner))
    TenantProduct.objects.create(tenant=other, product=teams)
    send_out(published(products=[whatsapp]), at=SENT)
    assert (announced(cast.tenant), announced(other)) == ([(WINDOW, SENT)], [])


def test_without_downtime_nothing_is_announced(cast):
    send_out(published(announces_downtime=False), at=SENT)
    assert announced(cast.tenant) == []
