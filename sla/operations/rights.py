"""Who may change what is promised."""

from django.utils.translation import gettext_lazy as _

from lynnsupport.accounts.models import User
from lynnsupport.common.refusal import Refused


def require(by: User | None, permission: str) -> None:
    if by is not None and not by.has_perm(permission):
        raise Refused(_("Your role does not include this."), instead=_("Ask an administrator."))
