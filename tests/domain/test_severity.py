"""SEV-1 to SEV-3: what an impact suggests, on both sides of every border."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickets.domain.severity import Because, Borders, assess

NO, YES = False, True


@pytest.mark.rule("SEV-1", "SEV-2")
@pytest.mark.parametrize(
    ("impact", "workaround", "severity", "because"),
    [
        ("0", NO, 3, Because.UNDER_LOW),
        ("9.99", NO, 3, Because.UNDER_LOW),  # SEV-2: without a workaround it stays 3
        ("9.99", YES, 3, Because.UNDER_LOW),
        ("10", NO, 2, Because.BETWEEN),
        ("10", YES, 2, Because.BETWEEN),
        ("80", NO, 2, Because.BETWEEN),
        ("80", YES, 2, Because.BETWEEN),
        ("80.01", NO, 1, Because.OVER_WITHOUT_WORKAROUND),
        ("80.01", YES, 2, Because.OVER_WITH_WORKAROUND),
        ("100", NO, 1, Because.OVER_WITHOUT_WORKAROUND),
        ("100", YES, 2, Because.OVER_WITH_WORKAROUND),
    ],
)
def test_impact_and_workaround_suggest_a_severity(impact, workaround, severity, because):
    assessment = assess(Decimal(impact), workaround)
    assert (assessment.severity, assessment.because) == (severity, because)
    assert assessment.weighted_impact == Decimal(impact)


@pytest.mark.rule("SEV-3")
@pytest.mark.parametrize(
    ("impact", "weight", "weighted", "severity"),
    [
        ("10", "0.9", "9", 3),
        ("11.12", "0.9", "10.008", 2),
        ("9.1", "1.1", "10.01", 2),
        ("72.73", "1.1", "80.003", 1),
        ("72.72", "1.1", "79.992", 2),
        ("88.88", "0.9", "79.992", 2),
        ("88.89", "0.9", "80.001", 1),
        ("95", "1.1", "100", 1),  # capped
    ],
)
def test_priority_weighs_on_the_impact(impact, weight, weighted, severity):
    assessment = assess(Decimal(impact), NO, Decimal(weight))
    assert (assessment.weighted_impact, assessment.severity) == (Decimal(weighted), severity)


@pytest.mark.rule("SEV-4")
@pytest.mark.parametrize(
    ("impact", "workaround", "weight", "reason"),
    [
        ("85", NO, "1", "SEV-1: 85 % of the operation is over 80 %, and there is no workaround."),
        ("85", YES, "1", "SEV-2: 85 % of the operation is over 80 %, with a workaround."),
        ("40.50", NO, "1", "SEV-1: 40.5 % of the operation lies from 10 % to 80 %."),
        (
            "80",
            NO,
            "1.1",
            "SEV-1: 88 % (80 % × 1.1, SEV-3) of the operation is over 80 %, and there is no workaround.",
        ),
    ],
)  # fmt: skip
def test_the_reason_is_one_sentence_with_its_figures(impact, workaround, weight, reason):
    assert assess(Decimal(impact), workaround, Decimal(weight)).reason == reason


def test_borders_are_data():
    assert (
        assess(Decimal(50), NO, borders=Borders(critical_over=Decimal(40), low_under=Decimal(5))).severity
        == 1
    )


@pytest.mark.parametrize("impact", ["-0.01", "100.01", "NaN", "Infinity"])
def test_an_impact_outside_the_percentages_is_refused(impact):
    with pytest.raises(ValueError, match="percentage from 0 to 100"):
        assess(Decimal(impact), NO)


@pytest.mark.parametrize("weight", ["0", "-1", "NaN"])
def test_a_weight_that_is_not_positive_is_refused(weight):
    with pytest.raises(ValueError, match="above 0"):
        assess(Decimal(50), NO, Decimal(weight))


def test_floats_are_refused():
    with pytest.raises(TypeError):
        assess(80.0, NO)
    with pytest.raises(TypeError):
        assess(Decimal(80), NO, 1.1)


@pytest.mark.rule("SEV-3")
@given(
    impact=st.decimals(0, 100, allow_nan=False, places=30),
    weight=st.decimals("0.5", "1.5", allow_nan=False, places=30),
    workaround=st.booleans(),
)
def test_the_comparison_is_exact_however_long_the_figures(impact, weight, workaround):
    exact = min(Fraction(impact) * Fraction(weight), Fraction(100))
    assessment = assess(impact, workaround, weight)
    assert Fraction(assessment.weighted_impact) == exact
    expected = 3 if exact < 10 else 2 if exact <= 80 or workaround else 1
    assert assessment.severity == expected
