"""Short ways to visit the portal's pages in tests: who is signed in, what a filled form holds."""

import re
from datetime import datetime
from typing import Any
from uuid import uuid4

from django.test import Client

from lynnsupport.accounts.models import Tenant, User

from .stories import CHILE


def signed_in(user: User, **options: Any) -> Client:
    """A browser in which `user` has signed in; the pages come in English, the language of the sources."""
    User.objects.filter(pk=user.pk).update(language="en")
    client = Client(**options)
    client.force_login(user)
    return client


def filled(tenant: Tenant, /, *, at: datetime, **changes: Any) -> dict[str, Any]:
    """What a browser sends for a new ticket with all that is required."""
    return {
        "act": "send",
        "submission_key": str(uuid4()),
        "tenant": tenant.pk,
        "subject": "El bot no responde",
        "description": "Desde esta mañana el bot no contesta en ningún canal.",
        "detected_local": f"{at.astimezone(CHILE):%Y-%m-%dT%H:%M}",
        "detected_zone": "America/Santiago",
        "impact_percent": "40",
        "has_workaround": "no",
        "priority": "normal",
    } | changes


def content_of(response: Any) -> bytes:
    """All of it; a file that is sent is closed by reading it to its end."""
    return b"".join(response.streaming_content) if response.streaming else response.content


def text_of(response: Any) -> str:
    """What a reader reads of the page: without tags, with single blanks."""
    without_code = re.sub(r"<(script|style)\b.*?</\1>", " ", response.content.decode(), flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]*>", " ", without_code).split())


def hidden_value(response: Any, name: str) -> str:
    found = re.search(rf'<input type="hidden" name="{name}" value="([^"]*)"', response.content.decode())
    assert found, f"no hidden field {name}"
    return found[1]
