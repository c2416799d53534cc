"""Reads sizes: `24" monitor`, "over 2 kg", "50 to 60 inch", "at least 16gb". Pure."""

import re
from collections.abc import Iterator

from webapp.adapters.search.port import SizeRange
from webapp.kit.quantities import Quantity, WrittenQuantity, find_quantities
from webapp.search.query_reading.amounts import ABOVE, BELOW, NUMBER
from webapp.search.query_reading.reading import PartKind, ReadPart

_BELOW = re.compile(rf"(?<!\w){BELOW}\s*$", re.IGNORECASE)
_ABOVE = re.compile(rf"(?<!\w){ABOVE}\s*$", re.IGNORECASE)
_LOW_END = re.compile(
    rf"(?<![\w.,\-/])(?:between\s+|from\s+)?(?P<low>{NUMBER})\s*(?:and|to|-|–)\s*$",  # noqa: RUF001
    re.IGNORECASE,
)
TOLERANCE = 0.02
"""A screen of 24 inches is one of 23.8 or of 61 cm."""


def find_sizes(text: str) -> Iterator[ReadPart]:
    written = list(find_quantities(text))
    for each in written:
        yield _read_size(text, each)


def _read_size(text: str, written: WrittenQuantity) -> ReadPart:
    before, quantity = text[: written.start], written.quantity
    if (found := _LOW_END.search(before)) is not None:
        unit = text[written.start : written.end]
        low = _read_low(found["low"], unit)
        if low is not None and low.value < quantity.value:
            return _build_part(
                quantity, low.value, quantity.value, found.start(), written.end
            )
    if (found := _BELOW.search(before)) is not None:
        return _build_part(quantity, None, quantity.value, found.start(), written.end)
    if (found := _ABOVE.search(before)) is not None:
        return _build_part(quantity, quantity.value, None, found.start(), written.end)
    return _build_part(
        quantity, quantity.value, quantity.value, written.start, written.end
    )


def _read_low(number: str, high: str) -> Quantity | None:
    """In the unit of the upper end: "50 to 60 inch"."""
    unit = re.sub(rf"^{NUMBER}", "", high)
    return next((each.quantity for each in find_quantities(f"{number}{unit}")), None)


def _build_part(
    quantity: Quantity, low: int | None, high: int | None, start: int, end: int
) -> ReadPart:
    size = SizeRange(
        quantity.kind,
        None if low is None else round(low * (1 - TOLERANCE)),
        None if high is None else round(high * (1 + TOLERANCE)),
    )
    return ReadPart(PartKind.SIZE, start, end, size=size)
