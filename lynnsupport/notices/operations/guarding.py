"""What several acts on a notice ask first: the right, the version as it is now, and that it is in order."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from lynnsupport.accounts.models import User
from lynnsupport.common.refusal import Refused
from lynnsupport.notices.domain.checks import Told, faults_of, faults_when_sent
from lynnsupport.notices.domain.kinds import Kind, Step
from lynnsupport.notices.faults import RULES, SENTENCES
from lynnsupport.notices.models import Notice, NoticeVersion
from lynnsupport.notices.prefilled import gaps_in
from lynnsupport.notices.reach import count_recipients

TEXTS = ("title_es", "body_es", "action_es", "title_en", "body_en", "action_en")


class Faulty(Refused):
    """A version is not in order: `field` is the field of the form that says why."""

    def __init__(self, field: str, reason: str, *, rule: str = "") -> None:
        super().__init__(reason, rule=rule)
        self.field = field


def require_writer(by: User) -> None:
    if not by.has_perm("notices.write_notice"):
        raise Refused(_("Your role does not include this."), instead=_("Ask an engineer or a desk lead."))


def require_approver(by: User) -> None:
    if not by.has_perm("notices.approve_notice"):
        raise Refused(_("Your role does not include this."), instead=_("Ask a desk lead."))


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
        has_gaps=bool(gaps_in(*(getattr(version, name) for name in TEXTS))),
    )


def require_order(version: NoticeVersion) -> None:
    """Faulty for the first thing that is wrong whenever it would be sent."""
    for field, fault in faults_of(told_by(version)):
        raise Faulty(field, SENTENCES[fault], rule=RULES.get(fault, ""))


def open_points(version: NoticeVersion, *, at: datetime) -> list[Faulty]:
    """All that forbids sending it at `at`, the missing approval left out; in the order of the form."""
    current = version.notice.current
    before = (current.starts_at, current.ends_at) if current and current.starts_at else None
    found = [
        Faulty(field, SENTENCES[fault], rule=RULES.get(fault, ""))
        for field, fault in faults_when_sent(told_by(version), at=at, window_before=before)
    ]
    is_read_by_nobody = not (version.is_public or version.to_executives)
    if not version.for_whom.is_nobody and is_read_by_nobody and not count_recipients(version):
        reason = _("Nobody fits this audience now: no contact would be told.")
        found.append(Faulty("audience", reason, rule="NOT-3"))
    return found


def require_sendable(version: NoticeVersion, *, at: datetime) -> None:
    """Faulty for the first thing that forbids sending it at `at`; Refused while it waits for approval."""
    for fault in open_points(version, at=at):
        raise fault
    if version.needs_approval and version.approved_at is None:
        raise Refused(
            _("What goes to everyone is approved by a second person first."),
            rule="NOT-3",
            instead=_("Ask for approval: whoever may approve hears of it."),
        )
