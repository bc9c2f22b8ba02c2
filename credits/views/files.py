"""The same as files: a statement as JSON that recomputes itself, its days as CSV, the ledger for billing."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from credits.queries import ledger_of
from credits.tables import as_csv, as_json, days_table, ledger_row, ledger_table
from lynnsupport.common import clock
from sla.domain.calendar_definition import digest

from .reach import cycle_or_404, may_view


@require_safe
@login_required
def statement_json(request: HttpRequest, code: str, month: str) -> HttpResponse:
    """The data with its digest; of a cycle that is not frozen, what is true now."""
    shown = cycle_or_404(request, code, month, clock.now())
    frozen = shown.statement
    envelope = {
        "statement": shown.data,
        "version": frozen.version if frozen else None,
        "frozen_at": frozen.frozen_at.isoformat() if frozen else None,
        "digest": frozen.digest if frozen else digest(shown.data),
        "difference": frozen.difference if frozen else None,
    }
    return _file(as_json(envelope), f"disponibilidad-{code}-{month}.json", "application/json")


@require_safe
@login_required
def statement_csv(request: HttpRequest, code: str, month: str) -> HttpResponse:
    shown = cycle_or_404(request, code, month, clock.now())
    return _file(as_csv(days_table(shown)), f"disponibilidad-{code}-{month}.csv", "text/csv")


@require_safe
@login_required
def ledger_csv(request: HttpRequest) -> HttpResponse:
    may_view(request)
    return _file(as_csv(ledger_table(ledger_of(request.user))), "notas-de-credito.csv", "text/csv")


@require_safe
@login_required
def ledger_json(request: HttpRequest) -> HttpResponse:
    may_view(request)
    rows = [ledger_row(entry) for entry in ledger_of(request.user)]
    return _file(as_json({"entries": rows}), "notas-de-credito.json", "application/json")


def _file(text: str, name: str, content_type: str) -> HttpResponse:
    safe = "".join(c if c.isalnum() or c in "-._" else "-" for c in name)
    return HttpResponse(
        text,
        content_type=f"{content_type}; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{safe}"', "Cache-Control": "no-store"},
    )
