"""Human judgments of search results, and the score of a ranking by them."""

import csv
import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

Ratings = Mapping[str, int]
"""Rating, from 0 to 3, by the catalog's id of a product."""
Judgments = Mapping[str, Ratings]
"""Ratings by query."""


@dataclass(frozen=True)
class Relevance:
    unjudged_as_zero: float
    """nDCG@10."""
    judged_only: float
    """nDCG@10 of the ranking without the products that nobody judged."""
    judged_share: float
    """Of the first ten."""


def read_judgments(path: Path) -> Judgments:
    """Only queries with at least one relevant product."""
    ratings: dict[str, dict[str, int]] = defaultdict(dict)
    with path.open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            ratings[row["query"]][row["docid"]] = int(row["rating"])
    return {query: rated for query, rated in ratings.items() if max(rated.values())}


def score_ranking(ranked: Sequence[str], ratings: Ratings) -> Relevance:
    judged = [product for product in ranked if product in ratings]
    ideal = _discounted_gain(sorted(ratings.values(), reverse=True))
    return Relevance(
        _discounted_gain([ratings.get(product, 0) for product in ranked]) / ideal,
        _discounted_gain([ratings[product] for product in judged]) / ideal,
        sum(product in ratings for product in ranked[:10]) / 10,
    )


def _discounted_gain(ratings: Sequence[int]) -> float:
    return sum(rating / math.log2(rank + 2) for rank, rating in enumerate(ratings[:10]))
