"""Short ways to write, send and deliver notices in tests."""

from datetime import datetime, timedelta
from typing import Any

from lynnsupport.accounts.domain.roles import Role
from lynnsupport.accounts.models import User
from lynnsupport.notices.domain.audience import Audience
from lynnsupport.notices.models import NoticeVersion
from lynnsupport.notices.operations import (
    approve,
    correct,
    dispatch_due,
    draft_notice,
    publish_now,
    save_draft,
    withdraw,
)
from lynnsupport.outbox.models import OutboxMessage
from tests.factories import UserFactory
from tests.tickets.stories import chile

NOW = chile("2026-11-23 10:00")
HOUR = timedelta(hours=1)


def engineer() -> User:
    return UserFactory(role=Role.ENGINEER)


def content(**changes: Any) -> dict[str, Any]:
    """A planned maintenance of tomorrow night, to everyone, by mail and in the portal."""
    return {
        "title_es": "Mantención de la plataforma",
        "body_es": "Actualizamos la base de **datos**.",
        "title_en": "Platform maintenance",
        "body_en": "We upgrade the **database**.",
        "starts_at": NOW + 14 * HOUR,
        "ends_at": NOW + 16 * HOUR,
        "announces_downtime": True,
        "audience": Audience(everyone=True),
        "is_public": True,
    } | changes


def plain(**changes: Any) -> dict[str, Any]:
    """A change without times."""
    return content(starts_at=None, ends_at=None, announces_downtime=False) | changes


def drafted(
    *, by: User | None = None, kind: str = "maintenance", now: datetime = NOW, **changes: Any
) -> NoticeVersion:
    said = content(**changes) if kind == "maintenance" else plain(**changes)
    return draft_notice(by=by or engineer(), kind=kind, now=now, content=said)


def sent(version: NoticeVersion, *, now: datetime = NOW) -> NoticeVersion:
    """Approved where it has to be, and published."""
    version.refresh_from_db()
    if version.needs_approval:
        approver = UserFactory(role=Role.DESK_LEAD)
        approve(version, by=approver, now=now, seen=version.edited_at)
    return publish_now(version, by=version.edited_by, now=now)


def published(
    *, by: User | None = None, kind: str = "maintenance", now: datetime = NOW, **changes: Any
) -> NoticeVersion:
    """Written and sent."""
    return sent(drafted(by=by, kind=kind, now=now, **changes), now=now)


def corrected(version: NoticeVersion, *, now: datetime, **changes: Any) -> NoticeVersion:
    draft = correct(version.notice, by=version.edited_by, now=now)
    said = {"what_changed_es": "Cambió la hora."} | changes
    return sent(save_draft(draft, by=version.edited_by, now=now, content=said), now=now)


def withdrawn(version: NoticeVersion, *, now: datetime) -> NoticeVersion:
    return sent(
        withdraw(version.notice, by=version.edited_by, now=now, reason_es="Ya no hace falta."), now=now
    )


def told(*, now: datetime) -> int:
    """Everybody due is told; how many deliveries that made."""
    total = 0
    while True:
        run = dispatch_due(now=now)
        total += run.deliveries
        if not run.is_more_due:
            return total


def left(*, at: datetime) -> int:
    """Every mail that waits has left at that instant, as the mail server would have taken it."""
    return OutboxMessage.objects.filter(state="pending").update(
        state="sent", sent_at=at, next_attempt_at=None
    )
