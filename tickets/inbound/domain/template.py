"""The labelled fields of the agreement's mail (INT-4), however a person or a program has dressed them."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from lynnsupport.common.search import fold

# field → its labels: folded, without punctuation. What the agreement prints comes first.
LABELS: Mapping[str, tuple[str, ...]] = {
    "description": (
        "explicacion detallada del incidente",
        "descripcion detallada del incidente",
        "explicacion del incidente",
        "descripcion del incidente",
        "descripcion del problema",
        "explicacion detallada",
        "descripcion detallada",
        "detalle del incidente",
        "descripcion",
        "description",
        "detailed explanation of the incident",
    ),
    "customer": (
        "nombre del cliente",
        "nombre de la organizacion del cliente",
        "nombre de cliente",
        "nombre cliente",
        "cliente",
        "customer name",
        "customer",
    ),
    "country": (
        "pais region del cliente",
        "region pais del cliente",
        "pais o region del cliente",
        "pais del cliente",
        "region del cliente",
        "pais region",
        "pais",
        "customer country region",
        "country",
    ),
    "impact": (
        "impacto a la operacion del cliente",
        "impacto en la operacion del cliente",
        "impacto a la operacion",
        "impacto en la operacion",
        "impacto operacional",
        "impacto empresarial",
        "impacto al negocio",
        "impacto",
        "impact on the customers operation",
        "impact",
    ),
    "urgency": ("justificacion de la urgencia", "justificacion de urgencia", "urgencia", "urgency"),
    "products": (
        "producto s involucrado s",
        "productos involucrados",
        "producto involucrado",
        "producto o productos involucrados",
        "productos",
        "producto",
        "products involved",
    ),
    "social_networks": (
        "redes sociales involucradas",
        "red social involucrada",
        "red es social es involucrada s",
        "redes sociales",
        "red social",
        "social networks involved",
    ),
    "lccd": (
        "datos de contacto del lccd responsable del caso",
        "datos de contacto del lccd responsable",
        "datos de contacto del lccd",
        "datos del lccd",
        "lccd responsable del caso",
        "lccd responsable",
        "contacto lccd",
        "lccd",
    ),
    "detection": (
        "fecha y hora de la deteccion del incidente",
        "fecha y hora de deteccion del incidente",
        "fecha y hora de la deteccion",
        "fecha y hora de deteccion",
        "fecha hora de deteccion",
        "fecha de deteccion",
        "hora de deteccion",
        "fecha y hora del incidente",
        "fecha y hora",
        "deteccion",
        "detected at",
    ),
    "zone": ("zona horaria", "huso horario", "zona o pais", "zona", "time zone"),
    "tenant": (
        "id y nombre del tenant del cliente",
        "id y nombre del tenant",
        "id del tenant",
        "numero id del tenant",
        "numero del id del tenant",
        "tenant id",
        "id tenant",
        "tenant",
    ),
    "workaround": ("solucion alternativa", "alternativa de operacion", "workaround"),
    "test_data": ("datos de prueba", "datos para replicar", "test data"),
    "session_reference": (
        "nombre o id de la sesion",
        "nombre o id de sesion",
        "id de la sesion",
        "id de sesion",
        "sesion",
        "session id",
    ),
    "previous_engineer": (
        "datos de contacto del ingeniero de soporte que trabajo previamente en el incidente",
        "ingeniero que trabajo previamente",
        "ingeniero previo",
    ),
    "troubleshooting": (
        "acciones de resolucion de problemas basicos",
        "acciones realizadas",
        "troubleshooting",
    ),
}
_FIELD_OF = {label: name for name, labels in LABELS.items() for label in labels}
# Short ones are everyday words: they count only with a colon right behind them, or alone in a table's cell.
_EVERYDAY = frozenset(label for label in _FIELD_OF if " " not in label)
_LONGEST_LABEL = max(len(label) for label in _FIELD_OF) + 60

_MARKS = re.compile(
    r"^(?:\s|>|\||[•●▪■◦‣∙·*+✓✔➢➤►▶–—-](?!\d)|o\s(?=[A-ZÁÉÍÓÚ])|\(?(?:\d{1,2}|[a-zA-Z]|[ivxIVX]{1,4})[.)°](?=\s|[A-ZÁÉÍÓÚ¿*]))*"
)
_DRESS = "*_`~«»\"'“”‘’\u200b\ufeff "
# What the agreement itself prints behind a label, left standing by whoever fills the form in.
_HINTS = (
    re.compile(
        r"^[\s(\[]*nombre\s*[-–—/,]\s*correo(?: electr[oó]nico)?\s*[-–—/,]\s*tel[eé]fono\s*[)\]]*\s*[.:]?\s*",
        re.I,
    ),
    re.compile(r"^[\s(\[]*declarando a qu[eé] zona o pa[ií]s pertenece el dato\s*[)\]]*\s*[.:]?\s*", re.I),
)


@dataclass(frozen=True)
class Filled:
    """What was found: values by the names of LABELS, and the lines that belong to no label."""

    values: Mapping[str, str]
    rest: str

    def get(self, name: str) -> str:
        return self.values.get(name, "")


def read_template(text: str) -> Filled:
    """The labelled fields in `text` (LF line ends); a label that comes twice keeps both values, one below the
    other. An empty line ends a value of one line's kind, so that what follows stays in the description."""
    values: dict[str, list[str]] = {}
    rest: list[str] = []
    name = ""
    for line in text.split("\n"):
        found = _label_in(line)
        if found:
            # The agreement asks for the time of detection within the explanation, which then goes on.
            around = name if found[0] in _WITHIN and name in _LONG else ""
            name, value = found
            values.setdefault(name, [])
            if value:
                values[name].append(value)
                name = around if name in _WITHIN else name
            continue
        lines = values[name] if name else rest
        is_short = name and name not in _LONG
        if is_short and ((lines and not line.strip()) or len(lines) >= _MOST_LINES.get(name, 1)):
            name, lines = "", rest
        if line.strip() or lines:
            lines.append(line.rstrip() if name in _LONG or not name else _undressed(line))
    filled = {name: "\n".join(lines).strip() for name, lines in values.items()}
    return Filled({name: value for name, value in filled.items() if value}, "\n".join(rest).strip())


_WITHIN = frozenset({"detection", "zone"})
# Fields that may hold several paragraphs; the others are a line, or a few.
_LONG = frozenset({"description", "impact", "urgency", "test_data", "troubleshooting", "workaround"})
_MOST_LINES = {"lccd": 6, "products": 12, "social_networks": 12}


def _label_in(line: str) -> tuple[str, str] | None:
    """The field that this line begins, with what stands behind its label."""
    bare = _MARKS.sub("", line, count=1).strip(_DRESS)
    if not bare:
        return None
    for end, is_sure in _label_ends(bare):
        label = _label_key(bare[:end])
        name = _FIELD_OF.get(label)
        if name and (is_sure or label not in _EVERYDAY):
            return name, _value(bare[end:])
    return None


def _label_ends(text: str) -> Iterator[tuple[int, bool]]:
    """Where a label may end: before a colon, a tab, a dash with blanks, or with the line."""
    limit = text[:_LONGEST_LABEL]
    for mark in (":", "：", "\t", "=", " - ", " – ", " — ", "|"):
        at = limit.find(mark)
        if at > 0:
            yield at, mark in ":：\t|"
    closing = re.match(r"^[^()]{3,80}\([^()]*\)\s*", limit)
    if closing:
        yield closing.end(), False
    if len(text) <= _LONGEST_LABEL:
        yield len(text), False


def _label_key(text: str) -> str:
    """`Datos de Contacto del LCCD …: (Nombre – Correo – Teléfono)` without its hint and punctuation."""
    without_hint = re.sub(r"\((?!s\))[^()]*\)", " ", fold(text))
    return " ".join(re.sub(r"[^a-z0-9]+", " ", without_hint).split())


def _value(text: str) -> str:
    value = text.lstrip(":：\t=|-–— " + _DRESS).strip()
    for hint in _HINTS:
        value = hint.sub("", value)
    return _undressed(value)


def _undressed(text: str) -> str:
    return re.sub(r"^(\s?>)+ ?", "", text).strip().strip("*_`~").strip()


# ---------- values ----------

_PERCENT = re.compile(r"(\d{1,3}(?:[.,]\d{1,2})?)\s*(?:%|por\s?ciento|percent)")
_MORE = re.compile(r"(mas|superior|mayor|sobre|over|more|encima)(\s+\w+){0,2}\s*$")
_LESS = re.compile(r"(menos|inferior|menor|bajo|under|less|debajo)(\s+\w+){0,2}\s*$")
# The agreement says «more than 80 %» and «less than 10 %», so such words must not land on the border itself.
_OVER = {Decimal(80): Decimal("80.01")}
_UNDER = {Decimal(10): Decimal("9.99")}


def read_percent(text: str) -> Decimal | None:
    """The one percentage from 0 to 100 that `text` names; None for none, and for several different ones."""
    folded = fold(text)
    found: set[Decimal] = set()
    for match in _PERCENT.finditer(folded):
        value = Decimal(match[1].replace(",", "."))
        before = folded[max(0, match.start() - 25) : match.start()]
        if value > 100:
            continue
        if value in _OVER and _MORE.search(before):
            value = _OVER[value]
        elif value in _UNDER and _LESS.search(before):
            value = _UNDER[value]
        found.add(value)
    return found.pop() if len(found) == 1 else None


@dataclass(frozen=True)
class Person:
    name: str = ""
    email: str = ""
    phone: str = ""


_EMAIL = re.compile(r"[A-Za-z0-9._%+'-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,5}")
_PHONE = re.compile(r"\+?\(?\d[\d\s().-]{5,22}\d(?:\s*(?:anexo|ext\.?|opci[oó]n)\s*\d{1,6})?", re.I)
_NAMED = re.compile(
    r"\b(nombre|correo(?: electr[oó]nico)?|e-?mail|mail|tel[eé]fono|tel|fono|celular|m[oó]vil)\s*\.?\s*:",
    re.I,
)


def read_person(text: str) -> Person:
    """`Ana Pérez – ana@example.com – +56 9 5555 0101`, in any order, on one line or several."""
    email = _EMAIL.search(text)
    address = email[0] if email else ""
    rest = text.replace(f"mailto:{address}", " ").replace(address, "\n") if address else text
    phone = _PHONE.search(rest)
    rest = rest.replace(phone[0], "\n") if phone else rest
    rest = _NAMED.sub("\n", rest)
    pieces = re.split(r"\s[-–—]+\s|[\n\t;,|/<>()\[\]]+|[-–—]+\s*$|^\s*[-–—]+", rest, flags=re.M)
    names = [" ".join(piece.split()).strip(" .:-–—") for piece in pieces]
    name = next((piece for piece in names if len(piece) > 1 and any(c.isalpha() for c in piece)), "")
    return Person(name[:150], address[:254].rstrip("."), " ".join(phone[0].split())[:40] if phone else "")


_COUNTRIES: Mapping[str, str] = {
    "chile": "CL",
    "cl": "CL",
    "peru": "PE",
    "pe": "PE",
    "ecuador": "EC",
    "ec": "EC",
    "colombia": "CO",
    "co": "CO",
    "mexico": "MX",
    "mx": "MX",
    "brasil": "BR",
    "brazil": "BR",
    "br": "BR",
    "espana": "ES",
    "spain": "ES",
    "es": "ES",
}


def read_country(text: str) -> str:
    """The code of the one country that `text` names; "" for none or several."""
    words = re.split(r"[^a-z]+", fold(text))
    whole = _COUNTRIES.get(" ".join(filter(None, words)))
    if whole:
        return whole
    named = {_COUNTRIES[word] for word in words if len(word) > 2 and word in _COUNTRIES}
    return named.pop() if len(named) == 1 else ""


def read_workaround(text: str) -> bool | None:
    """Whether there is one, by the first word; None where that does not say."""
    words = re.split(r"[^a-z]+", fold(text).strip())
    if words[0] in {"no", "ninguna", "ninguno", "none", "sin"}:
        return False
    return True if words[0] in {"si", "yes", "existe", "hay"} else None
