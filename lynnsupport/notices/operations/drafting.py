"""Writing: the first draft, corrections, withdrawals, and their approval by a second person."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from lynnsupport.accounts.domain.roles import ROLES
from lynnsupport.accounts.models import Tenant, User
from lynnsupport.common.refusal import Refused
from lynnsupport.notices.domain.audience import Audience
from lynnsupport.notices.domain.kinds import Kind
from lynnsupport.notices.domain.lifecycle import State, check_transition
from lynnsupport.notices.mails import approval_asked
from lynnsupport.notices.models import Notice, NoticeVersion, Product, Provider
from lynnsupport.outbox.operations import enqueue

from .guarding import locked, require_approver, require_draft, require_order, require_writer

CONTENT = (
    *("origin", "progress", "impact", "starts_at", "ends_at", "action_by", "time_zone", "announces_downtime"),
    *("title_es", "body_es", "action_es", "what_changed_es", "title_en", "body_en", "action_en"),
    *("what_changed_en", "by_mail", "in_portal", "in_feed", "to_executives", "is_public"),
)
AFFECTED = ("products", "providers", "tenants")


@transaction.atomic
def draft_notice(*, by: User, kind: str, now: datetime, content: Mapping[str, Any]) -> NoticeVersion:
    """A new notice with its first version as a draft. `content` as for `save_draft`."""
    require_writer(by)
    notice = Notice.objects.create(kind=Kind(kind).value, created_by=by, created_at=now)
    return _new_version(notice, NoticeVersion.Step.ANNOUNCED, by=by, now=now, content=content)


@transaction.atomic
def save_draft(
    version: NoticeVersion, *, by: User, now: datetime, content: Mapping[str, Any]
) -> NoticeVersion:
    """Stores what the draft says; an approval of what it said before is gone.

    `content`: any of the version's fields by name, `audience` as an Audience, `products`, `providers` and
    `tenants` as iterables of objects. Drafts may be unfinished; sending judges them.
    """
    require_writer(by)
    version = locked(version)
    require_draft(version)
    version.edited_by, version.edited_at = by, now
    version.approval_asked_at = version.approved_by = version.approved_at = None
    _fill(version, content)
    return version


@transaction.atomic
def correct(notice: Notice, *, by: User, now: datetime) -> NoticeVersion:
    """A draft of the next version, saying what the one in force says; the one in hand where there is one."""
    return _next_version(notice, NoticeVersion.Step.CORRECTED, by=by, now=now, content={})


@transaction.atomic
def withdraw(
    notice: Notice, *, by: User, now: datetime, reason_es: str, reason_en: str = ""
) -> NoticeVersion:
    """A draft that withdraws the notice, with the reason that readers are told.

    Refused for one that is over: it happened, and a maintenance that was announced stays announced (AVL-4).
    """
    current = notice.current
    if current and notice.kind == Kind.MAINTENANCE and current.starts_at and current.starts_at <= now:
        raise Refused(
            _("This maintenance has begun; what was announced stays on record."),
            rule="AVL-4",
            instead=_("Write a correction that says how it went."),
        )
    if not reason_es.strip():
        raise Refused(_("Say why it is withdrawn: its readers are told."), rule="NOT-5")
    content = {
        "what_changed_es": reason_es.strip(),
        "what_changed_en": reason_en.strip(),
        "action_es": "",
        "action_en": "",
        "action_by": None,
    }
    return _next_version(notice, NoticeVersion.Step.WITHDRAWN, by=by, now=now, content=content)


@transaction.atomic
def discard(version: NoticeVersion, *, by: User, now: datetime) -> NoticeVersion:
    """The draft is put away; nobody was told of it. Twice is once."""
    require_writer(by)
    version = locked(version)
    if version.state != State.DISCARDED:
        require_draft(version)
        check_transition(State(version.state), State.DISCARDED)
        version.state, version.edited_at = State.DISCARDED, now
        version.save(update_fields=["state", "edited_at"])
    return version


@transaction.atomic
def ask_approval(version: NoticeVersion, *, by: User, now: datetime) -> NoticeVersion:
    """Whoever else may approve is told once by mail; Faulty while the draft is not in order."""
    require_writer(by)
    version = locked(version)
    require_draft(version)
    require_order(version)
    if version.approval_asked_at is None:
        version.approval_asked_at = now
        version.save(update_fields=["approval_asked_at"])
        approvers = User.objects.filter(is_active=True, role__in=_roles_with("notices.approve_notice"))
        enqueue(
            (approval_asked(version, person, by=by) for person in approvers.exclude(pk=version.edited_by_id)),
            now=now,
        )
    return version


@transaction.atomic
def approve(version: NoticeVersion, *, by: User, now: datetime, seen: datetime) -> NoticeVersion:
    """A second person lets it go out as it is (NOT-3). `seen` is when what they read was last edited."""
    require_approver(by)
    version = locked(version)
    require_draft(version)
    if version.edited_at != seen:
        raise Refused(_("It was edited while you read it."), instead=_("Read it again, then approve it."))
    if by.pk in (version.edited_by_id, version.drafted_by_id):
        raise Refused(
            _("You wrote this yourself."), rule="NOT-3", instead=_("Another person has to approve it.")
        )
    require_order(version)
    if version.approved_at is None:
        version.approved_by, version.approved_at = by, now
        version.save(update_fields=["approved_by", "approved_at"])
    return version


def _roles_with(permission: str) -> list[str]:
    return [role.value for role, rules in ROLES.items() if permission in rules.permissions]


def _next_version(
    notice: Notice, step: str, *, by: User, now: datetime, content: Mapping[str, Any]
) -> NoticeVersion:
    require_writer(by)
    notice = Notice.objects.select_for_update(of=("self",)).select_related("current").get(pk=notice.pk)
    current = notice.current
    if current is None:
        raise Refused(_("Nothing was sent yet."), instead=_("Change the draft."))
    if notice.is_withdrawn:
        raise Refused(
            _("This notice is withdrawn, and its readers know: it is not sent again."),
            rule="NOT-5",
            instead=_("Write a new notice."),
        )
    in_hand = notice.versions.filter(state__in=[State.DRAFT, State.SCHEDULED]).first()
    if in_hand is not None:
        if in_hand.step == step:
            return in_hand
        raise Refused(_("Another version of this notice is being written."), instead=_("Discard it first."))
    as_it_stands = {name: getattr(current, name) for name in CONTENT}
    as_it_stands |= {"what_changed_es": "", "what_changed_en": "", "audience": current.for_whom}
    as_it_stands |= {name: list(getattr(current, name).all()) for name in AFFECTED}
    return _new_version(notice, step, by=by, now=now, content=as_it_stands | dict(content))


def _new_version(
    notice: Notice, step: str, *, by: User, now: datetime, content: Mapping[str, Any]
) -> NoticeVersion:
    version = NoticeVersion(
        notice=notice,
        number=notice.versions.count() + 1,
        step=step,
        drafted_by=by,
        drafted_at=now,
        edited_by=by,
        edited_at=now,
    )
    _fill(version, content)
    return version


def _fill(version: NoticeVersion, content: Mapping[str, Any]) -> None:
    """ValueError for a name that is no content of a version: nobody sets its state by a form."""
    if unknown := sorted(set(content) - {*CONTENT, *AFFECTED, "audience"}):
        raise ValueError(f"not content of a notice: {', '.join(unknown)}")
    for name in CONTENT:
        if name in content:
            setattr(version, name, content[name])
    if "audience" in content:
        audience: Audience = content["audience"]
        version.audience = audience.stored()
    version.save()
    affected: dict[str, Iterable[Product | Provider | Tenant]] = {
        name: content[name] for name in AFFECTED if name in content
    }
    for name, objects in affected.items():
        getattr(version, name).set(objects)
