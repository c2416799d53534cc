"""What a text says that a product has."""

import pytest

from webapp.adapters.search.negations import drop_negated


@pytest.mark.parametrize(
    ("text", "gone", "kept"),
    [
        ("Headphones without noise cancelling. Wireless.", "noise", "Wireless"),
        ("No microphone, but a cable", "microphone", "cable"),
        ("Fridge, No Frost", "Frost", "Fridge"),
        ("not suitable for induction; dishwasher safe", "suitable", "dishwasher"),
        ("Free of perfume (vegan)", "perfume", "vegan"),
    ],
)
def test_what_is_denied_is_dropped(text: str, gone: str, kept: str) -> None:
    stated = drop_negated(text)

    assert gone not in stated
    assert kept in stated


@pytest.mark.parametrize("text", ["Notebook", "nonstop", "Nova Go", "a knot"])
def test_words_that_begin_alike_deny_nothing(text: str) -> None:
    assert drop_negated(text) == text
