"""What a mail's words say (INT-4): labels in every dress, times with zones, percentages, people, quotes."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from tickets.inbound.domain.drafting import draft, read_words
from tickets.inbound.domain.escalation import asks_for_escalation
from tickets.inbound.domain.moments import Doubt, read_moment
from tickets.inbound.domain.quotes import split_quotes
from tickets.inbound.domain.subjects import read_subject
from tickets.inbound.domain.template import Person, read_country, read_percent, read_person, read_template
from tickets.inbound.domain.text import html_to_text

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)

SAID = {
    "description": "No llega a la cola",
    "customer": "Tienda Ficticia",
    "country": "Chile",
    "impact": "Cerca del 40%",
    "urgency": "Campaña",
    "products": "Lynn Core",
    "social_networks": "WhatsApp",
    "lccd": "Ana Pérez – ana@example.com – +56 9 5555 0101",
}
PRINTED = {
    "description": "Explicación detallada del incidente",
    "customer": "Nombre del Cliente",
    "country": "País/Región del Cliente",
    "impact": "Impacto a la Operación del Cliente",
    "urgency": "Justificación de la Urgencia",
    "products": "Producto(s) Involucrado(s)",
    "social_networks": "Redes sociales involucradas",
    "lccd": "Datos de Contacto del LCCD responsable del caso",
}
DRESSES = {
    "plain": "{label}: {value}",
    "bullet": "  • {label}: {value}",
    "dash": "- {label} : {value}",
    "star": "* {label}: {value}",
    "number": "3. {label}: {value}",
    "letter": "b) {label}: {value}",
    "quoted": "> {label}: {value}",
    "bold": "*{label}:* {value}",
    "bold name": "**{label}**: {value}",
    "next line": "{label}:\n{value}",
    "line after next": "{label}:\n\n{value}",
    "next line without colon": "{label}\n{value}",
    "table cell": "{label}\t{value}",
    "hint": "{label}: (Nombre – Correo – Teléfono). {value}",
}


def without_accents(text):
    return text.translate(str.maketrans("áéíóúñÁÉÍÓÚ", "aeiounAEIOU"))


@pytest.mark.rule("INT-4")
@pytest.mark.parametrize("dress", DRESSES)
@pytest.mark.parametrize("change", [str, str.upper, str.lower, without_accents], ids=lambda f: f.__name__)
@pytest.mark.parametrize("turned", [False, True])
def test_labels_are_known_in_every_dress_and_order(dress, change, turned):
    names = sorted(SAID, reverse=turned)
    lines = [DRESSES[dress].format(label=change(PRINTED[name]), value=SAID[name]) for name in names]
    filled = read_template("\n".join(lines))
    assert dict(filled.values) == SAID
    assert filled.rest == ""


@pytest.mark.parametrize(
    "row",
    [
        "<tr><td>{label}</td><td>{value}</td></tr>",
        "<tr><td><b>{label}:</b></td><td><p>{value}</p></td></tr>",
        "<tr><th>{label}</th>\n<td><span>{value}</span></td></tr>",
        "<li><strong>{label}:</strong> {value}</li>",
        "<p>{label}:<br>{value}</p>",
        "<div>• {label}: {value}</div>",
        "<blockquote>{label}: {value}</blockquote>",
    ],
)
def test_labels_are_known_in_html(row):
    rows = "".join(row.format(label=PRINTED[name], value=SAID[name]) for name in SAID)
    words = read_words(html_to_text(f"<html><body><table>{rows}</table></body></html>"), is_answer=False)
    assert dict(words.filled.values) == SAID


def test_what_no_label_claims_stays_in_the_description():
    words = read_words(
        "Estimados:\nFavor su ayuda.\n\nExplicación detallada del incidente: Falla\nNombre del Cliente: Otro"
        "\n\nPaís/Región del Cliente: Atlántida\n\nGracias", is_answer=False,
    )  # fmt: skip
    said = draft(
        words, tenant="1", customer="Uno", zone="America/Lima", statement="x", is_preview=False, now=NOW
    )
    for piece in ("Falla", "Favor su ayuda.", "Gracias", "Nombre del Cliente: Otro", "Atlántida"):
        assert piece in said.answers.description
    assert (said.answers.detected_at, said.answers.detected_zone) == (None, "America/Lima")


def test_a_time_that_cannot_be_read_stays_in_the_description():
    words = read_words("Fecha y hora de la detección: 23-11-2026 10:15\nNo anda", is_answer=False)
    said = draft(words, tenant="1", customer="", zone="UTC", statement="x", is_preview=False, now=NOW)
    assert (said.doubt, "23-11-2026 10:15" in said.answers.description) == (Doubt.NO_ZONE, True)


def test_the_zone_may_stand_on_a_line_of_its_own():
    words = read_words("Fecha y hora: 23-11-2026 10:15\nZona horaria: Perú\n", is_answer=False)
    said = draft(words, tenant="1", customer="", zone="UTC", statement="x", is_preview=False, now=NOW)
    assert said.answers.detected_at == datetime(2026, 11, 23, 15, 15, tzinfo=UTC)


def test_a_form_that_was_passed_on_is_read_behind_its_marks():
    form = "\n".join(f"> {PRINTED[name]}: {SAID[name]}" for name in SAID)
    words = read_words(
        f"Reenvío, por favor ver.\n\nEl lun, 23 nov 2026 a las 9:00, Ana escribió:\n{form}", is_answer=False
    )
    assert dict(words.filled.values) == SAID
    answer = read_words(f"Otra cosa\n\nEl lun, 23 nov 2026 a las 9:00, Ana escribió:\n{form}", is_answer=True)
    assert (answer.filled.values, answer.own) == ({}, "Otra cosa")


CHILE, PERU, UTC_ZONE = "America/Santiago", "America/Lima", "UTC"


@pytest.mark.parametrize(
    ("text", "at", "zone"),
    [
        ("23-11-2026 10:15 (hora de Chile)", "13:15", CHILE),
        ("23/11/2026 a las 10:15 hrs, Perú", "15:15", PERU),
        ("2026-11-23 10:15 America/Lima", "15:15", PERU),
        ("2026-11-23T10:15:00-03:00", "13:15", "Etc/GMT+3"),
        ("2026-11-23T10:15:00Z", "10:15", UTC_ZONE),
        ("23-11-2026 10:15 GMT-5", "15:15", "Etc/GMT+5"),
        ("el 23 de noviembre de 2026 a las 10:15, hora de Ecuador", "15:15", "America/Guayaquil"),
        ("lunes 23 nov 2026, 10:15 a.m. Chile", "13:15", CHILE),
        ("Nov 23, 2026 3:15 PM, Lima", "20:15", PERU),
        ("10:15 del 23/11/2026 (Chile)", "13:15", CHILE),
        ("23.11.26 10.15 hrs Chile", "13:15", CHILE),
        ("23-11-2026 10:15 Santiago de Chile (UTC-3)", "13:15", CHILE),
        ("23-11-2026 10:15 (UTC-05:00) Bogotá, Lima, Quito", "15:15", "Etc/GMT+5"),
        ("Visto en Chile el 23-11-2026 10:15. Afecta a Perú.", "13:15", CHILE),
        ("23 de noviembre a las 10:15, Chile", "13:15", CHILE),
    ],
)  # fmt: skip
@pytest.mark.rule("INT-3")
def test_a_time_is_read_with_the_zone_beside_it(text, at, zone):
    stated = read_moment(text, now=NOW)
    hour, minute = map(int, at.split(":"))
    assert (stated.at, stated.zone) == (datetime(2026, 11, 23, hour, minute, tzinfo=UTC), zone)


@pytest.mark.parametrize(
    ("text", "doubt"),
    [
        ("hoy temprano", Doubt.NOT_SAID),
        ("23-11-2026 10:15", Doubt.NO_ZONE),
        ("23-11-2026 10:15 EST", Doubt.NO_ZONE),
        ("23-11-2026 10:15 Chile / 8:15 Perú", Doubt.SEVERAL_ZONES),
        ("23-11-2026 10:15 Chile (UTC-5)", Doubt.SEVERAL_ZONES),
        ("23-11-2026 10:15 y 23-11-2026 11:40 Chile", Doubt.SEVERAL_TIMES),
        ("04-04-2026 23:30 Chile", Doubt.TWICE),
        ("06-09-2026 00:30 Chile", Doubt.NO_SUCH_TIME),
        ("25-11-2026 10:15 Chile", Doubt.FUTURE),
        ("31-02-2026 10:15 Chile", Doubt.NOT_SAID),
        ("23-11-2026 25:15 Chile", Doubt.NOT_SAID),
    ],
)
def test_a_doubtful_time_is_asked_about_not_guessed(text, doubt):
    assert (read_moment(text, now=NOW).at, read_moment(text, now=NOW).doubt) == (None, doubt)


@pytest.mark.parametrize(
    ("text", "percent"),
    [
        ("80 %", 80),
        ("cerca del 40%", 40),
        ("100 por ciento de los usuarios", 100),
        ("12,5 %", "12.5"),
        ("más del 80 % de la operación", "80.01"),
        ("menos del 10%", "9.99"),
        ("80% (80 % de los canales)", 80),
        ("entre 10% y 20%", None),
        ("120%", None),
        ("total", None),
        ("3 usuarios", None),
    ],
)
def test_a_percentage_is_read_from_words(text, percent):
    assert read_percent(text) == (None if percent is None else Decimal(percent))


@pytest.mark.parametrize(
    ("text", "person"),
    [
        ("Ana Pérez – ana@example.com – +56 2 555", ("Ana Pérez", "ana@example.com", "+56 2 555")),
        ("ana@example.com / (51) 1 635 8 / Ana Pérez", ("Ana Pérez", "ana@example.com", "(51) 1 635 8")),
        ("Ana-María Soto, ana@example.com", ("Ana-María Soto", "ana@example.com", "")),
        ("Nombre: Ana\nCorreo: a@example.com\nTeléfono: 912345678", ("Ana", "a@example.com", "912345678")),
        ("Ana Pérez <ana@example.com>", ("Ana Pérez", "ana@example.com", "")),
        ("no hay", ("no hay", "", "")),
        ("", ("", "", "")),
    ],
)  # fmt: skip
def test_the_lccd_is_split_into_name_mail_and_telephone(text, person):
    assert read_person(text) == Person(*person)


@pytest.mark.parametrize(
    ("text", "code"),
    [("Chile", "CL"), ("PERÚ", "PE"), ("Región Metropolitana, Chile", "CL"), ("Chile y Perú", ""), ("?", "")],
)
def test_a_country_is_read_where_it_is_one(text, code):
    assert read_country(text) == code


@pytest.mark.parametrize(
    ("subject", "code", "statement"),
    [
        ("700001 El bot no responde", "700001", "El bot no responde"),
        ("700001: El bot", "700001", "El bot"),
        ("700001-caído", "700001", "caído"),
        ("RV: Re: [EXTERNAL] 700001 - El bot", "700001", "El bot"),
        ("ID del tenant: 700001 El bot", "700001", "El bot"),
        ("#700001 El bot", "700001", "El bot"),
        ("(acme-1) El bot", "acme-1", "El bot"),
    ],
)
@pytest.mark.rule("INT-4")
def test_a_subject_names_tenant_and_statement(subject, code, statement):
    assert (code, statement) in read_subject(subject).tenants


@pytest.mark.parametrize(
    ("text", "own", "quoted"),
    [
        ("Sí.\n\nEl lun, 23 nov 2026 a las 10:00, Ana (<a@b.cl>) escribió:\n> Hola", "Sí.", "> Hola"),
        ("Sí.\n\nEl lun, 23 nov 2026 a las 10:00, Ana Díaz\n<a@b.cl> escribió:\n> Hola", "Sí.", "> Hola"),
        ("Yes.\n\nOn Mon, Nov 23, 2026 at 10:00 AM Ana <a@b.cl> wrote:\n> Hi", "Yes.", "> Hi"),
        ("Sim.\n\nEm seg., 23 de nov. de 2026 às 10:00, Ana <a@b.cl> escreveu:\n> Oi", "Sim.", "> Oi"),
        ("Sí.\n\nDe: Ana <a@b.cl>\nEnviado el: lunes 23\nPara: S\nAsunto: X\n\nHola", "Sí.", "Hola"),
        ("Sí.\n____________________\nDe: Ana\nEnviado: lunes\nPara: S\nAsunto: X\n\nHola", "Sí.", "Hola"),
        ("Yes.\n\nFrom: Ana\nSent: Monday\nTo: S\nSubject: X\n\nHi", "Yes.", "Hi"),
        ("Sí.\n\n-----Mensaje original-----\nHola", "Sí.", "Hola"),
        ("Sí.\n\nEnviado desde mi iPhone\n\n> El 23-11-2026, Ana escribió:\n> Hola", "Sí.", "> Hola"),
        ("Sim.\n\nEnviado do meu iPhone", "Sim.", "Enviado do meu iPhone"),
        ("> ¿Cuándo?\nAyer.\n> ¿Dónde?\nAquí.", "Ayer.\nAquí.", "> ¿Dónde?"),
        ("Sí.\n-- \nAna Pérez", "Sí.", "Ana Pérez"),
        ("El cliente escribió:\nno funciona", "El cliente escribió:\nno funciona", ""),
        ("De: cero a cien\nen un día", "De: cero a cien\nen un día", ""),
    ],
)  # fmt: skip
def test_what_a_program_repeated_is_told_apart(text, own, quoted):
    split = split_quotes(text)
    assert split.own.strip() == own
    assert (split.quoted.split("\n")[-1] if quoted else split.quoted) == quoted


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        ("Solicito escalar el caso", True),
        ("Pido escalamiento a nivel 2", True),
        ("Please escalate", True),
        ("No es necesario escalar", False),
        ("Ya fue escalado ayer", False),
        ("Gracias", False),
    ],
)
@pytest.mark.rule("ESC-1")
def test_a_wish_for_escalation_is_heard(text, asks):
    assert asks_for_escalation(text) is asks
