"""Prices in a search text."""

import pytest

from webapp.search.query_reading.reader import read_query
from webapp.search.query_reading.reading import PartKind, ReadPart


def read_price(text: str) -> tuple[str, ReadPart]:
    reading = read_query(text)
    [part] = [each for each in reading.parts if each.kind is PartKind.PRICE]
    return reading.remaining_text, part


@pytest.mark.parametrize(
    ("text", "words", "low", "high"),
    [
        ("laptop under 500", "laptop", None, 500_00),
        ("laptop below €500", "laptop", None, 500_00),
        ("under $50 headphones", "headphones", None, 50_00),
        ("usb stick less than 10 euro", "usb stick", None, 10_00),
        ("coffee maker max. 60", "coffee maker", None, 60_00),
        ("monitors up to 80€", "monitors", None, 80_00),
        ("jackets for less than £100", "jackets", None, 100_00),
        ("game not over 30 dollars", "game", None, 30_00),
        ("desk no more than 1,250.50", "desk", None, 1250_50),
        ("sofa <= 1.5k", "sofa", None, 1500_00),
        ("tv over 500", "tv", 500_00, None),
        ("graphics card >= 400", "graphics card", 400_00, None),
        ("lens at least 1000 eur", "lens", 1000_00, None),
        ("lens starting at 99.99", "lens", 99_99, None),
        ("printer 100 to 200", "printer", 100_00, 200_00),
        ("printer between $100 and $150", "printer", 100_00, 150_00),
        ("printer from 100 to 150", "printer", 100_00, 150_00),
        ("headphones 10-20€", "headphones", 10_00, 20_00),
        ("keyboard 20 - 40", "keyboard", 20_00, 40_00),
        ("shoes 50 € or less", "shoes", None, 50_00),
        ("shoes $50 and up", "shoes", 50_00, None),
    ],
)
def test_a_price_is_read(
    text: str, words: str, low: int | None, high: int | None
) -> None:
    left, part = read_price(text)

    assert left == words
    assert (part.min_price, part.max_price) == (low, high)


@pytest.mark.parametrize(
    "text",
    [
        "puzzle over 500 pieces",
        "toys for children over 3 years",
        "printer 20 to 30 pages a minute",
        "tn-2110",
        "20-40",
        "006-040 toner",
        "screws 2-200",
        "iphone 12",
        "windows 10 under desk mount",
        "over ear headphones",
        "keyboard 40-20",
    ],
)
def test_other_numbers_are_no_prices(text: str) -> None:
    reading = read_query(text)

    assert not reading.parts
    assert reading.remaining_text == text


def test_a_size_with_a_bound_is_no_price() -> None:
    [part] = read_query("laptop under 2 kg").parts

    assert part.kind is PartKind.SIZE
