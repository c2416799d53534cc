"""What is not wanted in a search text."""

import pytest

from webapp.search.query_reading.reader import read_query


@pytest.mark.parametrize(
    ("text", "words", "without"),
    [
        ("laptop -hp", "laptop", ["hp"]),
        ("ink cartridge -hp -canon", "ink cartridge", ["hp", "canon"]),
        ("puzzle -1000", "puzzle", ["1000"]),
        ("keyboard not wireless", "keyboard", ["wireless"]),
        ("not wireless keyboard", "keyboard", ["wireless"]),
        ("phone case without samsung", "phone case", ["samsung"]),
        ("tv except samsung and philips", "tv", ["samsung", "philips"]),
        ("usb stick not integral or v7", "usb stick", ["integral", "v7"]),
        ("hdmi cable no dvi", "hdmi cable", ["dvi"]),
        ("headphones but no in-ear", "headphones", ["in-ear"]),
        ("headphones without noise cancelling", "headphones", ["noise cancelling"]),
        ("laptop not for gaming", "laptop", ["gaming"]),
        ("kettle other than electric", "kettle", ["electric"]),
        ("shirt that is not black", "shirt that is", ["black"]),
    ],
)
def test_what_is_not_wanted_is_read(text: str, words: str, without: list[str]) -> None:
    reading = read_query(text)

    assert reading.remaining_text == words
    assert [name for part in reading.parts for name in part.without] == without


@pytest.mark.parametrize(
    "text",
    [
        "no frost fridge",
        "chanel no 5",
        "non-stick pan",
        "wifi does not reach the bedroom",
        "t-shirt",
        "x-box one",
        "-hp",
        "toner -",
        "note without",
    ],
)
def test_other_words_exclude_nothing(text: str) -> None:
    assert not read_query(text).parts


def test_an_exclusion_ends_before_a_price_or_a_size() -> None:
    reading = read_query("32gb usb stick not red under 30 euro")

    assert reading.remaining_text == "usb stick"
    assert [name for part in reading.parts for name in part.without] == ["red"]
    assert [part.max_price for part in reading.parts if part.max_price] == [30_00]
