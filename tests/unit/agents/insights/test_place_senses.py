from datetime import date

import pytest

from agents.local.insights.lexicon import Meaning, Role
from agents.local.insights.mentions import Mention, find_mentions
from agents.local.insights.place_senses import settle_places
from webapp.insights.query.values import MatchKind, ValueMatch

TODAY = date(2026, 11, 18)
FILLER = (Meaning(Role.FILLER),)


def settle_words(text: str, *names: ValueMatch) -> dict[str, Mention]:
    found = find_mentions(text, today=TODAY, matches=names)
    return {each.text: each for each in settle_places(found)}


def match_name(
    text: str, name: str, dimension: str = "category", kind: MatchKind = MatchKind.WHOLE
) -> ValueMatch:
    start = text.index(name)
    return ValueMatch(
        dimension=dimension, value=name, start=start, end=start + len(name), kind=kind
    )


@pytest.mark.parametrize(
    ("text", "is_status"),
    [
        ("refunds paid in June", False),
        ("the tax we paid in June", False),
        ("orders paid in June", True),
        ("only orders that are paid", True),
    ],
)
def test_only_orders_have_the_status_paid(text: str, is_status: bool) -> None:
    words = settle_words(text)

    assert (
        next(each for word, each in words.items() if "paid" in word).is_value
        is is_status
    )


@pytest.mark.parametrize(
    ("text", "is_status"),
    [
        ("orders we shipped this year to Oregon", False),
        ("how many orders are shipped", True),
    ],
)
def test_orders_that_go_somewhere_have_no_status(text: str, is_status: bool) -> None:
    assert settle_words(text)["shipped"].is_value is is_status


def test_who_asks_sets_nothing_that_is_called_a_set() -> None:
    asked, named = "could you set May against June", "revenue of the building set"

    for text, is_value in ((asked, False), (named, True)):
        part = match_name(text, "set", "product", MatchKind.PART)
        assert settle_words(text, part)["set"].is_value is is_value


def test_two_values_of_which_one_is_behind_are_compared() -> None:
    text = "is Garden behind Kitchen"
    names = [match_name(text, each) for each in ("Garden", "Kitchen")]

    assert settle_words(text, *names)["behind"].has(Role.COMPARE)


@pytest.mark.parametrize(
    "text", ["which books sold best", "top 5 books", "any book over 80 units"]
)
def test_goods_that_are_listed_are_products(text: str) -> None:
    [goods] = [
        each for word, each in settle_words(text).items() if word.startswith("book")
    ]

    assert {each.name for each in goods.meanings} == {"product"}


def test_goods_that_are_counted_are_not_taken_for_products() -> None:
    assert settle_words("how many books did we sell")["books"].is_unknown


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


def test_a_kind_before_a_whole_name_describes_it() -> None:
    text = "units of the crime novel Dead in December"
    kind, name = (
        match_name(text, "crime"),
        match_name(text, "Dead in December", "product"),
    )

    settled = settle_words(text, kind, name)

    assert settled["crime"].meanings == FILLER
    assert settled["Dead in December"].is_value
