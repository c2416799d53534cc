"""Sizes in a search text."""

import pytest

from webapp.adapters.search.port import SizeRange
from webapp.kit.quantities import SizeKind
from webapp.search.query_reading.reader import read_query


def read_size(text: str) -> tuple[str, SizeRange]:
    reading = read_query(text)
    [size] = [each.size for each in reading.parts if each.size is not None]
    return reading.remaining_text, size


@pytest.mark.parametrize(
    ("text", "words", "value"),
    [
        ('24" monitor', "monitor", 6096),
        ("monitor 24 inch", "monitor", 6096),
        ("hdmi cable, 2 metre", "hdmi cable,", 20000),
        ("frying pan 28cm", "frying pan", 2800),
    ],
)
def test_a_size_is_about_what_was_typed(text: str, words: str, value: int) -> None:
    left, size = read_size(text)

    assert left == words
    assert size.kind is SizeKind.LENGTH
    assert size.low is not None
    assert size.high is not None
    assert value * 0.97 < size.low < value < size.high < value * 1.03


@pytest.mark.parametrize(
    ("text", "has_low", "has_high"),
    [
        ("laptop under 2 kg", False, True),
        ("laptop at least 16gb", True, False),
        ("tv 50 to 60 inch", True, True),
        ("tv between 50 and 60 inches", True, True),
    ],
)
def test_a_bound_of_a_size_is_open(text: str, has_low: bool, has_high: bool) -> None:
    words, size = read_size(text)

    assert words in {"laptop", "tv"}
    assert (size.low is not None, size.high is not None) == (has_low, has_high)


def test_a_range_has_the_unit_of_its_end() -> None:
    _, size = read_size("tv 50 to 60 inch")

    assert size.low is not None
    assert size.low < 50 * 254 < 60 * 254 < (size.high or 0)


def test_each_of_several_sizes_has_to_be_there() -> None:
    reading = read_query("notebook 17 inch 16gb")

    found = [each.size.kind for each in reading.parts if each.size]
    assert found == [SizeKind.LENGTH, SizeKind.STORAGE]
    assert reading.remaining_text == "notebook"
