import pytest

from agents.local.insights.words.lexicon import FILLER, Meaning, Role
from tests.unit.agents.insights.sense_cases import (
    match_name,
    match_product,
    settle_words,
)
from webapp.insights.query.values import MatchKind


@pytest.mark.parametrize("text", ["the books in Crime", "Crime books"])
def test_books_of_a_category_are_products(text: str) -> None:
    mention = settle_words(text, match_name(text, "Crime"))["books"]

    assert mention.meanings == (Meaning(Role.DIMENSIONS, "product"),)


def test_books_alone_are_not_known() -> None:
    assert settle_words("units of books this year")["books"].is_unknown


def test_who_asks_sets_nothing_that_is_called_a_set() -> None:
    asked, named = "could you set May against June", "revenue of the building set"

    for text, is_value in ((asked, False), (named, True)):
        part = match_name(text, "set", "product", MatchKind.PART)
        assert settle_words(text, part)["set"].is_value is is_value


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


def test_a_kind_before_a_whole_name_describes_it() -> None:
    text = "units of the crime novel Dead in December"
    kind, name = (
        match_name(text, "crime"),
        match_name(text, "Dead in December", "product"),
    )

    settled = settle_words(text, kind, name)

    assert settled["crime"].meanings == FILLER
    assert settled["Dead in December"].is_value


@pytest.mark.parametrize(
    ("text", "noun"),
    [
        ("units of the book “Returns”", "book"),
        ("units of a record called Returns", "record"),
        ('sales of the title "Returns"', "title"),
    ],
)
def test_a_noun_before_a_name_says_what_it_is(text: str, noun: str) -> None:
    assert settle_words(text, match_product(text, "Returns"))[noun].has(Role.FILLER)


def test_other_words_before_a_name_are_kept() -> None:
    text = "units of signed “Returns”"

    assert settle_words(text, match_product(text, "Returns"))["signed"].is_unknown


def test_the_first_months_are_no_part_of_a_name() -> None:
    text = "lifetime value over the first 3 months"
    name = match_product(text, "first", MatchKind.PART)

    assert settle_words(text, name)["first"].is_unknown


def test_first_light_is_a_part_of_a_name() -> None:
    text = "units of first toys"
    name = match_product(text, "first", MatchKind.PART)

    assert settle_words(text, name)["first"].is_value


def test_goods_that_come_back_are_no_customers() -> None:
    assert not settle_words("more things come back to us")["come back to us"].has(
        Role.ANALYSIS
    )
    assert settle_words("do customers come back")["come back"].has(Role.ANALYSIS)
