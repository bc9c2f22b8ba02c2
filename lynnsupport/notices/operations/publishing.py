"""Sending: now or at a time, once, and never into the past. Telling the people is dispatching's part."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from lynnsupport.accounts.models import User
from lynnsupport.common.refusal import Refused
from lynnsupport.notices.domain.lifecycle import State, check_transition
from lynnsupport.notices.mails import held_back
from lynnsupport.notices.models import Dispatch, NoticeVersion
from lynnsupport.outbox.operations import enqueue

from .guarding import Faulty, locked, require_draft, require_sendable, require_writer


@transaction.atomic
def publish_now(version: NoticeVersion, *, by: User, now: datetime) -> NoticeVersion:
    """It is in force from now on, on every way chosen. Twice is once.

    Faulty for what is wrong with it, Refused without an approval it needs.
    """
    require_writer(by)
    version = locked(version)
    if version.is_published:
        return version
    require_draft(version)
    require_sendable(version, at=now)
    return _publish(version, by=by, now=now)


@transaction.atomic
def plan_publication(version: NoticeVersion, *, by: User, now: datetime, at: datetime) -> NoticeVersion:
    """It goes out at `at`, as it is; judged now as it would be then."""
    require_writer(by)
    version = locked(version)
    require_draft(version)
    if at <= now:
        raise Faulty("publish_at", _("That moment has passed; send it now instead."))
    require_sendable(version, at=at)
    check_transition(State(version.state), State.SCHEDULED)
    version.state, version.publish_at, version.sent_by, version.held_back = State.SCHEDULED, at, by, ""
    version.save(update_fields=["state", "publish_at", "sent_by", "held_back"])
    return version


@transaction.atomic
def unschedule(version: NoticeVersion, *, by: User, now: datetime) -> NoticeVersion:
    """Back to a draft, with its approval: nothing of it has changed."""
    require_writer(by)
    version = locked(version)
    if version.state == State.DRAFT:
        return version
    if version.is_published:
        raise Refused(_("It has gone out already."), rule="NOT-5", instead=_("Correct it or withdraw it."))
    _back_to_draft(version)
    return version


def publish_due(*, now: datetime, limit: int = 50) -> int:
    """Publishes what was scheduled for `now` or before; returns how many.

    Each is judged again: one that must not go out any more (its maintenance has begun while nothing ran)
    becomes a draft that says why, and whoever scheduled it is told.
    """
    published = 0
    due = NoticeVersion.objects.filter(state=State.SCHEDULED, publish_at__lte=now).order_by(
        "publish_at", "pk"
    )
    for pk in list(due.values_list("pk", flat=True)[:limit]):
        with transaction.atomic():
            version = locked(NoticeVersion.objects.get(pk=pk))
            if version.state != State.SCHEDULED:
                continue
            try:
                require_sendable(version, at=now)
            except Refused as refused:
                sender = version.sent_by
                _back_to_draft(version, why=str(refused))
                enqueue([held_back(version, sender, now=now)], now=now)
                continue
            _publish(version, by=version.sent_by, now=now)
            published += 1
    return published


def _publish(version: NoticeVersion, *, by: User, now: datetime) -> NoticeVersion:
    check_transition(State(version.state), State.PUBLISHED)
    version.state, version.published_at, version.sent_by, version.held_back = State.PUBLISHED, now, by, ""
    version.save(update_fields=["state", "published_at", "sent_by", "held_back"])
    notice = version.notice
    if notice.current is not None:  # what it replaces is told to nobody any more
        Dispatch.objects.filter(version=notice.current).update(next_run_at=None)
    notice.current = version
    notice.save(update_fields=["current"])
    Dispatch.objects.create(version=version, next_run_at=now)
    return version


def _back_to_draft(version: NoticeVersion, *, why: str = "") -> None:
    check_transition(State(version.state), State.DRAFT)
    version.state, version.publish_at, version.sent_by, version.held_back = State.DRAFT, None, None, why
    version.save(update_fields=["state", "publish_at", "sent_by", "held_back"])
