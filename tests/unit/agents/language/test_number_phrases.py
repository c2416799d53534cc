import pytest

from agents.local.language.number_phrases import write_numbers


@pytest.mark.parametrize(
    ("phrase", "written"),
    [
        ("calendar year two thousand twenty-five", "calendar year 2025"),
        ("in twenty twenty-six", "in 2026"),
        ("nineteen eighty-four", "1984"),
        ("more than one hundred and fifty units", "more than 150 units"),
        ("the last forty five days", "the last 45 days"),
        ("three thousand orders", "3000 orders"),
        ("two million five hundred thousand and one", "2500001"),
        ("Seven Hundred", "700"),
    ],
)
def test_numbers_of_several_words_are_written_in_digits(
    phrase: str, written: str
) -> None:
    assert write_numbers(phrase) == written


@pytest.mark.parametrize(
    "text",
    [
        "Ten Little Foxes",
        "one two three",
        "the last five days",
        "hundred thousand million",
        "twenty thirty forty",
        "five and six",
        "phone",
    ],
)
def test_other_words_stay_as_they_are(text: str) -> None:
    assert write_numbers(text) == text
