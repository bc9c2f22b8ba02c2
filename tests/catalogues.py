"""What people are shown, read from the code; what translators made of it, read from the catalogues."""

import ast
import gettext
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.utils.translation.template import templatize

SOURCES = ("lynnsupport", "tickets", "sla", "credits")
TEMPLATES = (".html", ".txt")

CALLS = {  # name of the call → at which arguments stand context and singular
    **dict.fromkeys(["_", "gettext", "gettext_lazy", "gettext_noop", "ngettext", "ngettext_lazy"], (None, 0)),
    **dict.fromkeys(["pgettext", "pgettext_lazy", "npgettext", "npgettext_lazy"], (0, 1)),
}
_LITERAL = r"""u?(?:'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*")"""
_CALL = re.compile(rf"(?:\bn?p?gettext|(?<![\w.])_)\(\s*{_LITERAL}(?:\s*,\s*(?:{_LITERAL}|count))*\s*\)")


@dataclass(frozen=True)
class Text:
    """One text as the code has it; `context` tells apart equal words of different meaning."""

    singular: str
    context: str = ""


def shown_texts(root: Path) -> dict[Text, str]:
    """Every text below `root` that a translator must see, with a file in which it stands."""
    found: dict[Text, str] = {}
    for path in sorted(file for folder in SOURCES for file in (root / folder).rglob("*.py")):
        for text in texts_of_code(path.read_text()):
            found.setdefault(text, str(path.relative_to(root)))
    for path in sorted((root / "templates").rglob("*")):
        if path.suffix in TEMPLATES:
            for text in texts_of_template(path.read_text()):
                found.setdefault(text, str(path.relative_to(root)))
    return found


def texts_of_code(source: str) -> Iterator[Text]:
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or _name_of(node.func) not in CALLS:
            continue
        context, singular = CALLS[_name_of(node.func)]
        words = [argument.value if isinstance(argument, ast.Constant) else None for argument in node.args]
        if len(words) > singular and isinstance(words[singular], str):
            yield Text(words[singular], "" if context is None else words[context])


def _name_of(function: ast.expr) -> str:
    return function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")


def texts_of_template(source: str) -> Iterator[Text]:
    """Django's own reading of a template leaves the texts as calls between blots."""
    for call in _CALL.findall(templatize(source)):
        yield from texts_of_code(call)


@dataclass(frozen=True)
class Translation:
    """What a catalogue says for one text; plural forms in their order."""

    forms: tuple[str, ...]
    plural: str = ""
    is_fuzzy: bool = False


def written(po: Path) -> dict[Text, Translation]:
    """The entries of a catalogue as translators wrote it; obsolete ones and the header left out."""
    entries = {}
    for block in re.split(r"\n\s*\n", po.read_text()):
        lines = [line for line in block.splitlines() if not line.startswith("#~")]
        fields = _fields(lines)
        if fields.get("msgid"):
            forms = [value for name, value in sorted(fields.items()) if name.startswith("msgstr")]
            text = Text(fields["msgid"], fields.get("msgctxt", ""))
            is_fuzzy = any(line.startswith("#,") and "fuzzy" in line for line in lines)
            entries[text] = Translation(tuple(forms), fields.get("msgid_plural", ""), is_fuzzy)
    return entries


def _fields(lines: list[str]) -> dict[str, str]:
    fields: dict[str, str] = {}
    name = ""
    for line in lines:
        if match := re.match(r'(msg\w+(?:\[\d\])?)?\s*(".*")$', line):
            name = match[1] or name
            fields[name] = fields.get(name, "") + ast.literal_eval(match[2])
    return fields


def compiled(mo: Path) -> dict[Text, Translation]:
    """The entries of a compiled catalogue, as the portal reads them."""
    with mo.open("rb") as file:
        catalogue = gettext.GNUTranslations(file)._catalog
    forms: dict[Text, dict[int, str]] = {}
    for key, value in catalogue.items():
        message, number = key if isinstance(key, tuple) else (key, 0)
        context, _, singular = message.rpartition("\x04")
        if singular:
            forms.setdefault(Text(singular, context), {})[number] = value
    return {text: Translation(tuple(found[n] for n in sorted(found))) for text, found in forms.items()}
