"""From a letter's words to what a ticket says (INT-3, INT-4): nothing invented, nothing lost."""

from dataclasses import dataclass
from datetime import datetime

from lynnsupport.common.search import fold
from tickets.domain.intake import Answers

from .moments import Doubt, Stated, read_moment
from .quotes import split_quotes, without_marks
from .template import (
    Filled,
    read_country,
    read_percent,
    read_person,
    read_template,
    read_workaround,
)

LONGEST_LINE = 300
# What a value is called where it stays in the description: as the agreement prints it.
_PRINTED = {
    "customer": "Nombre del Cliente",
    "country": "País/Región del Cliente",
    "detection": "Fecha y hora de la detección del incidente",
    "lccd": "Datos de Contacto del LCCD responsable del caso",
    "products": "Producto(s) Involucrado(s)",
    "social_networks": "Redes sociales involucradas",
    "session_reference": "Nombre o id de la sesión",
    "previous_engineer": "Ingeniero que trabajó previamente",
    "tenant": "ID y Nombre del Tenant",
    "workaround": "Solución alternativa",
}


@dataclass(frozen=True)
class Words:
    """A letter's text: its labelled fields, what its writer wrote in all, and what was quoted."""

    filled: Filled
    own: str
    quoted: str


def read_words(text: str, *, is_answer: bool) -> Words:
    """`text` without its quotes. A form that stands behind quoting marks, or in a mail that was passed on, is
    the writer's own, unless the mail answers another (`is_answer`) and says something itself."""
    split = split_quotes(text)
    filled = read_template(split.own)
    has_own = bool(split.own.strip())
    if not filled.values and not (is_answer and has_own):
        whole = without_marks(text)
        of_whole = read_template(whole)
        if of_whole.values or not has_own:
            return Words(of_whole, whole.strip("\n"), "")
    return Words(filled, split.own, split.quoted)


@dataclass(frozen=True)
class Draft:
    """`doubt` says why the time of detection has to be asked for, if it has."""

    answers: Answers
    quoted: str
    doubt: Doubt | None


def draft(
    words: Words,
    *,
    tenant: str,
    customer: str,
    zone: str,
    statement: str,
    is_preview: bool,
    now: datetime,
) -> Draft:
    """What a ticket for `tenant` says. `zone` is the tenant's, for showing a time that was not stated."""
    filled = words.filled
    stated = _detection(filled)
    moment = _first_said([read_moment(text, now=now) for text in stated])
    person = read_person(filled.get("lccd"))
    country = read_country(filled.get("country"))
    kept = {
        "customer": fold(filled.get("customer")) != fold(customer),
        "country": not country,
        "detection": moment.at is None,
        "lccd": not (person.name and person.email),
        "tenant": tenant.lower() not in filled.get("tenant").lower(),
        "workaround": read_workaround(filled.get("workaround")) is None,
        **{
            name: len(filled.get(name)) > limit
            for name, limit in (
                ("products", LONGEST_LINE),
                ("social_networks", LONGEST_LINE),
                ("session_reference", 200),
                ("previous_engineer", 200),
            )
        },
    }
    stays = [
        f"{_PRINTED[name]}: {filled.get(name)}" for name, stay in kept.items() if stay and filled.get(name)
    ]
    description = "\n\n".join(filter(None, (filled.get("description"), filled.rest, "\n".join(stays))))
    return Draft(
        Answers(
            tenant=tenant,
            subject=(statement or _first_line(description) or "Sin asunto")[:200],
            description=description or statement or "Sin texto",
            detected_at=moment.at,
            detected_zone=moment.zone or zone,
            impact_percent=read_percent(filled.get("impact")),
            impact_description=filled.get("impact"),
            has_workaround=read_workaround(filled.get("workaround")),
            workaround=filled.get("workaround") if read_workaround(filled.get("workaround")) else "",
            urgency=filled.get("urgency"),
            products=_line(filled.get("products"), LONGEST_LINE),
            social_networks=_line(filled.get("social_networks"), LONGEST_LINE),
            test_data=filled.get("test_data"),
            session_reference=_line(filled.get("session_reference"), 200),
            previous_engineer=_line(filled.get("previous_engineer"), 200),
            lccd_name=person.name,
            lccd_email=person.email,
            lccd_phone=person.phone,
            troubleshooting=filled.get("troubleshooting"),
            is_preview=is_preview,
            country=country,
        ),
        words.quoted,
        moment.doubt,
    )


def _detection(filled: Filled) -> list[str]:
    """Where the time of detection may stand, the surest place first."""
    labelled = " ".join(filter(None, (filled.get("detection"), filled.get("zone"))))
    return [labelled, filled.get("description"), filled.rest]


def _first_said(readings: list[Stated]) -> Stated:
    """The first place that says anything of a time decides, whether it can be read or not."""
    return next((each for each in readings if each.doubt is not Doubt.NOT_SAID), readings[0])


def _first_line(text: str) -> str:
    return next((" ".join(line.split()) for line in text.split("\n") if line.strip()), "")


def _line(text: str, limit: int) -> str:
    return ", ".join(line.strip(" •-*") for line in text.split("\n") if line.strip(" •-*"))[:limit]
