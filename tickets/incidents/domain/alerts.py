"""What monitors send, read without trusting any of it (AVL-5).

Alertmanager's webhook is version 4 of its JSON; Uptime Kuma's is its «application/json» preset.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

ALERTS_AT_MOST = 500
# A monitor's clock may be somewhat fast; what lies further ahead is no alert.
AHEAD = timedelta(minutes=10)
# Alerts that fire always, and those by which people try whether the way is open: they say that the monitor
# lives, and nothing else.
HEARTBEATS = frozenset({"watchdog", "deadmansswitch", "inhibited", "infoinhibitor", "test", "testalert"})
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


class BadPayload(ValueError):
    """Not what that monitor sends."""


@dataclass(frozen=True, slots=True)
class Alert:
    """Something may be down since `start`, up to `end` if it is over. `tenant` is an ID, or "" for all."""

    fingerprint: str
    start: datetime
    end: datetime | None
    words: str
    tenant: str = ""


@dataclass(frozen=True, slots=True)
class Recovery:
    """Whatever that monitor watches has been up since `at`."""

    fingerprint: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Heard:
    """What one message says; nothing for a test or a heartbeat, which still show that the monitor lives.

    `unread` counts the alerts of it that could not be read.
    """

    alerts: list[Alert] = field(default_factory=list)
    recoveries: list[Recovery] = field(default_factory=list)
    unread: int = 0


def from_alertmanager(payload: object, now: datetime) -> Heard:
    """Each alert with its own start: a repeat has the same.

    One that cannot be read is left out, so that it takes no other with it: what is refused, Alertmanager
    never sends again. Raises BadPayload where none can be read.
    """
    message = _mapping(payload)
    if message.get("version") != "4":
        raise BadPayload("version")
    alerts = message.get("alerts")
    if not isinstance(alerts, list) or len(alerts) > ALERTS_AT_MOST:
        raise BadPayload("alerts")
    told, unread = [], 0
    for each in alerts:
        try:
            told.append(_from_alert(_mapping(each), now))
        except BadPayload:
            unread += 1
    if unread and not told:
        raise BadPayload("alerts")
    return Heard(alerts=[alert for alert in told if alert is not None], unread=unread)


def from_uptime_kuma(payload: object, now: datetime) -> Heard:
    """One monitor that went down or is up again; its test message has no heartbeat. Raises BadPayload."""
    message = _mapping(payload)
    if message.get("heartbeat") is None:
        if message.get("monitor") is not None or not isinstance(message.get("msg"), str):
            raise BadPayload("heartbeat")
        return Heard()
    beat, monitor = _mapping(message["heartbeat"]), _mapping(message.get("monitor"))
    number = monitor.get("id", beat.get("monitorID"))
    if not isinstance(number, int) or isinstance(number, bool) or not 0 <= number < 10**12:
        raise BadPayload("monitor")
    at = _instant(beat.get("time"), now)
    status = beat.get("status")
    if isinstance(status, bool) or not isinstance(status, int):
        raise BadPayload("status")
    fingerprint = f"monitor-{number}"
    if status == 0:
        words = f"{_text(monitor.get('name'), 200)}: {_text(beat.get('msg'), 250)}"
        return Heard(alerts=[Alert(fingerprint, at, None, words, _tagged(monitor))])
    if status == 1:
        return Heard(recoveries=[Recovery(fingerprint, at)])
    return Heard()  # pending, or under maintenance


def _from_alert(alert: Mapping[str, Any], now: datetime) -> Alert | None:
    labels, notes = _mapping(alert.get("labels", {})), _mapping(alert.get("annotations", {}))
    name = _text(labels.get("alertname"), 100)
    if alert.get("status") not in ("firing", "resolved"):
        raise BadPayload("status")
    if name.lower() in HEARTBEATS or labels.get("test") == "true":
        return None
    # An old Alertmanager gives none; its labels are what makes an alert the same.
    fingerprint = alert.get("fingerprint") or sha256(repr(sorted(labels.items())).encode()).hexdigest()
    if not isinstance(fingerprint, str) or not re.fullmatch(r"[0-9A-Za-z_-]{1,100}", fingerprint):
        raise BadPayload("fingerprint")
    start = _instant(alert.get("startsAt"), now)
    end = max(start, _ended(alert.get("endsAt"), now)) if alert["status"] == "resolved" else None
    says = _text(notes.get("summary", notes.get("description")), 350)
    return Alert(
        fingerprint, start, end, f"{name}: {says}" if says else name, _text(labels.get("tenant"), 40)
    )


def _ended(value: object, now: datetime) -> datetime:
    """Go's zero time, in year 1, means that it is not known; an end still ahead has not come."""
    try:
        return min(_instant(value, now), now)
    except BadPayload:
        return now


def _tagged(monitor: Mapping[str, Any]) -> str:
    """The ID that a tag called «tenant» on the monitor names, or ""."""
    tags = monitor.get("tags")
    for tag in tags if isinstance(tags, list) else ():
        if isinstance(tag, dict) and _text(tag.get("name"), 20).lower() == "tenant":
            return _text(tag.get("value"), 40)
    return ""


def _mapping(value: object) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise BadPayload("not an object")
    return value


def _text(value: object, limit: int) -> str:
    """One line of at most `limit` characters that any database can store; "" for what is no text."""
    if not isinstance(value, str):
        return ""
    storable = value[: 4 * limit].encode("utf-8", "replace").decode("utf-8")
    return " ".join(_CONTROLS.sub(" ", storable).split())[:limit]


def _instant(value: object, now: datetime) -> datetime:
    """RFC 3339, or Uptime Kuma's own form, which is UTC without saying so."""
    if not isinstance(value, str) or len(value) > 40:
        raise BadPayload("instant")
    try:
        at = datetime.fromisoformat(value)
        at = at.replace(tzinfo=UTC) if at.utcoffset() is None else at.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise BadPayload("instant") from error
    if at.year < 2000 or at > now + AHEAD:
        raise BadPayload("instant")
    return at
