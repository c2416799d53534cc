from decimal import Decimal

import pytest

from agents.local.insights.words.mentions import Mention, Number
from agents.local.insights.words.ordinary_words import is_ordinary
from agents.local.insights.words.spelling import (
    correct_words,
    count_edits,
    expand_abbreviations,
    is_misspelled,
    is_misspelled_name,
)
from webapp.insights.query.values import MatchKind, ValueMatch


@pytest.mark.parametrize(
    ("first", "second", "edits"),
    [
        ("orders", "orders", 0),
        ("ordres", "orders", 1),
        ("revnue", "revenue", 1),
        ("prodcut", "product", 1),
        ("catagorry", "category", 2),
        ("", "abc", 3),
        ("kitten", "sitting", 3),
    ],
)
def test_letters_that_differ_are_counted(first: str, second: str, edits: int) -> None:
    assert count_edits(first, second) == edits
    assert count_edits(second, first) == edits


@pytest.mark.parametrize(
    ("word", "meant"),
    [("different", "difference"), ("margin", "march"), ("cost", "most")],
)
def test_another_word_is_no_misspelled_one(word: str, meant: str) -> None:
    edits = count_edits(word, meant)

    assert not is_misspelled(word, meant) or edits == 1


def test_abbreviations_are_written_out_as_whole_words_only() -> None:
    text = "rev by cat last qtr w/o Catwalk, revenue"

    assert expand_abbreviations(text) == (
        "revenue by category last quarter without Catwalk, revenue"
    )


@pytest.mark.parametrize(
    ("text", "expanded"),
    [
        ("by the category that they are in now", "by the current category"),
        ("by the categories products belong to today", "by the current categories"),
        ("by category today", "by category today"),
        ("categories that sell now", "categories that sell now"),
    ],
)
def test_the_category_of_now_is_another_one(text: str, expanded: str) -> None:
    assert expand_abbreviations(text) == expanded


@pytest.mark.parametrize(
    "word",
    [
        "dead",
        "note",
        "net",
        "Books",
        "books",
        "tried",
        "planning",
        "don't",
        "cities",
        "hurried",
    ],
)
def test_an_ordinary_word_is_written_on_purpose(word: str) -> None:
    mention = Mention(word, 0, len(word))
    similar = ValueMatch(
        dimension="product", value="Dad", start=0, end=len(word), kind=MatchKind.SIMILAR
    )

    assert is_ordinary(word)
    assert correct_words([mention], [similar]) == []


@pytest.mark.parametrize("word", ["revnue", "prodcut", "categry", "kitchn"])
def test_a_slip_of_the_hand_is_no_ordinary_word(word: str) -> None:
    assert not is_ordinary(word)


@pytest.mark.parametrize(
    ("word", "name", "is_slip"),
    [
        ("ketle", "kettle", True),
        ("kettels", "kettle", True),
        ("kiitchen", "kitchen", True),
        ("gradening", "gardening", True),
        ("bad", "dad", False),
        ("daed", "dad", False),
        ("lamb", "lump", False),
        ("catagorry", "category", True),
        ("marketers", "margarets", False),
    ],
)
def test_longer_names_may_differ_by_more(word: str, name: str, is_slip: bool) -> None:
    assert is_misspelled_name(word, name) is is_slip


def test_a_number_is_no_misspelled_word() -> None:
    mention = Mention("ten", 0, 3, number=Number(Decimal(10)))

    assert correct_words([mention], []) == []
    assert correct_words([Mention("ten", 0, 3)], []) != []


def test_letters_of_periods_are_words_where_nothing_follows() -> None:
    assert expand_abbreviations("same for 60d") == "same for 60 days"
    assert expand_abbreviations("the 60d drill") == "the 60d drill"


def test_what_is_asked_with_a_short_verb_is_written_out() -> None:
    assert expand_abbreviations("what'd we sell") == "what did we sell"
