"""Monitors only propose; whatever they send, nothing falls over and nothing counts by itself (AVL-5)."""

import json
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lynnsupport.accounts.domain.roles import Role
from lynnsupport.common.intervals import Interval
from lynnsupport.common.refusal import Refused
from tests.factories import UserFactory
from tests.tickets.pages import signed_in, text_of
from tests.tickets.stories import chile
from tickets.incidents.domain.addresses import NotAsked
from tickets.incidents.domain.alerts import BadPayload, from_alertmanager, from_uptime_kuma
from tickets.incidents.domain.words import Impact
from tickets.incidents.models import HealthAddress, Incident, MonitorSource, Proposal
from tickets.incidents.monitors import probe
from tickets.incidents.monitors.operations import confirm, digest_of, dismiss, hear
from tickets.incidents.monitors.probe import is_up, probe_all
from tickets.incidents.monitors.queries import unknown_intervals
from tickets.incidents.queries import outages_of, segments_in_force

from .stories import begin

NOW = chile("2026-11-23 10:00").astimezone(UTC)
TOKEN = "token-de-prueba-inventado"
ALERTMANAGER, KUMA = reverse("monitors:alertmanager"), reverse("monitors:uptime_kuma")

pytestmark = pytest.mark.rule("AVL-5")


@pytest.fixture(autouse=True)
def _ten():
    with time_machine.travel(NOW, tick=False):
        yield


def at(minutes):
    return NOW + timedelta(minutes=minutes)


@pytest.fixture
def prometheus(db):
    return MonitorSource.objects.create(name="Prometheus", kind="alertmanager", token_digest=digest_of(TOKEN))


@pytest.fixture
def kuma(db):
    return MonitorSource.objects.create(name="Kuma", kind="uptime_kuma", token_digest=digest_of("otro"))


def alert(start, end=None, *, fingerprint="a1b2", **labels):
    return {
        "status": "resolved" if end is not None else "firing",
        "labels": {"alertname": "PlatformDown", **labels},
        "annotations": {"summary": "Nada responde"},
        "startsAt": f"{at(start):%Y-%m-%dT%H:%M:%S}.739266876Z",
        "endsAt": "0001-01-01T00:00:00Z" if end is None else f"{at(end):%Y-%m-%dT%H:%M:%S}Z",
        "fingerprint": fingerprint,
    }


def told(*alerts):
    return {"version": "4", "status": "firing", "receiver": "lynn", "alerts": list(alerts)}


def beat(minutes, status, monitor=7):
    return {
        "heartbeat": {
            "monitorID": monitor, "status": status, "time": f"{at(minutes):%Y-%m-%d %H:%M:%S}.000",
            "msg": "timeout",
        },
        "monitor": {"id": monitor, "name": "Bot de Banco"},
        "msg": "[Bot de Banco] [🔴 Down] timeout",
    }  # fmt: skip


def send(client, url, payload, token=TOKEN, **headers):
    body = payload if isinstance(payload, bytes | str) else json.dumps(payload)
    return client.post(
        url, body, content_type="application/json", headers={"Authorization": f"Bearer {token}", **headers}
    )


def spans():
    rows = Proposal.objects.order_by("start", "pk")
    return [(row.fingerprint, row.start.replace(microsecond=0), row.end, row.told_times) for row in rows]


# ---------- what is accepted ----------


def test_an_alert_is_a_proposal_and_nothing_more(client, cast, prometheus):
    assert send(client, ALERTMANAGER, told(alert(-10, tenant=cast.tenant.code))).status_code == 204
    [proposal] = Proposal.objects.all()
    assert (proposal.words, proposal.tenant, proposal.state) == (
        "PlatformDown: Nada responde", cast.tenant, "pending",
    )  # fmt: skip
    assert outages_of(cast.tenant, Interval(at(-100), at(100))) == []
    assert not Incident.objects.exists()


@pytest.mark.parametrize(
    "messages",
    [
        [alert(-10), alert(-10, -5)],
        [alert(-10, -5), alert(-10)],
        [alert(-10, -5), alert(-10, -5)],
    ],
    ids=["in order", "resolved before firing", "resolved twice"],
)
def test_whatever_the_order_it_is_one_proposal_that_ended(client, prometheus, messages):
    for message in messages:
        send(client, ALERTMANAGER, told(message))
    assert spans() == [("a1b2", at(-10), at(-5), 2)]


def test_repeats_are_counted_and_another_start_is_another_proposal(client, prometheus):
    for message in (alert(-10), alert(-10), alert(-2), alert(-10, fingerprint="c3")):
        send(client, ALERTMANAGER, told(message))
    assert spans() == [
        ("a1b2", at(-10), None, 2),
        ("c3", at(-10), None, 1),
        ("a1b2", at(-2), None, 1),
    ]


@pytest.mark.parametrize(
    ("beats", "end", "times"),
    [
        ([(-10, 0), (-9, 0), (-5, 1)], at(-5), 2),
        ([(-5, 1), (-10, 0)], at(-5), 1),
        ([(-20, 1), (-10, 0)], None, 1),
        ([(-10, 0), (-8, 2), (-7, 3)], None, 1),
    ],
    ids=["down, down, up", "up before down", "up long before", "pending and maintenance"],
)
def test_uptime_kuma_tells_of_one_outage_however_often(client, kuma, beats, end, times):
    for minutes, status in beats:
        assert send(client, KUMA, beat(minutes, status), token="otro").status_code == 204
    assert spans() == [("monitor-7", at(-10), end, times)]


def test_tests_and_heartbeats_propose_nothing_but_are_heard(client, prometheus, kuma):
    watchdog = {**alert(-10), "labels": {"alertname": "Watchdog"}}
    assert send(client, ALERTMANAGER, told(watchdog)).status_code == 204
    kumas = {"heartbeat": None, "monitor": None, "msg": "Lynn Testing"}
    assert send(client, KUMA, kumas, token="otro").status_code == 204
    assert spans() == []
    assert set(MonitorSource.objects.values_list("last_heard_at", flat=True)) == {NOW}


def test_the_token_may_stand_in_a_header_of_its_own(client, kuma):
    response = client.post(
        KUMA, json.dumps(beat(-1, 0)), content_type="application/json", headers={"X-Monitor-Token": "otro"}
    )
    assert response.status_code == 204


# ---------- what is not ----------


def test_an_unknown_token_finds_nothing_there(client, prometheus, kuma):
    absent = text_of(client.post("/webhooks/nada/"))
    for token in ("", "otro", "x" * 5000, "ñ"):
        response = send(client, ALERTMANAGER, told(alert(-1)), token=token)
        assert (response.status_code, text_of(response)) == (404, absent)
    MonitorSource.objects.update(is_active=False)
    assert send(client, ALERTMANAGER, told(alert(-1))).status_code == 404
    assert spans() == []


def test_only_post_and_no_more_than_the_limit(client, prometheus):
    assert client.get(ALERTMANAGER).status_code == 405
    assert send(client, ALERTMANAGER, b" " * (256 * 1024 + 1)).status_code == 413
    assert send(client, ALERTMANAGER, told(*[alert(-1)] * 501)).status_code == 400


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"version": "3", "alerts": []}', b'{"version": "4"}',
        b"[" * 100_000, b'{"version":"4","alerts":[{"status":"firing","fingerprint":"x"}]}',
        json.dumps(told({**alert(-1), "startsAt": "ayer"})).encode(),
        json.dumps(told({**alert(-1), "fingerprint": "../x"})).encode(),
        json.dumps(told({**alert(-1), "labels": []})).encode(),
        json.dumps(told(alert(60))).encode(),
        b'{"version":"4","n":' + b"9" * 5000 + b',"alerts":[]}',
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_without_detail(client, prometheus, body):
    response = send(client, ALERTMANAGER, body)
    assert (response.status_code, response.content) == (400, b"")
    assert spans() == []


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)
SHAPES = ["version", "alerts", "status", "labels", "annotations", "startsAt", "endsAt", "fingerprint"]
KUMAS = ["heartbeat", "monitor", "msg", "time", "status", "id", "monitorID"]


@st.composite
def spoiled(draw, whole, names):
    """A good message with some of its values replaced by anything."""
    message = json.loads(json.dumps(whole))
    for _ in range(draw(st.integers(1, 3))):
        places = [message]
        while places:
            place = places.pop()
            children = place.values() if isinstance(place, dict) else place
            places += [child for child in children if isinstance(child, dict | list)]
            if isinstance(place, dict) and draw(st.booleans()):
                place[draw(st.sampled_from(names))] = draw(JSON)
    return message


@given(st.one_of(JSON, spoiled(told(alert(-9)), SHAPES), spoiled(beat(-9, 0), KUMAS)))
@settings(max_examples=300)
def test_anything_at_all_is_understood_or_refused(payload):
    for understand in (from_alertmanager, from_uptime_kuma):
        try:
            heard = understand(payload, NOW)
        except BadPayload:
            continue
        for each in heard.alerts:
            assert each.start <= NOW + timedelta(minutes=10)
            assert each.end is None or each.end >= each.start
            assert "\x00" not in each.words


@given(spoiled(told(alert(-9)), SHAPES))
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_the_webhook_never_falls_over(client, prometheus, payload):
    assert send(client, ALERTMANAGER, json.dumps(payload)).status_code in (204, 400)


# ---------- people decide ----------


@pytest.fixture
def proposal(prometheus, cast):
    hear(prometheus, from_alertmanager(told(alert(-30, -10, tenant=cast.tenant.code)), NOW), now=NOW)
    return Proposal.objects.get()


def test_confirmed_it_is_an_incident_that_somebody_still_has_to_judge(cast, proposal):
    incident = confirm(proposal, by=cast.engineer, impact=Impact.FULL, now=NOW)
    assert [(s.impact, s.start.replace(microsecond=0), s.end) for s in segments_in_force(incident)] == [
        ("full", at(-30), at(-10))
    ]
    assert confirm(proposal, by=cast.engineer, impact=Impact.FULL, now=NOW) == incident
    assert (Incident.objects.count(), outages_of(cast.tenant, Interval(at(-100), None))) == (1, [])
    with pytest.raises(Refused, match="decided already"):
        dismiss(proposal, by=cast.engineer, reason="No fue nada.", now=NOW)


def test_confirmed_into_an_incident_it_fills_what_is_not_covered(cast, proposal):
    incident = begin(cast, now=at(-60), started_at=at(-60))
    assert confirm(proposal, by=cast.engineer, impact=Impact.FULL, now=NOW, incident=incident) == incident
    assert len(segments_in_force(incident)) == 1
    assert incident.proposals.get() == proposal


def test_dismissed_it_keeps_the_reason(cast, proposal):
    with pytest.raises(Refused, match="Say why"):
        dismiss(proposal, by=cast.engineer, reason=" ", now=NOW)
    dismiss(proposal, by=cast.engineer, reason="Una prueba nuestra.", now=NOW)
    proposal.refresh_from_db()
    assert (proposal.state, proposal.reason, proposal.decided_by) == (
        "dismissed", "Una prueba nuestra.", cast.engineer,
    )  # fmt: skip
    with pytest.raises(Refused, match="decided already"):
        confirm(proposal, by=cast.engineer, impact=Impact.FULL, now=NOW)


def test_the_desk_decides_on_the_page(cast, proposal):
    engineer, desk = signed_in(cast.engineer), signed_in(UserFactory(role=Role.DESK))
    page = reverse("admin:incidents_incident_proposals")
    assert "PlatformDown: Nada responde" in text_of(engineer.get(page))
    confirming = reverse("admin:incidents_incident_proposal", args=[proposal.pk, "confirm"])
    assert desk.post(confirming, {"impact": "full"}).status_code == 409
    response = engineer.post(confirming, {"impact": "full", "title": "Caída del bot"})
    assert response.url == reverse("admin:incidents_incident_change", args=[Incident.objects.get().pk])
    assert Incident.objects.get().title == "Caída del bot"


def test_the_token_is_shown_once_and_kept_as_a_digest(db):
    administrator = signed_in(UserFactory(role=Role.ADMINISTRATOR))
    said = {"name": "Nuevo", "kind": "alertmanager", "is_active": "on", "silent_after": ""}
    response = administrator.post(reverse("admin:incidents_monitorsource_add"), said, follow=True)
    shown = text_of(response).split("shown this once: ")[1].split()[0]
    source = MonitorSource.objects.get(name="Nuevo")
    assert source.token_digest == digest_of(shown)
    assert shown not in text_of(administrator.get(reverse("admin:incidents_monitorsource_changelist")))


# ---------- silence ----------


def test_a_silent_monitor_leaves_what_nobody_knows(cast, prometheus):
    prometheus.silent_after = 300
    prometheus.save()
    quiet = from_alertmanager(told(), NOW)
    for minutes in (0, 4, 30, 33):
        hear(prometheus, quiet, now=at(minutes))
    day = Interval(at(-60), at(120))
    assert unknown_intervals(cast.tenant, day, now=at(36)) == [Interval(at(4), at(30))]
    assert unknown_intervals(cast.tenant, day, now=at(50)) == [
        Interval(at(4), at(30)),
        Interval(at(33), at(50)),
    ]
    assert unknown_intervals(cast.tenant, Interval(at(10), at(20))) == [Interval(at(10), at(20))]


def test_what_another_monitor_saw_is_known(cast, prometheus, kuma):
    MonitorSource.objects.update(silent_after=300)
    for minutes in (0, 30):
        hear(prometheus, from_alertmanager(told(), NOW), now=at(minutes))
    for minutes in (0, 5, 10, 15, 30):
        hear(kuma, from_alertmanager(told(), NOW), now=at(minutes))
    period = Interval(at(0), at(31))
    assert unknown_intervals(cast.tenant, period, now=at(31)) == [Interval(at(15), at(30))]


# ---------- the portal's own probe ----------


class Answers:
    """A stream that gives these bytes and remembers what was asked."""

    def __init__(self, given):
        self.given, self.sent = given, b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None

    def settimeout(self, _seconds):
        pass

    def sendall(self, data):
        self.sent += data

    def recv(self, size):
        piece, self.given = self.given[:size], self.given[size:]
        return piece


def asked(given, addresses=("93.184.216.34",), url="https://salud.example/vivo?x=1"):
    stream = Answers(given)
    return is_up(url, resolve=lambda *_: list(addresses), connect=lambda *_: stream), stream


@pytest.mark.parametrize(
    ("answer", "up"),
    [
        (b"HTTP/1.1 200 OK\r\n\r\n", True),
        (b"HTTP/1.1 204 No Content\r\n\r\n", True),
        (b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/\r\n\r\n", False),
        (b"HTTP/1.1 503 No\r\n\r\n", False),
        (b"x" * 100_000, False),
        (b"", False),
    ],
)
def test_up_is_what_answers_so_and_no_redirect_is_followed(answer, up):
    found, stream = asked(answer)
    assert (found, stream.sent.split(b"\r\n")[0]) == (up, b"GET /vivo?x=1 HTTP/1.1")


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.0.0.5", "172.16.1.1", "192.168.1.1", "169.254.169.254", "0.0.0.0", "100.64.0.1",
        "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "::ffff:10.0.0.5",
        "::ffff:93.184.216.34", "64:ff9b::a00:5", "2002:a00:5::1", "2001:0:4136:e378::1", "::10.0.0.5", "x",
    ],
)  # fmt: skip
def test_nothing_inside_is_asked(address):
    with pytest.raises(NotAsked):
        asked(b"HTTP/1.1 200 OK\r\n", ("93.184.216.34", address))


@pytest.mark.parametrize(
    "url",
    [
        "http://salud.example/",
        "https://",
        "https://a:b@salud.example/",
        "ftp://x/",
        "https://salud.example/a b",
    ],
)
def test_only_plain_https_is_asked(url):
    with pytest.raises(NotAsked):
        asked(b"HTTP/1.1 200 OK\r\n", url=url)


def test_the_probe_is_off_and_where_it_is_on_it_proposes(cast, settings, monkeypatch):
    HealthAddress.objects.create(tenant=cast.tenant, url="https://salud.example/", is_active=True)
    answers = iter([False, False, False, False, True])  # after a no it is asked once more
    monkeypatch.setattr(probe, "is_up", lambda url: next(answers))
    assert probe_all(now=NOW) == 0
    settings.HEALTH_PROBE = True
    assert [probe_all(now=at(minutes)) for minutes in (0, 1, 2)] == [1, 1, 1]
    assert spans() == [("probe", NOW, at(2), 2)]


def test_instants_of_the_past_and_far_ahead_are_none():
    for starts in ("1999-01-01T00:00:00Z", f"{datetime(9999, 12, 31):%Y-%m-%dT%H:%M:%S}-23:59"):
        with pytest.raises(BadPayload):
            from_alertmanager(told({**alert(-1), "startsAt": starts}), NOW)
