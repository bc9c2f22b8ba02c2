"""Whether a customer's words ask for escalation (ESC-1)."""

import re

from lynnsupport.common.search import fold

# «escalado», «no escala» and «a gran escala» speak of something else.
_ASKS = re.compile(
    r"\b(escalar(lo|la|le)?|escalen(lo|la)?|escalamiento|escalacion|escalate|escalation|escalonar|escalamento"
    r"|escalonamento|escalemos|escalese)\b"
)
_NOT = re.compile(
    r"\b(no|sin|don'?t|nao|not|without)\s+(\w+\s+){0,3}(escalar|escalen|escalamiento|escalate|escalation|escalacion)"
)


def asks_for_escalation(text: str) -> bool:
    folded = fold(text)
    return bool(_ASKS.search(folded)) and not _NOT.search(folded)
