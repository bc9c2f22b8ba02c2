"""Text from people, made fit for a mail header: one line, and nothing that a mail program acts on."""

import unicodedata

# Control, line and paragraph separators, and halves of surrogate pairs, which no encoding carries. Python
# takes U+2028, U+0085 and their kin for line ends, so a header holding one is refused for ever.
_BREAKS = frozenset({"Cc", "Zl", "Zp", "Cs"})
# Invisible characters can turn a name's reading direction around; only the joiners of scripts and emoji stay.
_JOINERS = frozenset("\u200c\u200d")


def one_line(text: str, *, limit: int) -> str:
    """`text` on one line of at most `limit` characters, cut with an ellipsis; may be empty."""
    visible = text if text.isprintable() else "".join(map(_visible, text))
    visible = visible.replace("=?", "= ?")  # RFC 2047: written so, it would be decoded, line ends and all
    line = " ".join(visible.split())
    return line if len(line) <= limit else f"{line[: limit - 1].rstrip()}…"


def _visible(character: str) -> str:
    category = unicodedata.category(character)
    if category in _BREAKS:
        return " "
    return "" if category == "Cf" and character not in _JOINERS else character
