"""The usual notices, prefilled: what the desk begins with instead of an empty form."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from django.utils.translation import gettext_lazy as _

LABELS: Mapping[str, tuple[Any, Any]] = {
    "mantenimiento": (_("Planned maintenance"), _("The service stops or may stop for a time that is known.")),
    "canal": (_("Change of a channel"), _("Teams, Instagram, the web chat: something works differently.")),
    "whatsapp": (_("WhatsApp or Meta policy"), _("Meta changes a rule, and partners have to act.")),
    "incidente": (_("Incident opened"), _("Something fails now; what is known so far.")),
    "incidente-avance": (_("Incident updated"), _("The cause is known or the repair goes on.")),
    "incidente-resuelto": (_("Incident resolved"), _("It works again; what it was.")),
    "obsolescencia": (_("Deprecation"), _("Something ceases to be available on a date.")),
}

_TO_FILL_IN = re.compile(r"\{[^{}\n]*\}")


@dataclass(frozen=True)
class Usual:
    """One of the usual notices; `content` holds fields of a version by name."""

    slug: str
    label: Any
    hint: Any
    kind: str
    content: Mapping[str, Any]


@cache
def usual_notices() -> Mapping[str, Usual]:
    """By slug, in the order in which they are offered."""
    with (Path(__file__).parent / "data" / "usual_notices.toml").open("rb") as file:
        rows = tomllib.load(file)["notice"]
    return {row["slug"]: _usual(row) for row in rows}


def gaps_in(*texts: str) -> list[str]:
    """The places that are still to be filled in, such as `{qué falla}`, each once."""
    return list(dict.fromkeys(gap for text in texts for gap in _TO_FILL_IN.findall(text)))


def _usual(row: dict[str, Any]) -> Usual:
    label, hint = LABELS[row["slug"]]
    content = {
        name: value.strip() if isinstance(value, str) else value
        for name, value in row.items()
        if name not in ("slug", "kind")
    }
    return Usual(row["slug"], label, hint, row["kind"], content)
