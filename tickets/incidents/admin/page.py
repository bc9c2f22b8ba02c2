"""An incident's page at the desk: everything it shows."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import urlencode

from lynnsupport.common.refusal import Refused
from sla.domain.targets import ClockKind
from tickets.clock_faces import faces_by_ticket
from tickets.incidents.domain.segments import full_seconds
from tickets.incidents.forms import IncidentForm
from tickets.incidents.models import Incident
from tickets.incidents.queries import decision_on, segments_in_force
from tickets.incidents.term_faces import term_face
from tickets.models import SlaClock

from .acts import ACTS, IncidentAct


@dataclass(frozen=True)
class Panel:
    """An act as the page shows it: its form, or why it is closed; `refusal` is what the last try met."""

    act: IncidentAct
    url: str
    form: IncidentForm
    closed: Refused | None
    refusal: Refused | None = None

    @property
    def is_unfolded(self) -> bool:
        return self.form.is_bound


@dataclass(frozen=True)
class Attempt:
    """An act that did not go through: its form as it was typed, and what it met."""

    act: IncidentAct
    form: IncidentForm
    refusal: Refused | None


def incident_page(
    request: HttpRequest, incident: Incident, now: datetime, *, attempt: Attempt | None = None
) -> dict[str, Any]:
    panels = [_panel(act, request, incident, now, attempt) for act in ACTS]
    links = list(incident.links.select_related("ticket__tenant", "ticket__customer"))
    clocks = SlaClock.objects.filter(
        ticket__in=[link.ticket_id for link in links], kind=ClockKind.RCA
    ).select_related("ticket")
    faces = faces_by_ticket(clocks, now)
    tenants = list(incident.affected_tenants.select_related("tenant__customer", "withdrawn_by"))
    segments = segments_in_force(incident)
    rcas = list(incident.rcas.order_by("-number"))
    return {
        "title": f"{incident.number} · {incident.title}",
        "incident": incident,
        "now": now,
        "attempt": attempt,
        "open_panels": [each for each in panels if each.closed is None],
        "closed_panels": [each for each in panels if each.closed is not None],
        "decision": decision_on(incident),
        "decisions": list(incident.decisions.select_related("by").order_by("-number")),
        "segments": segments,
        "full": timedelta(seconds=full_seconds(segments, until=incident.restored_at or now)),
        "links": [(link.ticket, faces.get(link.ticket_id, [])) for link in links],
        "tenants": [row for row in tenants if row.withdrawn_at is None],
        "withdrawn": [row for row in tenants if row.withdrawn_at is not None],
        "entries": list(incident.entries.select_related("by").order_by("-at", "-id")),
        "rcas": rcas,
        "term": term_face(incident, now),
        "open_actions": _open_actions(rcas),
        "today": now.date(),
        "notice_url": _notice_url(incident, [row for row in tenants if row.withdrawn_at is None]),
    }


def _notice_url(incident: Incident, affected: list) -> str:
    """The form of a notice about it, filled in (NOT-1): whoever writes it says the rest."""
    zone = ZoneInfo(settings.TIME_ZONE)
    said = {
        "plantilla": "incidente-resuelto" if incident.is_restored else "incidente",
        "title_es": incident.title,
        "time_zone": zone.key,
        "starts_at": f"{incident.started_at.astimezone(zone):%Y-%m-%dT%H:%M}",
        "tenants": " ".join(row.tenant.code for row in affected),
    }
    if incident.restored_at:
        said["ends_at"] = f"{incident.restored_at.astimezone(zone):%Y-%m-%dT%H:%M}"
    return f"{reverse('admin:notices_notice_add')}?{urlencode(said)}"


def _open_actions(rcas: list) -> list:
    published = next((rca for rca in rcas if rca.is_published), None)
    return list(published.actions.filter(done_at__isnull=True)) if published else []


def _panel(
    act: IncidentAct, request: HttpRequest, incident: Incident, now: datetime, attempt: Attempt | None
) -> Panel:
    url = reverse("admin:incidents_incident_act", args=[incident.pk, act.slug])
    if attempt and attempt.act is act:
        return Panel(act, url, attempt.form, None, attempt.refusal)
    return Panel(act, url, act.form(incident=incident, now=now), act.why_closed(incident, request.user))
