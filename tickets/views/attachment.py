"""Evidence on its way out: only to whom may see it now, and never as anything a browser would run."""

import logging

from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpRequest
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from tickets.domain.filenames import clean_name
from tickets.queries import attachments_visible_to

logger = logging.getLogger(__name__)

# Whatever the bytes are: a browser that showed them after all would run nothing of them.
HEADERS = {
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "private, no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
}


@require_safe
@login_required
def attachment(request: HttpRequest, number: str, public_id: str) -> FileResponse:
    visible = attachments_visible_to(request.user)
    found = visible.filter(public_id=public_id, message__ticket__number=number).first()
    if found is None:
        raise Http404(_("There is no such file."))
    try:
        content = found.file.open("rb")
    except FileNotFoundError:
        logger.error("attachment %s has no file", found.public_id)
        raise Http404(_("There is no such file.")) from None
    return FileResponse(
        content,
        as_attachment=True,
        filename=clean_name(found.name),
        content_type="application/octet-stream",
        headers=HEADERS,
    )
