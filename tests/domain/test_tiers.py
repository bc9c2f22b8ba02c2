"""CRD-1 and CRD-4 by hand: borders to the second, and every way an amount can be rounded."""

from decimal import Decimal
from fractions import Fraction

import pytest

from credits.domain.currencies import MINOR_UNITS, minor_units
from credits.domain.tiers import DEFAULT, Tier, credit_amount, credit_percent, format_tiers, parse_tiers

JANUARY = 31 * 86_400  # 2,678,400 s; 99.95 % allows 1,339.2 s, 99 % allows 26,784 s


@pytest.mark.rule("CRD-1")
@pytest.mark.parametrize(
    ("lost", "percent"),
    [
        (0, 0),
        (1339, 0),
        (1340, 5),
        (26_784, 5),  # exactly 99 %
        (26_785, 20),
        (JANUARY, 20),
    ],
)
def test_credit_is_given_strictly_under_a_border(lost, percent):
    assert credit_percent(Fraction(JANUARY - lost, JANUARY)) == percent


@pytest.mark.rule("CRD-1")
@pytest.mark.parametrize(
    ("share", "percent"),
    [
        (Fraction(9995, 10_000), 0),
        (Fraction(9995, 10_000) - Fraction(1, 10**30), 5),
        (Fraction(99, 100), 5),
        (Fraction(99, 100) - Fraction(1, 10**30), 20),
        (Fraction(1), 0),
        (Fraction(0), 20),
        (None, 0),
    ],
)
def test_tiers_are_decided_on_the_exact_value(share, percent):
    assert credit_percent(share) == percent


@pytest.mark.rule("CRD-1")
def test_seconds_allowed_are_the_most_that_is_no_breach():
    assert [tier.allowed_seconds(JANUARY) for tier in DEFAULT] == [1339, 26_784]
    for tier in DEFAULT:
        allowed = tier.allowed_seconds(JANUARY)
        assert not tier.holds(Fraction(JANUARY - allowed, JANUARY))
        assert tier.holds(Fraction(JANUARY - allowed - 1, JANUARY))


@pytest.mark.rule("CRD-4")
@pytest.mark.parametrize(
    ("base", "percent", "currency", "amount"),
    [
        (Decimal("1200000"), 5, "CLP", "60000"),
        (Decimal("1200010"), 5, "CLP", "60001"),  # 60,000.5 goes away from zero
        (Decimal("1200009"), 5, "CLP", "60000"),  # 60,000.45
        (Decimal("1000.00"), 20, "USD", "200.00"),
        (Decimal("1000.10"), 5, "PEN", "50.01"),  # 50.005
        (Decimal("1000.09"), 5, "PEN", "50.00"),  # 50.0045
        (Decimal("35.1234"), 5, "CLF", "1.7562"),  # 1.75617
        (Decimal("35.1230"), 5, "UF", "1.7562"),  # 1.75615
        (Decimal("100"), 5, "KWD", "5.000"),
        # A twelfth stays exact until the one rounding: 1,000 / 12 × 20 % = 16.666…
        (Fraction(1000, 12), 20, "USD", "16.67"),
        (Fraction(100, 12) * Fraction(10, 31), 5, "USD", "0.13"),
        (Fraction(1, 3), 100, "CLP", "0"),
        (Decimal("0"), 20, "USD", "0.00"),
        (Decimal("500"), 0, "CLP", "0"),
        (Decimal("123456789012345678901234567890.11"), 5, "USD", "6172839450617283945061728394.51"),
    ],
)
def test_an_amount_is_rounded_once_half_away_from_zero(base, percent, currency, amount):
    result = credit_amount(base, percent, currency)

    assert str(result) == amount
    assert -result.as_tuple().exponent == minor_units(currency)


@pytest.mark.rule("CRD-4")
@pytest.mark.parametrize(
    ("base", "percent", "currency", "error", "reason"),
    [
        (Decimal(1), 5, "XYZ", ValueError, "no currency"),
        (Decimal(1), 5, "", ValueError, "no currency"),
        (Decimal(1), 5, "clp", ValueError, "no currency"),
        (Decimal(1), 5, "XAU", ValueError, "no minor unit"),
        (Decimal(-1), 5, "CLP", ValueError, "not negative"),
        (Decimal("NaN"), 5, "CLP", ValueError, "no amount"),
        (Decimal("Infinity"), 5, "CLP", ValueError, "no amount"),
        (Decimal(1), 101, "CLP", ValueError, "0 to 100"),
        (Decimal(1), -1, "CLP", ValueError, "0 to 100"),
        (1000.10, 5, "CLP", TypeError, "exact"),
    ],
)
def test_bad_amounts_are_refused_with_the_reason(base, percent, currency, error, reason):
    with pytest.raises(error, match=reason):
        credit_amount(base, percent, currency)


def test_minor_units_of_the_currencies_that_contracts_name():
    named = ("CLP", "PEN", "USD", "COP", "MXN", "BRL", "EUR", "CLF")

    assert [minor_units(code) for code in named] == [0, 2, 2, 2, 2, 2, 2, 4]
    assert {len(code) for code in MINOR_UNITS} == {3}


def test_tiers_are_written_and_read_in_one_form():
    assert parse_tiers("99.95=5 99.0=20") == DEFAULT
    assert format_tiers(DEFAULT) == "99.95=5 99.0=20"


@pytest.mark.parametrize(
    "text",
    ["", "99.95", "99.95=", "=5", "a=5", "99.95=5 99.95=20", "99.95=20 99=5", "101=5", "99=0", "99=101"],
)
def test_tiers_that_contradict_themselves_are_refused(text):
    with pytest.raises(ValueError, match=r"."):
        parse_tiers(text)


def test_a_tier_has_a_border_that_can_be_missed():
    for under, credit in ((Decimal(0), 5), (Decimal(101), 5), (Decimal(99), 0)):
        with pytest.raises(ValueError, match=r"."):
            Tier(under, credit)
