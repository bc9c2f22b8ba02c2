"""Text made comparable: what people type and what is stored meet without accents and capitals."""

import unicodedata


def fold(text: str) -> str:
    """`text` in lower case, without accents, with runs of white space as one blank.

    SQLite compares only ASCII without regard to case, so both sides are folded here.
    """
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(c for c in decomposed if not unicodedata.combining(c))
    return " ".join(bare.split())
