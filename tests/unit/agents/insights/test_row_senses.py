import pytest

from agents.local.insights.words.lexicon import Meaning, Role
from tests.unit.agents.insights.sense_cases import match_name, settle_words


@pytest.mark.parametrize(
    ("text", "word", "direction"),
    [
        ("the poorest seller this year", "seller", "ascending"),
        ("our strongest performers", "performers", "descending"),
    ],
)
def test_sellers_behind_a_superlative_are_products(
    text: str, word: str, direction: str
) -> None:
    meaning = Meaning(Role.SUPERLATIVE, "product", direction)

    assert settle_words(text)[word].meanings == (meaning,)


def test_a_seller_is_somebody_else() -> None:
    assert settle_words("revenue by seller")["seller"].has(Role.GAP)


def test_each_with_its_own_is_for_each() -> None:
    found = list(settle_words("all the countries, each with its best product").values())
    before = found[[each.text for each in found].index("countries") - 1]

    assert before.has(Role.BY)


@pytest.mark.parametrize(
    ("text", "is_ranked"),
    [
        ("the first five products by units", True),
        ("rank countries by orders, first three only", True),
        ("revenue of the first 3 months of 2025", False),
    ],
)
def test_the_first_rows_are_the_top(text: str, is_ranked: bool) -> None:
    mention = settle_words(text).get("first")

    assert (mention is not None and mention.has(Role.SUPERLATIVE)) is is_ranked


def test_a_number_and_another_figure_are_two() -> None:
    text = "number and revenue of dollar orders"

    assert settle_words(text)["number"].meanings == (Meaning(Role.METRIC, "orders"),)
    assert settle_words("the number of orders").get("number") is None


def test_an_x_crosses_dimensions() -> None:
    assert settle_words("revenue, product x country")["x"].has(Role.BY)
    assert settle_words("revenue x last month")["x"].is_unknown


@pytest.mark.parametrize(
    ("text", "splits"),
    [
        (
            "go through the countries and show for each one which category sold best",
            True,
        ),
        ("revenue of the countries for each category", False),
    ],
)
def test_each_one_is_of_what_stands_before(text: str, splits: bool) -> None:
    assert settle_words(text)["the"].has(Role.BY) is splits


def test_as_many_as_are_named_is_no_number_of_rows() -> None:
    text = "compare two categories: Garden and Kitchen"
    names = [match_name(text, each) for each in ("Garden", "Kitchen")]

    assert settle_words(text, *names)["two"].number is None

    rows = "the 2 best categories: Garden and Kitchen"
    assert settle_words(rows)["2"].number is not None


@pytest.mark.parametrize(
    ("text", "is_order"),
    [
        ("please rank our categories by units", True),
        ("revenue by category with the rank", False),
        ("categories, and add the rank", False),
    ],
)
def test_to_rank_rows_is_to_order_them(text: str, is_order: bool) -> None:
    assert settle_words(text)["rank"].has(Role.SORT) == is_order


@pytest.mark.parametrize(
    ("text", "lists"),
    [
        ("how many countries had more than 50 orders", True),
        ("how many orders did we get from more than 50 countries", False),
        ("how many countries are there", False),
    ],
)
def test_rows_that_are_counted_are_listed(text: str, lists: bool) -> None:
    assert settle_words(text)["how many"].has(Role.WHICH) == lists
