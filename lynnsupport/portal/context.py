"""What every page may show: the portal's name and how to reach the desk."""

import re
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

PORTAL_NAME = _("Self-service portal")


def portal(request: HttpRequest) -> dict[str, Any]:
    """`portal_name`, `support_email` and `support_phones`: dicts of country, number, dial and note."""
    return {
        "portal_name": PORTAL_NAME,
        "support_email": settings.SUPPORT_EMAIL,
        "support_phones": [phone | {"dial": dial(phone["number"])} for phone in settings.SUPPORT_PHONES],
    }


def dial(number: str) -> str:
    """The number as a telephone takes it: its digits in international form."""
    digits = re.sub(r"\D", "", number)
    return f"+{digits}" if digits else ""
