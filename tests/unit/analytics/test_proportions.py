"""Shares of small numbers, beside sums that say the same."""

from fractions import Fraction
from math import comb

import pytest

from analytics.analyses.proportions import (
    compute_binomial_tail,
    compute_wilson_interval,
)
from analytics.analyses.search_insights import is_rising, is_unclicked


@pytest.mark.parametrize(
    ("part", "whole", "low", "high"),
    [
        # Newcombe (1998), table I, method 3.
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
        (29, 29, 0.8830, 1.0),
    ],
)
def test_wilson_intervals_are_those_of_the_tables(
    part: int, whole: int, low: float, high: float
) -> None:
    assert compute_wilson_interval(part, whole) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize(
    ("least", "trials"), [(0, 5), (3, 5), (5, 5), (40, 60), (7, 300)]
)
@pytest.mark.parametrize("share", [Fraction(1, 10), Fraction(1, 2), Fraction(9, 10)])
def test_a_binomial_tail_is_the_sum_of_its_terms(
    least: int, trials: int, share: Fraction
) -> None:
    exact = sum(
        comb(trials, n) * share**n * (1 - share) ** (trials - n)
        for n in range(least, trials + 1)
    )

    assert compute_binomial_tail(least, trials, float(share)) == pytest.approx(
        float(exact), rel=1e-9
    )


@pytest.mark.parametrize(
    ("now", "before", "expected"),
    [(5, 0, False), (7, 0, True), (6, 4, False), (20, 5, True), (5, 20, False)],
)
def test_few_searches_are_not_rising_by_chance(
    now: int, before: int, *, expected: bool
) -> None:
    assert is_rising(now, before, share=0.5) is expected


def test_a_query_is_expected_to_be_clicked_as_often_as_others() -> None:
    assert not is_unclicked(5, rate=0.4)
    assert is_unclicked(6, rate=0.4)
    assert not is_unclicked(0, rate=0.999)
