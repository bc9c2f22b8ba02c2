"""What somebody wrote in this mail, apart from what their program repeated of earlier ones.

No line is lost: what is not the writer's own is `quoted`, folded away. Knows the habits of Gmail, Outlook,
Apple Mail, Thunderbird and telephones in Spanish, English and Portuguese.
"""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Split:
    own: str
    quoted: str


_ATTRIBUTION_BEGINS = re.compile(r"^\W*(El|On|Em|Le|Am|Il|A las|No dia|Op)\b", re.I)
_ATTRIBUTION_ENDS = re.compile(
    r"(escribi[óo]|escribe|wrote|writes|escreveu|a écrit|schrieb|ha scritto)\s*:?\s*$", re.I
)
# Gmail of some years, and Thunderbird: date or name first, address last.
_ADDRESS_LAST = re.compile(
    r"^\W*(\d{4}[-/]\d{1,2}[-/]\d{1,2}|\d{1,2}[-/]\d{1,2}[-/]\d{4}).*<[^<>\s]+@[^<>\s]+>\s*:\s*$"
)
_NAME_FIRST = re.compile(
    r"^\S.{0,150}(escribi[óo]|wrote|escreveu)(\s+el\s.{0,60}|\s+on\s.{0,60}|\s+em\s.{0,60})?:\s*$", re.I
)
_RULES = re.compile(
    r"^[>\s]*(-{2,}|_{2,}|\*{2,})\s*("
    r"mensaje original|original message|mensagem original|mensagem encaminhada|mensaje reenviado"
    r"|forwarded message|mensaje remitido|original appointment|cita original"
    r")\s*(-{2,}|_{2,}|\*{2,})?\s*$"
    r"|^\s*(begin forwarded message|inicio del mensaje reenviado|in[íi]cio da mensagem encaminhada)\s*:\s*$",
    re.I,
)
_FROM = re.compile(r"^[>\s*]*(De|From|Von)\s*:\s*\**\s*\S", re.I)
_HEADER = re.compile(
    r"^[>\s*]*(Enviado el|Enviado|Enviada em|Enviada|Sent|Date|Fecha|Data|Para|To|Asunto|Subject|Assunto|CC"
    r"|Gesendet|An|Betreff|Reply-To|Responder a)\s*:",
    re.I,
)
_TELEPHONE = re.compile(
    r"^\s*(enviado (desde|do|de|por) (mi|meu|mi|el|o)?\s?.{0,40}|sent from (my )?.{0,40}"
    r"|obtener outlook para .{0,20}|get outlook for .{0,20}|obter o outlook para .{0,20})\s*$",
    re.I,
)
_TELEPHONE_WORDS = re.compile(
    r"iphone|ipad|android|samsung|galaxy|huawei|xiaomi|motorola|m[óo]vil|celular|tel[ée]fono|smartphone"
    r"|outlook|yahoo|blackberry|mobile|phone|windows|correo para",
    re.I,
)
_SIGNATURE = re.compile(r"^--\s?$")
_RULE_LINE = re.compile(r"^\s*_{10,}\s*$|^\s*-{10,}\s*$")
HEADER_LINES = 8


def split_quotes(text: str) -> Split:
    """`text` (LF line ends) as what its writer wrote and what is quoted, each in its order."""
    lines = text.split("\n")
    own: list[str] = []
    quoted: list[str] = []
    at = 0
    while at < len(lines):
        rest = _quoted_to_the_end(lines, at)
        if rest:
            quoted += lines[at:]
            break
        length = _attribution_length(lines, at)
        if length:
            after = at + length
            if not _marked_next(lines, after):
                quoted += lines[at:]  # everything below is the earlier mail, without marks
                break
            quoted += lines[at:after]
            at = after
        elif _is_marked(lines[at]) or _is_telephone(lines[at]):
            quoted.append(lines[at])
            at += 1
        else:
            own.append(lines[at])
            at += 1
    return Split(_tidy(own), _tidy(quoted))


def without_marks(text: str) -> str:
    """`text` without the `>` before its lines, however many."""
    return "\n".join(re.sub(r"^(\s?>)+ ?", "", line) for line in text.split("\n"))


def _is_marked(line: str) -> bool:
    return line.lstrip(" ").startswith((">", "|>"))


def _marked_next(lines: list[str], at: int) -> bool:
    following = next((line for line in lines[at : at + 4] if line.strip()), "")
    return _is_marked(following)


def _is_telephone(line: str) -> bool:
    return bool(len(line) < 80 and _TELEPHONE.match(line) and _TELEPHONE_WORDS.search(line))


def _quoted_to_the_end(lines: list[str], at: int) -> bool:
    """Whether an earlier mail's head, a rule or a signature begins here, and all below belongs to it."""
    line = lines[at]
    if _SIGNATURE.match(line) or _RULES.match(line):
        return True
    if _is_header_block(lines, at):
        return True
    if not _RULE_LINE.match(line):
        return False
    below = next((n for n in range(at + 1, min(at + 4, len(lines))) if lines[n].strip()), None)
    return below is not None and _is_header_block(lines, below)


def _is_header_block(lines: list[str], at: int) -> bool:
    """`De:` or `From:` with at least two of the other header lines right below (Outlook)."""
    if not _FROM.match(lines[at]):
        return False
    below = [line for line in lines[at + 1 : at + 1 + HEADER_LINES * 2] if line.strip()][:HEADER_LINES]
    return sum(bool(_HEADER.match(line)) for line in below) >= 2


def _attribution_length(lines: list[str], at: int) -> int:
    """How many lines «El …, … escribió:» takes from here (programs wrap it); 0 if it is none."""
    first = lines[at]
    if not first.strip() or _is_marked(first) or len(first) > 500:
        return 0
    if _ADDRESS_LAST.match(first):
        return 1
    if _NAME_FIRST.match(first) and _marked_next(lines, at + 1):
        return 1
    if not _ATTRIBUTION_BEGINS.match(first):
        return 0
    joined = ""
    for length in range(1, 5):
        if at + length > len(lines) or (length > 1 and not lines[at + length - 1].strip()):
            return 0
        joined += " " + lines[at + length - 1]
        if _ATTRIBUTION_ENDS.search(joined):
            return length if _says_when_or_who(joined) else 0
    return 0


def _says_when_or_who(text: str) -> bool:
    """A real attribution has a date or an address; «El cliente escribió:» is somebody's own sentence."""
    return bool(re.search(r"\d{1,2}\D.*\d{2}|@", text))


def _tidy(lines: list[str]) -> str:
    return "\n".join(lines).strip("\n")
