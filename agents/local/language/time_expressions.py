"""Finds expressions of time in English text; `data/time_expressions.md` lists what is understood.

Whatever is not understood is not returned: callers compare the offsets with the text, and see which
words are left.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from agents.local.language.compared_pairs import Phrase
from agents.local.language.grammar import TokenReader
from agents.local.language.readings import DayHours, PeriodSpan, Reading
from agents.local.language.time_categories import CATEGORIES
from agents.local.language.time_phrases import STARTERS, read_phrases
from agents.local.language.today import Today
from agents.local.language.tokens import Token, hide_names, split_tokens

JOINING_SIGNS = frozenset("-/.#_@$€£'\u2019:,+\\")
"""Before a number without a space, make it a part of something else: an order number, a price."""


@dataclass(frozen=True)
class FoundTime:
    start: int
    """Offset of its first character in the text."""
    end: int
    """Offset behind its last character."""
    text: str
    reading: Reading


def find_time_expressions(
    text: str, *, today: Today, names: Collection[str] = ()
) -> list[FoundTime]:
    """What a text says about time, in its order, without overlap.

    `names` are those of products, categories and brands: where one stands as whole words, it is no
    time.
    """
    tokens = hide_names(split_tokens(text), names)
    reader = TokenReader(tokens, today, CATEGORIES)
    found: list[FoundTime] = []
    at = 0
    while at < len(tokens):
        if not can_begin(tokens, at):
            at += 1
            continue
        if tokens[at].word == "tonight" and not is_joined(tokens, at, at + 1):
            found.extend(_split_tonight(tokens[at], text))
            at += 1
            continue
        phrases = read_phrases(reader, at)
        if phrases and not is_joined(tokens, phrases[0].start, phrases[-1].end):
            found.extend(_locate_phrase(each, tokens, text) for each in phrases)
            at = phrases[-1].end
        else:
            at += 1
    return found


def read_whole_time(text: str, *, today: Today) -> Reading | None:
    """What a text means that is nothing but one time."""
    found = find_time_expressions(text, today=today)[:1]
    return found[0].reading if found and found[0].text == text else None


def can_begin(tokens: Sequence[Token], at: int) -> bool:
    """Whether a word that begins phrases is there, a number, or the apostrophe of "'26"."""
    word = tokens[at].word
    if word in APOSTROPHES:
        return at + 1 < len(tokens) and tokens[at + 1].word[:1].isdigit()
    is_known = word in STARTERS or word == "tonight" or word[:1].isdigit()
    return is_known and not _is_fiscal(tokens, at)


def _is_fiscal(tokens: Sequence[Token], at: int) -> bool:
    """Only the books of the shop know when a fiscal year begins."""
    before = [token.word for token in tokens[max(at - 2, 0) : at]]
    is_behind = before[:1] and before[0] in FISCAL and before[-1] in {"year", "quarter"}
    return bool(is_behind) or bool(FISCAL.intersection(before[-1:]))


APOSTROPHES = frozenset({"'", "\u2019"})
FISCAL = frozenset({"fiscal", "financial", "fy"})


def is_joined(tokens: Sequence[Token], start: int, end: int) -> bool:
    """Whether the tokens are only a part of something that is written without spaces."""
    return _is_joined_before(tokens, start) or _is_joined_behind(tokens, end)


def _is_joined_before(tokens: Sequence[Token], start: int) -> bool:
    if start == 0 or not tokens[start].is_glued:
        return False
    before = tokens[start - 1]
    if before.is_alphanumeric:
        return True
    if tokens[start].word in APOSTROPHES:
        return False
    return before.word in JOINING_SIGNS


def _is_joined_behind(tokens: Sequence[Token], end: int) -> bool:
    if end >= len(tokens) or not tokens[end].is_glued:
        return False
    if tokens[end].is_alphanumeric:
        return True
    is_more = end + 1 < len(tokens) and tokens[end + 1].is_glued
    is_sign = tokens[end].word in {"/", "_", "@", ".", "..", "-", ":"}
    return is_more and is_sign and tokens[end + 1].is_alphanumeric


def _locate_phrase(phrase: Phrase, tokens: Sequence[Token], text: str) -> FoundTime:
    start, end = tokens[phrase.start].start, tokens[phrase.end - 1].end
    return FoundTime(start, end, text[start:end], phrase.reading)


def _split_tonight(token: Token, text: str) -> list[FoundTime]:
    """Today, and the hours from 18 on: of one word, each has its own letters."""
    middle = token.start + 2
    return [
        FoundTime(
            token.start, middle, text[token.start : middle], PeriodSpan("day", 1, 0)
        ),
        FoundTime(middle, token.end, text[middle : token.end], DayHours(18, 23)),
    ]
