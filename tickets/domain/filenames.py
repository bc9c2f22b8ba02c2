"""Names of files that others chose: normalised first, then cleaned, never used on a disk of ours."""

import unicodedata

LONGEST = 120


def clean_name(name: str) -> str:
    """`name` without path, control, invisible or direction-changing characters, at most 120 long.

    Keeps the ending. An empty rest becomes `file`. Cleaning twice equals cleaning once.
    """
    text = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    # Cc control, Cf format (zero width, direction), Cs surrogate, Co private, Zl and Zp line ends
    kept = (c for c in text if unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
    text = " ".join("".join(kept).split()).strip(". ")
    if len(text) > LONGEST:
        stem, dot, ending = text.rpartition(".")
        if dot and len(ending) <= 10:
            text = stem[: LONGEST - len(ending) - 1].rstrip(". ") + "." + ending
        else:
            text = text[:LONGEST].rstrip(". ")
    return text or "file"


def ending_of(name: str) -> str:
    """The ending of a cleaned name in lower case without its dot; "" if it has none."""
    return name.rpartition(".")[2].lower() if "." in name else ""
