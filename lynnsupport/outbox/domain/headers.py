"""Text from people, made fit for a mail header: one line, and nothing that a mail program acts on."""

import re
import unicodedata

# Control, line and paragraph separators, and halves of surrogate pairs, which no encoding carries. Python
# takes U+2028, U+0085 and their kin for line ends, so a header holding one is refused for ever.
_BREAKS = frozenset({"Cc", "Zl", "Zp", "Cs"})
# Invisible characters can turn a name's reading direction around; only the joiners of scripts and emoji stay.
_JOINERS = frozenset("\u200c\u200d")

LONGEST_IDENTIFIER = 250
# RFC 5322 3.6.4, a little wider, as mail programs are: whatever could end the identifier, fold or be decoded
# stays out.
_IDENTIFIER = re.compile(r"[!#-'*+\-./0-9:=?A-Z^-~]+@(?:[A-Za-z0-9._-]+|\[[A-Za-z0-9.:_-]+\])")


def identifier_of(text: str) -> str:
    """A Message-ID from outside, with its angle brackets, as it may stand in our headers; "" for any other.

    Never repaired: another identifier would name another mail.
    """
    bare = text.removeprefix("<").removesuffix(">")
    fits = len(bare) <= LONGEST_IDENTIFIER - 2 and _IDENTIFIER.fullmatch(bare) and "=?" not in bare
    return f"<{bare}>" if fits else ""


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
