"""Which of the passages that match a question are an answer to it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter

MIN_SIMILARITY = 0.3
"""Below this a passage is hardly an answer."""


@dataclass(frozen=True)
class RetrievedPassage:
    slug: str
    title: str
    heading: str
    text: str
    similarity: float | None
    """Cosine similarity of passage and question, if the vector search found it."""


def select_relevant(passages: Sequence[RetrievedPassage]) -> list[RetrievedPassage]:
    """Return those of at least `MIN_SIMILARITY`, the most similar first; all of them while none has
    a similarity, as before the vectors are computed."""
    near = [
        p
        for p in passages
        if p.similarity is not None and p.similarity >= MIN_SIMILARITY
    ]
    if all(passage.similarity is None for passage in passages):
        return list(passages)
    return sorted(near, key=attrgetter("similarity"), reverse=True)
