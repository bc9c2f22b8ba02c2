"""Telling: each person once by each way, by their choice, in their language and zone; who joins later too."""

import pytest
from django.db import IntegrityError, transaction

from lynnsupport.accounts.domain.roles import Role
from lynnsupport.accounts.models import User
from lynnsupport.notices.domain.audience import Audience
from lynnsupport.notices.models import Delivery, Dispatch, MailChoice, Product, Provider, TenantProduct
from lynnsupport.notices.operations import dispatch_due, dispatching
from lynnsupport.notices.queries import progress_of, troubled
from lynnsupport.notices.reach import count_people, executives_with_partners
from lynnsupport.outbox.letters import compose, write
from lynnsupport.outbox.models import OutboxMessage
from tests.factories import ContactFactory, CustomerFactory, PartnerFactory, TenantFactory, UserFactory

from .stories import HOUR, NOW, corrected, left, published, told, withdrawn

pytestmark = [pytest.mark.django_db, pytest.mark.rule("NOT-2", "NOT-4")]


def mailed(version):
    return sorted(version.deliveries.filter(way="mail", is_declined=False).values_list("address", flat=True))


def addresses(*contacts):
    return sorted(contact.email for contact in contacts)


# ---------- whom an audience reaches ----------


@pytest.fixture
def world(cast):
    """Chile: a partner with a customer (`cast`). Peru: a partner with two customers, one in Ecuador."""
    partner = PartnerFactory(country="PE")
    limena = CustomerFactory(partner=partner, country="PE")
    quitena = CustomerFactory(partner=partner, country="EC")
    people = {
        "own": ContactFactory(partner=partner),
        "lima": ContactFactory(customer=limena),
        "quito": ContactFactory(customer=quitena, user=None),
        "chile_own": cast.designated,
        "chile": cast.colleague,
    }
    tenants = {"lima": TenantFactory(customer=limena), "quito": TenantFactory(customer=quitena)}
    meta = Provider.objects.create(name="Meta", slug="meta")
    whatsapp = Product.objects.create(name="WhatsApp", slug="whatsapp", provider=meta)
    teams = Product.objects.create(name="Teams", slug="teams")
    TenantProduct.objects.create(tenant=tenants["lima"], product=teams)
    TenantProduct.objects.create(tenant=tenants["quito"], product=whatsapp)
    return {
        "people": people,
        "peruana": partner.pk,
        "limena": limena.pk,
        "quito_tenant": tenants["quito"].pk,
        "whatsapp": whatsapp.pk,
        "meta": meta.pk,
    }


@pytest.mark.rule("NOT-3")
@pytest.mark.parametrize(
    ("limits", "reached"),
    [
        ({"everyone": True}, "own lima quito chile_own chile"),
        ({}, ""),
        ({"countries": ["EC"]}, "own quito"),
        ({"countries": ["PE"]}, "own lima"),
        ({"countries": ["ES"]}, ""),
        ({"partners": ["peruana"]}, "own lima quito"),
        ({"customers": ["limena"]}, "own lima"),
        ({"tenants": ["quito_tenant"]}, "own quito"),
        ({"customers": ["limena"], "tenants": ["quito_tenant"]}, "own lima quito"),
        # the Chilean tenant has nothing on record, so it counts as using everything
        ({"products": ["whatsapp"]}, "own quito chile_own chile"),
        ({"providers": ["meta"]}, "own quito chile_own chile"),
        ({"products": ["whatsapp"], "countries": ["EC"]}, "own quito"),
        ({"products": ["whatsapp"], "countries": ["PE"]}, ""),
        ({"roles": ["partner"]}, "own lima chile_own chile"),
        ({"roles": ["partner"], "countries": ["PE"]}, "own lima"),
        ({"roles": ["partner_admin"]}, ""),
    ],
)
def test_an_audience_reaches_whom_it_says(world, limits, reached):
    stored = {
        name: values if values is True else [world.get(value, value) for value in values]
        for name, values in limits.items()
    }
    audience = Audience.of(stored)
    expected = addresses(*(world["people"][name] for name in reached.split()))
    version = published(audience=audience, is_public=False, to_executives=True) if stored else None
    assert count_people(audience) == len(expected)
    if version:
        told(now=NOW)
        assert mailed(version) == expected


def test_lynns_own_people_are_told_where_their_role_is_named(cast):
    version = published(kind="change", audience=Audience(roles=frozenset({"engineer"})), is_public=False)
    told(now=NOW)
    engineers = User.objects.filter(role=Role.ENGINEER).values_list("email", flat=True)
    assert mailed(version) == sorted(engineers)


def test_who_has_no_access_any_more_is_not_told(cast):
    User.objects.filter(pk=cast.colleague.user.pk).update(is_active=False)
    moved = ContactFactory(customer=cast.customer)
    type(moved).objects.filter(pk=moved.pk).update(partner=PartnerFactory())
    version = published()
    told(now=NOW)
    assert mailed(version) == [cast.designated.email]


# ---------- once ----------


def test_NOT_4_each_person_is_told_once_however_often_it_runs(cast, monkeypatch):
    monkeypatch.setattr(dispatching, "BATCH", 2)
    partner = PartnerFactory()
    for _number in range(3):
        ContactFactory(partner=partner)
    ContactFactory(partner=partner, email=cast.colleague.email, user=None)  # one person of two partners
    version = published()
    assert told(now=NOW) == 10  # five people, each with a login: mail and banner
    Dispatch.objects.update(next_run_at=NOW, cursor="")
    assert told(now=NOW) == 0
    assert (len(mailed(version)), OutboxMessage.objects.filter(kind="notice").count()) == (5, 5)
    with pytest.raises(IntegrityError), transaction.atomic():
        Delivery.objects.create(
            version=version, way="banner", address=cast.colleague.email, user=cast.colleague.user, at=NOW
        )


def test_a_batch_that_fails_leaves_nothing_and_is_done_again(cast, monkeypatch):
    version = published()
    real = Delivery.objects.bulk_create
    monkeypatch.setattr(Delivery.objects, "bulk_create", lambda rows: (real(rows), 1 / 0))
    with pytest.raises(ZeroDivisionError):
        dispatch_due(now=NOW)
    monkeypatch.undo()
    assert (Delivery.objects.count(), OutboxMessage.objects.filter(kind="notice").count()) == (0, 0)
    told(now=NOW)
    assert len(mailed(version)) == 2


def test_who_joins_later_is_told_until_it_is_over(cast):
    version = published()
    told(now=NOW)
    late = ContactFactory(customer=cast.customer)
    assert told(now=NOW) == 0
    told(now=NOW + HOUR)
    assert late.email in mailed(version)
    told(now=NOW + 16 * HOUR)
    later = ContactFactory(customer=cast.customer)
    told(now=NOW + 40 * HOUR)
    assert later.email not in mailed(version)
    assert Dispatch.objects.get().next_run_at is None


@pytest.mark.rule("NOT-5")
def test_whoever_was_told_hears_of_the_change_though_it_concerns_them_no_more(cast):
    dropped = ContactFactory(customer=TenantFactory().customer)
    left_since = ContactFactory(customer=TenantFactory().customer)
    first = published(
        audience=Audience(
            customers=frozenset({cast.customer.pk, dropped.customer_id, left_since.customer_id})
        ),
        is_public=False,
    )
    told(now=NOW)
    MailChoice.objects.create(address=dropped.email, kind="maintenance", since=NOW)
    User.objects.filter(pk=left_since.user.pk).update(is_active=False)
    only = Audience(customers=frozenset({cast.customer.pk}))
    second = corrected(first, now=NOW + HOUR, audience=only)
    told(now=NOW + HOUR)
    assert mailed(second) == addresses(cast.designated, cast.colleague, dropped)


# ---------- what each gets ----------


def letter_to(version, address):
    message = version.deliveries.get(way="mail", address=address).message
    write(message)
    return message, compose(message)


def test_in_the_language_and_zone_of_the_reader_with_both_zones(cast):
    User.objects.filter(pk=cast.colleague.user.pk).update(language="en", time_zone="America/Lima")
    version = published()
    told(now=NOW)
    message, _letter = letter_to(version, cast.colleague.email)
    assert message.subject == f"[{version.notice.reference}] Maintenance: Platform maintenance"
    assert "From: Mon 23 Nov, 22:00 (Peru) · Tue 24 Nov, 00:00 (Chile)" in message.body_text
    assert "<strong>database</strong>" in message.body_html
    message, _letter = letter_to(version, cast.designated.email)
    assert "mar 24 nov, 00:00 (Chile)\n" in message.body_text


def test_a_contact_without_a_login_is_told_in_the_language_that_the_desk_noted(cast):
    contact = ContactFactory(partner=cast.partner, customer=cast.customer, user=None, language="en")
    version = published()
    told(now=NOW)
    message, _letter = letter_to(version, contact.email)
    assert message.subject == f"[{version.notice.reference}] Maintenance: Platform maintenance"


@pytest.mark.rule("NOT-5")
def test_versions_share_thread_and_calendar_entry(cast):
    from icalendar import Calendar

    first = published()
    told(now=NOW)
    second = corrected(first, now=NOW + HOUR, starts_at=NOW + 15 * HOUR)
    told(now=NOW + HOUR)
    third = withdrawn(second, now=NOW + 2 * HOUR)
    told(now=NOW + 2 * HOUR)
    letters = [letter_to(version, cast.designated.email)[1] for version in (first, second, third)]
    assert len({letter.extra_headers["References"] for letter in letters}) == 1
    assert len({letter.extra_headers["Message-ID"] for letter in letters}) == 3
    calendars = [Calendar.from_ical(letter.attachments[0].content) for letter in letters]
    events = [calendar.walk("VEVENT")[0] for calendar in calendars]
    assert len({event["UID"] for event in events}) == 1
    assert [int(event["SEQUENCE"]) for event in events] == [0, 1, 2]
    assert [str(event["STATUS"]) for event in events] == ["CONFIRMED", "CONFIRMED", "CANCELLED"]
    assert [str(calendar["METHOD"]) for calendar in calendars] == ["PUBLISH", "PUBLISH", "CANCEL"]
    assert letters[2].attachments[0].mimetype == "text/calendar; method=CANCEL"


def test_executives_get_a_digest_with_their_partners(cast):
    other = CustomerFactory()
    TenantFactory(customer=other)
    version = published(
        audience=Audience(customers=frozenset({cast.customer.pk})), is_public=False, to_executives=True
    )
    assert [
        (user, [(partner.pk, count) for partner, count in partners])
        for user, partners in executives_with_partners(version)
    ] == [(cast.executive, [(cast.partner.pk, 1)])]
    told(now=NOW)
    told(now=NOW + HOUR)
    digests = OutboxMessage.objects.filter(kind="notice_digest")
    assert [row.to_address for row in digests] == [cast.executive.email]
    write(digests[0])
    assert cast.partner.name in digests[0].body_text


# ---------- what a person wants ----------


@pytest.mark.parametrize(
    ("kind", "is_sent"),
    [("change", False), ("deprecation", False), ("maintenance", True), ("incident", True)],
)
def test_NOT_4_a_choice_binds_except_for_maintenance_and_incidents(cast, kind, is_sent):
    MailChoice.objects.create(address=cast.colleague.email, kind=kind, since=NOW)
    version = published(kind=kind)
    told(now=NOW)
    assert (cast.colleague.email in mailed(version)) == is_sent
    figures = progress_of(version)
    assert (figures.declined, figures.mails, figures.banners) == ((0, 2, 2) if is_sent else (1, 1, 2))


def test_maintenance_of_other_peoples_tenants_can_be_declined(cast):
    """Told to everyone, but it touches one customer alone."""
    bystander = ContactFactory(customer=TenantFactory().customer)
    for person in (bystander, cast.colleague):
        MailChoice.objects.create(address=person.email, kind="maintenance", since=NOW)
    version = published(tenants=[cast.tenant], is_public=False)
    told(now=NOW)
    assert mailed(version) == addresses(cast.colleague, cast.designated)


@pytest.mark.parametrize("kind", ["change", "maintenance"])
def test_only_what_is_optional_can_be_unsubscribed(cast, kind):
    version = published(kind=kind)
    told(now=NOW)
    message, letter = letter_to(version, cast.colleague.email)
    raw = letter.message().as_bytes()
    if kind == "maintenance":
        assert (message.unsubscribe, b"List-Unsubscribe" in raw) == ("", False)
        return
    address = f"http://localhost:8000{message.unsubscribe}"
    assert f"\nList-Unsubscribe: <{address}>\n".encode() in raw  # in one piece, or no program reads it
    assert b"\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\n" in raw
    assert address in message.body_text


# ---------- how it goes ----------


def test_the_fate_of_each_mail_is_on_record(cast):
    version = published()
    told(now=NOW)
    left(at=NOW)
    came_back = version.deliveries.get(way="mail", address=cast.colleague.email)
    OutboxMessage.objects.filter(pk=came_back.message_id).update(bounced_at=NOW, bounce="550 unknown")
    figures = progress_of(version)
    assert (figures.people, figures.mails, figures.sent, figures.came_back, figures.share) == (
        2,
        2,
        2,
        1,
        100,
    )
    assert [delivery.address for delivery in troubled(version)] == [cast.colleague.email]


def test_a_run_asks_the_database_as_often_for_many_as_for_few(cast, django_assert_max_num_queries):
    for _number in range(30):
        ContactFactory(customer=cast.customer)
    published()
    UserFactory()
    with django_assert_max_num_queries(45):
        dispatch_due(now=NOW)
    assert Delivery.objects.count() == 64
