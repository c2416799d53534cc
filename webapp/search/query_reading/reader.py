"""Reads a search text: prices, sizes and what is not wanted become filters, the rest stays words.
Pure.

    read_query("laptop 14 inch under 500 -hp")
"""

import re
from collections.abc import Iterable

from webapp.search.query_reading.exclusions import find_exclusions
from webapp.search.query_reading.prices import find_prices
from webapp.search.query_reading.reading import QueryReading, ReadPart
from webapp.search.query_reading.sizes import find_sizes

_ASKING = re.compile(
    r"^\s*(?:(?:please|hi|hello)[\s,]+)*"
    r"(?:(?:i|we)(?:'m|'d|’m|’d)?\s+(?:am\s+|are\s+|would\s+|like\s+)*(?:want|need|like|looking|"  # noqa: RUF001
    r"searching|search|look)(?:\s+to\s+(?:spend|buy|get|find|order|have))?(?:\s+for)?"
    r"|(?:show|find|get|give)\s+me|looking\s+for|search(?:ing)?\s+for|do\s+you\s+(?:have|sell))"
    r"\s+(?:(?:an?|the|some|any)\s+)?(?=\S)",
    re.IGNORECASE,
)
"""Talk around what is wanted."""
_LEADING = re.compile(r"^(?:on|for|in)\s+(?:(?:an?|the|some)\s+)?(?=\S)", re.IGNORECASE)


def read_query(text: str) -> QueryReading:
    plain = drop_talk(text)
    sizes = list(find_sizes(plain))
    prices = list(_leave_overlaps(find_prices(plain), sizes))
    taken = [*prices, *_leave_overlaps(sizes, prices)]
    exclusions = list(_leave_overlaps(find_exclusions(plain, taken), taken))
    return QueryReading(
        plain, sorted([*taken, *exclusions], key=lambda each: each.start)
    )


def drop_talk(text: str) -> str:
    """The text from where it says what is wanted: without "I am looking for a"."""
    asking = _ASKING.match(text)
    return text[asking.end() :] if asking else text


def _leave_overlaps(
    parts: Iterable[ReadPart], taken: Iterable[ReadPart]
) -> list[ReadPart]:
    return [
        part
        for part in parts
        if all(part.end <= each.start or each.end <= part.start for each in taken)
    ]
