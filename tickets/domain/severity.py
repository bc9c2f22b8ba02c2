"""Severity: what the reported impact suggests, and why (SEV-1 to SEV-3). Exact arithmetic only."""

from dataclasses import dataclass
from decimal import Context, Decimal
from enum import StrEnum

HUNDRED = Decimal(100)


class Because(StrEnum):
    """Which line of SEV-1 and SEV-2 decided; screens turn it into a sentence in the reader's language."""

    NOT_STATED = "not_stated"
    UNDER_LOW = "under_low"
    BETWEEN = "between"
    OVER_WITH_WORKAROUND = "over_with_workaround"
    OVER_WITHOUT_WORKAROUND = "over_without_workaround"


@dataclass(frozen=True)
class Borders:
    """SEV-1: strictly over `critical_over` can be severity 1, strictly under `low_under` is severity 3."""

    critical_over: Decimal = Decimal(80)
    low_under: Decimal = Decimal(10)


SHIPPED_BORDERS = Borders()


@dataclass(frozen=True)
class Assessment:
    """A suggestion: the severity, the figure that was compared (None: not said), and why in one sentence."""

    severity: int
    weighted_impact: Decimal | None
    reason: str
    because: Because


_RULES = {
    Because.UNDER_LOW: (3, "SEV-1: {impact} of the operation is under {low} %."),
    Because.BETWEEN: (2, "SEV-1: {impact} of the operation lies from {low} % to {high} %."),
    Because.OVER_WITH_WORKAROUND: (
        2,
        "SEV-2: {impact} of the operation is over {high} %, with a workaround.",
    ),
    Because.OVER_WITHOUT_WORKAROUND: (
        1,
        "SEV-1: {impact} of the operation is over {high} %, and there is no workaround.",
    ),
}


def assess(
    impact_percent: Decimal,
    has_workaround: bool,
    weight: Decimal | int = 1,
    borders: Borders = SHIPPED_BORDERS,
) -> Assessment:
    """Suggest a severity for an impact in percent (0 to 100) weighed by the agreed priority.

    Weighted impact = impact x weight, capped at 100 (SEV-3). Raises ValueError for an impact outside
    0..100 or a weight that is not positive, TypeError for floats, whose borders would not be exact.
    """
    if isinstance(impact_percent, float) or isinstance(weight, float):
        raise TypeError("impact and weight are Decimal; floats are not exact")
    impact, factor = Decimal(impact_percent), Decimal(weight)
    if not (impact.is_finite() and 0 <= impact <= HUNDRED):
        raise ValueError(f"the impact is a percentage from 0 to 100, not {impact_percent}")
    if not (factor.is_finite() and factor > 0):
        raise ValueError(f"the weight of a priority is above 0, not {weight}")
    weighted = min(_product(impact, factor), HUNDRED)
    because = _classify(weighted, has_workaround, borders)
    severity, sentence = _RULES[because]
    shown = f"{plain(weighted)} %"
    if factor != 1:
        shown += f" ({plain(impact)} % × {plain(factor)}, SEV-3)"
    reason = sentence.format(impact=shown, low=plain(borders.low_under), high=plain(borders.critical_over))
    return Assessment(severity, weighted, reason, because)


# A mail may lack the impact (INT-4). Until it is said, a degraded service is assumed: the middle of SEV-1.
WITHOUT_IMPACT = Assessment(
    2, None, "INT-4: the impact was not said; until it is, severity 2 is assumed.", Because.NOT_STATED
)


def _classify(weighted: Decimal, has_workaround: bool, borders: Borders) -> Because:
    if weighted < borders.low_under:  # SEV-2: without a workaround it stays 3 as well
        return Because.UNDER_LOW
    if weighted <= borders.critical_over:
        return Because.BETWEEN
    return Because.OVER_WITH_WORKAROUND if has_workaround else Because.OVER_WITHOUT_WORKAROUND


def _product(a: Decimal, b: Decimal) -> Decimal:
    """a x b with as many digits as it takes: the usual 28 would round long inputs."""
    return Context(prec=len(a.as_tuple().digits) + len(b.as_tuple().digits)).multiply(a, b)


def plain(figure: Decimal) -> str:
    """A figure as people write it: no exponent, no trailing zeros."""
    text = f"{figure:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
