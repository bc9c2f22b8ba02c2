"""The desk's pages: from one of the usual notices to its last mail, by whoever may; nothing typed is lost."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from lynnsupport.accounts.domain.roles import Role
from lynnsupport.notices.domain.audience import Audience
from lynnsupport.notices.models import Notice, NoticeVersion, Product, TenantProduct
from lynnsupport.notices.prefilled import gaps_in, usual_notices
from lynnsupport.outbox.models import OutboxMessage
from tests.factories import UserFactory
from tests.tickets.pages import signed_in, text_of

from .stories import HOUR, NOW, drafted, left, published, told

pytestmark = [pytest.mark.django_db, pytest.mark.rule("NOT-1", "NOT-3", "NOT-5")]

ADD = "/admin/notices/notice/add/"
CHILE = {"time_zone": "America/Santiago"}


@pytest.fixture(autouse=True)
def _on_monday():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def client(cast):
    return signed_in(cast.engineer)


def page_of(notice):
    return reverse("admin:notices_notice_change", args=[notice.pk])


def do(client, notice, act, **data):
    version = notice.versions.order_by("number").last()
    data = {"version": version.pk, "seen": version.edited_at.isoformat()} | data
    return client.post(reverse(f"admin:notices_notice_{act}", args=[notice.pk]), data)


def filled(**changes):
    return {
        "kind": "maintenance",
        "origin": "lynn",
        "title_es": "Actualización",
        "body_es": "Texto",
        "time_zone": "America/Lima",
        "starts_at": "2026-11-24T02:00",
        "ends_at": "2026-11-24T04:00",
        "to_everyone": "on",
        "by_mail": "on",
    } | changes


# ---------- the form ----------


@pytest.mark.parametrize("slug", list(usual_notices()))
def test_each_usual_notice_fills_the_form_and_is_not_sent_with_gaps(client, slug):
    assert slug in client.get(ADD).content.decode()
    page = client.get(ADD, {"plantilla": slug})
    initial = page.context["form"].initial
    assert gaps_in(initial["title_es"], initial["body_es"])
    assert gaps_in(initial["title_en"], initial["body_en"])
    assert initial["kind"] == usual_notices()[slug].kind


def test_an_empty_form_and_one_filled_by_the_address(client):
    form = client.get(ADD, {"plantilla": "", "starts_at": "2026-11-24T02:00", "kind": "x", "state": "sent"})
    assert form.context["form"].initial["starts_at"] == "2026-11-24T02:00"
    assert form.context["form"].initial["kind"] == "change"


def test_a_draft_is_kept_in_the_zone_that_was_chosen(client, cast):
    response = client.post(ADD, filled(tenants=cast.tenant.code, is_public=""))
    notice = Notice.objects.get()
    assert response.headers["Location"] == page_of(notice)
    version = notice.versions.get()
    assert version.starts_at.isoformat() == "2026-11-24T07:00:00+00:00"
    assert (version.audience, list(version.tenants.all())) == ({"everyone": True}, [cast.tenant])
    form = client.get(reverse("admin:notices_notice_edit", args=[notice.pk])).context["form"]
    assert form["starts_at"].value().isoformat() == "2026-11-24T02:00:00"
    assert form["tenants"].value() == cast.tenant.code


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"ends_at": "2026-11-24T02:00"}, "ends_at"),
        ({"starts_at": "soon"}, "starts_at"),
        ({"to_countries": ["CL"]}, "to_everyone"),
        ({"to_everyone": "", "to_roles": ["partner"], "is_public": "on"}, "is_public"),
        ({"tenants": "1 2"}, "tenants"),
        ({"to_partners": ["999999"]}, "to_partners"),
        (
            {"starts_at": "2027-09-05T00:30", "ends_at": "2027-09-05T03:00", "time_zone": "America/Santiago"},
            "starts_at",
        ),
    ],
)
def test_what_is_wrong_is_said_beside_the_field_and_nothing_is_lost(client, changes, field):
    page = client.post(ADD, filled(**changes))
    assert (page.status_code, list(page.context["form"].errors)) == (200, [field])
    assert "Actualización" in page.content.decode()
    assert not Notice.objects.exists()


def test_the_count_is_live(client, cast):
    address = reverse("admin:notices_notice_audience")
    teams = Product.objects.create(name="Teams", slug="teams")
    whatsapp = Product.objects.create(name="WhatsApp", slug="whatsapp")
    TenantProduct.objects.create(tenant=cast.tenant, product=teams)
    for audience, words in [
        ({"to_everyone": "on"}, "2 people · 1 partner · 1 tenant"),
        ({"to_products": [teams.pk]}, "2 people"),
        ({"to_products": [whatsapp.pk]}, "0 people"),
        ({}, "Nobody yet"),
        ({"to_everyone": "on", "to_countries": ["CL"]}, "no further limits"),
    ]:
        assert words in text_of(client.post(address, audience))


# ---------- the story ----------


def test_from_the_draft_to_the_withdrawal(client, cast):
    client.post(ADD, filled(in_portal="on"))
    notice = Notice.objects.get()
    assert "approved by a second person" in text_of(client.get(page_of(notice)))
    assert do(client, notice, "send").status_code == 409
    do(client, notice, "ask-approval")
    lead = signed_in(cast.desk_lead)
    assert "Approve" in text_of(lead.get(page_of(notice)))
    assert do(client, notice, "approve").status_code == 409  # not one's own
    do(lead, notice, "approve")
    page = client.get(page_of(notice))
    assert "Send to 2 people" in text_of(page)
    assert [sample.subject for sample in page.context["samples"]] == [
        f"[{notice.reference}] Mantenimiento: Actualización"
    ]
    assert do(client, notice, "send").status_code == 302
    told(now=NOW)
    left(at=NOW)
    page = client.get(page_of(notice))
    assert "2/2 mails sent" in text_of(page)
    do(client, notice, "correct")
    edit = reverse("admin:notices_notice_edit", args=[notice.pk])
    client.post(edit, filled(starts_at="2026-11-24T01:00", what_changed_es="Una hora antes"))
    do(lead, notice, "approve")
    do(client, notice, "send")
    client.post(reverse("admin:notices_notice_withdraw", args=[notice.pk]), {"reason_es": "No hace falta"})
    do(lead, notice, "approve")
    do(client, notice, "send")
    notice.refresh_from_db()
    assert (notice.current.number, notice.is_withdrawn) == (3, True)
    assert do(client, notice, "correct").status_code == 409
    assert NoticeVersion.objects.filter(state="published").count() == 3


def test_sent_later_and_taken_back(client, cast):
    some = {"audience": Audience(customers=frozenset({cast.customer.pk})), "is_public": False}
    notice = drafted(by=cast.engineer, **some).notice
    assert do(client, notice, "send", at="2026-11-23T09:00").status_code == 409
    assert do(client, notice, "send", at="2026-11-23T18:00").status_code == 302
    version = notice.versions.get()
    assert (version.state, version.publish_at) == ("scheduled", NOW + 8 * HOUR)
    assert "Take it back" in text_of(client.get(page_of(notice)))
    do(client, notice, "unschedule")
    do(client, notice, "discard")
    version.refresh_from_db()
    assert version.state == "discarded"


def test_what_was_edited_meanwhile_is_not_sent(client, cast):
    some = {"audience": Audience(customers=frozenset({cast.customer.pk})), "is_public": False}
    notice = drafted(by=cast.engineer, **some).notice
    for seen in ((NOW - timedelta(minutes=1)).isoformat(), "", "x"):
        assert do(client, notice, "send", seen=seen).status_code == 409
    for version in ("", "x", "999999"):
        assert do(client, notice, "send", version=version).status_code == 409
    assert not OutboxMessage.objects.exists()


def test_bounces_stand_on_the_page(client, cast):
    version = published(by=cast.engineer)
    told(now=NOW)
    left(at=NOW)
    OutboxMessage.objects.filter(to_address=cast.colleague.email).update(bounced_at=NOW, bounce="550 no box")
    text = text_of(client.get(page_of(version.notice)))
    assert f"{cast.colleague.email} {cast.customer.name} 550 no box" in text


# ---------- rights ----------


@pytest.mark.parametrize(
    ("role", "reads", "writes"),
    [(Role.PARTNER, 302, 302), (Role.EXECUTIVE, 302, 302), (Role.DESK, 200, 403), (Role.ENGINEER, 200, 200)],
)
def test_who_may_read_and_write(cast, role, reads, writes):
    notice = drafted(by=cast.engineer).notice
    client = signed_in(UserFactory(role=role))
    edit = reverse("admin:notices_notice_edit", args=[notice.pk])
    found = [client.get(address).status_code for address in (page_of(notice), ADD, edit)]
    assert found == [reads, writes, writes]
    assert client.get("/admin/notices/notice/").status_code == reads
    for other in ("withdraw", "send", "discard"):
        do(client, notice, other)
    assert notice.versions.get().state == ("discarded" if writes == 200 else "draft")


def test_a_notice_that_is_not_there(client):
    for address in ("999999", "x", "1" * 30):
        assert client.get(f"/admin/notices/notice/{address}/change/").status_code == 404


def test_hostile_text_stays_text_at_the_desk_too(client, cast):
    hostile = "<img src=x onerror=alert(1)>\"'&{{7*7}}"
    notice = drafted(by=cast.engineer, title_es=hostile, body_es=hostile, title_en="", body_en="").notice
    html = client.get(page_of(notice)).content.decode()
    assert "<img src=x" not in html
    assert "{{7*7}}" in html


def test_the_list_tells_where_each_stands(client, cast, django_assert_max_num_queries):
    for _number in range(3):
        drafted(by=cast.engineer)
        published(by=cast.engineer)
    with django_assert_max_num_queries(12):
        text = text_of(client.get("/admin/notices/notice/"))
    assert (text.count("Draft"), text.count("Announced")) == (3, 3)
