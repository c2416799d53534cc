"""Reciprocal rank fusion: merge rankings whose scores are not comparable."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from typing import TypeVar

Item = TypeVar("Item", bound=Hashable)

DAMPING = 60
"""Reduces the weight of the first ranks (60 for web search: Cormack et al. 2009)."""


def fuse_rankings(rankings: Iterable[Sequence[Item]]) -> list[tuple[Item, float]]:
    """Merge rankings: each one adds `1 / (60 + rank)` to the score of its items.

    Best first; ties keep the order in which they were first seen.
    """
    scores: dict[Item, float] = defaultdict(float)
    for ranking in rankings:
        for rank, item in enumerate(ranking, 1):
            scores[item] += 1 / (DAMPING + rank)
    return sorted(scores.items(), key=lambda scored: -scored[1])
