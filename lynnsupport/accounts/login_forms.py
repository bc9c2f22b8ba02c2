"""django-allauth's forms as our pages show them: the label stands once, above its field."""

from allauth.account import forms as account
from allauth.mfa.base import forms as mfa
from allauth.mfa.totp import forms as totp


class _LabelOnce:
    """Takes away the placeholder that repeats the label inside the field."""

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)


class _NumericCode(_LabelOnce):
    """A code of digits: a telephone shows its number keys."""

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].widget.attrs |= {"inputmode": "numeric", "autofocus": True}


class LoginForm(_LabelOnce, account.LoginForm):
    pass


class ResetPasswordForm(_LabelOnce, account.ResetPasswordForm):
    pass


class ResetPasswordKeyForm(_LabelOnce, account.ResetPasswordKeyForm):
    pass


class ChangePasswordForm(_LabelOnce, account.ChangePasswordForm):
    pass


class ReauthenticateForm(_LabelOnce, account.ReauthenticateForm):
    pass


class AuthenticateForm(_NumericCode, mfa.AuthenticateForm):
    pass


class ReauthenticateCodeForm(_NumericCode, mfa.ReauthenticateForm):
    pass


class ActivateTotpForm(_NumericCode, totp.ActivateTOTPForm):
    pass
