"""Sizes as whole numbers, so that one field of an index has those of every kind. Pure."""

from webapp.adapters.search.port import SizeRange
from webapp.kit.quantities import MAX_VALUE, Quantity, SizeKind


def encode_size(size: Quantity) -> int:
    """Sizes of one kind are next to each other, in their order."""
    return _encode_value(size.kind, size.value)


def encode_range(sizes: SizeRange) -> tuple[int, int]:
    """The smallest and the largest number within."""
    low = 0 if sizes.low is None else sizes.low
    high = MAX_VALUE - 1 if sizes.high is None else min(sizes.high, MAX_VALUE - 1)
    return _encode_value(sizes.kind, low), _encode_value(sizes.kind, high)


def _encode_value(kind: SizeKind, value: int) -> int:
    return int(kind) * MAX_VALUE + value
