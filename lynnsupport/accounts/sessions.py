"""How long a session lasts, and who may not go on without a second factor."""

from datetime import datetime, timedelta

from allauth.account.internal.flows.login import get_authentication_records
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest
from django.shortcuts import redirect
from django.urls import resolve
from django.utils.translation import gettext as _

from lynnsupport.common import clock

from .models import User

IDLE_PARTNER = timedelta(hours=8)
IDLE_LYNN = timedelta(minutes=30)
ABSOLUTE = timedelta(hours=24)
NOTED_EVERY = timedelta(minutes=1)  # the last request is written down no oftener than this

STARTED, SEEN = "session_started_at", "session_seen_at"

# Pages that someone without a second factor needs in order to set one up, or to leave.
OPEN_WITHOUT_MFA = frozenset(
    {
        "account_login",
        "account_logout",
        "account_reauthenticate",
        "mfa_activate_totp",
        "mfa_view_recovery_codes",
        "mfa_download_recovery_codes",
    }
)


def is_lynn(user: User) -> bool:
    """Staff and executives: everyone who sees more than one organisation."""
    return user.is_staff or user.is_executive


class SessionLimitsMiddleware:
    """Ends a session that was idle for too long, or began too long ago."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest):
        if request.user.is_authenticated:
            self._keep_or_end(request, clock.now())
        return self.get_response(request)

    def _keep_or_end(self, request: HttpRequest, now: datetime) -> None:
        session = request.session
        started = _instant(session.get(STARTED)) or now
        seen = _instant(session.get(SEEN)) or now
        idle = IDLE_LYNN if is_lynn(request.user) else IDLE_PARTNER
        if now - seen >= idle or now - started >= ABSOLUTE:
            logout(request)
            messages.info(request, _("Your session ended for safety. Sign in to go on where you were."))
            return
        if STARTED not in session:
            session[STARTED] = started.isoformat()
        if SEEN not in session or now - seen >= NOTED_EVERY:
            session[SEEN] = now.isoformat()


class StaffMfaMiddleware:
    """Sends Lynn's people to the set-up of their second factor until they have one."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest):
        if (
            settings.STAFF_MFA_REQUIRED
            and request.user.is_authenticated
            and is_lynn(request.user)
            and not _has_second_factor(request)
            and resolve(request.path_info).view_name not in OPEN_WITHOUT_MFA
        ):
            messages.warning(request, _("Your role needs a second factor. Set it up to go on."))
            return redirect("mfa_activate_totp")
        return self.get_response(request)


def _has_second_factor(request: HttpRequest) -> bool:
    used_now = any(record["method"] == "mfa" for record in get_authentication_records(request, request.user))
    return used_now or is_mfa_enabled(request.user)


def _instant(written: str | None) -> datetime | None:
    return datetime.fromisoformat(written) if written else None
