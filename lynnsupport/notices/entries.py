"""Notices as calendar entries (RFC 5545): one entry for each notice, whatever becomes of it (NOT-5)."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from icalendar import Calendar, Event

from .markdown import to_text
from .models import NoticeVersion


def uid_of(version: NoticeVersion) -> str:
    """The same for every version of a notice."""
    return f"{version.notice.uid}@{settings.OUTBOX_MESSAGE_ID_DOMAIN}"


def calendar_of(
    versions: Iterable[NoticeVersion], language: str, *, name: str = "", is_mail: bool = False
) -> bytes:
    """The versions as a VCALENDAR, in that language. A version without a start has no place in a calendar.

    In a mail a withdrawal carries the method CANCEL (RFC 5546 3.2.5), so the entry goes by itself.
    """
    shown = [version for version in versions if version.starts_at]
    calendar = Calendar()
    calendar.add("prodid", "-//Lynn//Portal de Autoatencion//ES")
    calendar.add("version", "2.0")
    calendar.add("method", "CANCEL" if is_mail and any(v.is_withdrawal for v in shown) else "PUBLISH")
    if name:
        calendar.add("x-wr-calname", name)
    if not is_mail:
        calendar.add("refresh-interval", timedelta(hours=1), parameters={"VALUE": "DURATION"})
    with translation.override(language):
        for version in shown:
            calendar.add_component(_event(version, language))
    return calendar.to_ical()


def _event(version: NoticeVersion, language: str) -> Event:
    event = Event()
    event.add("uid", uid_of(version))
    event.add("sequence", version.sequence)
    event.add("dtstamp", _whole_seconds(version.published_at or version.edited_at))
    event.add("last-modified", _whole_seconds(version.published_at or version.edited_at))
    event.add("dtstart", _whole_seconds(version.starts_at))
    event.add("dtend", _whole_seconds(version.ends_at or version.starts_at + timedelta(hours=1)))
    event.add("summary", f"{version.notice.get_kind_display()}: {version.in_language('title', language)}")
    event.add("description", _description(version, language))
    event.add(
        "url",
        settings.PORTAL_BASE_URL.rstrip("/") + reverse("notices:detail", args=[version.notice.reference]),
    )
    event.add("status", "CANCELLED" if version.is_withdrawal else "CONFIRMED")
    event.add("transp", "TRANSPARENT")
    event.add("categories", [str(version.notice.get_kind_display())])
    event.add("organizer", f"mailto:{settings.SUPPORT_EMAIL}")
    return event


def _description(version: NoticeVersion, language: str) -> str:
    parts = [version.notice.reference]
    if version.is_withdrawal:
        parts.append(_("Withdrawn: it does not take place."))
    parts += [
        to_text(version.in_language(name, language))
        for name in ("what_changed", "body", "action")
        if version.in_language(name, language)
    ]
    return "\n\n".join(parts)


def _whole_seconds(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(microsecond=0)
