"""Which of the retrieved passages are an answer."""

import pytest

from webapp.knowledge.relevance import (
    MIN_SIMILARITY,
    RetrievedPassage,
    select_relevant,
)


def passage(slug: str, similarity: float | None) -> RetrievedPassage:
    return RetrievedPassage(
        slug=slug, title="", heading="", text="", similarity=similarity
    )


@pytest.mark.parametrize(
    ("similarities", "relevant"),
    [
        ({"far": 0.29, "near": MIN_SIMILARITY, "nearest": 0.9}, ["nearest", "near"]),
        ({"by words only": None, "near": 0.5, "nearest": 0.6}, ["nearest", "near"]),
        ({"far": 0.1, "by words only": None}, []),
        ({"first": None, "second": None}, ["first", "second"]),
        ({}, []),
    ],
)
def test_only_similar_passages_are_relevant_the_most_similar_first(
    similarities: dict[str, float | None], relevant: list[str]
) -> None:
    passages = [passage(*each) for each in similarities.items()]

    assert [found.slug for found in select_relevant(passages)] == relevant
