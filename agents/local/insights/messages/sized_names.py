"""Completes names of goods that differ by a size: "Balance Bike 12 inch vs 14 inch", "12 and 14
inch balance bikes", "kettles: the 1 L and the 1.7 L". Pure."""

import re
from collections.abc import Iterable, Sequence

from webapp.insights.query.values import MatchKind, ValueMatch
from webapp.kit.text import label_key

UNITS = r"(?:inch(?:es)?|cm|mm|m|l|litres?|liters?|ml|cl|g|kg|pieces?|pcs|pack|parts?|ft|oz|w|gb)"
SIZE = re.compile(
    rf"(?i)\b(?P<number>\d+(?:\.\d+)?)[\s-]?(?P<unit>{UNITS})\b(?: ones?\b)?"
)
BARE_SIZE = re.compile(
    r"(?i)\b(?P<number>\d+(?:\.\d+)?)(?=,? (?:and|or|vs\.?|versus|&) \d)"
)
""" "12 and 14 inch": the unit of the first is that of the second."""
BEFORE_KIND = re.compile(r"(?i)(?:\b(?:the two|both|the|our|these|those|of)\s+)*$")


def complete_sizes(text: str, matches: Sequence[ValueMatch]) -> str:
    """The text with the whole name for each size of which a product is there; unchanged, if there
    are none such."""
    whole = [each for each in matches if _is_product(each, MatchKind.WHOLE)]
    parts = [each for each in matches if _is_product(each, MatchKind.PART)]
    named = {name for each in parts for name in each.names or ()}
    spans: list[tuple[int, int, str]] = []
    for start, end, size in _list_sizes(text):
        if any(each.start < end and start < each.end for each in whole):
            continue
        name = _find_named(size, named) or _build_sibling(size, whole)
        if name is not None:
            spans.append((start, end, name))
    if not spans:
        return text
    meant = {name for _, _, name in spans}
    for each in parts:
        is_kind = set(each.names or ()) >= meant and not any(
            each.start < end and start < each.end for start, end, _ in spans
        )
        if is_kind:
            begin = BEFORE_KIND.search(text, 0, each.start)
            spans.append((begin.start() if begin else each.start, each.end, ""))
    for start, end, name in sorted(spans, reverse=True):
        text = f"{text[:start]}{name}{text[end:]}"
    return re.sub(r"\s+([,;:?.])", r"\1", re.sub(r" {2,}", " ", text)).strip()


def _is_product(match: ValueMatch, kind: MatchKind) -> bool:
    return match.dimension == "product" and match.kind is kind


def _list_sizes(text: str) -> Iterable[tuple[int, int, str]]:
    """Where a size stands, and how names have it."""
    units = [match["unit"] for match in SIZE.finditer(text)]
    for match in SIZE.finditer(text):
        yield *match.span(), f"{match['number']} {match['unit']}"
    for match in BARE_SIZE.finditer(text) if units else ():
        yield *match.span(), f"{match['number']} {units[-1]}"


def _find_named(size: str, names: Iterable[str]) -> str | None:
    """The one name that has a size."""
    key = f" {label_key(size)}"
    found = [each for each in names if f" {label_key(each)}".endswith(key)]
    return found[0] if len(found) == 1 else None


def _build_sibling(size: str, whole: Sequence[ValueMatch]) -> str | None:
    """The name of a product with another size; whether there is one, is not known."""
    for each in whole:
        last = [
            match
            for match in SIZE.finditer(each.value)
            if match.end() == len(each.value)
        ]
        if last:
            return each.value[: last[0].start()] + size
    return None
