import re
from decimal import Decimal

import pytest

from agents.local.numbers import NUMBER, parse_number


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("7", "7"),
        ("1,200", "1200"),
        ("1,234,567.89", "1234567.89"),
        ("2.5", "2.5"),
        ("2k", "2000"),
        ("1.5K", "1500"),
        ("fifty", "50"),
        ("Twelve", "12"),
        ("a dozen", "12"),
        ("a  hundred", "100"),
        ("An hundred", "100"),
        (" a thousand ", "1000"),
    ],
)
def test_numbers_are_parsed_as_people_write_them(text: str, value: str) -> None:
    assert re.fullmatch(NUMBER, text.strip(), re.IGNORECASE)
    assert parse_number(text) == Decimal(value)
