"""Sizes with their units, as people write them."""

from decimal import Decimal

import pytest

from webapp.kit.quantities import SizeKind, find_quantities, read_number


def read(text: str) -> list[tuple[SizeKind, int]]:
    found = [each.quantity for each in find_quantities(text)]
    return [(each.kind, each.value) for each in found]


@pytest.mark.parametrize(
    ("text", "dimension", "value"),
    [
        ('24" monitor', SizeKind.LENGTH, 6096),
        ("32in tv", SizeKind.LENGTH, 8128),
        ("17-inch bag", SizeKind.LENGTH, 4318),
        ("55\u201d", SizeKind.LENGTH, 13970),
        ("60 cm screen", SizeKind.LENGTH, 6000),
        ("60,5 cm", SizeKind.LENGTH, 6050),
        ("2 metre hdmi cable", SizeKind.LENGTH, 20000),
        ("50 foot cable", SizeKind.LENGTH, 152400),
        ("1tb hard drive", SizeKind.STORAGE, 1_000_000),
        ("1000 GB", SizeKind.STORAGE, 1_000_000),
        ("500 gig disc", SizeKind.STORAGE, 500_000),
        ("1500 va ups", SizeKind.APPARENT_POWER, 1500),
        ("1.5kVA", SizeKind.APPARENT_POWER, 1500),
        ("1,500 VA", SizeKind.APPARENT_POWER, 1500),
        ("75 cl bottle", SizeKind.VOLUME, 7500),
        ("1,5 l", SizeKind.VOLUME, 15000),
        ("250 g", SizeKind.MASS, 2500),
        ("5 lbs", SizeKind.MASS, 22680),
        ("2.4 GHz", SizeKind.FREQUENCY, 2_400_000),
        ("12MP", SizeKind.RESOLUTION, 12_000),
        ("5000mAh", SizeKind.CHARGE, 5000),
        ("65 watt", SizeKind.POWER, 650),
        ("12v", SizeKind.VOLTAGE, 120),
    ],
)
def test_a_size_is_read_in_any_usual_form(
    text: str, dimension: SizeKind, value: int
) -> None:
    assert read(text) == [(dimension, value)]


@pytest.mark.parametrize(
    "text",
    ["2 in 1 laptop", "5g phone", "DV7-1211EA", "a3 printer", "cat6", "1080p", "0 cm"],
)
def test_other_numbers_are_no_sizes(text: str) -> None:
    assert read(text) == []


def test_several_sizes_are_found_where_they_stand() -> None:
    text = '15.6" (39.6 cm), 16 GB'

    found = [text[each.start : each.end] for each in find_quantities(text)]

    assert found == ['15.6"', "39.6 cm", "16 GB"]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1500", "1500"),
        ("1,500", "1500"),
        ("1.500,50", "1500.50"),
        ("1,500.50", "1500.50"),
        ("15.6", "15.6"),
        ("0.125", "0.125"),
        ("1,000,000", "1000000"),
    ],
)
def test_separators_are_read_as_they_are_meant(text: str, number: str) -> None:
    assert read_number(text) == Decimal(number)
