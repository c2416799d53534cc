"""What the columns of a table in an answer are, by its header. Pure."""

import re

from agents.insights.claims.lexicon import METRIC_NAMES, METRIC_WORD, compile_words
from agents.insights.claims.tables import CHANGES, FigureKind

CHANGE = compile_words([
    "change", "changes", "growth", "difference", "delta", "increase", "decrease", "vs", "versus",
    "yoy", "mom", "diff",
])  # fmt: skip
CHANGE_SIGN = re.compile(r"[\u0394\u2206\u00b1]|\+/-")
SHARE = compile_words(["share", "portion", "part", "of total", "% of .*"])
EARLIER = compile_words([
    "before", "previous", "prior", "earlier", "last", r"20\d\d", "january", "february", "march",
    "april", "may", "june",
    "july", "august", "september", "october", "november", "december", "jan", "feb", "mar", "apr",
    "jun", "jul", "aug",
    "sep", "sept", "oct", "nov", "dec", r"Q[1-4]",
])  # fmt: skip
EFFECT = compile_words(["effects?", "contributions?"])
HEADER_KINDS = (
    (EFFECT, frozenset({FigureKind.EFFECT})),
    (CHANGE, CHANGES),
    (CHANGE_SIGN, CHANGES),
    (SHARE, frozenset({FigureKind.SHARE, FigureKind.VALUE})),
    (EARLIER, frozenset({FigureKind.VALUE, FigureKind.BEFORE})),
)
"""The kinds of figures by the words of a header, of which the first counts."""
OF_NOW = frozenset(FigureKind) - {FigureKind.BEFORE, FigureKind.EFFECT}


def split_cells(row: str) -> tuple[str, ...]:
    """The cells of a row that begins with a bar."""
    return tuple(each.strip() for each in row.strip().strip("|").split("|"))


def find_column(row: str, at: int) -> int:
    """Which cell of a row a place is in."""
    return row[:at].count("|") - 1


def find_header_kinds(cell: str) -> frozenset[FigureKind]:
    """The kinds of figures that a column with this header may have."""
    for pattern, kinds in HEADER_KINDS:
        if pattern.search(cell):
            return kinds
    return OF_NOW


def find_header_metrics(cell: str) -> frozenset[str] | None:
    match = METRIC_WORD.search(cell)
    return METRIC_NAMES[" ".join(match[0].casefold().split())] if match else None
