import pytest

from agents.local.insights.spelling import (
    count_edits,
    expand_abbreviations,
    is_misspelled,
)


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
