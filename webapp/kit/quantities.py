"""Sizes with their units as people write them: `24"`, `24-inch`, `60,5 cm`, `2 metre`, `16gb`."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import IntEnum

MAX_DIGITS = 9
"""Of a number: with more it is a code."""
_NUMBER = rf"(?<![\w.,])(?P<number>\d{{1,{MAX_DIGITS}}}(?:[.,]\d{{1,{MAX_DIGITS}}})*)"


class SizeKind(IntEnum):
    """What a quantity measures. The number of each is part of search indices."""

    LENGTH = 1
    MASS = 2
    VOLUME = 3
    STORAGE = 4
    POWER = 5
    APPARENT_POWER = 6
    VOLTAGE = 7
    FREQUENCY = 8
    CHARGE = 9
    RESOLUTION = 10


@dataclass(frozen=True)
class Quantity:
    kind: SizeKind
    value: int
    """In tenths of a millimeter, of a gram and of a milliliter, in megabytes, tenths of a watt,
    volt-amperes, tenths of a volt, kilohertz, milliampere-hours, thousands of pixels."""


@dataclass(frozen=True)
class WrittenQuantity:
    quantity: Quantity
    start: int
    end: int


_UNITS: dict[SizeKind, dict[str, Decimal]] = {
    SizeKind.LENGTH: {
        r"mm|millimet(?:er|re)s?": Decimal(10),
        r"cm|centimet(?:er|re)s?": Decimal(100),
        r"m|met(?:er|re)s?|mtr": Decimal(10_000),
        r"km|kilomet(?:er|re)s?": Decimal(10_000_000),
        r"inch(?:es)?|zoll": Decimal(254),
        r"ft|foot|feet": Decimal(3048),
    },
    SizeKind.MASS: {
        r"mg|milligrams?": Decimal("0.01"),
        r"g|gr|grams?|grammes?": Decimal(10),
        r"kgs?|kilos?|kilograms?": Decimal(10_000),
        r"oz|ounces?": Decimal("283.5"),
        r"lbs?": Decimal("4535.9"),
    },
    SizeKind.VOLUME: {
        r"ml|millilit(?:er|re)s?": Decimal(10),
        r"cl|centilit(?:er|re)s?": Decimal(100),
        r"l|lit(?:er|re)s?|ltr": Decimal(10_000),
    },
    SizeKind.STORAGE: {
        r"mb|megs?|megabytes?": Decimal(1),
        r"gb|gigs?|gigabytes?": Decimal(1000),
        r"tb|teras?|terabytes?": Decimal(1_000_000),
    },
    SizeKind.POWER: {
        r"w|watts?": Decimal(10),
        r"kw|kilowatts?": Decimal(10_000),
    },
    SizeKind.APPARENT_POWER: {r"va": Decimal(1), r"kva": Decimal(1000)},
    SizeKind.VOLTAGE: {r"v|volts?": Decimal(10)},
    SizeKind.FREQUENCY: {
        r"hz|hertz": Decimal("0.001"),
        r"khz": Decimal(1),
        r"mhz": Decimal(1000),
        r"ghz": Decimal(1_000_000),
    },
    SizeKind.CHARGE: {r"mah": Decimal(1)},
    SizeKind.RESOLUTION: {r"mp|mpix|megapixels?": Decimal(1000)},
}
_INCHES = Decimal(254)
_BY_UNIT = [
    (re.compile(unit), kind, factor)
    for kind, units in _UNITS.items()
    for unit, factor in units.items()
]
_WORDS = "|".join(unit for units in _UNITS.values() for unit in units)
_QUANTITY = re.compile(
    rf"{_NUMBER}(?:"
    # `32in` is a size, and `2 in 1` is none.
    r"(?P<inches>\s?(?:\"|\u201d|\u2033|''|\u2019\u2019)|-?in(?![\w-]))"
    rf"|[\s-]{{0,2}}(?P<unit>{_WORDS})(?![\w]))",
    re.IGNORECASE,
)
MIN_GRAMS = 100
"""In tenths of a gram: `5g` is a network more often."""
MAX_VALUE = 10**12


def find_quantities(text: str) -> Iterator[WrittenQuantity]:
    """In their order, without those too small or too large to be sizes of goods."""
    for found in _QUANTITY.finditer(text):
        number = read_number(found["number"])
        kind, factor = _read_unit(found["unit"])
        value = round(number * factor)
        is_network = (found["unit"] or "").lower() == "g" and value < MIN_GRAMS
        if 0 < value < MAX_VALUE and not is_network:
            yield WrittenQuantity(Quantity(kind, value), found.start(), found.end())


def read_number(text: str) -> Decimal:
    """Read digits with separators: the last one is a decimal point, unless three digits follow it
    and no other kind of separator is there: `1,500`, `1.500,50`, `15.6`."""
    parts = re.split(r"[.,]", text)
    marks = re.findall(r"[.,]", text)
    are_thousands = all(len(part) == 3 for part in parts[1:]) and len({*marks}) < 2
    has_leading_zero = parts[0].startswith("0")
    if not marks or (are_thousands and not has_leading_zero):
        return Decimal("".join(parts))
    if len({*marks}) < 2 and len(marks) > 1:
        return Decimal("".join(parts))
    return Decimal(f"{''.join(parts[:-1])}.{parts[-1]}")


def _read_unit(unit: str | None) -> tuple[SizeKind, Decimal]:
    if unit is None:
        return SizeKind.LENGTH, _INCHES
    return next(
        (kind, factor)
        for pattern, kind, factor in _BY_UNIT
        if pattern.fullmatch(unit.lower())
    )
