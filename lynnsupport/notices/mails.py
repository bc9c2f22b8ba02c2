"""The mails about notices, each with what it tells as it was when it was written (see outbox.Mail)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.core import signing
from django.urls import reverse
from django.utils import translation

from lynnsupport.accounts.models import Partner, User
from lynnsupport.common.moments import describe_instant
from lynnsupport.outbox.operations import Mail

from .domain.kinds import ALWAYS_SENT, Kind
from .entries import calendar_of
from .markdown import to_html, to_text
from .models import NoticeVersion
from .reach import Recipient

DECLINE_SALT = "lynnsupport.notices.decline"


class Announcements:
    """The mails of one version. What it says in a language is put together once, not for each reader."""

    def __init__(self, version: NoticeVersion) -> None:
        self._version = version
        self._said: dict[str, dict[str, Any]] = {}
        self._calendars: dict[str, str] = {}

    def to(self, person: Recipient) -> Mail:
        version = self._version
        is_optional = not (Kind(version.notice.kind) in ALWAYS_SENT and person.is_own)
        return Mail(
            key=f"notice:{version.notice_id}:{version.number}:{person.address.lower()}",
            kind="notice",
            to=person.address,
            to_name=person.name,
            language=person.language,
            time_zone=person.time_zone,
            context=self._context(person.language) | {"is_optional": is_optional},
            thread=version.notice.reference,
            unsubscribe=_decline_path(person.address, version.notice.kind) if is_optional else "",
            calendar=self._calendar(person.language),
        )

    def _context(self, language: str) -> dict[str, Any]:
        if language not in self._said:
            self._said[language] = _what_it_says(self._version, language)
        return self._said[language]

    def _calendar(self, language: str) -> str:
        version = self._version
        if version.notice.kind != Kind.MAINTENANCE or version.starts_at is None:
            return ""
        if language not in self._calendars:
            self._calendars[language] = calendar_of([version], language, is_mail=True).decode()
        return self._calendars[language]


def digest(version: NoticeVersion, executive: User, partners: Sequence[tuple[Partner, int]]) -> Mail:
    """To an executive: the notice, and which of their partners it touches with how many tenants."""
    return Mail.for_person(
        executive,
        key=f"notice_digest:{version.notice_id}:{version.number}:{executive.email.lower()}",
        kind="notice_digest",
        context=_what_it_says(version, executive.language)
        | {"partners": [{"name": partner.name, "tenants": tenants} for partner, tenants in partners]},
        thread=version.notice.reference,
    )


def approval_asked(version: NoticeVersion, approver: User, *, by: User) -> Mail:
    """To whoever may approve: somebody wrote a notice to everyone (NOT-3)."""
    return _to_the_desk(version, approver, "notice_approval", version.edited_at, {"author": by.name})


def held_back(version: NoticeVersion, sender: User, *, now: datetime) -> Mail:
    """To whoever scheduled it: it did not go out, and why."""
    return _to_the_desk(version, sender, "notice_held_back", now, {"why": version.held_back})


def _to_the_desk(
    version: NoticeVersion, person: User, kind: str, at: datetime, context: dict[str, Any]
) -> Mail:
    return Mail.for_person(
        person,
        key=f"{kind}:{version.pk}:{at.isoformat()}:{person.email.lower()}",
        kind=kind,
        context={
            "reference": version.notice.reference,
            "title": version.in_language("title", person.language),
            "path": reverse("admin:notices_notice_change", args=[version.notice_id]),
            **context,
        },
    )


def _what_it_says(version: NoticeVersion, language: str) -> dict[str, Any]:
    with translation.override(language):
        body, action = version.in_language("body", language), version.in_language("action", language)
        return {
            "reference": version.notice.reference,
            "version": version.number,
            "step": version.step,
            "kind_label": str(version.notice.get_kind_display()),
            "progress_label": str(version.get_progress_display()) if version.progress else "",
            "origin_label": str(version.get_origin_display()),
            "title": version.in_language("title", language),
            "what_changed": to_text(version.in_language("what_changed", language)),
            "body": to_text(body),
            "body_html": str(to_html(body)),
            "action": to_text(action),
            "action_html": str(to_html(action)),
            "action_by": _iso(version.action_by),
            "starts_at": _iso(version.starts_at),
            "ends_at": _iso(version.ends_at),
            "starts_there": _there(version.starts_at, version),
            "ends_there": _there(version.ends_at, version),
            "action_by_there": _there(version.action_by, version),
            "affected": [
                *(product.name for product in version.products.all()),
                *(provider.name for provider in version.providers.all()),
            ],
            "announces_downtime": version.announces_downtime,
            "path": reverse("notices:detail", args=[version.notice.reference]),
        }


def _iso(at: datetime | None) -> str:
    return at.isoformat() if at else ""


def _there(at: datetime | None, version: NoticeVersion) -> str:
    """On the wall clock of the notice's own zone, in the language in force."""
    return describe_instant(at, version.zone) if at else ""


def _decline_path(address: str, kind: str) -> str:
    token = signing.dumps([address.lower(), kind], salt=DECLINE_SALT)
    return reverse("notices:decline", args=[token])
