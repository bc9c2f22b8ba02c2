"""A past outage of the platform, from its opening to a published analysis with an action still open."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from lynnsupport.accounts.models import User
from tickets.incidents.domain.rca import Moment
from tickets.incidents.domain.segments import Segment
from tickets.incidents.domain.words import Cause, Impact, Reach, Scope
from tickets.incidents.models import Incident, Rca, RcaAction
from tickets.incidents.operations import (
    ActionSaid,
    approve_rca,
    close,
    complete_action,
    decide,
    link_ticket,
    open_incident,
    publish_rca,
    restore,
    revise_impact,
    save_rca,
    start_rca,
    submit_rca,
    tell_update,
)
from tickets.models import Ticket

_KEYS = UUID("b2f1f0b4-6f3f-4a53-8b0a-4f5a0a4f7e55")
_PROSE = {
    "summary": "La plataforma dejó de responder en todos los países durante casi una hora, en dos tramos.",
    "impact": "Ningún bot ni agente pudo atender en los tramos caídos; entre ambos, con respuestas lentas.",
    "root_cause": "Una actualización del balanceador rechazó las conexiones por sobre un límite antiguo.",
    "contributing_factors": "El límite no figuraba en la lista de revisión, y la prueba de carga era menor.",
    "detection": "Una alarma de latencia avisó a los cuatro minutos; la confirmó una ingeniera de turno.",
    "restoration": "Se volvió a la versión anterior del balanceador y se reconectaron los canales.",
}


@dataclass(frozen=True)
class Hands:
    """Who tells it: the engineer on duty and the one who reviews."""

    engineer: User
    reviewer: User


def tell_outage(ticket: Ticket, hands: Hands, *, started: datetime, now: datetime) -> Incident | None:
    """The outage that `ticket`, a critical one, was about. None if it was told by an earlier run.

    All of it lies within four days from `started`, which `now` has to be past.
    """
    key = uuid5(_KEYS, ticket.number)
    if Incident.objects.filter(submission_key=key).exists():
        return None
    by = hands.engineer
    minute = timedelta(minutes=1)
    incident = open_incident(
        by=by,
        title="La plataforma no responde",
        description="Los bots no contestan y los agentes no reciben conversaciones.",
        started_at=started,
        detected_at=started + 4 * minute,
        impact=Impact.FULL,
        reach=Reach.ALL,
        next_update_at=started + 40 * minute,
        submission_key=key,
        now=started + 6 * minute,
    )
    link_ticket(incident, ticket=ticket, by=by, now=started + 12 * minute)
    decide(
        incident, by=by, scope=Scope.PLATFORM, cause=Cause.OWN,
        reason="Ningún servicio responde en ninguna región.", now=started + 14 * minute,
    )  # fmt: skip
    tell_update(
        incident, by=by, words="Volvemos a la versión anterior del balanceador.",
        submission_key=uuid5(key, "update"), now=started + 20 * minute,
    )  # fmt: skip
    parts = [
        Segment(Impact.FULL, started, started + 25 * minute),
        Segment(Impact.DEGRADED, started + 25 * minute, started + 40 * minute),
        Segment(Impact.FULL, started + 40 * minute, None),
    ]
    revise_impact(
        incident, by=by, segments=parts, reason="Volvió a medias y cayó otra vez.", now=started + 45 * minute
    )
    restored = started + 68 * minute
    incident = restore(incident, by=by, at=restored, now=restored + minute).incident
    _analyse(incident, hands, now=started + timedelta(days=2))
    return close(
        incident, by=by, words="Sin nuevas fallas en dos días.", now=min(now, started + timedelta(days=3))
    )


def publish_brief_analysis(
    incident: Incident, hands: Hands, *, cause: str, published: datetime, now: datetime
) -> None:
    """What an analysis needs and no more; its one action is done a week later, if that was before `now`."""
    prose = {
        "summary": f"{incident.title}.",
        "impact": "Los bots y los agentes de los clientes afectados no pudieron atender en ese lapso.",
        "root_cause": cause,
        "contributing_factors": "La alarma llegó cuando el servicio ya fallaba.",
        "detection": "Una sonda avisó a los dos minutos.",
        "restoration": "El servicio volvió a responder y las colas se vaciaron.",
    }
    timeline = [
        Moment(incident.started_at, "El servicio deja de responder."),
        Moment(incident.detected_at, "Una sonda avisa a la guardia."),
        Moment(incident.restored_at, "El servicio responde otra vez."),
    ]
    done = published + timedelta(days=7)
    action = ActionSaid(
        RcaAction.Kind.PREVENTIVE, "Avisar antes de llegar al límite.", hands.engineer.name, done.date()
    )
    rca = _publish(incident, hands, prose=prose, timeline=timeline, actions=[action], now=published)
    if done <= now:
        complete_action(rca.actions.get(), by=hands.engineer, outcome="La alarma está puesta.", now=done)


def _analyse(incident: Incident, hands: Hands, *, now: datetime) -> None:
    timeline = [
        Moment(incident.started_at, "El balanceador empieza a rechazar conexiones."),
        Moment(incident.detected_at, "Una alarma de latencia avisa a la guardia."),
        Moment(incident.started_at + timedelta(minutes=25), "Se vuelve atrás en un nodo; responde lento."),
        Moment(incident.started_at + timedelta(minutes=40), "El otro nodo cae por la carga."),
        Moment(incident.restored_at, "Todos los nodos con la versión anterior; el servicio responde."),
    ]
    local = incident.restored_at.date()
    actions = [
        ActionSaid(
            RcaAction.Kind.CORRECTIVE, "Subir el límite de conexiones en todos los nodos.",
            hands.engineer.name, local + timedelta(days=3),
        ),
        ActionSaid(
            RcaAction.Kind.PREVENTIVE, "Agregar el límite a la lista de revisión y a la prueba de carga.",
            hands.reviewer.name, local + timedelta(days=40),
        ),
    ]  # fmt: skip
    _publish(incident, hands, prose=_PROSE, timeline=timeline, actions=actions, now=now)


def _publish(
    incident: Incident,
    hands: Hands,
    *,
    prose: Mapping[str, str],
    timeline: Sequence[Moment],
    actions: Sequence[ActionSaid],
    now: datetime,
) -> Rca:
    rca = start_rca(incident, by=hands.engineer, now=now)
    save_rca(rca, by=hands.engineer, prose=prose, timeline=timeline, actions=actions, now=now)
    submit_rca(rca, by=hands.engineer, now=now)
    approve_rca(rca, by=hands.reviewer, now=now + timedelta(hours=2))
    return publish_rca(rca, by=hands.reviewer, now=now + timedelta(hours=3))
