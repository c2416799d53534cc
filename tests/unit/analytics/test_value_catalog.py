"""The values of a shop in a text: whole names, parts of them, and misspelled ones."""

import pytest

from analytics.semantic.value_catalog import ValueCatalog, match_queries
from tests.support.order_lines import order_facts, order_line

SOLD = [
    ("Two-Person Tent", "TENT-2", "Outdoor", "US", "NY"),
    ("Jasmine Tea", "TEA", "Home & Living", "DE", ""),
    ("October", "OCT", "New", "US", "GA"),
    ("Kitchen", "KIT", "Kitchen", "CA", "ON"),
    ("Mixed Berries", "MIXED", "Food", "FR", ""),
]


@pytest.fixture(scope="module")
def catalog() -> ValueCatalog:
    lines = [
        order_line(name=name, sku=sku, category=category, country=country, state=state)
        for name, sku, category, country, state in SOLD
    ]
    return ValueCatalog.from_lines(order_facts(*lines).lines)


def find(catalog: ValueCatalog, text: str) -> list[tuple[str, str, str, str]]:
    return [
        (each.dimension, each.value, each.kind, text[each.start : each.end])
        for each in catalog.find(text, similar=True).matches
    ]


@pytest.mark.parametrize(
    ("text", "dimension", "value", "written"),
    [
        ("the TWO-PERSON TENT", "product", "Two-Person Tent", "TWO-PERSON TENT"),
        ("two person tents", "product", "Two-Person Tent", "two person tents"),
        ("home and living", "category", "Home & Living", "home and living"),
        ("Germany", "country", "DE", "Germany"),
        ("in Deutschland", "country", "DE", "Deutschland"),
        ("the Netherlands", "country", "NL", "Netherlands"),
        ("US", "country", "US", "US"),
        ("French", "country", "FR", "French"),
        ("Germans", "country", "DE", "Germans"),
        ("New York", "state", "NY", "New York"),
        ("Ontario", "state", "ON", "Ontario"),
    ],
)
def test_a_name_is_found_in_any_spelling(
    catalog: ValueCatalog, text: str, dimension: str, value: str, written: str
) -> None:
    assert (dimension, value, "whole", written) in find(catalog, text)


def test_a_name_of_a_product_and_a_category_is_found_as_both(
    catalog: ValueCatalog,
) -> None:
    dimensions = {each[0] for each in find(catalog, "kitchen")}

    assert {"product", "category"} <= dimensions


@pytest.mark.parametrize(
    "text",
    ["show us it in by or on me", "SALES BY IN OR ON", "tell the us and by", "polish"],
)
def test_words_are_no_codes_of_countries_and_states(
    catalog: ValueCatalog, text: str
) -> None:
    assert [each for each in find(catalog, text) if each[2] == "whole"] == []


def test_a_state_that_has_orders_is_not_the_country_that_has_none(
    catalog: ValueCatalog,
) -> None:
    assert find(catalog, "Georgia") == [("state", "GA", "whole", "Georgia")]


@pytest.mark.parametrize(
    ("text", "value"), [("tents", "tent"), ("berries", "berries"), ("tea", "tea")]
)
def test_a_word_of_names_is_a_part_that_a_filter_finds(
    catalog: ValueCatalog, text: str, value: str
) -> None:
    parts = [each for each in find(catalog, text) if each[0] == "product"]

    assert parts == [("product", value, "part", text)]
    assert any(value in name.casefold() for name, *_ in SOLD)


def test_words_of_one_name_are_one_part(catalog: ValueCatalog) -> None:
    assert find(catalog, "person tents") == [
        ("product", "person tent", "part", "person tents")
    ]


@pytest.mark.parametrize(
    ("text", "value"), [("kitchn", "Kitchen"), ("outdor", "Outdoor"), ("Germny", "DE")]
)
def test_a_misspelled_name_is_similar(
    catalog: ValueCatalog, text: str, value: str
) -> None:
    assert {(each[1], each[2]) for each in find(catalog, text)} == {(value, "similar")}


def test_nothing_is_found_in_words_of_no_shop(catalog: ValueCatalog) -> None:
    assert find(catalog, "how many zebras?") == []
    assert find(catalog, "") == []
    assert ValueCatalog({}).find("tea").matches == []


def test_search_queries_in_a_text_are_the_longest_ones() -> None:
    searched = {"gift card", "gift", "card holder", "tea"}
    text = "was  Gift Card  holder searched, or TEA?"

    found = [
        (each.dimension, each.value, text[each.start : each.end])
        for each in match_queries(text, searched)
    ]

    assert found == [
        ("search_query", "gift card", "Gift Card"),
        ("search_query", "tea", "TEA"),
    ]


def test_words_that_run_together_to_a_country_are_none(catalog: ValueCatalog) -> None:
    assert not any(
        each[0] == "country" for each in find(catalog, "made sales to go down")
    )
    assert ("country", "TG", "whole", "Togo") in find(catalog, "made sales in Togo")
