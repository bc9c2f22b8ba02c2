"""The mails that the embedded portal writes to files instead of sending them, for whoever tries it out."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.csp import CSP
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from .admin.safe import html_response
from .domain.limits import OverLimit
from .domain.reading import Letter, Unreadable
from .operations.ingestion import read_letter

FILES_SHOWN = 100
_BETWEEN = b"-" * 79 + b"\n"  # what Django's backend writes behind each mail of a file


@dataclass(frozen=True)
class Written:
    """One mail of a file, by the file's name and its place in it."""

    file: str
    number: int
    at: datetime
    letter: Letter


def folder() -> Path:
    """Where the mails lie. Http404 anywhere but in the embedded portal: they hold secrets."""
    options = settings.MAILERS["default"].get("OPTIONS", {})
    if not (settings.DEBUG and "file_path" in options):
        raise Http404(_("There is no such page."))
    return Path(options["file_path"])


def written(path: Path) -> Iterator[Written]:
    at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    for number, raw in enumerate(path.read_bytes().split(_BETWEEN)):
        if raw.strip():
            try:
                yield Written(path.name, number, at, read_letter(raw))
            except (OverLimit, Unreadable):
                continue


@require_safe
def mails(request: HttpRequest) -> HttpResponse:
    """The newest first."""
    files = sorted(folder().glob("*.log"), key=lambda path: path.stat().st_mtime, reverse=True)
    found = [each for path in files[:FILES_SHOWN] for each in reversed(list(written(path)))]
    return render(request, "inbound/mails.html", {"mails": found})


@require_safe
def mail(request: HttpRequest, file: str, number: int) -> HttpResponse:
    context = {"written": _one(file, number), "file": file, "number": number}
    response = render(request, "inbound/mail.html", context)
    response._csp_config = settings.SECURE_CSP | {"frame-src": [CSP.SELF]}  # the mail's HTML
    return response


@require_safe
def mail_html(request: HttpRequest, file: str, number: int) -> HttpResponse:
    return html_response(_one(file, number).letter.html)


def _one(file: str, number: int) -> Written:
    path = next((path for path in folder().glob("*.log") if path.name == file), None)
    found = [each for each in written(path) if each.number == number] if path else []
    if not found:
        raise Http404(_("There is no such mail."))
    return found[0]
