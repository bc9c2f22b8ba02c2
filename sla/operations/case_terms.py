"""Terms of closing and reminding: published as they are written, binding from a moment on."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from lynnsupport.accounts.models import User
from lynnsupport.common.refusal import Refused
from sla.models import CaseTerms

from .rights import require

CASE_TERMS_FIGURES = ("notice_days", "closing_days", "reopen_days", "reminder_days")


@transaction.atomic
def publish_case_terms(
    terms: CaseTerms, *, by: User | None, effective_at: datetime, now: datetime
) -> CaseTerms:
    """Stores unsaved `terms` as the next version. What began to wait earlier keeps the one of that moment."""
    require(by, "sla.change_policy")
    last = CaseTerms.objects.select_for_update().order_by("number").last()
    check_case_terms(terms, effective_at=effective_at, now=now)
    terms.number = last.number + 1 if last else 1
    terms.effective_at, terms.published_at, terms.published_by = effective_at, now, by
    terms.save(force_insert=True)
    return terms


def check_case_terms(terms: CaseTerms, *, effective_at: datetime, now: datetime) -> None:
    """Raises Refused for a moment in the past or before the last version's, and where nothing has changed."""
    last = CaseTerms.objects.order_by("number").last()
    if last is None:
        return
    earliest = max(now, last.effective_at)
    if effective_at < earliest:
        raise Refused(
            _("A new version cannot take effect in the past, nor before the one published last."),
            allowed_from=earliest,
        )
    if all(getattr(terms, name) == getattr(last, name) for name in CASE_TERMS_FIGURES):
        raise Refused(_("Nothing has changed since version %(number)s.") % {"number": last.number})
