"""Reads what is not wanted: "-hp", "not wireless", "without samsung or apple". Pure."""

import re
from collections.abc import Iterator, Sequence

from webapp.search.query_reading.reading import PartKind, ReadPart

_MINUS = re.compile(r"(?:(?<=\s)|^)[-\u2212](?P<word>[^\W_][\w'’]*(?:-\w+)*)")  # noqa: RUF001
_MARKER = re.compile(
    r"(?<![\w-])(?:but\s+|and\s+)?(?P<marker>not|no|non|without|w/o|except(?:\s+for)?|excluding|"
    r"other\s+than|anything\s+but|minus)\s+",
    re.IGNORECASE,
)
_ITEM_END = re.compile(
    r"\s*(?:,|;|\.(?!\d)|\band\b|\bor\b|\bnor\b|&|/)\s*", re.IGNORECASE
)
_CLAUSE_END = re.compile(
    r"[;.!?]|\b(?:but|with|which|that|under|over|below|above)\b", re.IGNORECASE
)
_SILENT = re.compile(
    r"^(?:(?:for|from|by|in|of|a|an|any|the|made|with|has|have|having|being|is|are)\s+)+",
    re.IGNORECASE,
)
SINGLE = frozenset({"no", "non"})
"""Say it of the next word alone, or two: "mouse no cable"."""
MAX_WORDS = 3
ARTICLES = frozenset({"a", "an", "the", "any", "it", "that", "this"})
VERBS = frozenset(
    [
        "do",
        "does",
        "did",
        "can",
        "could",
        "will",
        "would",
        "should",
        "has",
        "have",
        "may",
        "might",
        "must",
    ]
)
"""Before "not", it denies the sentence."""


def find_exclusions(text: str, taken: Sequence[ReadPart]) -> Iterator[ReadPart]:
    """`taken` is what the text has been read for: an exclusion ends before it."""
    for found in _MINUS.finditer(text):
        if found.start() > 0 and not _is_taken(found.start(), taken):
            yield _build_part(found.start(), found.end(), [found["word"]])
    end = 0
    for found in _MARKER.finditer(text):
        if found.start() < end or _is_taken(found.start(), taken):
            continue
        part = _read_clause(text, found, taken)
        if part is not None:
            end = part.end
            yield part


def _read_clause(
    text: str, found: re.Match[str], taken: Sequence[ReadPart]
) -> ReadPart | None:
    marker = " ".join(found["marker"].lower().split())
    stop = min(
        [each.start for each in taken if each.start >= found.end()], default=len(text)
    )
    clause = text[found.end() : stop]
    if (limit := _CLAUSE_END.search(clause)) is not None:
        clause = clause[: limit.start()]
    before = text[: found.start()].split()
    if before and before[-1].lower() in VERBS:
        return None  # "Wifi does not reach the bedroom".
    is_first = not before
    if is_first and marker in SINGLE:
        return None  # "No frost fridge".
    items, length = _list_items(
        clause, max_words=1 if is_first else _limit_words(marker)
    )
    if not items or (marker in SINGLE and items[0][0].isdigit()):
        return None  # "Chanel no 5".
    return _build_part(found.start(), found.end() + length, items)


def _limit_words(marker: str) -> int:
    return 2 if marker in SINGLE else MAX_WORDS


def _list_items(clause: str, *, max_words: int) -> tuple[list[str], int]:
    """What is listed, and how many letters of the clause say it."""
    items: list[str] = []
    at = length = 0
    while at < len(clause):
        if (silent := _SILENT.match(clause[at:])) is not None:
            at += silent.end()
        separator = _ITEM_END.search(clause, at)
        piece = clause[at : separator.start() if separator else len(clause)]
        words = list(re.finditer(r"\S+", piece))[:max_words]
        if not words:
            break
        items.append(" ".join(word[0] for word in words))
        length = at + words[-1].end()
        is_whole = len(piece.split()) == len(words)
        if separator is None or not is_whole:
            break
        at = separator.end()
    meant = [each for each in items if not ARTICLES.issuperset(each.lower().split())]
    return meant, length


def _is_taken(at: int, taken: Sequence[ReadPart]) -> bool:
    return any(each.start <= at < each.end for each in taken)


def _build_part(start: int, end: int, items: Sequence[str]) -> ReadPart:
    return ReadPart(PartKind.EXCLUSION, start, end, without=tuple(items))
