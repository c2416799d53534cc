"""Finds the words that change what was asked before: narrow it, leave something out of it, add it
up, order it otherwise, do it again with something else.

The patterns say how verbs and their objects stand together. What such a phrase does is a role of
the lexicon, so that the question is read as if it was said in one word. Pure.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from agents.local.insights.edits.columns import COLUMN_CATEGORIES
from agents.local.insights.edits.filters import FILTER_CATEGORIES
from agents.local.insights.edits.limits import LIMIT_CATEGORIES
from agents.local.insights.edits.ordering import ORDER_CATEGORIES
from agents.local.insights.edits.remarks import REMARK_CATEGORIES
from agents.local.insights.edits.repetition import REPETITION_CATEGORIES
from agents.local.insights.edits.words import WORD_CATEGORIES
from agents.local.insights.words.lexicon import Meaning
from agents.local.language.grammar import (
    ANY_DAY,
    Captures,
    Category,
    Rules,
    TokenReader,
)
from agents.local.language.tokens import Token

CATEGORIES: Mapping[str, Category] = {
    **WORD_CATEGORIES,
    **FILTER_CATEGORIES,
    **ORDER_CATEGORIES,
    **LIMIT_CATEGORIES,
    **COLUMN_CATEGORIES,
    **REPETITION_CATEGORIES,
    **REMARK_CATEGORIES,
}
EDITS = Rules()
IsFree = Callable[[int, int], bool]


@dataclass(frozen=True)
class Edit:
    start: int
    """The place of its first token."""
    end: int
    """The place behind its last token."""
    meaning: Meaning


def find_edits(
    tokens: Sequence[Token], *, is_free: IsFree = lambda _start, _end: True
) -> Iterator[Edit]:
    """Those that begin at each token, the longest of each, so that they may overlap.

    `is_free` says of the places of a first token and behind a last one whether nothing that is one
    thing is cut by them: the "in" of "how does that look in May" is a part of the time.
    """
    reader = TokenReader(tokens, ANY_DAY, CATEGORIES)
    for at in range(len(tokens)):
        read = EDITS.read_longest(reader, at)
        for end in range(read[1] if read else at, at, -1):
            if not is_free(at, end):
                read = None
            elif read is None:
                shorter = TokenReader(tokens[:end], ANY_DAY, CATEGORIES)
                read = EDITS.read_longest(shorter, at)
            if read is not None:
                break
        if read is not None:
            yield Edit(at, read[1], read[0])


@EDITS.add(
    "FILTERING", "TABULATING", "REMARK", "REPEATING", "ORDERING", "STATUS", "UNLIMITING"
)
def read_edit(found: Captures) -> Meaning:
    meaning: Meaning = found[0]
    return meaning
