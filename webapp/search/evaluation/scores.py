"""Scores of a ranking by judgments, and how sure their means are. Pure."""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import mean

from webapp.search.evaluation.judgments import Ratings

DEPTH = 10
SAMPLES = 2_000
_SEED = 20261201


@dataclass(frozen=True)
class RankingScore:
    unjudged_as_zero: float
    """nDCG@10."""
    judged_only: float
    """nDCG@10 of the ranking without the products that nobody judged."""
    judged_share: float
    """Of the first ten."""
    reciprocal_rank: float
    """Of the first product that is rated above 0; 0 without one."""


@dataclass(frozen=True)
class Estimate:
    """A mean, and the bounds within which 95 of 100 such means of other queries would be."""

    mean: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.mean:.3f} ({self.low:.3f} to {self.high:.3f})"


def score_ranking(ranked: Sequence[str], ratings: Ratings) -> RankingScore:
    judged = [product for product in ranked if product in ratings]
    ideal = _discounted_gain(sorted(ratings.values(), reverse=True))
    relevant = [at for at, product in enumerate(ranked, 1) if ratings.get(product)]
    return RankingScore(
        _discounted_gain([ratings.get(product, 0) for product in ranked]) / ideal,
        _discounted_gain([ratings[product] for product in judged]) / ideal,
        sum(product in ratings for product in ranked[:DEPTH]) / DEPTH,
        1 / relevant[0] if relevant else 0.0,
    )


def estimate_mean(values: Sequence[float]) -> Estimate:
    """By bootstrap: means of samples drawn with replacement, always the same ones."""
    draw = random.Random(_SEED)  # noqa: S311
    means = sorted(mean(draw.choices(values, k=len(values))) for _ in range(SAMPLES))
    edge = SAMPLES // 40
    return Estimate(mean(values), means[edge], means[-1 - edge])


def _discounted_gain(ratings: Sequence[int]) -> float:
    return sum(
        rating / math.log2(rank + 2) for rank, rating in enumerate(ratings[:DEPTH])
    )
