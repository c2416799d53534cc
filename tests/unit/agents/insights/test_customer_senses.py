import pytest

from agents.local.insights.words.lexicon import Meaning, Role
from tests.unit.agents.insights.sense_cases import match_name, settle_words

NEW = Meaning(Role.VALUE, "new", "customer_status")
RETURNING = Meaning(Role.VALUE, "returning", "customer_status")


@pytest.mark.parametrize(
    ("text", "word", "meaning"),
    [
        ("how many customers were first-time", "first-time", NEW),
        ("how many of our customers were new", "new", NEW),
        ("how many people bought for the first time", "for the first time", NEW),
        ("how many of our customers are existing ones", "existing ones", RETURNING),
        ("repeat revenue in October", "repeat", RETURNING),
        ("sales of repeat business", "repeat", RETURNING),
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


def test_units_come_back_and_so_do_customers() -> None:
    units = settle_words("how many units did we sell and how many came back")
    customers = settle_words("how many customers bought and how many came back")

    assert units["came back"].has(Role.METRIC_VERB)
    assert customers["came back"].has(Role.ANALYSIS)


@pytest.mark.parametrize(
    ("text", "is_figure"),
    [
        ("rank countries by customer count", True),
        ("revenue by customer, please", False),
    ],
)
def test_a_count_of_customers_is_of_no_single_one(text: str, is_figure: bool) -> None:
    assert settle_words(text)["by customer"].has(Role.METRIC) == is_figure
