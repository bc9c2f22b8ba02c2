"""What a notice's page at the desk shows: how it will read, what is missing, and how the telling goes."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from lynnsupport.accounts.models import User
from lynnsupport.notices.banners import banner_of
from lynnsupport.notices.desk_forms import SendForm
from lynnsupport.notices.domain.kinds import Kind
from lynnsupport.notices.entries import calendar_of
from lynnsupport.notices.mails import Announcements, digest
from lynnsupport.notices.models import Notice, NoticeVersion
from lynnsupport.notices.operations import open_points
from lynnsupport.notices.queries import Progress, progress_of, troubled
from lynnsupport.notices.reach import (
    Recipient,
    concerned_tenants,
    count_recipients,
    executives_with_partners,
    partners_of,
    recipients_after,
)
from lynnsupport.notices.wording import audience_in_words
from lynnsupport.outbox.letters import sample_of
from lynnsupport.outbox.operations import Mail

SAMPLE = 5


@dataclass(frozen=True)
class Sample:
    """A mail as one reader will get it."""

    to: str
    language: str
    subject: str
    text: str


@dataclass(frozen=True)
class Shown:
    """A version with how it fared; `progress` is None until it is published."""

    version: NoticeVersion
    progress: Progress | None
    audience: list[str]


def page_of(notice: Notice, user: User, now: datetime) -> dict[str, Any]:
    versions = list(
        notice.versions.order_by("-number")
        .select_related("notice", "edited_by", "drafted_by", "approved_by", "sent_by", "dispatch")
        .prefetch_related("products", "providers", "tenants")
    )
    in_hand = next((v for v in versions if v.state in (v.State.DRAFT, v.State.SCHEDULED)), None)
    shown = in_hand or notice.current or versions[0]
    shown = next(version for version in versions if version.pk == shown.pk)
    is_own = user.pk in (shown.edited_by_id, shown.drafted_by_id)
    return {
        "notice": notice,
        "version": shown,
        "in_hand": in_hand,
        "is_maintenance": notice.kind == Kind.MAINTENANCE,
        "missing": open_points(in_hand, at=max(now, in_hand.publish_at or now)) if in_hand else [],
        "waits_for_approval": bool(in_hand and in_hand.needs_approval and not in_hand.approved_at),
        "may_write": user.has_perm("notices.write_notice"),
        "may_approve": user.has_perm("notices.approve_notice") and not is_own,
        "send_form": SendForm(),
        "audience": audience_in_words(shown.for_whom),
        "reach": _reach(shown),
        "samples": _samples(shown),
        "digest": _digest(shown),
        "banner": banner_of(shown, now) if shown.in_portal else None,
        "calendar": _calendar(shown),
        "history": [
            Shown(
                version,
                progress_of(version) if version.is_published else None,
                audience_in_words(version.for_whom),
            )
            for version in versions
        ],
        "troubled": list(troubled(notice.current)) if notice.current else [],
        "is_telling": bool(
            notice.current
            and hasattr(notice.current, "dispatch")
            and not notice.current.dispatch.completed_at
        ),
    }


def _reach(version: NoticeVersion) -> dict[str, Any]:
    audience = version.for_whom
    return {
        "people": count_recipients(version),
        "partners": partners_of(audience).count(),
        "tenants": concerned_tenants(version).count(),
        "first": recipients_after(version, "", SAMPLE),
    }


def _samples(version: NoticeVersion) -> list[Sample]:
    """The mail in each language that the notice is offered in, to a reader of the audience where there is one
    with that language."""
    if not version.by_mail or not version.title_es:
        return []
    people = {person.language: person for person in reversed(recipients_after(version, "", 200))}
    letters = Announcements(version)
    languages = ["es", "en"] if version.title_en else ["es"]
    zone = version.time_zone
    return [
        _sample(
            letters.to(
                people.get(language)
                or Recipient("lector@example.com", "—", language, zone, None, None, None, True)
            )
        )
        for language in languages
    ]


def _digest(version: NoticeVersion) -> Sample | None:
    if not version.to_executives or not version.title_es:
        return None
    first = next(executives_with_partners(version), None)
    return _sample(digest(version, *first)) if first else None


def _sample(mail: Mail) -> Sample:
    message = sample_of(replace(mail, unsubscribe="/avisos/baja/…/" if mail.unsubscribe else ""))
    return Sample(mail.to, mail.language, message.subject, message.body_text)


def _calendar(version: NoticeVersion) -> str:
    if version.notice.kind != Kind.MAINTENANCE or not version.starts_at:
        return ""
    return calendar_of([version], "es").decode()
