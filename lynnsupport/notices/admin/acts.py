"""The buttons of a notice's page: each calls one operation and says what was done."""

from collections.abc import Callable, Mapping
from datetime import datetime

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from lynnsupport.common.moments import describe_instant
from lynnsupport.common.refusal import Refused
from lynnsupport.notices import operations
from lynnsupport.notices.desk_forms import SendForm
from lynnsupport.notices.models import Notice, NoticeVersion


def _version(request: HttpRequest, notice: Notice) -> NoticeVersion:
    """The version that the page had shown; what became of it since is the operation's to judge."""
    shown = request.POST.get("version", "")
    version = notice.versions.filter(pk=shown if shown.isdecimal() and len(shown) < 19 else None).first()
    if version is None:
        raise Refused(_("This page is out of date."), instead=_("Look at it again and decide anew."))
    return version


def _seen(request: HttpRequest) -> datetime:
    try:
        return datetime.fromisoformat(request.POST.get("seen", ""))
    except ValueError:
        raise Refused(_("This page is out of date."), instead=_("Read it again, then approve it.")) from None


def _as_seen(request: HttpRequest, version: NoticeVersion) -> NoticeVersion:
    """What goes out is what was on the page, not what somebody has made of it since."""
    if version.edited_at != _seen(request):
        raise Refused(_("It was edited while you read it."), instead=_("Read it again, then send it."))
    return version


def _ask_approval(request: HttpRequest, notice: Notice, now: datetime) -> str:
    operations.ask_approval(_version(request, notice), by=request.user, now=now)
    return _("Whoever may approve it is told.")


def _approve(request: HttpRequest, notice: Notice, now: datetime) -> str:
    operations.approve(_version(request, notice), by=request.user, now=now, seen=_seen(request))
    return _("It is approved and can be sent.")


def _send(request: HttpRequest, notice: Notice, now: datetime) -> str:
    form = SendForm(request.POST)
    if not form.is_valid():
        raise Refused(str(form.errors["at"][0]))
    version, at = _as_seen(request, _version(request, notice)), form.cleaned_data["at"]
    if at is None:
        operations.publish_now(version, by=request.user, now=now)
        return _("It is in force. People are being told; the counts are below.")
    operations.plan_publication(version, by=request.user, now=now, at=at)
    return _("It goes out %(at)s.") % {"at": describe_instant(at, timezone.get_current_timezone())}


def _unschedule(request: HttpRequest, notice: Notice, now: datetime) -> str:
    operations.unschedule(_version(request, notice), by=request.user, now=now)
    return _("It is a draft again; nobody was told.")


def _discard(request: HttpRequest, notice: Notice, now: datetime) -> str:
    operations.discard(_version(request, notice), by=request.user, now=now)
    return _("The draft is discarded; nobody was told.")


def _correct(request: HttpRequest, notice: Notice, now: datetime) -> str:
    operations.correct(notice, by=request.user, now=now)
    return _("A correction is begun: change what is different, and say what it is.")


ACTS: Mapping[str, Callable[[HttpRequest, Notice, datetime], str]] = {
    "ask-approval": _ask_approval,
    "approve": _approve,
    "send": _send,
    "unschedule": _unschedule,
    "discard": _discard,
    "correct": _correct,
}
