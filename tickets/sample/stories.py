"""Invented tickets with a life: each is told through the same operations that people use."""

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

from lynnsupport.accounts.models import User
from tickets.domain.intake import Answers, Channel, Priority
from tickets.domain.lifecycle import State
from tickets.models import Ticket
from tickets.operations import (
    accept_solution,
    answer_customer,
    ask_customer,
    assign,
    decide_severity,
    open_ticket,
    propose_solution,
    record_restoration,
    reply_as_customer,
    wait_for_provider,
    write_note,
)

from .people import SampleCast, SampleTenant

_KEYS = uuid.UUID("5b1c54a4-6a5e-4e0e-9d27-2a8d3c0f1f10")  # makes a run of the same seed the same tickets

# subject, description, impact in percent, products, social networks
_CASES = [
    (
        "No llegan conversaciones a la cola del chat",
        "Desde esta mañana ninguna interacción llega a los agentes. El panel muestra cero en espera.",
        95,
        "Lynn Chat",
        "WhatsApp",
    ),
    (
        "La instancia productiva no responde",
        "Al entrar aparece un error 502. Nadie puede atender.",
        100,
        "Lynn Core",
        "",
    ),
    (
        "Interacciones que se cortan al azar",
        "Una de cada cuatro conversaciones se interrumpe al transferir al agente.",
        35,
        "Lynn Chat",
        "Facebook",
    ),
    (
        "El flujo no sigue la rama programada",
        "La opción 3 del menú lleva a la respuesta de la opción 1.",
        40,
        "Lynn Designer",
        "",
    ),
    (
        "Retraso en las respuestas por WhatsApp",
        "Las respuestas tardan hasta cinco minutos en llegar al cliente final.",
        60,
        "Lynn Chat",
        "WhatsApp",
    ),
    (
        "Faltan datos en el reporte diario",
        "El reporte de ayer muestra la mitad de las sesiones.",
        5,
        "Lynn Insights",
        "",
    ),
    (
        "Un usuario perdió el acceso al diseñador",
        "La contraseña aparece bloqueada después del cambio.",
        1,
        "Lynn Designer",
        "",
    ),
    (
        "El panel no carga en horas punta",
        "Entre las 12 y las 13 el panel queda en blanco.",
        20,
        "Lynn Insights",
        "",
    ),
    (
        "Mensajes duplicados en Instagram",
        "Cada mensaje del bot llega dos veces.",
        15,
        "Lynn Chat",
        "Instagram",
    ),
    (
        "El motor cognitivo no reconoce fechas",
        "Frases como «mañana a las 5» ya no se entienden.",
        30,
        "Lynn NLU",
        "",
    ),
]

_ANSWERS = [
    "Gracias por el aviso. Ya estamos revisando los registros de la instancia.",
    "Reprodujimos el problema en un ambiente de pruebas. Seguimos investigando.",
]

_QUESTION = "¿Puede enviarnos el identificador de una sesión en la que ocurra?"
_FINDING = "El proveedor del canal confirma una falla en su servicio."
_SOLUTION = "Reiniciamos el conector y quedó estable. ¿Puede confirmar que funciona?"


# What an app above this one has done before a solution is proposed, and by whom.
type BeforeSolution = Callable[[Ticket, User, datetime], object]


def tell(
    number: int,
    *,
    cast: SampleCast,
    seed: int,
    now: datetime,
    before_solution: BeforeSolution = lambda *_: None,
) -> Ticket | None:
    """Ticket `number` of the sample: registered within the last three weeks, and lived until `now`.

    None if it was told by an earlier run.
    """
    dice = Random(f"{seed}:{number}")  # noqa: S311 - invented data, not secrets
    place = dice.choice(cast.tenants)
    subject, description, impact, products, networks = dice.choice(_CASES)
    # The first few are of today, so that the desk has something to do.
    age = timedelta(minutes=dice.randint(3, 240)) if number < 6 else timedelta(hours=dice.randint(5, 500))
    start = now - age
    reporter = place.colleague if dice.random() < 0.15 else place.designated
    opening = open_ticket(
        by=reporter.user,
        channel=Channel.PORTAL,
        answers=Answers(
            tenant=place.tenant.code,
            subject=subject,
            description=description,
            detected_at=start - timedelta(minutes=dice.randint(1, 90)),
            detected_zone=place.tenant.time_zone,
            impact_percent=Decimal(impact),
            impact_description="La atención a clientes queda afectada." if dice.random() < 0.7 else "",
            has_workaround=dice.choice([None, False, False, True]) if impact > 10 else True,
            priority=dice.choice([Priority.NORMAL, Priority.NORMAL, Priority.HIGH, Priority.LOW]),
            products=products,
            social_networks=networks,
            session_reference=f"ses-{dice.randint(10_000, 99_999)}" if dice.random() < 0.5 else "",
        ),
        now=start,
        submission_key=uuid.uuid5(_KEYS, f"{seed}:{number}"),
    )
    if not opening.is_new:
        return None
    _live(opening.ticket, place, cast, dice, start=start, now=now, before_solution=before_solution)
    return opening.ticket


def _live(
    ticket: Ticket,
    place: SampleTenant,
    cast: SampleCast,
    dice: Random,
    *,
    start: datetime,
    now: datetime,
    before_solution: BeforeSolution,
) -> None:
    """What happened to it since: as many steps as time and chance allow."""
    if ticket.state == State.REGISTERED:
        return
    engineer = dice.choice(cast.engineers)
    steps: list[Callable[[datetime], object]] = [
        lambda at: assign(ticket, by=cast.desk_lead, owner=engineer, now=at),
        lambda at: answer_customer(ticket, by=engineer, body=_ANSWERS[0], now=at),
        lambda at: write_note(ticket, by=engineer, body="Parecido al caso de la semana pasada.", now=at),
    ]
    if dice.random() < 0.25:
        steps.append(
            lambda at: decide_severity(ticket, by=engineer, severity=2, reason="Afecta a una parte.", now=at)
        )
    designated = place.designated.user
    # What is older than two days is mostly over; of the recent ones some wait for somebody.
    is_over = now - start > timedelta(days=2) and dice.random() < 0.95
    match 4 if is_over else dice.randrange(5):
        case 0:
            steps.append(lambda at: ask_customer(ticket, by=engineer, question=_QUESTION, now=at))
        case 1:
            steps.append(lambda at: wait_for_provider(ticket, by=engineer, reason=_FINDING, now=at))
        case 2:
            steps += [
                lambda at: answer_customer(ticket, by=engineer, body=_ANSWERS[1], now=at),
                lambda at: reply_as_customer(ticket, by=designated, body="¿Hay alguna novedad?", now=at),
            ]
        case _:
            steps += [
                lambda at: record_restoration(ticket, by=engineer, now=at),
                lambda at: (
                    before_solution(ticket, engineer, at),
                    propose_solution(ticket, by=engineer, body=_SOLUTION, now=at),
                ),
                lambda at: accept_solution(ticket, by=designated, now=at),
            ]
    at = start
    for step in steps:
        at += timedelta(minutes=dice.choice([4, 9, 12, 20, 45, 130]))
        if at >= now:
            return
        step(at)
