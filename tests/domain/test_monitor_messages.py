"""AVL-5: what Alertmanager and Uptime Kuma say, and the spans that many sayings make, in any order."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lynnsupport.common.intervals import Interval
from tickets.incidents.domain import alertmanager, uptime_kuma
from tickets.incidents.domain.alerts import (
    Alert,
    Message,
    NotUnderstood,
    Turn,
    fingerprint_of,
    spans_of,
    words_of,
)

NOW = datetime(2026, 11, 23, 13, 0, tzinfo=UTC)
GO_ZERO = "0001-01-01T00:00:00Z"


def at(minute: int) -> datetime:
    return NOW + timedelta(minutes=minute)


def alert(**changes):
    return {
        "status": "firing",
        "labels": {"alertname": "PlatformDown", "instance": "lynn-cl", "tenant": "700001"},
        "annotations": {"summary": "No answer for two minutes"},
        "startsAt": "2026-11-23T12:40:00.123456789Z",
        "endsAt": GO_ZERO,
        "generatorURL": "http://prometheus.example/graph",
        "fingerprint": "1a30ba71cca2921f",
    } | changes


def group(*alerts, **changes):
    return {
        "version": "4",
        "groupKey": '{}:{alertname="PlatformDown"}',
        "truncatedAlerts": 0,
        "status": "firing",
        "receiver": "lynn",
        "groupLabels": {},
        "commonLabels": {},
        "commonAnnotations": {},
        "externalURL": "http://alertmanager.example",
        "alerts": list(alerts),
    } | changes


def beat(status=0, **changes):
    return {
        "heartbeat": {
            "monitorID": 29,
            "status": status,
            "time": "2026-11-23 12:40:00.500",
            "msg": "timeout of 48000ms exceeded",
            "important": True,
            "duration": 60,
        },
        "monitor": {
            "id": 29,
            "name": "Lynn Perú",
            "url": "https://lynn.example/health?key=secret",
            "tags": [],
        },
        "msg": "[Lynn Perú] [🔴 Down] timeout",
    } | changes


# --- Alertmanager ---

BEGAN = datetime(2026, 11, 23, 12, 40, 0, 123456, tzinfo=UTC)
PRINT = "1a30ba71cca2921f"


def test_firing_alert_is_down_since_it_started():
    assert alertmanager.read(group(alert()), now=NOW) == Message(
        (
            Alert(
                PRINT,
                "PlatformDown · No answer for two minutes · lynn-cl",
                (Turn(PRINT, BEGAN, True),),
                "700001",
            ),
        )
    )


@pytest.mark.parametrize(
    ("ends_at", "ended"),
    [
        ("2026-11-23T12:50:00Z", datetime(2026, 11, 23, 12, 50, tzinfo=UTC)),
        ("2026-11-23T09:50:00-03:00", datetime(2026, 11, 23, 12, 50, tzinfo=UTC)),
        (GO_ZERO, NOW),
        (None, NOW),
        ("2026-11-23T14:00:00Z", NOW),  # an end that is still to come has not come
        ("2026-11-23T12:00:00Z", BEGAN),  # never before the start
    ],
)
def test_resolved_alert_tells_both_turns(ends_at, ended):
    message = alertmanager.read(group(alert(status="resolved", endsAt=ends_at)), now=NOW)

    assert message.alerts[0].turns == (Turn(PRINT, BEGAN, True), Turn(PRINT, ended, False))


@pytest.mark.parametrize(
    "labels",
    [
        {"alertname": "Watchdog"},
        {"alertname": "TestAlert", "instance": "Grafana"},
        {"alertname": "DeadMansSwitch"},
        {"alertname": "PlatformDown", "test": "true"},
    ],
)
def test_tests_and_signs_of_life_propose_nothing(labels):
    assert alertmanager.read(group(alert(labels=labels)), now=NOW) == Message()


def test_alert_without_fingerprint_is_known_by_its_labels():
    one, same, other = (
        alertmanager.read(group(alert(fingerprint=None, labels=labels)), now=NOW).alerts[0].fingerprint
        for labels in ({"a": "1", "b": "2"}, {"b": "2", "a": "1"}, {"a": "1", "b": "3"})
    )

    assert one == same != other
    assert len(one) == 64


@pytest.mark.parametrize(
    "broken",
    [
        {"status": "pending"},
        {"startsAt": "yesterday"},
        {"startsAt": GO_ZERO},
        {"startsAt": "2026-11-23T12:40:00"},  # without a zone nobody knows when it was
        {"startsAt": 1764000000},
        {"labels": None},
        {"labels": {"alertname": ["PlatformDown"]}},
        {"annotations": "none"},
    ],
)
def test_alert_that_cannot_be_read_is_left_out_and_counted(broken):
    message = alertmanager.read(group(alert(**broken), alert()), now=NOW)

    assert (len(message.alerts), message.unread) == (1, 1)
    with pytest.raises(NotUnderstood):
        alertmanager.read(group(alert(**broken)), now=NOW)


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        "text",
        {},
        group(version="3"),
        group(version=4),
        group(alerts={}),
        group(*[alert()] * 1001),
        group("alert"),
    ],
)
def test_anything_else_is_no_message_of_alertmanager(body):
    with pytest.raises(NotUnderstood):
        alertmanager.read(body, now=NOW)


# --- Uptime Kuma ---


@pytest.mark.parametrize(("status", "is_down"), [(0, True), (1, False)])
def test_heartbeat_is_a_turn_at_its_time_in_utc(status, is_down):
    [told] = uptime_kuma.read(beat(status), now=NOW).alerts

    assert told.turns == (
        Turn("monitor-29", datetime(2026, 11, 23, 12, 40, 0, 500_000, tzinfo=UTC), is_down),
    )


def test_what_kuma_says_names_the_monitor_without_secrets():
    [told] = uptime_kuma.read(beat(), now=NOW).alerts

    assert told.words == "Lynn Perú · timeout of 48000ms exceeded · https://lynn.example/health"


def test_tag_names_the_tenant():
    monitor = {"id": 3, "name": "x", "tags": [{"name": "team"}, {"name": "Tenant", "value": " 10002 "}]}
    [told] = uptime_kuma.read(beat(monitor=monitor), now=NOW).alerts

    assert (told.fingerprint, told.tenant) == ("monitor-3", "10002")


@pytest.mark.parametrize(
    "body", [beat(2), beat(3), {"heartbeat": None, "monitor": None, "msg": "Lynn Testing"}]
)
def test_pending_maintenance_and_tests_propose_nothing(body):
    assert uptime_kuma.read(body, now=NOW) == Message()


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        {},
        {"msg": "hello"},
        {"heartbeat": None, "monitor": None, "msg": None},
        beat("0"),
        beat(True),
        beat(9),
        beat(monitor=None),
        beat(monitor={"id": "29"}),
        beat(heartbeat={"status": 0, "time": "then"}),
        beat(heartbeat={"status": 0}),
        beat(heartbeat=[]),
    ],
)
def test_anything_else_is_no_message_of_kuma(body):
    with pytest.raises(NotUnderstood):
        uptime_kuma.read(body, now=NOW)


# --- fuzzed ---

_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=5),
    max_leaves=12,
)
_TIMES = st.datetimes().map(datetime.isoformat) | st.datetimes(timezones=st.just(UTC)).map(str) | _JSON


def _spoilt(changes, starts, ends):
    return alert(startsAt=starts, endsAt=ends) | changes


@st.composite
def nearly_alertmanager(draw):
    spoilt = st.dictionaries(st.sampled_from(list(alert())), _JSON, max_size=3)
    alerts = draw(
        st.lists(
            st.builds(_spoilt, spoilt, _TIMES, _TIMES),
            max_size=3,
        )
    )
    return group(*alerts) | draw(st.dictionaries(st.sampled_from(list(group())), _JSON, max_size=1))


@st.composite
def nearly_kuma(draw):
    whole = beat(draw(st.sampled_from([0, 1, 2, 3])))
    whole["heartbeat"] |= draw(st.dictionaries(st.sampled_from(list(whole["heartbeat"])), _TIMES, max_size=2))
    whole["monitor"] |= draw(st.dictionaries(st.sampled_from(list(whole["monitor"])), _JSON, max_size=2))
    return whole | draw(st.dictionaries(st.sampled_from(list(whole)), _JSON, max_size=1))


@pytest.mark.parametrize("read", [alertmanager.read, uptime_kuma.read])
@settings(max_examples=60)
@given(body=nearly_alertmanager() | nearly_kuma() | _JSON)
def test_whatever_comes_is_read_or_refused(read, body):
    try:
        message = read(body, now=NOW)
    except NotUnderstood:
        return
    for told in message.alerts:
        assert 1 <= len(told.fingerprint) <= 100
        assert len(told.words) <= 500
        assert len(told.tenant) <= 40
        assert told.tenant.isprintable()
        assert told.fingerprint.isprintable()
        assert told.words.isprintable()
        assert [turn.at.tzinfo for turn in told.turns] == [UTC] * len(told.turns)
        assert spans_of(told.turns) is not None
        json.dumps(told.words).encode()


@pytest.mark.parametrize(
    ("name", "stored"),
    [("monitor-1", "monitor-1"), ("x" * 100, "x" * 100)],
)
def test_fingerprint_stays_as_it_is_where_it_can(name, stored):
    assert fingerprint_of(name) == stored


@pytest.mark.parametrize("name", ["", "x" * 101, "a\0b", "a\nb", "\ud800"])
def test_fingerprint_that_cannot_be_stored_is_digested(name):
    assert len(fingerprint_of(name)) == 64


def test_words_are_one_line_of_what_was_said():
    assert words_of("  one\n\ttwo ", None, 3, "", "\0\u202ethree") == "one two · three"
    assert words_of("x" * 600) == "x" * 499 + "…"


# --- spans ---

DOWN, UP = True, False


@pytest.mark.parametrize(
    ("told", "spans"),
    [
        ([], []),
        ([(1, DOWN)], [(1, None)]),
        ([(1, DOWN), (5, UP)], [(1, 5)]),
        ([(5, UP), (1, DOWN)], [(1, 5)]),  # the end was heard first
        ([(5, UP)], []),
        ([(1, DOWN), (1, DOWN), (3, DOWN), (5, UP), (5, UP), (7, UP)], [(1, 5)]),
        ([(1, DOWN), (5, UP), (8, DOWN)], [(1, 5), (8, None)]),
        ([(1, DOWN), (8, DOWN), (5, UP)], [(1, 5), (8, None)]),  # the end came late, the relapse stays
        ([(1, DOWN), (1, UP)], []),
    ],
)
def test_spans_follow_the_turns(told, spans):
    turns = [Turn("a", at(minute), is_down) for minute, is_down in told]

    assert spans_of(turns) == [Interval(at(start), None if end is None else at(end)) for start, end in spans]


_TURNS = st.lists(
    st.builds(lambda minute, is_down: Turn("a", at(minute), is_down), st.integers(0, 12), st.booleans()),
    max_size=12,
)


@settings(max_examples=50)
@given(_TURNS, st.randoms(use_true_random=False))
def test_neither_order_nor_repeats_matter(turns, random):
    again = [*turns, *turns[: len(turns) // 2]]
    random.shuffle(again)

    assert spans_of(again) == spans_of(turns)


@settings(max_examples=50)
@given(_TURNS)
def test_spans_agree_with_a_watcher_who_looks_each_minute(turns):
    """The oracle: what the last word was after each minute; being up wins over being down at once."""
    seen, is_down = [], False
    for minute in range(13):
        said = {turn.is_down for turn in turns if turn.at == at(minute)}
        is_down = False if UP in said else (is_down or DOWN in said)
        seen.append(is_down)
    shown = [
        any(span.start <= at(m) and (span.end is None or at(m) < span.end) for span in spans_of(turns))
        for m in range(13)
    ]

    assert shown == seen
