"""What monitors say piecemeal, twice, late and half broken, and who hears of it (AVL-5)."""

import random
import threading

import pytest
import time_machine

from lynnsupport.accounts.domain.roles import Role
from lynnsupport.common.intervals import Interval
from lynnsupport.outbox.letters import write
from lynnsupport.outbox.models import OutboxMessage
from tests.factories import TenantFactory, UserFactory
from tests.tickets.pages import signed_in
from tickets.incidents import tasks
from tickets.incidents.domain.alerts import Heard
from tickets.incidents.models import HealthAddress, MonitorSource, MonitorTurn, Proposal
from tickets.incidents.monitors import probe
from tickets.incidents.monitors.operations import dismiss, hear
from tickets.incidents.monitors.queries import unknown_intervals

from .test_monitors import ALERTMANAGER, KUMA, NOW, TOKEN, alert, at, beat, digest_of, send, told

pytestmark = [pytest.mark.django_db, pytest.mark.rule("AVL-5")]


@pytest.fixture(autouse=True)
def _ten():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def prometheus():
    return MonitorSource.objects.create(name="Vigía", kind="alertmanager", token_digest=digest_of(TOKEN))


@pytest.fixture
def kuma():
    return MonitorSource.objects.create(name="Kuma", kind="uptime_kuma", token_digest=digest_of("otro"))


def spans():
    rows = Proposal.objects.order_by("start", "pk").values_list("start", "end")
    return [(start.replace(microsecond=0), end) for start, end in rows if start != end]


# ---------- in pieces ----------


@pytest.mark.parametrize("seed", range(6))
def test_heard_in_any_order_and_twice_they_are_the_same_outages(client, kuma, seed):
    messages = [(-50, 0), (-45, 0), (-40, 1), (-30, 0), (-29, 1), (-20, 0)]
    messages += messages[:3]
    random.Random(seed).shuffle(messages)
    for minutes, status in messages:
        assert send(client, KUMA, beat(minutes, status), token="otro").status_code == 204

    assert spans() == [(at(-50), at(-40)), (at(-30), at(-29)), (at(-20), None)]


def test_what_a_person_decided_stays_and_only_its_end_is_learnt(client, kuma):
    send(client, KUMA, beat(-20, 0), token="otro")
    engineer = UserFactory(role=Role.ENGINEER)
    dismiss(Proposal.objects.get(), by=engineer, reason="Un ensayo.", now=NOW)
    for minutes, status in ((-30, 0), (-10, 1), (-5, 0)):
        send(client, KUMA, beat(minutes, status), token="otro")

    assert list(Proposal.objects.order_by("start").values_list("state", "start", "end")) == [
        ("dismissed", at(-20), at(-10)),
        ("pending", at(-5), None),
    ]


def test_tag_of_a_monitor_names_the_tenant(client, kuma):
    tenant = TenantFactory(code="10001x")
    message = beat(-1, 0)
    message["monitor"]["tags"] = [{"name": "equipo"}, {"name": "Tenant", "value": " 10001X "}]
    send(client, KUMA, message, token="otro")

    assert Proposal.objects.get().tenant == tenant


# ---------- half broken ----------


@pytest.mark.parametrize(
    "broken",
    [{"status": "pending"}, {"startsAt": "ayer"}, {"labels": None}, {"fingerprint": "../x"}, {"startsAt": 1}],
)
def test_alert_that_cannot_be_read_takes_no_other_with_it(client, prometheus, broken):
    response = send(client, ALERTMANAGER, told(alert(-9) | broken, alert(-5, fingerprint="c3")))

    assert (response.status_code, spans()) == (204, [(at(-5), None)])


def test_alert_without_fingerprint_is_known_by_its_labels(client, prometheus):
    for _time in range(2):
        for name in ("a", "b"):
            send(client, ALERTMANAGER, told(alert(-5, instance=name, fingerprint=None)))

    assert spans() == [(at(-5), None)] * 2


@pytest.mark.parametrize("ends_at", ["0001-01-01T00:00:00Z", None, f"{at(30):%Y-%m-%dT%H:%M:%SZ}"])
def test_resolved_without_a_usable_end_it_is_over_now(client, prometheus, ends_at):
    for _time in range(2):
        assert send(client, ALERTMANAGER, told(alert(-9, -1) | {"endsAt": ends_at})).status_code == 204

    assert spans() == [(at(-9), NOW)]


@pytest.mark.parametrize("labels", [{"alertname": "TestAlert"}, {"alertname": "X", "test": "true"}])
def test_alert_that_only_tries_the_way_proposes_nothing(client, prometheus, labels):
    assert send(client, ALERTMANAGER, told(alert(-9) | {"labels": labels})).status_code == 204
    assert spans() == []


# ---------- who hears of it ----------


@pytest.mark.parametrize(
    ("language", "subject", "spans"),
    [
        (
            "es",
            "Vigía: 2 posibles caídas por decidir",
            ["desde lun 23 nov, 07:40 (Perú)", "de lun 23 nov, 07:40 (Perú) a lun 23 nov, 07:55 (Perú)"],
        ),
        (
            "en",
            "Vigía: 2 possible outages to decide",
            ["since Mon 23 Nov, 07:40 (Peru)", "from Mon 23 Nov, 07:40 (Peru) to Mon 23 Nov, 07:55 (Peru)"],
        ),
    ],
)
def test_desk_leads_hear_once_what_is_new(client, prometheus, language, subject, spans):
    lead = UserFactory(role=Role.DESK_LEAD, language=language, time_zone="America/Lima")
    UserFactory(role=Role.DESK_LEAD, is_active=False)
    for _time in range(2):
        send(client, ALERTMANAGER, told(alert(-20), alert(-20, -5, fingerprint="c3")))
    [mail] = OutboxMessage.objects.all()
    write(mail)

    assert (mail.kind, mail.to_address, mail.subject) == ("outage_proposed", lead.email, subject)
    lines = [line for line in mail.body_text.splitlines() if line.startswith("- ")]
    assert [line.rpartition("responde: ")[2] for line in lines] == spans


# ---------- silence ----------

DAY = Interval(at(-60), at(600))


def watch(source, *minutes):
    for minute in minutes:
        hear(source, Heard(), now=at(minute))


def test_monitor_that_came_later_hides_no_earlier_silence(prometheus, kuma):
    MonitorSource.objects.update(silent_after=300)
    watch(prometheus, 0, 30, 33)
    watch(kuma, 100, 104)
    tenant = TenantFactory()

    assert unknown_intervals(tenant, DAY) == [Interval(at(0), at(30))]
    assert unknown_intervals(tenant, DAY, now=at(104)) == [
        Interval(at(0), at(30)),
        Interval(at(33), at(100)),
    ]


def test_monitor_put_out_of_use_is_missed_no_longer_and_its_gaps_stay(prometheus):
    MonitorSource.objects.update(silent_after=300)
    watch(prometheus, 0, 30, 31)
    MonitorSource.objects.update(is_active=False)

    assert unknown_intervals(TenantFactory(), DAY, now=at(500)) == [Interval(at(0), at(30))]


def test_what_lies_ahead_is_not_unknown(prometheus):
    MonitorSource.objects.update(silent_after=300)
    watch(prometheus, 0)

    assert unknown_intervals(TenantFactory(), DAY) == []


def test_probe_that_was_switched_off_is_not_missed(settings, monkeypatch):
    settings.HEALTH_PROBE = True
    administrator, tenant = signed_in(UserFactory(role=Role.ADMINISTRATOR)), TenantFactory()
    health = HealthAddress.objects.create(tenant=tenant, url="https://salud.example/", is_active=True)
    monkeypatch.setattr(probe, "is_up", lambda url: True)
    probe.probe_all(now=at(-30))
    page = f"/admin/incidents/healthaddress/{health.pk}/change/"
    sent = {"tenant": tenant.pk, "url": health.url}
    monkeypatch.setattr(probe, "addresses_of", lambda host, port: ["93.184.216.34"])
    administrator.post(page, sent)
    assert unknown_intervals(tenant, DAY, now=at(500)) == []
    administrator.post(page, sent | {"is_active": "on"})
    probe.probe_all(now=at(1))
    assert unknown_intervals(tenant, DAY, now=at(2)) == []
    settings.HEALTH_PROBE = False
    assert unknown_intervals(tenant, DAY, now=at(500)) == []


# ---------- the portal's own probe ----------


def test_probe_asks_once_more_after_a_no_and_keeps_only_what_turned(settings, monkeypatch):
    settings.HEALTH_PROBE = True
    HealthAddress.objects.create(tenant=TenantFactory(), url="https://salud.example/", is_active=True)
    answers = iter([True, False, True, False, False, False, False, True, True])
    monkeypatch.setattr(probe, "is_up", lambda url: next(answers))
    for minute in range(6):  # up; a lost packet; down twice; up twice
        probe.probe_all(now=at(minute))

    assert spans() == [(at(2), at(4))]
    assert MonitorTurn.objects.count() == 2


def addresses(number):
    return [
        HealthAddress.objects.create(tenant=TenantFactory(), url=f"https://{n}.example/", is_active=True)
        for n in range(number)
    ]


def test_one_that_hangs_keeps_no_other_and_is_not_waited_for(settings, monkeypatch):
    settings.HEALTH_PROBE = True
    monkeypatch.setattr(probe, "SECONDS_FOR_ALL", 0.2)
    asked, released = addresses(3), threading.Event()
    monkeypatch.setattr(probe, "is_up", lambda url: url != asked[0].url or released.wait(30))
    try:
        assert tasks.probe() == 2
    finally:
        released.set()
    assert set(MonitorSource.objects.values_list("tenant", flat=True)) == {
        asked[1].tenant_id,
        asked[2].tenant_id,
    }


def test_they_are_asked_at_once_with_a_bound(settings, monkeypatch):
    settings.HEALTH_PROBE = True
    monkeypatch.setattr(probe, "AT_ONCE", 2)
    both = threading.Barrier(2, timeout=30)
    monkeypatch.setattr(probe, "is_up", lambda url: both.wait() >= 0)
    addresses(4)
    assert probe.probe_all(now=at(0)) == 4


def test_whom_there_was_no_time_for_is_asked_first(settings, monkeypatch):
    settings.HEALTH_PROBE = True
    first, second = addresses(2)
    monkeypatch.setattr(probe, "is_up", lambda url: True)
    probe.probe_all(now=at(0))
    MonitorSource.objects.filter(tenant=first.tenant).update(last_heard_at=at(1))
    assert list(probe.addresses_to_ask()) == [second, first]


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://salud.example/", "over https alone"),
        ("https://ana:clave@salud.example/", "Leave name and password out"),
        ("https://localhost/", "not public"),
        ("https://127.0.0.1:8443/", "not public"),
        ("https://[::1]/", "not public"),
        ("https://169.254.169.254/latest/", "not public"),
        ("https://interno.example/", "not public"),
    ],
)
def test_what_the_probe_would_not_ask_is_refused_beside_the_field(monkeypatch, url, reason):
    inside = {"interno.example": ["10.0.0.7"]}
    monkeypatch.setattr(probe, "addresses_of", lambda host, port: inside.get(host) or [host.strip("[]")])
    administrator = signed_in(UserFactory(role=Role.ADMINISTRATOR))
    sent = {"tenant": TenantFactory().pk, "url": url, "is_active": "on"}
    page = administrator.post("/admin/incidents/healthaddress/add/", sent)
    [said] = page.context["adminform"].form.errors["url"]
    assert reason in said
    assert not HealthAddress.objects.exists()
