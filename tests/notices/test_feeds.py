"""What programs read: real parsers read it, it comes back as it went in, and it names no customer."""

import json

import feedparser
import pytest
import time_machine
from icalendar import Calendar

from lynnsupport.notices.domain.audience import Audience
from lynnsupport.notices.models import Product, TenantAddress
from lynnsupport.notices.operations import renew_address
from tests.factories import ContactFactory, TenantFactory

from .stories import HOUR, NOW, corrected, published, withdrawn

pytestmark = [pytest.mark.django_db, pytest.mark.rule("NOT-2")]

FEEDS = ("/avisos/atom.xml", "/avisos/calendario.ics", "/avisos.json", "/api/v2/summary.json", "/avisos/")


@pytest.fixture(autouse=True)
def _on_monday():
    with time_machine.travel(NOW, tick=False):
        yield


def secret(cast, **changes):
    """A maintenance for one customer alone, with a title to look for."""
    audience = Audience(customers=frozenset({cast.customer.pk}))
    return published(
        audience=audience, is_public=False, title_es="Confidencial", title_en="Confidential", **changes
    )


@pytest.mark.parametrize("address", FEEDS)
@pytest.mark.parametrize("limits", ["customers", "partners", "tenants", "roles", "affected", "not public"])
def test_nothing_about_a_customer_is_public(client, cast, address, limits):
    audience = {
        "customers": Audience(customers=frozenset({cast.customer.pk})),
        "partners": Audience(partners=frozenset({cast.partner.pk})),
        "tenants": Audience(tenants=frozenset({cast.tenant.pk})),
        "roles": Audience(roles=frozenset({"partner"})),
    }.get(limits, Audience(everyone=True))
    version = published(
        audience=audience,
        is_public=False,
        in_feed=limits != "not public",
        tenants=[cast.tenant] if limits == "affected" else [],
        title_es="Confidencial",
        title_en="Confidential",
    )
    published(title_es="Para todos", title_en="For all")
    for language in ("es", "en"):
        text = client.get(address, {"lang": language}).content.decode()
        assert "onfiden" not in text
        assert version.notice.reference not in text
        assert version.notice.uid.hex not in text.replace("-", "")
        assert cast.customer.name not in text
        assert "ara todos" in text or "or all" in text
    assert client.get(f"/avisos/{version.notice.reference}/").status_code == 404


# ---------- Atom ----------


def test_the_atom_feed_is_read_by_a_real_parser(client):
    first = published(what_changed_es="", body_es="Un **cambio** <script>x</script> & más")
    feed = feedparser.parse(client.get("/avisos/atom.xml").content)
    assert (feed.bozo, feed.version, feed.feed.title != "") == (False, "atom10", True)
    entry = feed.entries[0]
    assert entry.id == f"urn:uuid:{first.notice.uid}"
    assert entry.link == f"http://localhost:8000/avisos/{first.notice.reference}/"
    assert entry.title.endswith(first.title_es)
    assert "<strong>cambio</strong>" in entry.summary
    assert "<script" not in entry.summary
    assert entry.updated_parsed[:5] == NOW.utctimetuple()[:5]
    corrected(first, now=NOW + HOUR, title_es="Otro título")
    again = feedparser.parse(client.get("/avisos/atom.xml").content)
    assert [(each.id, each.title.endswith("Otro título")) for each in again.entries] == [(entry.id, True)]


def test_the_atom_feed_in_english(client):
    published()
    feed = feedparser.parse(client.get("/avisos/atom.xml?lang=en").content)
    assert feed.entries[0].title == "Maintenance: Platform maintenance"


# ---------- calendars ----------


def events(response):
    assert response.headers["Content-Type"] == "text/calendar; charset=utf-8"
    return Calendar.from_ical(response.content).walk("VEVENT")


@pytest.mark.rule("NOT-5")
def test_the_calendar_is_read_by_a_real_parser_and_comes_back(client):
    first = published(body_es="Línea; con, comas\\ y\nsaltos " + "largos " * 30)
    response = client.get("/avisos/calendario.ics")
    event = events(response)[0]
    assert (event.start, event.end) == (first.starts_at, first.ends_at)
    assert (int(event["SEQUENCE"]), str(event["STATUS"])) == (0, "CONFIRMED")
    assert first.body_es.strip() in str(event["DESCRIPTION"])
    assert Calendar.from_ical(response.content).to_ical() == response.content
    assert all(len(line) <= 75 for line in response.content.split(b"\r\n"))  # RFC 5545 3.1
    second = corrected(first, now=NOW + HOUR, starts_at=NOW + 15 * HOUR)
    moved = events(client.get("/avisos/calendario.ics"))
    assert [(each["UID"], int(each["SEQUENCE"]), each.start) for each in moved] == [
        (event["UID"], 1, second.starts_at)
    ]
    withdrawn(second, now=NOW + 2 * HOUR)
    gone = events(client.get("/avisos/calendario.ics"))
    assert [(each["UID"], int(each["SEQUENCE"]), str(each["STATUS"])) for each in gone] == [
        (event["UID"], 2, "CANCELLED")
    ]


def test_a_tenants_calendar_has_what_concerns_it_and_only_that(client, cast):
    mine = secret(cast)
    other = TenantFactory()
    ContactFactory(customer=other.customer)
    published(audience=Audience(tenants=frozenset({other.pk})), is_public=False)
    published(kind="change", audience=Audience(customers=frozenset({cast.customer.pk})), is_public=False)
    published(audience=Audience(roles=frozenset({"engineer"})), is_public=False)
    address = renew_address(cast.tenant, by=cast.designated.user, now=NOW)
    found = events(client.get(f"/avisos/privado/{address.secret}/calendario.ics"))
    assert [str(event["UID"]) for event in found] == [f"{mine.notice.uid}@lynn.cx"]
    told = client.get(f"/avisos/privado/{address.secret}/avisos.json").json()["notices"]
    assert sorted(notice["kind"] for notice in told) == ["change", "maintenance"]


def test_a_new_secret_address_ends_the_old(client, cast):
    old = renew_address(cast.tenant, by=cast.designated.user, now=NOW).secret
    new = renew_address(cast.tenant, by=cast.designated.user, now=NOW).secret
    statuses = [client.get(f"/avisos/privado/{one}/calendario.ics").status_code for one in (old, new, "x")]
    assert (statuses, TenantAddress.objects.count(), len(new) >= 40) == ([404, 200, 404], 1, True)
    response = client.get(f"/avisos/privado/{new}/calendario.ics")
    assert "private" in response.headers["Cache-Control"]


# ---------- JSON ----------


def test_the_feed_tells_what_is_live(client):
    whatsapp = Product.objects.create(name="WhatsApp", slug="whatsapp")
    version = published(products=[whatsapp], action_es="Pruebe", action_en="Try", action_by=NOW + 9 * HOUR)
    over = published(kind="change", now=NOW - 24 * 30 * HOUR)
    told = client.get("/avisos.json?lang=en").json()
    assert (told["version"], told["language"], len(told["notices"])) == (1, "en", 1)
    notice = told["notices"][0]
    assert notice["id"] == version.notice.reference != over.notice.reference
    assert (notice["title"], notice["status"], notice["products"]) == (
        "Platform maintenance",
        "announced",
        ["whatsapp"],
    )
    assert notice["starts_at"] == "2026-11-24T03:00:00Z"
    assert (notice["action"], notice["action_by"]) == ("Try", "2026-11-23T22:00:00Z")
    assert "<strong>" in notice["html"]


@pytest.mark.parametrize("address", FEEDS[:4])
def test_what_has_not_changed_is_not_sent_again(client, address):
    published()
    tag = client.get(address).headers["ETag"]
    same = client.get(address, headers={"If-None-Match": tag})
    assert (same.status_code, same.content, same.headers["ETag"]) == (304, b"", tag)
    published(title_es="Otra")
    assert client.get(address, headers={"If-None-Match": tag}).status_code == 200
    assert client.post(address).status_code == (405 if "atom" not in address else 200)


@pytest.mark.parametrize(
    ("allowed", "origin", "answered"),
    [
        ([], "https://admin.example", None),
        (["https://admin.example"], "https://admin.example", "https://admin.example"),
        (["https://admin.example"], "https://evil.example", None),
        (["*"], "https://any.example", "*"),
    ],
)
def test_only_the_origins_of_the_settings_may_read_in_a_browser(client, settings, allowed, origin, answered):
    settings.NOTICES_CORS_ORIGINS = allowed
    for address in FEEDS[:4]:
        response = client.get(address, headers={"Origin": origin})
        assert response.headers.get("Access-Control-Allow-Origin") == answered
        assert "Access-Control-Allow-Credentials" not in response.headers


def test_the_summary_has_statuspages_shape(client):
    whatsapp = Product.objects.create(name="WhatsApp", slug="whatsapp")
    assert client.get("/api/v2/summary.json?lang=en").json()["status"] == {
        "indicator": "none",
        "description": "All systems operational",
    }
    published(
        kind="incident", progress="investigating", impact="major", products=[whatsapp], starts_at=NOW - HOUR
    )
    maintenance = published()
    told = client.get("/api/v2/summary.json?lang=en").json()
    assert set(told) == {"page", "components", "incidents", "scheduled_maintenances", "status"}
    assert told["status"] == {"indicator": "major", "description": "Partial outage"}
    assert [(c["id"], c["status"]) for c in told["components"]] == [
        ("lynn", "operational"),
        ("whatsapp", "partial_outage"),
    ]
    incident, planned = told["incidents"][0], told["scheduled_maintenances"][0]
    assert (incident["status"], incident["impact"], len(incident["incident_updates"])) == (
        "investigating",
        "major",
        1,
    )
    assert (planned["id"], planned["status"], planned["scheduled_for"]) == (
        maintenance.notice.reference,
        "scheduled",
        "2026-11-24T03:00:00Z",
    )
    with time_machine.travel(NOW + 15 * HOUR, tick=False):
        told = client.get("/api/v2/summary.json").json()
    assert told["scheduled_maintenances"][0]["status"] == "in_progress"
    assert told["components"][0]["status"] == "under_maintenance"


def test_a_resolved_incident_is_open_no_more(client):
    first = published(kind="incident", progress="investigating", impact="minor", starts_at=NOW - HOUR)
    corrected(first, now=NOW, progress="resolved", ends_at=NOW)
    told = client.get("/api/v2/summary.json").json()
    assert (told["incidents"], told["status"]["indicator"]) == ([], "none")
    assert json.dumps(told)


def test_feeds_ask_the_database_as_often_for_three_as_for_one(client, django_assert_max_num_queries):
    for _number in range(3):
        published()
        published(kind="incident", progress="identified", impact="minor", starts_at=NOW)
    for address in FEEDS:
        with django_assert_max_num_queries(10):
            client.get(address)
