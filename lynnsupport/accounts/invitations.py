"""The mails by which people set their first password, or their next."""

from urllib.parse import urljoin

from allauth.account.adapter import get_adapter
from allauth.account.forms import ResetPasswordForm
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from .models import Invitation, User


def send_access_link(user: User, *, request: HttpRequest) -> None:
    """Mail `user` a link to set a password: bound to address, password and last login, and used once.

    It is the link of «forgotten password», so whoever lets it expire asks for another on the sign-in page.
    ValueError for a login whose access has ended.
    """
    form = ResetPasswordForm(data={"email": user.email})
    if not user.is_active or not form.is_valid():
        raise ValueError(f"no link can be sent to login {user.pk}")
    form.save(request)


def send_invitation(invitation: Invitation, token: str, *, request: HttpRequest) -> None:
    """Mail the link that accepts the invitation, on the configured address, in the inviter's language.

    Not through the outbox: a row there would keep the token.
    """
    path = reverse("account_join", kwargs={"token": token})
    get_adapter(request).send_mail(
        "account/email/invitation",
        invitation.email,
        {
            "user": invitation.invited_by,
            "invitation": invitation,
            "organisation": invitation.customer or invitation.partner,
            "join_url": urljoin(settings.PORTAL_BASE_URL, path),
        },
    )
