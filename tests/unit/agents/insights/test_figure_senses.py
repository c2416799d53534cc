from datetime import date

import pytest

from agents.local.insights.figure_senses import settle_figure_senses
from agents.local.insights.lexicon import Meaning, Role
from agents.local.insights.mentions import Mention, find_mentions
from webapp.insights.query.values import MatchKind, ValueMatch

TODAY = date(2026, 11, 18)
NEW = Meaning(Role.VALUE, "new", "customer_status")
RETURNING = Meaning(Role.VALUE, "returning", "customer_status")


def settle_words(text: str, *names: ValueMatch) -> dict[str, Mention]:
    found = find_mentions(text, today=TODAY, matches=names)
    return {each.text: each for each in settle_figure_senses(found)}


def match_name(text: str, name: str, dimension: str = "category") -> ValueMatch:
    start = text.index(name)
    return ValueMatch(
        dimension=dimension,
        value=name,
        start=start,
        end=start + len(name),
        kind=MatchKind.WHOLE,
    )


@pytest.mark.parametrize(
    ("text", "word", "meaning"),
    [
        ("how many customers were first-time", "first-time", NEW),
        ("how many of our customers were new", "new", NEW),
        ("how many people bought for the first time", "for the first time", NEW),
        ("how many of our customers are existing ones", "existing ones", RETURNING),
    ],
)
def test_customers_are_new_or_returning(text: str, word: str, meaning: Meaning) -> None:
    assert settle_words(text)[word].meanings == (meaning,)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("which products sold for the first time in May", "for the first time"),
        ("revenue of existing products", "existing"),
    ],
)
def test_without_customers_nobody_is_new(text: str, word: str) -> None:
    assert not settle_words(text)[word].is_value


def test_a_capital_makes_new_a_name() -> None:
    text = "orders by new customers in New"

    assert settle_words(text, match_name(text, "New"))["New"].values


def test_customers_who_were_gained_are_compared_with_nothing() -> None:
    assert not settle_words("the new customers we gained")["gained"].has(Role.RISE)
    assert settle_words("revenue gained on last year")["gained"].has(Role.RISE)


def test_people_are_counted_once_anyway() -> None:
    assert not settle_words("how many different people bought")["different"].has(
        Role.GAP
    )
    assert settle_words("how many different products")["different"].has(Role.GAP)
    assert settle_words("list separate customers")["separate"].has(Role.GAP)


@pytest.mark.parametrize("text", ["which client ordered most", "our number one client"])
def test_who_a_customer_is_is_personal(text: str) -> None:
    found = settle_words(text).values()

    assert any(each.has(Role.PERSONAL) for each in found)


def test_most_buyers_are_counted() -> None:
    found = settle_words("which country has the most buyers").values()

    assert not any(each.has(Role.PERSONAL) for each in found)


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


@pytest.mark.parametrize("text", ["the books in Crime", "Crime books"])
def test_books_of_a_category_are_products(text: str) -> None:
    mention = settle_words(text, match_name(text, "Crime"))["books"]

    assert mention.meanings == (Meaning(Role.DIMENSIONS, "product"),)


def test_books_alone_are_not_known() -> None:
    assert settle_words("units of books this year")["books"].is_unknown


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
    "text", ["leave Vinyl out", "set Vinyl aside", "take Vinyl out of it"]
)
def test_what_is_parted_is_left_out(text: str) -> None:
    first = next(iter(settle_words(text, match_name(text, "Vinyl")).values()))

    assert first.meanings == (Meaning(Role.EXCLUDE),)


def test_what_goes_out_is_not_left_out() -> None:
    text = "what went out in Vinyl"
    found = settle_words(text, match_name(text, "Vinyl")).values()

    assert not any(each.has(Role.EXCLUDE) for each in found)


@pytest.mark.parametrize(
    ("text", "word", "role"),
    [
        ("categories that didn't reach 150 units", "reach", Role.UNDER),
        ("categories that failed to make 1000 euros", "make", Role.UNDER),
        ("categories that never exceeded 20 orders", "exceeded", Role.AT_MOST),
        ("categories that reached 150 units", "reached", Role.AT_LEAST),
    ],
)
def test_a_negation_turns_a_bound(text: str, word: str, role: Role) -> None:
    assert settle_words(text)[word].has(role)


def test_payments_of_a_currency_are_what_was_paid() -> None:
    assert not settle_words("revenue, payments in pounds only")["payments"].is_unknown
    assert settle_words("revenue from payments last month")["payments"].is_unknown


def test_units_come_back_and_so_do_customers() -> None:
    units = settle_words("how many units did we sell and how many came back")
    customers = settle_words("how many customers bought and how many came back")

    assert units["came back"].has(Role.METRIC_VERB)
    assert customers["came back"].has(Role.ANALYSIS)
