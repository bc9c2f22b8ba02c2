"""The webhook of Uptime Kuma: one heartbeat of one monitor, told when it turns.

`{"heartbeat": {"status", "time", "msg", …}, "monitor": {"id", "name", "tags", …}, "msg": "…"}`; a test, and
news of certificates, come without heartbeat. Times are in UTC without saying so.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from .alerts import Alert, Message, NotUnderstood, Turn, fingerprint_of, instant, mapping, tenant_of, words_of

DOWN, UP, PENDING, MAINTENANCE = range(4)


def read(body: object, *, now: datetime) -> Message:
    """What a message tells; a tag called `tenant` on the monitor names the tenant.

    Pending is not down yet, and maintenance is agreed: both tell nothing. Raises NotUnderstood for anything
    that Uptime Kuma does not send.
    """
    message = mapping(body)
    if not isinstance(message.get("msg"), str) or not {"heartbeat", "monitor"} <= message.keys():
        raise NotUnderstood("no message of Uptime Kuma")
    if message["heartbeat"] is None:
        return Message()
    heartbeat, monitor = mapping(message["heartbeat"]), mapping(message["monitor"])
    status = heartbeat.get("status")
    if type(status) is not int or status not in range(4):
        raise NotUnderstood("no status of Uptime Kuma")
    if status in (PENDING, MAINTENANCE):
        return Message()
    fingerprint = _fingerprint(monitor, heartbeat)
    return Message(
        (
            Alert(
                fingerprint=fingerprint,
                words=words_of(monitor.get("name"), heartbeat.get("msg"), _address(monitor)),
                turns=(Turn(fingerprint, instant(heartbeat.get("time"), assumed=UTC), status == DOWN),),
                tenant=_tenant(monitor),
            ),
        )
    )


def _fingerprint(monitor: Mapping[str, Any], heartbeat: Mapping[str, Any]) -> str:
    number = monitor.get("id", heartbeat.get("monitorID"))
    if type(number) is not int:
        raise NotUnderstood("no number of a monitor")
    return fingerprint_of(f"monitor-{number}")


def _address(monitor: Mapping[str, Any]) -> object:
    """Where it looks, without what might be a password or a key in it."""
    url = monitor.get("url")
    if not isinstance(url, str):
        return monitor.get("hostname")
    return None if "@" in url or url in ("https://", "http://") else url.partition("?")[0]


def _tenant(monitor: Mapping[str, Any]) -> str:
    tags = monitor.get("tags")
    for tag in tags if isinstance(tags, list) else ():
        if isinstance(tag, Mapping) and str(tag.get("name")).lower() == "tenant":
            return tenant_of(tag.get("value"))
    return ""
