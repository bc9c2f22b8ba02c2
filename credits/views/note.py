"""A credit note as a page to print and as PDF (CRD-5)."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from credits.models import LedgerEntry
from credits.queries import ledger_of
from lynnsupport.common.pdf import NoPdf, pdf_of

from .reach import may_view


def _entry_or_404(request: HttpRequest, number: str) -> LedgerEntry:
    may_view(request)
    entry = ledger_of(request.user).filter(number=number).first()
    if entry is None:
        raise Http404(_("There is no such credit note."))
    return entry


@require_safe
@login_required
def note(request: HttpRequest, number: str) -> HttpResponse:
    entry = _entry_or_404(request, number)
    return render(request, "credits/note.html", {"entry": entry, "note": entry.data})


@require_safe
@login_required
def note_pdf(request: HttpRequest, number: str) -> HttpResponse:
    """The PDF; where none can be made here, the page to print says so instead."""
    entry = _entry_or_404(request, number)
    context = {"entry": entry, "note": entry.data}
    try:
        content = pdf_of(render_to_string("credits/note_pdf.html", context))
    except NoPdf:
        return render(request, "credits/note.html", context | {"no_pdf": True})
    return HttpResponse(
        content,
        content_type="application/pdf",
        headers={
            "Content-Disposition": f'attachment; filename="{entry.number}.pdf"',
            "Cache-Control": "no-store",
        },
    )
