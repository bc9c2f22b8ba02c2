"""How alike two subjects are (INT-7), the same on every database.

The measure is that of PostgreSQL's pg_trgm: each word, with two blanks before it and one after, is cut into
pieces of three characters; likeness is the share of pieces that both texts have among all that either has.
Words that say nothing about an incident are left out first, accents and capitals do not count.
"""

import re
from fractions import Fraction

from lynnsupport.common.search import fold

# Below it two subjects are not worth showing beside each other.
ALIKE = Fraction(1, 4)
# Articles, prepositions and what nearly every ticket says.
_SAYS_NOTHING = frozenset(
    "a al ante con cuando de del desde e el en entre es esta estan este la las lo los muy no nos o para pero "
    "por que se sin sobre su sus un una uno y ya lynn the of in on and or to is not with for from".split()
)
_WORD = re.compile(r"[^\W_]+")


def telling_words(text: str) -> str:
    """`text` folded, with the words that tell something about an incident, one blank between them."""
    return " ".join(word for word in _WORD.findall(fold(text)) if word not in _SAYS_NOTHING)


def pieces(text: str) -> frozenset[str]:
    """The pieces of three characters of each word of `text`, as pg_trgm cuts them."""
    padded = [f"  {word} " for word in _WORD.findall(text)]
    return frozenset(word[at : at + 3] for word in padded for at in range(len(word) - 2))


def likeness(one: str, other: str) -> Fraction:
    """From 0 (nothing in common) to 1 (the same words); 0 where a text tells nothing."""
    ours, theirs = pieces(telling_words(one)), pieces(telling_words(other))
    together = ours | theirs
    return Fraction(len(ours & theirs), len(together)) if together else Fraction(0)
