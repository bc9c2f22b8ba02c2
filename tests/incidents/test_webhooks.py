"""AVL-5: monitors tell of outages over the webhooks; they only propose, and nothing they send does harm."""

import io
import json
import random
import re
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st

from lynnsupport.accounts.domain.roles import Role
from lynnsupport.common.intervals import Interval
from lynnsupport.common.refusal import Refused
from lynnsupport.outbox.letters import write
from lynnsupport.outbox.models import OutboxMessage
from tests.domain.test_monitor_messages import alert, beat, group
from tests.factories import TenantFactory, UserFactory
from tests.tickets.pages import signed_in
from tickets.incidents.domain.segments import Segment
from tickets.incidents.domain.words import Impact, Reach
from tickets.incidents.models import HealthAddress, MonitorGap, MonitorSource, MonitorTurn, Proposal
from tickets.incidents.monitors.queries import pending_proposals, unknown_intervals
from tickets.incidents.operations import open_incident, restore
from tickets.incidents.operations.confirming import confirm, confirm_as_new
from tickets.incidents.operations.hearing import hear
from tickets.incidents.operations.monitors import dismiss, register_monitor, renew_token
from tickets.incidents.queries import outages_of, segments_in_force

pytestmark = [pytest.mark.django_db, pytest.mark.rule("AVL-5")]

NOW = datetime(2026, 11, 23, 13, 0, tzinfo=UTC)
ALERTMANAGER, KUMA = "/webhooks/alertmanager/", "/webhooks/uptime-kuma/"
BEGAN = datetime(2026, 11, 23, 12, 40, 0, 123456, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def administrator():
    return UserFactory(role=Role.ADMINISTRATOR)


@pytest.fixture
def register(administrator):
    def register(kind="alertmanager", **options):
        options = {"name": f"{kind} de prueba"} | options
        return register_monitor(by=administrator, kind=kind, now=NOW, **options)

    return register


def post(address, token, body, **options):
    data = body if isinstance(body, bytes | str) else json.dumps(body)
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    client = Client(enforce_csrf_checks=True)
    return client.post(address, data, content_type="application/json", headers=headers, **options)


def spans():
    return list(Proposal.objects.order_by("start").values_list("start", "end"))


# --- who may tell ---


@pytest.mark.parametrize("address", [ALERTMANAGER, KUMA])
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer "},
        {"Authorization": "Bearer none-of-ours"},
        {"Authorization": "Basic bm9uZTpvdXJz"},
        {"Authorization": "Bearer \xff"},
    ],
)
def test_without_its_token_a_webhook_is_not_there(client, register, address, headers):
    register()
    told = client.post(address, "not even JSON", content_type="application/json", headers=headers)
    absent = client.post("/webhooks/none/", "{}", content_type="application/json", headers=headers)

    told_page, absent_page = (re.sub(rb'nonce="[^"]*"', b"", each.content) for each in (told, absent))
    assert (told.status_code, absent.status_code) == (404, 404)
    assert told_page == absent_page


def test_token_opens_only_its_own_kind_and_only_while_in_use(register):
    source, token = register()

    assert post(KUMA, token, beat()).status_code == 404
    assert post(ALERTMANAGER, token, group()).status_code == 200
    MonitorSource.objects.update(is_active=False)
    assert post(ALERTMANAGER, token, group()).status_code == 404
    assert source.token_digest not in token


def test_new_token_ends_the_old_one(register, administrator):
    source, old = register()
    new = renew_token(source, by=administrator, now=NOW)

    assert [post(ALERTMANAGER, token, group()).status_code for token in (old, new)] == [404, 200]


@pytest.mark.parametrize("address", [ALERTMANAGER, KUMA])
@pytest.mark.parametrize("method", ["get", "head", "put", "delete", "patch"])
def test_only_posts_are_taken(client, address, method):
    assert getattr(client, method)(address).status_code == 405


def test_only_administrators_register_monitors(register):
    with pytest.raises(Refused, match="AVL-5"):
        register_monitor(by=UserFactory(role=Role.ENGINEER), name="x", kind="alertmanager", now=NOW)
    register(name="one")
    with pytest.raises(Refused, match="AVL-5"):
        register(name="one")


# --- what may be told ---


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"version": "4", "alerts": [NaN]}',
        b"1" * 10_000,
        b"null",
        b'"text"',
        json.dumps(group(version="5")).encode(),
        json.dumps(group(alert(status="lost"))).encode(),
    ],
)
def test_what_cannot_be_read_is_answered_without_a_word(register, body):
    _source, token = register()
    answer = post(ALERTMANAGER, token, body)

    assert (answer.status_code, answer.content, MonitorTurn.objects.count()) == (400, b"", 0)


def test_too_much_is_refused_by_its_length_and_while_it_is_read(register, settings, rf):
    from tickets.incidents.monitors.webhooks import from_alertmanager

    settings.WEBHOOK_MAX_BYTES = 100_000
    _source, token = register()
    assert post(ALERTMANAGER, token, b" " * 100_001).status_code == 413

    stream = _Endless()
    request = rf.post(ALERTMANAGER, headers={"Authorization": f"Bearer {token}"})
    request.META["CONTENT_LENGTH"] = ""
    request._stream = request._read_started = stream
    request._read_started = False
    assert from_alertmanager(request).status_code == 413
    assert stream.given <= 200_000


class _Endless(io.RawIOBase):
    given = 0

    def read(self, size=-1):
        self.given += size
        return b" " * size


def test_most_that_is_allowed_is_taken(register):
    _source, token = register()
    many = [alert(fingerprint=f"{n:016x}") for n in range(1000)]
    answer = post(ALERTMANAGER, token, group(*many))

    assert (answer.status_code, answer.json()) == (200, {"proposed": 1000, "unread": 0})
    assert Proposal.objects.count() == 1000


# --- proposals ---


def test_alert_proposes_and_nothing_more(register):
    tenant = TenantFactory(code="700001x")
    source, token = register(tenant=tenant)
    answer = post(ALERTMANAGER, token, group(alert()))

    assert answer.json() == {"proposed": 1, "unread": 0}
    proposal = Proposal.objects.get()
    assert (proposal.source, proposal.tenant, proposal.state) == (source, tenant, "pending")
    assert (proposal.start, proposal.end, proposal.told_times) == (BEGAN, None, 1)
    assert list(pending_proposals()) == [proposal]
    assert outages_of(tenant, Interval(NOW - timedelta(days=1), None)) == []


def test_told_again_it_is_the_same_proposal(register):
    _source, token = register()
    for _time in range(3):
        assert post(ALERTMANAGER, token, group(alert())).status_code == 200

    assert list(Proposal.objects.values_list("start", "end", "told_times")) == [(BEGAN, None, 3)]
    assert MonitorTurn.objects.count() == 1


def test_resolved_alert_ends_its_proposal(register):
    _source, token = register()
    over = alert(status="resolved", endsAt="2026-11-23T12:55:00Z")
    post(ALERTMANAGER, token, group(alert()))
    post(ALERTMANAGER, token, group(over))
    post(ALERTMANAGER, token, group(alert()))  # a repeat that had been under way

    assert spans() == [(BEGAN, datetime(2026, 11, 23, 12, 55, tzinfo=UTC))]


def test_resolved_before_it_fired_is_whole_at_once(register):
    _source, token = register()
    post(ALERTMANAGER, token, group(alert(status="resolved", endsAt="2026-11-23T12:55:00Z")))
    post(ALERTMANAGER, token, group(alert()))

    assert spans() == [(BEGAN, datetime(2026, 11, 23, 12, 55, tzinfo=UTC))]


@pytest.mark.parametrize("seed", range(6))
def test_kuma_heard_in_any_order_and_twice_gives_the_same_outages(register, seed):
    _source, token = register("uptime_kuma")
    told = [(0, 10), (0, 15), (1, 20), (0, 30), (1, 31), (0, 40)]
    told += told[:3]
    random.Random(seed).shuffle(told)
    for status, minute in told:
        heartbeat = beat(status)
        heartbeat["heartbeat"]["time"] = f"2026-11-23 12:{minute:02}:00.000"
        assert post(KUMA, token, heartbeat).status_code == 200

    when = [datetime(2026, 11, 23, 12, m, tzinfo=UTC) for m in (10, 20, 30, 31, 40)]
    real = [span for span in spans() if span[0] != span[1]]
    assert real == [(when[0], when[1]), (when[2], when[3]), (when[4], None)]


def test_monitor_of_a_tenant_speaks_for_no_other(register):
    own, other = TenantFactory(code="10001"), TenantFactory(code="10002")
    _source, token = register(tenant=own)
    _source, of_all = register(name="plataforma")
    labels = {"alertname": "Down", "tenant": "10002"}
    post(ALERTMANAGER, token, group(alert(labels=labels)))
    post(ALERTMANAGER, of_all, group(alert(labels=labels), alert(labels={"tenant": "none"}, fingerprint="2")))

    assert list(Proposal.objects.order_by("pk").values_list("tenant", flat=True)) == [own.pk, other.pk, None]


def test_desk_leads_hear_of_new_proposals_once(register):
    lead = UserFactory(role=Role.DESK_LEAD)
    UserFactory(role=Role.DESK_LEAD, is_active=False)
    _source, token = register()
    for _time in range(2):
        post(ALERTMANAGER, token, group(alert(), alert(fingerprint="2")))

    assert list(OutboxMessage.objects.values_list("kind", "to_address")) == [("outage_proposed", lead.email)]
    assert OutboxMessage.objects.get().context["count"] == 2


def test_test_message_shows_life_and_proposes_nothing(register):
    source, token = register("uptime_kuma")
    answer = post(KUMA, token, {"heartbeat": None, "monitor": None, "msg": "Lynn Testing"})
    source.refresh_from_db()

    assert (answer.json(), Proposal.objects.count()) == ({"proposed": 0, "unread": 0}, 0)
    assert (source.watched_since, source.last_heard_at) == (NOW, NOW)


@settings(max_examples=25)
@given(body=st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_no_bytes_break_the_webhooks(body):
    from tickets.incidents.monitors.bodies import NotJson, json_body

    request = type("Sent", (), {"META": {}, "read": io.BytesIO(body).read})()
    with suppress(NotJson):
        json_body(request, limit=1000)


@pytest.mark.parametrize("address", [ALERTMANAGER, KUMA])
def test_hostile_texts_are_kept_as_plain_ones(register, address):
    _source, token = register("alertmanager" if address == ALERTMANAGER else "uptime_kuma")
    text = "<script>\0\ud800\u202e" + "x" * 5000
    labels = {"alertname": text, "tenant": "\0"}
    body = group(alert(labels=labels, fingerprint=text)) if address == ALERTMANAGER else beat()
    if address == KUMA:
        body["monitor"]["name"] = body["heartbeat"]["msg"] = text
        body["monitor"]["tags"] = [{"name": "tenant", "value": "\0"}]

    assert post(address, token, body).status_code == 200
    proposal = Proposal.objects.get()
    assert proposal.words.startswith("<script>")
    assert proposal.words.isprintable()


@pytest.mark.parametrize("alerts", [1, 3])
def test_queries_do_not_grow_with_what_is_new(register, alerts, django_assert_num_queries):
    _source, token = register()
    body = group(*[alert(fingerprint=f"{n}") for n in range(alerts)])
    with django_assert_num_queries(11):
        post(ALERTMANAGER, token, body)


@pytest.mark.parametrize("language", ["es", "en"])
def test_mail_tells_what_and_since_when(register, language):
    UserFactory(role=Role.DESK_LEAD, language=language, time_zone="America/Lima")
    _source, token = register(name="Vigía")
    over = alert(fingerprint="2", status="resolved", endsAt="2026-11-23T12:55:00Z")
    post(ALERTMANAGER, token, group(alert(), over))
    mail = OutboxMessage.objects.get()
    write(mail)

    assert (
        mail.subject
        == {
            "es": "Vigía: 2 posibles caídas por decidir",
            "en": "Vigía: 2 possible outages to decide",
        }[language]
    )
    told = [line.rpartition("lynn-cl: ")[2] for line in mail.body_text.splitlines() if line.startswith("- ")]
    assert (
        told
        == {
            "es": [
                "desde lun 23 nov, 07:40 (Perú)",
                "de lun 23 nov, 07:40 (Perú) a lun 23 nov, 07:55 (Perú)",
            ],
            "en": [
                "since Mon 23 Nov, 07:40 (Peru)",
                "from Mon 23 Nov, 07:40 (Peru) to Mon 23 Nov, 07:55 (Peru)",
            ],
        }[language]
    )


# --- decisions ---


def test_person_dismisses_a_proposal_with_a_reason(register):
    engineer = UserFactory(role=Role.ENGINEER)
    _source, token = register()
    post(ALERTMANAGER, token, group(alert()))
    proposal = Proposal.objects.get()
    with pytest.raises(Refused, match="AVL-5"):
        dismiss(proposal, by=engineer, reason="  ", now=NOW)
    with pytest.raises(Refused, match="AVL-5"):
        dismiss(proposal, by=UserFactory(role=Role.DESK), reason="Prueba.", now=NOW)
    for _time in range(2):
        dismiss(proposal, by=engineer, reason="Era una prueba.", now=NOW)
    post(ALERTMANAGER, token, group(alert(status="resolved", endsAt="2026-11-23T12:55:00Z")))

    assert list(Proposal.objects.values_list("state", "decided_by", "reason", "end")) == [
        ("dismissed", engineer.pk, "Era una prueba.", datetime(2026, 11, 23, 12, 55, tzinfo=UTC))
    ]


def proposed(register, *alerts, **options):
    _source, token = register(**options)
    post(ALERTMANAGER, token, group(*alerts))
    return list(Proposal.objects.order_by("pk"))


def opened(tenant, *, by, started_at):
    return open_incident(
        by=by,
        title="Nadie puede entrar",
        description="Revisamos la plataforma.",
        started_at=started_at,
        impact=Impact.FULL,
        reach=Reach.LISTED,
        tenants=[tenant],
        now=NOW,
    )


def test_confirmed_it_becomes_part_of_an_incident_and_decides_nothing(register):
    engineer, tenant, other = UserFactory(role=Role.ENGINEER), TenantFactory(), TenantFactory()
    [proposal] = proposed(register, alert(), tenant=other)
    later = BEGAN + timedelta(minutes=5)
    incident = opened(tenant, by=engineer, started_at=later)
    for _time in range(2):
        confirm(
            proposal, by=engineer, incident=incident, impact=Impact.DEGRADED, reason="Es lo mismo.", now=NOW
        )

    assert segments_in_force(incident) == [
        Segment(Impact.DEGRADED, BEGAN, later),
        Segment(Impact.FULL, later, None),
    ]
    assert {row.tenant for row in incident.affected_tenants.all()} == {tenant, other}
    assert outages_of(other, Interval(NOW - timedelta(days=1), None)) == []  # nobody has decided
    proposal.refresh_from_db()
    assert (proposal.state, proposal.incident, proposal.decided_by) == ("confirmed", incident, engineer)
    with pytest.raises(Refused, match="AVL-5"):
        dismiss(proposal, by=engineer, reason="No.", now=NOW)


def test_what_lasted_by_the_monitors_word_ended_with_a_restored_incident(register):
    engineer, tenant = UserFactory(role=Role.ENGINEER), TenantFactory()
    [proposal] = proposed(register, alert())
    later, restored = BEGAN + timedelta(minutes=5), NOW - timedelta(minutes=10)
    incident = opened(tenant, by=engineer, started_at=later)
    restore(incident, by=engineer, at=restored, now=NOW)
    confirm(proposal, by=engineer, incident=incident, impact=Impact.DEGRADED, reason="Antes.", now=NOW)

    assert segments_in_force(incident) == [
        Segment(Impact.DEGRADED, BEGAN, later),
        Segment(Impact.FULL, later, restored),
    ]


def test_confirmed_as_new_it_opens_one_incident_since_then(register):
    engineer, tenant = UserFactory(role=Role.ENGINEER), TenantFactory()
    [proposal] = proposed(register, alert(), tenant=tenant)
    said = {"title": "Caída", "description": "Nada responde.", "impact": Impact.FULL, "reach": Reach.LISTED}
    one, same = (confirm_as_new(proposal, by=engineer, now=NOW, **said) for _time in range(2))

    assert one == same
    assert (one.started_at, one.detected_at) == (BEGAN, NOW)
    assert [row.tenant for row in one.affected_tenants.all()] == [tenant]


def test_without_a_tenant_it_cannot_be_of_one(register):
    engineer = UserFactory(role=Role.ENGINEER)
    [proposal] = proposed(register, alert())
    said = {"title": "Caída", "description": "Nada responde.", "impact": Impact.FULL, "reach": Reach.LISTED}
    with pytest.raises(Refused, match="AVL-5"):
        confirm_as_new(proposal, by=engineer, now=NOW, **said)
    assert Proposal.objects.get().state == "pending"


# --- the desk's pages ---


def test_desk_shows_a_proposal_and_only_engineers_decide(register):
    [proposal] = proposed(register, alert(annotations={"summary": "<b>nada</b>"}))
    page = f"/admin/incidents/proposal/{proposal.pk}/change/"
    desk, engineer = (signed_in(UserFactory(role=role)) for role in (Role.DESK, Role.ENGINEER))
    shown = [browser.get(page).content.decode() for browser in (desk, engineer)]

    assert ["&lt;b&gt;nada&lt;/b&gt;" in each for each in shown] == [True, True]
    assert ["/dismiss/decide/" in each for each in shown] == [False, True]
    url = f"/admin/incidents/proposal/{proposal.pk}/dismiss/decide/"
    answers = [
        desk.post(url, {"reason": "No."}),
        engineer.post(url, {"reason": " "}),
        engineer.post(url, {"reason": "Era un ensayo."}),
        engineer.post(url.replace("dismiss", "none")),
        engineer.get("/admin/incidents/proposal/999/change/"),
        engineer.get("/admin/incidents/proposal/"),
    ]
    assert [answer.status_code for answer in answers] == [409, 422, 302, 404, 404, 200]


def test_administrator_registers_a_monitor_and_reads_its_token_once(administrator):
    browser = signed_in(administrator)
    answer = browser.post("/admin/incidents/monitorsource/add/", {"name": "Vigía", "kind": "alertmanager"})
    token = re.search(r"Bearer ([\w-]+)", answer.content.decode())[1]

    assert "no-store" in answer.headers["Cache-Control"]
    assert post(ALERTMANAGER, token, group(alert())).json() == {"proposed": 1, "unread": 0}
    source = MonitorSource.objects.get()
    later = browser.get(f"/admin/incidents/monitorsource/{source.pk}/change/")
    assert token not in later.content.decode()
    renewed = browser.post(f"/admin/incidents/monitorsource/{source.pk}/token/")
    assert token not in renewed.content.decode()
    assert post(ALERTMANAGER, token, group()).status_code == 404
    assert (
        signed_in(UserFactory(role=Role.ENGINEER)).get("/admin/incidents/monitorsource/").status_code == 403
    )


@pytest.mark.parametrize(
    ("url", "status"),
    [
        ("https://health.example/estado", 302),
        ("http://health.example/", 200),
        ("https://user:pass@health.example/", 200),
    ],
)
def test_health_address_is_a_plain_https_one(administrator, url, status):
    sent = {"tenant": TenantFactory().pk, "url": url, "is_active": "on"}
    answer = signed_in(administrator).post("/admin/incidents/healthaddress/add/", sent)

    assert answer.status_code == status
    assert HealthAddress.objects.count() == MonitorSource.objects.count() == (status == 302)


# --- gaps ---


def at(minute):
    return NOW + timedelta(minutes=minute)


def told(source, *minutes):
    from tickets.incidents.domain.alerts import Message

    for minute in minutes:
        hear(source, Message(), now=at(minute))


DAY = Interval(NOW - timedelta(hours=1), NOW + timedelta(hours=23))


def test_silence_longer_than_it_should_be_is_unknown(register):
    tenant = TenantFactory()
    source, _token = register(tenant=tenant, silent_after=300)
    told(source, 0, 5, 10, 30, 31)

    assert unknown_intervals(tenant, DAY) == [Interval(at(10), at(30))]
    assert unknown_intervals(TenantFactory(), DAY) == []
    assert unknown_intervals(tenant, Interval(at(20), at(25))) == [Interval(at(20), at(25))]
    assert unknown_intervals(tenant, DAY, now=at(36)) == [Interval(at(10), at(30))]
    assert unknown_intervals(tenant, DAY, now=at(37)) == [Interval(at(10), at(30)), Interval(at(31), at(37))]


def test_what_another_monitor_saw_is_known(register):
    tenant = TenantFactory()
    own, _token = register(tenant=tenant, silent_after=300)
    of_all, _token = register(name="plataforma", silent_after=300)
    told(own, 0, 30)
    told(of_all, 10, 14, 18, 40)

    assert unknown_intervals(tenant, DAY) == [Interval(at(0), at(10)), Interval(at(18), at(30))]


def test_monitor_that_speaks_only_when_something_fails_is_never_missed(register):
    source, _token = register()
    told(source, 0, 600)

    assert unknown_intervals(TenantFactory(), DAY, now=at(900)) == []
    assert MonitorGap.objects.count() == 0


def test_monitor_put_out_of_use_is_missed_no_longer(register):
    source, _token = register(silent_after=300)
    told(source, 0, 30, 31)
    MonitorSource.objects.update(is_active=False)

    assert unknown_intervals(TenantFactory(), DAY, now=at(600)) == [Interval(at(0), at(30))]
