from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.imports import values
from webapp.imports.columns import Column
from webapp.imports.errors import RowRejected
from webapp.kit.money import Currency


@pytest.mark.parametrize(
    ("written", "minor"),
    [
        ("2.55", 255),
        ("0.0", 0),
        (Decimal("19.99"), 1999),
        (Decimal("1.250"), 125),
        (19.99, 1999),
        ("-11062.06", -1106206),
        ("1,234.50", 123450),
        ("€ 12,50", 1250),
    ],
)
def test_amounts_become_minor_units(written: object, minor: int) -> None:
    assert values.parse_price(written, "price", decimal=None).minor == minor


def test_an_amount_may_be_in_minor_units() -> None:
    price = values.parse_price(4995, "price", decimal=None, unit="minor")
    assert price.minor == 4995


@pytest.mark.parametrize(
    "written",
    [
        None,
        "",
        "0.001",
        "free",
        "1e999999",
        Decimal("1e999999"),
        "NaN",
        "1.250",
        "12 %",
        "99" * 10,
        True,
        datetime(2026, 12, 1, tzinfo=UTC),
    ],
)
def test_an_invalid_amount_is_rejected(written: object) -> None:
    with pytest.raises(RowRejected, match="price"):
        values.parse_price(written, "price", decimal=None)


@pytest.mark.parametrize(
    ("written", "given", "currency"),
    [
        ("5", None, None),
        ("€ 5", None, Currency.EUR),
        ("5 EUR", Currency.EUR, Currency.EUR),
        ("$5", Currency.CAD, Currency.CAD),
        ("$5", None, Currency.USD),
        ("5", Currency.GBP, Currency.GBP),
    ],
)
def test_a_sign_with_a_price_is_its_currency(
    written: str, given: Currency | None, currency: Currency | None
) -> None:
    price = values.parse_price(written, "price", decimal=None)
    assert values.choose_currency(price, given, default=Currency.USD) == currency


@pytest.mark.parametrize(
    ("written", "given", "default"),
    [("€ 5", Currency.USD, Currency.USD), ("$5", None, Currency.EUR)],
)
def test_a_sign_that_contradicts_the_currency_or_does_not_tell_it_is_rejected(
    written: str, given: Currency | None, default: Currency
) -> None:
    price = values.parse_price(written, "price", decimal=None)
    with pytest.raises(RowRejected, match="price: "):
        values.choose_currency(price, given, default=default)


@given(st.integers(-(10**12), 10**12))
def test_every_amount_survives_formatting_and_parsing(minor: int) -> None:
    written = f"{Decimal(minor) / 100:.2f}"
    assert values.parse_price(written, "price", decimal=None).minor == minor


@pytest.mark.parametrize("written", [6, "6", "6.0", 6.0, " 6 "])
def test_whole_numbers_may_be_written_as_decimals(written: object) -> None:
    assert values.parse_integer(written, "quantity") == 6


@pytest.mark.parametrize("written", [None, "6.5", "six", "inf", "1e400"])
def test_an_invalid_whole_number_is_rejected(written: object) -> None:
    with pytest.raises(RowRejected, match="quantity"):
        values.parse_integer(written, "quantity")


@pytest.mark.parametrize(
    ("written", "column"),
    [
        ("2011-07-01 09:30:00", Column(column="d", time_zone="Europe/London")),
        ("2011-07-01T08:30:00Z", Column(column="d", time_zone="Europe/London")),
        ("01.07.2011 08:30", Column(column="d", format="%d.%m.%Y %H:%M")),
        (1309509000000, Column(column="d")),
        ("1309509000000", Column(column="d")),
        (datetime(2011, 7, 1, 8, 30, tzinfo=UTC), Column(column="d")),
    ],
)
def test_times_become_utc(written: object, column: Column) -> None:
    wanted = datetime(2011, 7, 1, 8, 30, tzinfo=UTC)
    assert values.parse_datetime(written, column, "placed_at") == wanted


@pytest.mark.parametrize("written", [None, "yesterday", "0001-01-01", 10**30])
def test_an_invalid_time_is_rejected(written: object) -> None:
    with pytest.raises(RowRejected, match="placed_at"):
        values.parse_datetime(written, Column(column="d"), "placed_at")


@pytest.mark.parametrize("written", ["nul \0", "half \ud800", {"an": "object"}])
def test_text_that_cannot_be_stored_is_rejected(written: object) -> None:
    with pytest.raises(RowRejected, match="name"):
        values.parse_text(written, "name")


def test_a_currency_must_be_supported() -> None:
    assert values.parse_currency(" gbp ") == "GBP"
    with pytest.raises(RowRejected, match="XAU is none of USD"):
        values.parse_currency("XAU")


def test_a_reference_has_five_hundred_characters_at_most() -> None:
    assert values.require_reference("é" * 500, "id") == "é" * 500
    with pytest.raises(RowRejected, match="id is longer than 500 characters"):
        values.extract_reference(Column(column="id"), {"id": "é" * 501}, "id")
