"""An engineer opens an incident."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from lynnsupport.accounts.models import Tenant, User
from lynnsupport.common.refusal import Refused
from tickets.incidents.domain.segments import Segment
from tickets.incidents.domain.words import Impact, Reach
from tickets.incidents.models import Entry, Incident, IncidentSequence

from .affected import named_by, store
from .impact import keep_revision
from .record import note
from .rights import require, require_words


@transaction.atomic
def open_incident(
    *,
    by: User,
    title: str,
    description: str,
    started_at: datetime,
    impact: Impact,
    reach: Reach,
    now: datetime,
    detected_at: datetime | None = None,
    countries: Sequence[str] = (),
    tenants: Iterable[Tenant] = (),
    next_update_at: datetime | None = None,
    submission_key: UUID | None = None,
) -> Incident:
    """Something is wrong with the service since `started_at`, and lasts; nobody has decided yet what it is.

    `impact` is how bad it has been since; what changed meanwhile is told by `revise_impact`. The same key
    gives the same incident. Raises Refused for instants that cannot be and where no tenant is affected.
    """
    require(by, "incidents.change_incident", "AVL-5")
    before = submission_key and Incident.objects.filter(submission_key=submission_key).first()
    if before:
        return before
    title = require_words(title, _("Say in a few words what is wrong."), "AVL-5")
    description = require_words(description, _("Write what is known: the customers read it."), "AVL-5")
    detected_at = detected_at or now
    if started_at > now or detected_at > now:
        raise Refused(_("That moment lies in the future."), rule="AVL-3", instead=_("Check date and time."))
    if detected_at < started_at:
        raise Refused(_("It was detected before it started."), rule="AVL-3", instead=_("Check both moments."))
    incident = Incident.objects.create(
        number=_next_number(now),
        title=title,
        description=description,
        reach=reach,
        countries=sorted(countries) if reach == Reach.COUNTRIES else [],
        started_at=started_at,
        detected_at=detected_at,
        next_update_at=next_update_at,
        opened_by=by,
        opened_at=now,
        submission_key=submission_key,
    )
    touched = list(tenants) if reach == Reach.LISTED else named_by(incident)
    if not touched:
        raise Refused(
            _("No tenant is affected by it."),
            rule="AVL-5",
            instead=_("Choose other countries, or list the tenants."),
        )
    store(incident, touched, by=by, now=now)
    keep_revision(incident, [Segment(impact, started_at, None)], by=by, reason=description, now=now)
    note(incident, Entry.Kind.OPENED, now=now, by=by, words=description)
    return incident


def _next_number(now: datetime) -> str:
    """`INC-2026-0001`; the sequence starts again each year, at Lynn's own midnight."""
    year = now.astimezone(ZoneInfo(settings.TIME_ZONE)).year
    IncidentSequence.objects.get_or_create(year=year)
    row = IncidentSequence.objects.select_for_update().get(year=year)
    row.last += 1
    row.save(update_fields=["last"])
    return f"INC-{year:04d}-{row.last:04d}"
