"""The webhook of Prometheus Alertmanager, version 4 of its message.

https://prometheus.io/docs/alerting/latest/configuration/#webhook_config
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from .alerts import (
    Alert,
    Message,
    NotUnderstood,
    Turn,
    digest_of,
    fingerprint_of,
    instant,
    mapping,
    tenant_of,
    words_of,
)

VERSION = "4"
MOST_ALERTS = 1000
# Alerts that fire for ever to show that the chain works, and what people send to try it.
NO_OUTAGE = frozenset({"watchdog", "deadmansswitch", "infoinhibitor", "test", "testalert"})


def read(body: object, *, now: datetime) -> Message:
    """What a message tells. `now` ends an alert that is said to be over without saying since when.

    Its label `tenant` names the tenant. Raises NotUnderstood for what is no message of version 4, and where
    none of its alerts can be read.
    """
    message = mapping(body)
    alerts = message.get("alerts")
    if message.get("version") != VERSION or not isinstance(alerts, list) or len(alerts) > MOST_ALERTS:
        raise NotUnderstood("no message of Alertmanager's version 4")
    told, unread = [], 0
    for each in alerts:
        try:
            alert = mapping(each)
            if not _is_no_outage(alert):
                told.append(_alert(alert, now))
        except NotUnderstood:
            unread += 1
    if unread and unread == len(alerts):
        raise NotUnderstood("none of the alerts can be read")
    return Message(tuple(told), unread)


def _is_no_outage(alert: Mapping[str, Any]) -> bool:
    labels = mapping(alert.get("labels"))
    return str(labels.get("alertname", "")).lower() in NO_OUTAGE or str(labels.get("test")).lower() == "true"


def _alert(alert: Mapping[str, Any], now: datetime) -> Alert:
    labels, annotations = mapping(alert.get("labels")), mapping(alert.get("annotations", {}))
    if not all(isinstance(value, str) for value in labels.values()):
        raise NotUnderstood("a label is no text")
    status = alert.get("status")
    if status not in ("firing", "resolved"):
        raise NotUnderstood("neither firing nor resolved")
    fingerprint = _fingerprint(alert.get("fingerprint"), labels)
    began = instant(alert.get("startsAt"))
    turns = [Turn(fingerprint, began, True)]
    if status == "resolved":
        turns.append(Turn(fingerprint, max(began, _ended(alert.get("endsAt"), now)), False))
    said = annotations.get("summary") or annotations.get("description")
    return Alert(
        fingerprint=fingerprint,
        words=words_of(labels.get("alertname"), said, labels.get("instance")),
        turns=tuple(turns),
        tenant=tenant_of(labels.get("tenant")),
    )


def _fingerprint(given: object, labels: Mapping[str, Any]) -> str:
    """The alert's own; an Alertmanager too old to give one is served by its labels, which identify it."""
    if isinstance(given, str) and given:
        return fingerprint_of(given)
    return digest_of(json.dumps(labels, sort_keys=True))


def _ended(value: object, now: datetime) -> datetime:
    """Go's zero time, year 1, means that it is not known; an end ahead of now has not come."""
    try:
        return min(instant(value), now)
    except NotUnderstood:
        return now
