"""Who may do what to incidents; every operation asks first."""

from django.utils.translation import gettext_lazy as _

from lynnsupport.accounts.models import User
from lynnsupport.common.refusal import Refused


def require(by: User, permission: str, rule: str) -> None:
    if not by.has_perm(permission):
        raise Refused(_("Only a support engineer does this."), rule=rule)


def require_words(text: str, sentence: str, rule: str) -> str:
    """The text without blanks around it. Raises Refused with `sentence` where nothing is left."""
    if not text.strip():
        raise Refused(sentence, rule=rule)
    return text.strip()
