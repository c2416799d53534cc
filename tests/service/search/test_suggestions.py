import pytest

from tests.support.product_documents import product_document
from webapp.adapters.search.port import SearchEngine, Suggestion, SuggestionType


def texts(index: SearchEngine, typed: str, limit: int = 8) -> list[str]:
    return [suggestion.text for suggestion in index.suggest(typed, limit=limit)]


def test_categories_brands_and_products_complete_what_is_typed(
    index: SearchEngine,
) -> None:
    hose = product_document("Garden hose", category="Garden", brand="Gardena")
    index.upsert([hose, product_document("Kettle", category="Kitchen")])

    assert list(index.suggest("gard", limit=8)) == [
        Suggestion("Garden", SuggestionType.CATEGORY),
        Suggestion("Gardena", SuggestionType.BRAND),
        Suggestion("Garden hose", SuggestionType.PRODUCT, hose.product_id),
    ]


def test_the_most_sold_product_is_suggested_first_and_each_name_once(
    index: SearchEngine,
) -> None:
    index.upsert(
        [
            product_document("Lamp small", popularity=1),
            product_document("Lamp large", popularity=9),
            product_document("Lamp large", popularity=5),
        ]
    )

    assert texts(index, "lam") == ["Lamp large", "Lamp small"]


def test_every_word_but_the_last_must_match_completely(index: SearchEngine) -> None:
    index.upsert(
        [
            product_document("Red lamp"),
            product_document("Redwood lampshade"),
            product_document("Red rug"),
        ]
    )

    assert texts(index, "Red lam") == ["Red lamp"]


def test_a_typo_in_the_last_word_is_allowed_when_nothing_else_matches(
    index: SearchEngine,
) -> None:
    index.upsert([product_document("Quiet headphones")])

    assert texts(index, "haedph") == ["Quiet headphones"]


@pytest.mark.parametrize("typed", ["", "  ", "?!", "zzyzx"])
def test_text_without_a_known_word_gets_no_suggestions(
    index: SearchEngine, typed: str
) -> None:
    index.upsert([product_document("Lamp")])

    assert texts(index, typed) == []


def test_suggestions_are_limited(index: SearchEngine) -> None:
    index.upsert(
        [product_document(f"Lamp {number}", category="Lamps") for number in range(9)]
    )

    assert len(texts(index, "lamp", limit=4)) == 4
