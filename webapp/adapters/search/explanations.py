"""Why a product stands where it does in the answer to a search: names of the parts of its score."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from webapp.adapters.search.analysis import QueryWord
from webapp.adapters.search.kinds import AskedKind
from webapp.adapters.search.port import Explanation, ScorePart

EVERY_WORD = "has every word"
MEANING = "near in meaning"
PINNED = "pinned"
IN_STOCK = "in stock"
SOLD = "units sold"
KIND_REASONS = {
    "kinds": "is the thing asked for, by its name",
    "category_kinds": "is the thing asked for, by its category",
}
"""By field of an index."""


def build_explanation(
    words: Iterable[QueryWord],
    kind: AskedKind | None,
    corrected_query: str | None,
    scores: Iterable[tuple[str, Mapping[UUID, float]]],
) -> Explanation:
    """`scores` are those of each product, by reason: of one reason they are added up."""
    sums: dict[UUID, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for reason, by_product in scores:
        for product_id, score in by_product.items():
            sums[product_id][reason] += score
    return Explanation(
        list(map(_describe_word, words)),
        kind.word.text if kind else None,
        corrected_query,
        {product_id: _sort_parts(parts) for product_id, parts in sums.items()},
    )


def _describe_word(word: QueryWord) -> str:
    forms = [" ".join(form) for form in word.all_forms]
    others = [form for form in forms if form != word.text]
    return f"{word.text} ({', '.join(others)})" if others else word.text


def _sort_parts(parts: Mapping[str, float]) -> Sequence[ScorePart]:
    found = [ScorePart(reason, score) for reason, score in parts.items() if score]
    return sorted(found, key=lambda part: -part.score)
