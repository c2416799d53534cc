"""nDCG@10, by hand."""

from math import log2

import pytest

from tests.support.relevance import Relevance, score_ranking

RATINGS = {"best": 3, "good": 1, "bad": 0}
IDEAL = 3 + 1 / log2(3)


@pytest.mark.parametrize(
    ("ranked", "expected"),
    [
        (["best", "good", "bad"], Relevance(1, 1, 0.3)),
        (["bad", "best"], Relevance(3 / log2(3) / IDEAL, 3 / log2(3) / IDEAL, 0.2)),
        (["unknown", "best"], Relevance(3 / log2(3) / IDEAL, 3 / IDEAL, 0.1)),
        ([f"unknown {n}" for n in range(10)] + ["best"], Relevance(0, 3 / IDEAL, 0)),
        ([], Relevance(0, 0, 0)),
    ],
)
def test_a_ranking_is_compared_with_the_best_one(
    ranked: list[str], expected: Relevance
) -> None:
    score = score_ranking(ranked, RATINGS)

    assert vars(score) == pytest.approx(vars(expected))
