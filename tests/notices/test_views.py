"""What people see: archive and detail, the banner on every page, what they choose to get."""

import re

import pytest
import time_machine
from django.core import signing
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lynnsupport.notices.domain.audience import Audience
from lynnsupport.notices.mails import DECLINE_SALT
from lynnsupport.notices.models import Delivery, MailChoice, Product, Provider, TenantAddress
from tests.factories import ContactFactory, CustomerFactory, TenantFactory
from tests.tickets.pages import signed_in, text_of

from .stories import HOUR, NOW, corrected, plain, published, told, withdrawn

pytestmark = [pytest.mark.django_db, pytest.mark.rule("NOT-2", "NOT-4")]


@pytest.fixture(autouse=True)
def _on_monday():
    with time_machine.travel(NOW, tick=False):
        yield


def mine(cast, **changes):
    audience = Audience(customers=frozenset({cast.customer.pk}))
    return published(audience=audience, is_public=False, **changes)


def listed(response):
    return [row[0].notice.reference for row in response.context["current"] + response.context["past"]]


# ---------- archive and detail ----------


def test_an_empty_archive_teaches(client):
    assert "Todavía" in text_of(client.get("/avisos/")) or "No notices yet" in text_of(client.get("/avisos/"))


def test_the_archive_is_narrowed_and_searched(client):
    meta = Provider.objects.create(name="Meta", slug="meta")
    whatsapp = Product.objects.create(name="WhatsApp", slug="whatsapp", provider=meta)
    change = published(kind="change", title_es="Nueva política de número", products=[whatsapp])
    maintenance = published()
    both = [maintenance.notice.reference, change.notice.reference]
    for asked, found in [
        ("", both),
        ("?kind=change", both[1:]),
        ("?product=whatsapp", both[1:]),
        ("?provider=meta", both[1:]),
        ("?q=POLITICA numero", both[1:]),
        ("?q=política mantención", []),
        (f"?q={both[0]}", both[:1]),
        ("?kind=nothing&product=none&page=99&q=", both),
    ]:
        assert (asked, listed(client.get(f"/avisos/{asked}"))) == (asked, found)


def test_a_notice_shows_its_versions_and_both_zones(client):
    first = published(body_es="<b>Hola</b> **mundo**")
    second = corrected(first, now=NOW + HOUR, what_changed_es="Una hora más tarde.")
    page = client.get(f"/avisos/{second.notice.reference.lower()}/")
    assert "&lt;b&gt;Hola&lt;/b&gt; <strong>mundo</strong>" in page.content.decode()
    assert [version.number for version in page.context["versions"]] == [2, 1]
    assert client.get("/avisos/AVI-99999/").status_code == 404
    assert client.get("/avisos/AVI-1/").status_code == 404


def test_who_was_told_reads_it_and_nobody_else(cast):
    version = mine(cast)
    told(now=NOW)
    stranger = ContactFactory(customer=TenantFactory().customer)
    address = f"/avisos/{version.notice.reference}/"
    seen = {
        person.email: signed_in(person).get(address).status_code
        for person in (cast.designated.user, cast.executive, cast.engineer, stranger.user)
    }
    assert list(seen.values()) == [200, 200, 200, 404]
    assert listed(signed_in(cast.designated.user).get("/avisos/")) == [version.notice.reference]
    assert listed(signed_in(stranger.user).get("/avisos/")) == []


def test_an_earlier_version_that_was_not_public_stays_so(client, cast):
    first = mine(cast, title_es="Confidencial", title_en="Confidential")
    told(now=NOW)
    second = corrected(
        first, now=NOW, audience=Audience(everyone=True), is_public=True, **title("Para todos")
    )
    stranger = ContactFactory(customer=TenantFactory().customer).user
    told(now=NOW + HOUR)
    address = f"/avisos/{second.notice.reference}/"
    for reader in (client, signed_in(stranger)):
        page = reader.get(address)
        assert (page.status_code, [version.number for version in page.context["versions"]]) == (200, [2])
        assert "onfiden" not in page.content.decode()
    told_both = signed_in(cast.designated.user).get(address)
    assert [version.number for version in told_both.context["versions"]] == [2, 1]
    assert "onfiden" not in client.get("/api/v2/summary.json").content.decode()


def title(text):
    return {"title_es": text, "title_en": text}


def test_the_archive_asks_as_often_for_many_as_for_one(client):
    counts = []
    for _number in range(2):
        published()
        with CaptureQueriesContext(
            connection,
        ) as queries:
            client.get("/avisos/")
        counts.append(len(queries))
        published()
    assert counts[0] == counts[1] <= 8


# ---------- the banner ----------


def banners(client, address="/cuenta/"):
    return re.findall(r'<div class="banner banner-(\w+)">', client.get(address).content.decode())


def test_a_banner_is_a_landmark_and_is_put_away(cast):
    version = mine(cast)
    told(now=NOW)
    client = signed_in(cast.designated.user)
    html = client.get("/cuenta/").content.decode()
    assert '<section class="banners" aria-label="Notices">' in html
    put_away = f"/avisos/{version.notice.reference}/descartar/"
    assert client.get(put_away).status_code == 405
    response = client.post(put_away, {"next": "/cuenta/"})
    assert (response.status_code, response.headers["Location"]) == (302, "/cuenta/")
    assert banners(client) == []
    assert banners(signed_in(cast.colleague.user)) == ["maintenance"]
    client.post(put_away, {"next": "https://evil.example/"})
    assert client.post(put_away, {"next": "//evil.example"}).headers["Location"] == "/"
    assert Delivery.objects.filter(dismissed_at=NOW).count() == 1


def test_it_stays_while_something_has_to_be_done(cast):
    version = mine(cast, kind="change", action_es="Cambie el flujo", action_en="Change", action_by=NOW + HOUR)
    told(now=NOW)
    client = signed_in(cast.designated.user)
    client.post(f"/avisos/{version.notice.reference}/descartar/")
    assert banners(client) == ["change"]
    with time_machine.travel(NOW + 2 * HOUR, tick=False):
        assert banners(client) == []


def test_a_new_version_shows_again_and_the_old_no_more(cast):
    first = mine(cast)
    told(now=NOW)
    client = signed_in(cast.designated.user)
    client.post(f"/avisos/{first.notice.reference}/descartar/")
    second = corrected(first, now=NOW + HOUR, **title("Más tarde"))
    told(now=NOW + HOUR)
    cache.clear()
    assert "Más tarde" in client.get("/cuenta/").content.decode()
    withdrawn(second, now=NOW + HOUR)
    told(now=NOW + HOUR)
    cache.clear()
    assert "withdrawn" in text_of(client.get("/cuenta/"))


def test_a_banner_of_others_is_not_there_to_be_put_away(cast):
    version = mine(cast)
    told(now=NOW)
    stranger = signed_in(ContactFactory(customer=CustomerFactory()).user)
    assert banners(stranger) == []
    assert stranger.post(f"/avisos/{version.notice.reference}/descartar/").status_code == 404


def test_a_banner_costs_one_query_a_minute(cast):
    for _number in range(3):
        mine(cast)
    told(now=NOW)
    client = signed_in(cast.designated.user)
    asked = []
    for _visit in range(2):
        with CaptureQueriesContext(connection) as queries:
            client.get("/cuenta/")
        asked.append(sum("notices_delivery" in query["sql"] for query in queries))
    assert asked == [1, 0]


def test_strangers_get_no_banner(client, cast):
    published()
    told(now=NOW)
    with CaptureQueriesContext(connection) as queries:
        assert banners(client, "/entrar/") == []
    assert not [query for query in queries if "notices_" in query["sql"]]


# ---------- what comes by mail ----------


def test_what_a_person_chooses_is_kept(cast):
    client = signed_in(cast.designated.user)
    page = client.get("/avisos/mis-avisos/")
    assert page.context["form"].initial["wanted"] == ["change", "maintenance", "incident", "deprecation"]
    client.post("/avisos/mis-avisos/", {"wanted": ["maintenance", "incident", "deprecation"]})
    client.post("/avisos/mis-avisos/", {"wanted": ["maintenance", "incident", "deprecation"]})
    assert list(MailChoice.objects.values_list("address", "kind")) == [(cast.designated.email, "change")]
    client.post("/avisos/mis-avisos/", {"wanted": ["change", "maintenance", "incident", "deprecation"]})
    assert not MailChoice.objects.exists()
    assert client.post("/avisos/mis-avisos/", {"wanted": ["secrets"]}).status_code == 200


def test_one_click_unsubscribes(client, cast):
    version = published(kind="change")
    told(now=NOW)
    delivery = version.deliveries.get(way="mail", address=cast.colleague.email)
    path = delivery.message.unsubscribe
    strict = type(client)(enforce_csrf_checks=True)
    assert strict.get(path).status_code == 200
    assert not MailChoice.objects.exists()  # scanners open links
    for _time in range(2):
        assert strict.post(path, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert list(MailChoice.objects.values_list("address", "kind")) == [(cast.colleague.email, "change")]


@pytest.mark.parametrize(
    "token",
    [
        "x",
        pytest.param(signing.dumps(["a@b.example", "change"], salt="other"), id="signed-for-else"),
        "a:b:c",
    ],
)
def test_a_forged_link_unsubscribes_nobody(client, token):
    assert client.post(f"/avisos/baja/{token}/").status_code == 404
    assert (
        client.get(f"/avisos/baja/{signing.dumps(['a', 'planets'], salt=DECLINE_SALT)}/").status_code == 404
    )
    assert not MailChoice.objects.exists()


def test_a_secret_address_is_made_for_own_tenants_alone(cast):
    client = signed_in(cast.designated.user)
    foreign = TenantFactory()
    for tenant in (foreign.pk, "x", "", 10**30):
        assert client.post("/avisos/mis-avisos/direccion/", {"tenant": tenant}).status_code == 404
    assert client.post("/avisos/mis-avisos/direccion/", {"tenant": cast.tenant.pk}).status_code == 302
    secret = TenantAddress.objects.get().secret
    assert secret in client.get("/avisos/mis-avisos/").content.decode()
    assert plain()["starts_at"] is None
