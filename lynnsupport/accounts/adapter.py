"""How django-allauth behaves here: nobody signs up, links never come from a request, mails speak the
recipient's language."""

import logging
from threading import Thread
from typing import Any
from urllib.parse import urljoin
from zoneinfo import ZoneInfo

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.core.mail import EmailMessage
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _

from .models import User

logger = logging.getLogger(__name__)


class AccountAdapter(DefaultAccountAdapter):
    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": _("The e-mail or the password is not right."),
        "too_many_login_attempts": _(
            "Too many failed attempts. Wait 15 minutes, or choose a new password by e-mail."
        ),
        "rate_limited": _("Too many attempts. Wait 15 minutes."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False  # access is given by Lynn or by the partner's administrator

    def is_safe_url(self, url: str) -> bool:
        """Only addresses of the very host that was asked, so that `next` never leads away."""
        return url_has_allowed_host_and_scheme(
            url, allowed_hosts={self.request.get_host()}, require_https=self.request.is_secure()
        )

    def get_reset_password_from_key_url(self, key: str) -> str:
        """The link in the mail, on the configured address: a forged Host header gains nothing."""
        uid, _dash, token = key.partition("-")
        path = reverse("account_reset_password_from_key", kwargs={"uidb36": uid, "key": token})
        return urljoin(settings.PORTAL_BASE_URL, path)

    def set_password(self, user: User, password: str) -> None:
        super().set_password(user, password)
        self._delete_login_attempts_cached_email(self.request, email=user.email)  # lifts a lock-out

    def send_notification_mail(
        self,
        template_prefix: str,
        user: User,
        context: dict[str, Any] | None = None,
        email: str | None = None,
    ) -> None:
        super().send_notification_mail(template_prefix, user, {"user": user, **(context or {})}, email)

    def format_email_subject(self, subject: str) -> str:
        return subject

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Writes the mail in the recipient's language and zone and sends it beside the request.

        Not through the outbox: a row there would keep a link that opens the account. And not within the
        request: it would take longer where the address is known.
        """
        user = context["user"]
        with translation.override(user.language), timezone.override(ZoneInfo(user.time_zone)):
            message = self.render_mail(
                template_prefix,
                email,
                {"email": email, "portal_url": settings.PORTAL_BASE_URL, **context},
                headers={"Auto-Submitted": "auto-generated"},  # RFC 3834: no robot answers it
            )
        Thread(target=deliver, args=(message,), name="account-mail", daemon=True).start()


def deliver(message: EmailMessage) -> None:
    """Sends it or logs why not; the person can ask for another."""
    try:
        message.send()
    except Exception:
        logger.exception("account mail not sent")
