"""What several acts on a notice ask first: the right, the version as it is now, and that it is in order."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from lynnsupport.accounts.models import User
from lynnsupport.common.refusal import Refused
from lynnsupport.notices.domain.checks import Told, faults_of, faults_when_sent
from lynnsupport.notices.domain.kinds import Kind, Step
from lynnsupport.notices.faults import RULES, SENTENCES
from lynnsupport.notices.models import Notice, NoticeVersion
from lynnsupport.notices.reach import count_people


class Faulty(Refused):
    """A version is not in order: `field` is the field of the form that says why."""

    def __init__(self, field: str, reason: str, *, rule: str = "") -> None:
        super().__init__(reason, rule=rule)
        self.field = field


def require(by: User, permission: str) -> None:
    if not by.has_perm(permission):
        raise Refused(_("Your role does not include this."), instead=_("Ask an engineer or a desk lead."))


def locked(version: NoticeVersion) -> NoticeVersion:
    """The version as it stands now, held until the transaction ends; its notice is held first."""
    Notice.objects.select_for_update().get(pk=version.notice_id)
    return (
        NoticeVersion.objects.select_for_update(of=("self",))
        .select_related("notice__current")
        .get(pk=version.pk)
    )


def require_draft(version: NoticeVersion) -> None:
    if version.state == NoticeVersion.State.SCHEDULED:
        raise Refused(
            _("This version is scheduled as it was read."), instead=_("Take it back first, then change it.")
        )
    if version.state != NoticeVersion.State.DRAFT:
        raise Refused(
            _("This version is no draft any more: what was sent stays as it is."),
            rule="NOT-5",
            instead=_("Write a correction: it goes out in the same thread."),
        )


def told_by(version: NoticeVersion) -> Told:
    return Told(
        kind=Kind(version.notice.kind),
        step=Step(version.step),
        title_es=version.title_es,
        body_es=version.body_es,
        title_en=version.title_en,
        body_en=version.body_en,
        what_changed_es=version.what_changed_es,
        starts_at=version.starts_at,
        ends_at=version.ends_at,
        action_es=version.action_es,
        action_by=version.action_by,
        audience=version.for_whom,
        names_tenants=version.tenants.exists(),
        announces_downtime=version.announces_downtime,
        by_mail=version.by_mail,
        in_portal=version.in_portal,
        in_feed=version.in_feed,
        to_executives=version.to_executives,
        is_public=version.is_public,
    )


def require_order(version: NoticeVersion) -> None:
    """Faulty for the first thing that is wrong whenever it would be sent."""
    for field, fault in faults_of(told_by(version)):
        raise Faulty(field, SENTENCES[fault], rule=RULES.get(fault, ""))


def require_sendable(version: NoticeVersion, *, at: datetime) -> None:
    """Faulty for the first thing that forbids sending it at `at`; Refused while it waits for approval."""
    current = version.notice.current
    before = (current.starts_at, current.ends_at) if current and current.starts_at else None
    for field, fault in faults_when_sent(told_by(version), at=at, window_before=before):
        raise Faulty(field, SENTENCES[fault], rule=RULES.get(fault, ""))
    if not count_people(version.for_whom) and not (version.is_public or version.to_executives):
        raise Faulty("audience", _("Nobody fits this audience now: no contact would be told."), rule="NOT-3")
    if version.needs_approval and version.approved_at is None:
        raise Refused(
            _("What goes to everyone is approved by a second person first."),
            rule="NOT-3",
            instead=_("Ask for approval: whoever may approve sees it on the list."),
        )
