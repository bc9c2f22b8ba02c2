"""What a subject says: `<tenant ID> <brief statement>` (INT-4), the mark of a preview feature (EXC-2)."""

import re
from dataclasses import dataclass

from lynnsupport.common.references import find_ticket_number
from lynnsupport.common.search import fold

_REPLY = re.compile(
    r"^\s*(?:(?:re|rv|fw|fwd|res|enc|ref|aw|tr|resp)\s*(?:\[\d+\])?\s*:\s*|\[\s*(?:external|externo|ext)\s*\]\s*)+",
    re.I,
)
_BRACKETS = re.compile(r"^\s*\[\s*([^\]]{1,60}?)\s*\]\s*[-–—:|]*\s*")
_PREVIEW = "funcionalidad en preview"
_CALLED = frozenset(
    {"tenant", "id", "id:", "tenant:", "nro", "numero", "no", "n°", "nº", "#", "del", "instancia"}
)
_EDGES = "#:;,.()[]{}<>«»\"'-–—|"


@dataclass(frozen=True)
class Subject:
    """`tenants` are the possible tenant IDs, the likeliest first, each with the statement that remains."""

    statement: str
    tenants: tuple[tuple[str, str], ...]
    is_preview: bool
    ticket_number: str | None


def read_subject(text: str) -> Subject:
    bare = _REPLY.sub("", text).strip()
    is_preview = False
    found = _BRACKETS.match(bare)
    if found and fold(found[1]) == _PREVIEW:
        is_preview, bare = True, bare[found.end() :]
    candidates = dict(_tenants(bare))
    if not is_preview:  # the mark behind the ID
        for code, rest in candidates.items():
            found = _BRACKETS.match(rest)
            if found and fold(found[1]) == _PREVIEW:
                is_preview, candidates[code] = True, rest[found.end() :].strip()
    return Subject(bare, tuple(candidates.items()), is_preview, find_ticket_number(text))


def _tenants(text: str) -> list[tuple[str, str]]:
    words = text.split()
    start = 0
    while start < min(len(words), 4) and fold(words[start]).strip(":.") in _CALLED:
        start += 1
    if start >= len(words):
        return []
    word, rest = words[start], " ".join(words[start + 1 :])
    found = [(word, rest)]
    bare = word.strip(_EDGES)
    if bare and bare != word:
        found.append((bare, rest))
    glued = re.match(r"^([A-Za-z0-9_.-]*\d[A-Za-z0-9_]*)[-:–—/|]+(\S.*)?$", bare)
    if glued:  # `700001-no responde`, `700001:caído`
        found.append((glued[1], f"{glued[2] or ''} {rest}".strip()))
    tidy = [
        (code[:40], re.sub(r"^[-–—:|,.\s]+", "", remaining)) for code, remaining in found if len(code) <= 40
    ]
    return list(dict(reversed(tidy)).items())[::-1]
