"""Invented months to look at: outages with and without credit, a claim to file, one decided."""

import uuid
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction

from credits.domain.claims import Act
from credits.domain.cycles import Cycle
from credits.models import BillingCycle
from credits.operations import (
    approve_claim,
    file_claim,
    issue_note,
    record_announced_downtime,
    settle_claim,
    sweep_cycles,
)
from lynnsupport.accounts.domain.roles import Role
from lynnsupport.accounts.models import Contact, Tenant, User
from sla.models import MaintenanceAgreement
from tickets.incidents.domain.words import Cause, Impact, Reach, Scope
from tickets.incidents.models import Incident
from tickets.incidents.operations import close, decide, open_incident, restore
from tickets.incidents.sample.outage import Hands, publish_brief_analysis

_KEYS = uuid.UUID("0b7be3a1-6d0c-4f0b-8a57-1df6b1f6c0aa")
CHILE = ZoneInfo("America/Santiago")


@dataclass(frozen=True)
class _Event:
    """An outage of the sample: months back, day and time in Chile, minutes, what it was, whom it touched."""

    back: int
    day: int
    at: time
    minutes: int
    title: str
    tenants: tuple[str, ...]
    impact: str = "full"
    cause: str = "own"
    reason: str = "Lo confirman los registros del balanceador y las sondas."


_EVENTS = (
    _Event(1, 10, time(10, 12), 50, "La plataforma no responde", ("10001", "10002", "20001")),
    _Event(1, 17, time(15), 130, "WhatsApp sin entrega", ("10001", "10002"), cause="third_party"),
    _Event(1, 21, time(1, 30), 45, "Actualización que se alargó", ("10001",)),
    _Event(2, 5, time(9, 30), 45, "Base de datos principal caída", ("10002",)),
    _Event(4, 14, time(11), 90, "Respuestas lentas", ("10001", "10002", "30001"), impact="degraded"),
    _Event(6, 3, time(0, 10), 480, "Centro de datos sin energía", ("20001",)),
    _Event(0, 1, time(4), 6, "Corte breve de red", ("10001", "30001")),
)


@transaction.atomic
def tell_availability(*, now: datetime) -> int:
    """Tells the sample's months up to `now`, once; returns how many incidents are new.

    Needs the sample's people and the policies. One credit is left to be claimed, one is decided and settled.
    """
    engineer = User.objects.get(email="ingeniera@lynn.example")
    in_order = sorted(_EVENTS, key=lambda event: _instant(event, now))
    new = [event for event in in_order if _is_new(event, now)]
    if new:
        _agree_on_maintenance(engineer, now)
        _announce(engineer, now)
        for event in new:
            _tell(event, engineer, now)
        _claim_and_decide(now)
    return len(new)


def _month(back: int, now: datetime) -> Cycle:
    today = now.astimezone(CHILE).date()
    return Cycle(today.year, today.month).shifted(-back)


def _instant(event: _Event, now: datetime) -> datetime:
    month = _month(event.back, now)
    return datetime.combine(date(month.year, month.month, event.day), event.at, CHILE)


def _key(event: _Event, now: datetime) -> uuid.UUID:
    return uuid.uuid5(_KEYS, f"{event.title}:{_month(event.back, now)}")


def _is_new(event: _Event, now: datetime) -> bool:
    """It lies an hour back, and no earlier run has told it."""
    is_over = _instant(event, now) + timedelta(minutes=event.minutes, hours=1) <= now
    return is_over and not Incident.objects.filter(submission_key=_key(event, now)).exists()


def _tell(event: _Event, engineer: User, now: datetime) -> None:
    start = _instant(event, now)
    end = start + timedelta(minutes=event.minutes)
    tenants = Tenant.objects.filter(code__in=event.tenants)
    incident = open_incident(
        by=engineer,
        title=event.title,
        description=event.reason,
        started_at=start,
        detected_at=start + timedelta(minutes=2),
        impact=Impact(event.impact),
        reach=Reach.LISTED,
        tenants=tenants,
        now=start + timedelta(minutes=3),
        submission_key=_key(event, now),
    )
    decide(
        incident, by=engineer, scope=Scope.PLATFORM, cause=Cause(event.cause), reason=event.reason, now=end
    )
    incident = restore(incident, by=engineer, at=end, now=end).incident
    published = end + timedelta(days=1)
    if event.impact == Impact.FULL and published + timedelta(hours=3) <= now:  # RCA-1
        hands = Hands(engineer, User.objects.get(email="ingeniero@lynn.example"))
        publish_brief_analysis(incident, hands, cause=event.reason, published=published, now=now)
    close(incident, by=engineer, words=event.reason, now=end + timedelta(hours=1))


def _agree_on_maintenance(engineer: User, now: datetime) -> None:
    """Three in the morning for one tenant, agreed at the beginning of the year."""
    tenant, contact = Tenant.objects.get(code="10001"), Contact.objects.get(email="ana@andes.example")
    MaintenanceAgreement.objects.get_or_create(
        tenant=tenant,
        effective_on=date(now.year - 1, 1, 1),
        defaults={
            "agreed_with": contact,
            "daily_start": time(3),
            "agreed_at": datetime(now.year - 1, 1, 1, 12, tzinfo=CHILE),
            "recorded_by": engineer,
            "recorded_at": now,
        },
    )


def _announce(engineer: User, now: datetime) -> None:
    """The update of the night was announced for one hour: what it took longer counts."""
    event = _EVENTS[2]
    start = _instant(event, now)
    record_announced_downtime(
        tenant=Tenant.objects.get(code="10001"),
        starts_at=start,
        ends_at=start + timedelta(minutes=20),
        announced_at=start - timedelta(days=3),
        proof="Correo a los contactos registrados tres días antes (hilo 2211 del buzón de avisos).",
        by=engineer,
        now=now,
    )


def _claim_and_decide(now: datetime) -> None:
    """An older credit went the whole way in its time; last month's of another tenant waits for a decision."""
    benito = User.objects.get(email="benito@andes.example")
    pilar = User.objects.get(email="pilar@pacifico.example")
    executive = User.objects.get(role=Role.EXECUTIVE, email="ejecutiva@lynn.example")
    month = _month(1, now)
    then = datetime(month.year, month.month, 6, 11, tzinfo=CHILE)
    sweep_cycles(now=then)
    settled = _cycle("10002", month.shifted(-1))
    if settled is not None and settled.closed_at is not None:
        claim = file_claim(settled, by=benito, now=then)
        if claim.amount:
            approve_claim(claim, by=executive, now=then + timedelta(days=1))
            issue_note(claim, by=executive, now=then + timedelta(days=1))
            settle_claim(claim, act=Act.APPLY, by=executive, now=then + timedelta(days=20))
    sweep_cycles(now=now)
    waiting = _cycle("20001", month)
    if waiting is not None:
        file_claim(waiting, by=pilar, words="La tienda en línea quedó sin atención.", now=now)


def _cycle(code: str, month: Cycle) -> BillingCycle | None:
    rows = BillingCycle.objects.filter(contract__tenant__code=code, month=str(month))
    return rows.select_related("contract__tenant__customer__partner").first()
