"""From availability to credit: tiers on the exact value, amounts rounded once (CRD-1, CRD-4)."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from .currencies import minor_units


@dataclass(frozen=True, slots=True)
class Tier:
    """Availability strictly under so many percent gives so many percent of credit."""

    under: Decimal
    credit: int

    def __post_init__(self) -> None:
        if not 0 < self.under <= 100:
            raise ValueError(f"a tier's border lies over 0 and up to 100 percent, not at {self.under}")
        if not 0 < self.credit <= 100:
            raise ValueError(f"a tier's credit is 1 to 100 percent, not {self.credit}")

    def holds(self, availability: Fraction) -> bool:
        """Strictly under: exactly on the border is no breach. Cross-multiplied integers, exact."""
        border = Fraction(self.under)
        return availability.numerator * 100 * border.denominator < border.numerator * availability.denominator

    def allowed_seconds(self, period_seconds: int) -> int:
        """The most whole seconds that may be lost without falling under the border."""
        lost = period_seconds * (1 - Fraction(self.under) / 100)
        return lost.numerator // lost.denominator


DEFAULT = (Tier(Decimal("99.95"), 5), Tier(Decimal("99.0"), 20))


def credit_percent(availability: Fraction | None, tiers: Sequence[Tier] = DEFAULT) -> int:
    """The credit of the lowest tier that availability is under, instead of the others; 0 for none.

    Nothing was promised for an empty period: None gives 0.
    """
    if availability is None:
        return 0
    held = [tier for tier in tiers if tier.holds(availability)]
    return min(held, key=lambda tier: tier.under).credit if held else 0


def credit_amount(base: Decimal | Fraction, percent: int, currency: str) -> Decimal:
    """base × percent, rounded once, half away from zero, to the currency's minor unit (ISO 4217).

    TypeError for a float, whose value nobody wrote; ValueError, with its reason, for a negative base, a
    percentage outside 0 to 100, and a currency that is unknown or has no minor unit.
    """
    units = minor_units(currency)
    if isinstance(base, float) or not isinstance(base, Decimal | Fraction | int):
        raise TypeError(f"a base is an exact Decimal or Fraction, not {base!r}")
    if isinstance(base, Decimal) and not base.is_finite():
        raise ValueError(f"{base} is no amount")
    if base < 0:
        raise ValueError(f"a base is not negative: {base}")
    if not 0 <= percent <= 100:
        raise ValueError(f"a credit is 0 to 100 percent, not {percent}")
    exact = Fraction(base) * percent * 10**units / 100
    rounded = (2 * exact.numerator + exact.denominator) // (2 * exact.denominator)
    return Decimal((0, tuple(map(int, str(rounded))), -units))


def written_amount(amount: Decimal, currency: str) -> str:
    """The amount with exactly the currency's decimals: `60000`, `50.01`."""
    return f"{round(amount, minor_units(currency)):f}"


def parse_tiers(text: str) -> tuple[Tier, ...]:
    """`99.95=5 99.0=20`: borders in descending order, each with a higher credit than the one above it.

    ValueError for anything else.
    """
    tiers = []
    for part in text.split():
        under, separator, credit = part.partition("=")
        if not separator or not credit.isdecimal() or not under.replace(".", "", 1).isdecimal():
            raise ValueError(f"«{part}» is no tier; write one such as 99.95=5")
        tiers.append(Tier(Decimal(under), int(credit)))
    if not tiers:
        raise ValueError("a policy has at least one tier")
    for above, below in pairwise(tiers):
        if below.under >= above.under or below.credit <= above.credit:
            raise ValueError("the borders must descend and their credits ascend")
    return tuple(tiers)


def format_tiers(tiers: Sequence[Tier]) -> str:
    return " ".join(f"{tier.under}={tier.credit}" for tier in tiers)
