"""The mail by which people set their first password, or their next."""

from allauth.account.forms import ResetPasswordForm
from django.http import HttpRequest

from .models import User


def send_access_link(user: User, *, request: HttpRequest) -> None:
    """Mail `user` a link to set a password: bound to address, password and last login, and used once.

    It is the link of «forgotten password», so whoever lets it expire asks for another on the sign-in page.
    ValueError for a login whose access has ended.
    """
    form = ResetPasswordForm(data={"email": user.email})
    if not user.is_active or not form.is_valid():
        raise ValueError(f"no link can be sent to login {user.pk}")
    form.save(request)
