"""Who stands in for an executive who is away (ESC-8)."""

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from lynnsupport.accounts.models import Deputy, User
from lynnsupport.common.refusal import Refused


@transaction.atomic
def name_deputy(
    *, executive: User, deputy: User, starts_on: date, last_day_on: date, by: User, now: datetime
) -> Deputy:
    """`deputy` sees and does what `executive` may, both days included; naming the same again changes nothing.

    Raises Refused for anybody but the executive themselves or an administrator, for somebody who is no
    executive with access, and for days that are past or the wrong way round.
    """
    if by.pk != executive.pk and not by.has_perm("accounts.change_user"):
        raise Refused(_("An executive names their own deputy."), rule="ESC-8")
    if not (executive.is_executive and deputy.is_executive and deputy.is_active) or executive == deputy:
        raise Refused(_("Another commercial executive stands in, one who has access."), rule="ESC-8")
    if last_day_on < starts_on:
        raise Refused(_("The last day is before the first."), rule="ESC-8")
    row = Deputy(
        executive=executive, deputy=deputy, starts_on=starts_on, last_day_on=last_day_on, named_by=by,
        named_at=now,
    )  # fmt: skip
    row.set_period()
    if row.ends_at <= now:
        raise Refused(_("Those days are past."), rule="ESC-8")
    same = {"executive": executive, "deputy": deputy, "starts_on": starts_on, "ended_at": None}
    before = Deputy.objects.select_for_update().filter(**same).first()
    if before is None:
        row.save()
        return row
    if before.last_day_on != last_day_on:
        before.last_day_on = last_day_on
        before.set_period()
        before.save()
    return before


@transaction.atomic
def end_deputy(deputy: Deputy, *, by: User, now: datetime) -> Deputy:
    """The executive is back: from now on the deputy sees no more. Ending it twice ends it once."""
    deputy = Deputy.objects.select_for_update(of=("self",)).select_related("executive").get(pk=deputy.pk)
    if by.pk != deputy.executive_id and not by.has_perm("accounts.change_user"):
        raise Refused(_("An executive names their own deputy."), rule="ESC-8")
    if deputy.ended_at is None and deputy.ends_at > now:
        deputy.ended_at = now
        deputy.ends_at = max(deputy.starts_at, now)
        deputy.save()
    return deputy
