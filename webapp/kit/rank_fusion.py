"""One ranking out of several that cannot be compared by their scores."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from typing import TypeVar

Item = TypeVar("Item", bound=Hashable)

DAMPING = 60
"""How little the first places stand out (Cormack et al. 2009 found 60 for web search)."""


def fuse_rankings(rankings: Iterable[Sequence[Item]]) -> list[tuple[Item, float]]:
    """Reciprocal rank fusion: each ranking gives `1 / (60 + place)` to what it holds.

    Best first; what ties keeps the order in which it was first seen.
    """
    scores: dict[Item, float] = defaultdict(float)
    for ranking in rankings:
        for place, item in enumerate(ranking, 1):
            scores[item] += 1 / (DAMPING + place)
    return sorted(scores.items(), key=lambda scored: -scored[1])
