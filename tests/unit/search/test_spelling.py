import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.adapters.search.spelling import Vocabulary, edit_distance

WORDS = Vocabulary(
    {"headphones": 9, "headphone": 3, "laptop": 8, "laptops": 2, "lamp": 1, "tent": 4}
)
letters = st.text("abc", max_size=6)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("headphnes", "headphones"),
        ("haedphones", "headphones"),
        ("ehadphones", "headphones"),
        ("loptop", "laptop"),
        ("lmap", "lamp"),
        ("tant", "tent"),
        ("xyzzy", None),
        ("te", None),
        ("lap", None),
        ("dv7x", None),
        ("", None),
    ],
)
def test_a_mistyped_word_is_corrected(typed: str, expected: str | None) -> None:
    assert WORDS.find_closest(typed) == expected


def test_of_two_equally_close_words_the_more_frequent_wins() -> None:
    assert Vocabulary({"cart": 1, "card": 2}).find_closest("carx") == "card"


def test_an_empty_vocabulary_corrects_nothing() -> None:
    assert Vocabulary({}).find_closest("headphnes") is None


@pytest.mark.parametrize(
    ("left", "right", "edits"),
    [
        ("", "", 0),
        ("", "ab", 2),
        ("ab", "ba", 1),
        ("abc", "ca", 3),
        ("kitten", "sitting", 3),
    ],
)
def test_edits_are_counted(left: str, right: str, edits: int) -> None:
    assert edit_distance(left, right) == edits


@given(letters, letters)
def test_edit_distance_is_symmetric_and_zero_means_equal(left: str, right: str) -> None:
    assert edit_distance(left, right) == edit_distance(right, left)
    assert (edit_distance(left, right) == 0) == (left == right)


@pytest.mark.slow
@given(
    st.text("abcdef", min_size=4, max_size=9),
    st.integers(0, 8),
    st.text("xyz", max_size=1),
)
def test_every_word_one_edit_away_is_found(
    word: str, position: int, replacement: str
) -> None:
    index = position % len(word)
    known = word[:index] + replacement + word[index + 1 :]

    if len(known) > 2:
        assert Vocabulary({known: 1}).find_closest(word) == known
