"""Why a product stands where it does: the contract of every engine."""

import pytest

from tests.support.product_documents import product_document
from webapp.adapters.search.port import SearchEngine, SearchRequest

LAPTOP = product_document("Wren 14 Laptop", category="Laptops", popularity=20)
LOCK = product_document("Keyed Laptop Lock", in_stock=False)
OTHERS = [product_document(f"Table {number}") for number in range(20)]


@pytest.mark.parametrize(
    ("text", "near"),
    [
        ("laptop", ((LOCK.product_id, 0.6), (OTHERS[0].product_id, 0.9))),
        ("laptop for travel", ((LOCK.product_id, 0.6),)),
        ("labtop lock", ()),
        ("notebook", ()),
    ],
)
def test_the_parts_of_a_score_add_up_to_it(
    index: SearchEngine, text: str, near: tuple[tuple[object, float], ...]
) -> None:
    index.upsert([LAPTOP, LOCK, *OTHERS])
    request = SearchRequest(text, near=near)  # type: ignore[arg-type]

    found, explanation = index.search(request), index.explain(request)

    assert found.hits
    for hit in found.hits:
        parts = explanation.parts[hit.product_id]
        assert sum(part.score for part in parts) == pytest.approx(hit.score, rel=1e-3)
        assert parts == sorted(parts, key=lambda part: -part.score)


def test_an_explanation_says_how_the_text_was_understood(index: SearchEngine) -> None:
    index.upsert([LAPTOP, LOCK, *OTHERS])

    explanation = index.explain(SearchRequest("labtops"))

    assert (explanation.kind, explanation.corrected_query) == ("laptops", "laptops")
    [laptop] = explanation.words
    assert laptop.startswith("laptops (")
    assert "notebook" in laptop
    reasons = {part.reason for part in explanation.parts[LAPTOP.product_id]}
    assert "is the thing asked for, by its name" in reasons
    assert {"has every word", "in stock", "units sold"} < reasons


def test_where_nothing_is_found_nothing_is_explained(index: SearchEngine) -> None:
    index.upsert([LOCK])

    assert index.explain(SearchRequest("xylophone")).parts == {}
