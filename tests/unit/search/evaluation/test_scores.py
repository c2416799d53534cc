"""nDCG@10, by hand."""

from math import log2

import pytest

from webapp.search.evaluation.scores import RankingScore, estimate_mean, score_ranking

RATINGS = {"best": 3, "good": 1, "bad": 0}
IDEAL = 3 + 1 / log2(3)


@pytest.mark.parametrize(
    ("ranked", "expected"),
    [
        (["best", "good", "bad"], RankingScore(1, 1, 0.3, 1)),
        (
            ["bad", "best"],
            RankingScore(3 / log2(3) / IDEAL, 3 / log2(3) / IDEAL, 0.2, 1 / 2),
        ),
        (["unknown", "best"], RankingScore(3 / log2(3) / IDEAL, 3 / IDEAL, 0.1, 1 / 2)),
        (
            [f"unknown {n}" for n in range(10)] + ["best"],
            RankingScore(0, 3 / IDEAL, 0, 1 / 11),
        ),
        ([], RankingScore(0, 0, 0, 0)),
    ],
)
def test_a_ranking_is_compared_with_the_best_one(
    ranked: list[str], expected: RankingScore
) -> None:
    score = score_ranking(ranked, RATINGS)

    assert vars(score) == pytest.approx(vars(expected))


def test_an_estimate_is_wider_for_fewer_values() -> None:
    few, many = [0.0, 1.0] * 5, [0.0, 1.0] * 200

    wide, narrow = estimate_mean(few), estimate_mean(many)

    assert wide.mean == narrow.mean == 0.5
    assert wide.low < narrow.low < 0.5 < narrow.high < wide.high
    assert estimate_mean([0.3]) == estimate_mean([0.3, 0.3])
    # The normal approximation: 1.96 standard errors of .5 / sqrt(400).
    assert narrow.high - narrow.low == pytest.approx(2 * 1.96 * 0.025, rel=0.1)
