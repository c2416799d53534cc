"""Corrects misspelled words to those of questions, of times, and of the shop. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache

from agents.local.insights.words.lexicon import load_lexicon, read_data
from agents.local.insights.words.mentions import Mention
from agents.local.insights.words.ordinary_words import is_ordinary
from agents.local.insights.words.rewordings import reword_text
from agents.local.language.time_phrases import STARTERS
from webapp.insights.query.values import MatchKind, ValueMatch

PERIOD_BEFORE = re.compile(
    r"(?i)(?<!\ball )(?<!\ball of )\bthe (?:(?:\d+|same number of) )?"
    r"(?:days|weeks|months|quarters|years) before(?: (?:that|them|those))?\b"
)
THAN_IT_WAS = re.compile(
    r"(?i)\bthan (?:it|they|that|those|we|ours)"
    r" (?:was|were|had been|had|has been|did|is|are)\b(?! not)"
)
""" "Lower than it was last year"."""
SOLD_THROUGH = re.compile(
    r"(?i)\b(stock|inventory) ((?:we|you|was|were|got|has been|have been|is|did we) )?"
    r"(?:sold|sell) through\b"
)
""" "What part of the stock sold through last month": in it, and not until then."""
PLUS = re.compile(r"(?<=\w)\s*\+\s*(?=[^\W\d])")
OR_MORE = re.compile(r"(?i)(?<=\d)(k|m|%)?\+(?=\s*(?:$|[,.;?!)]))")
""" "Months with a revenue of 5k+"."""
UNDERSCORE = re.compile(r"(?<=[^\W_])_(?=[^\W_])")
"""Within the name of a metric or dimension, as programs write it: "average_order_value"."""
SAME_UNIT = re.compile(
    r"(?i)\b(this (week|month|quarter|year)\b.*?"
    r"\b(?:vs\.?|versus|against|with|(?<!first )to|than) last)"
    r"(?=\s*(?:[,.;:?!)]|$|(?:by|in|for|per|from|and)\b))"
)
""" "This year vs last", without the word that stands there already."""
CATEGORY_OF_NOW = re.compile(
    r"(?i)\bcategor(?P<plural>y|ies) (?:(?:that|which|where|in which) )?"
    r"(?:(?:they|it|the|our|each|every|all|a|products?|items?|goods|articles?|things) ){1,2}"
    r"(?:(?:is|are|sits?|stands?|belongs?|lives?|falls?) )?(?:(?:in|to|into|under) )?"
    r"(?:right )?(?:now|currently|today|at present|at the moment|nowadays|these days)\b"
)
""" "The category that products are in now", which is another one than that of the order."""
SPAN = re.compile(
    r"(?i)(?<![\w.,-])(\d[\d,.]*)\s?[-\u2013]\s?(\d[\d,.]*)(?=\s+(?:orders?|units?|pieces|copies|items"
    r"|customers|buyers|sales|searches|returns|refunds|euros?|pounds|dollars|range)\b)"
)
""" "460-490 orders"."""
DID = re.compile(
    r"(?i)\b(what|how|where|when|why|who)['\u2019]?d(?=\s+(?:we|you|i|they|it|that|this|the|our)\b)"
)
""" "What'd we sell"."""
PERIOD_LETTERS = {
    "d": "days",
    "w": "weeks",
    "wks": "weeks",
    "mo": "months",
    "mos": "months",
    "y": "years",
}
SHORT_PERIOD = re.compile(
    r"(?<![\w.,-])(\d+)\s?(d|w|wks|mos?|y)(?=\s*(?:$|[,.;?!)]|(?:instead|please|pls|too|now|rather|then"
    r"|by|per|vs|and|not)\b))"
)
""" "Same for 60d"."""
MIN_LETTERS = 4
SIMILARITY = 0.75
LONG_WORD = 8


@dataclass(frozen=True)
class Correction:
    written: str
    meant: str
    start: int
    end: int


def expand_abbreviations(text: str) -> str:
    """Write `wk` out as `week`."""
    known = read_data("abbreviations.toml")
    text = reword_text(text)
    text = CATEGORY_OF_NOW.sub(r"current categor\g<plural>", text)
    text = SOLD_THROUGH.sub(r"\1 sold", text)
    text = PERIOD_BEFORE.sub("the previous period", text)
    text = OR_MORE.sub(r"\1 or more", THAN_IT_WAS.sub("than", text))
    text = PLUS.sub(" plus ", text)
    text = DID.sub(r"\1 did", text)
    text = SHORT_PERIOD.sub(
        lambda found: f"{found[1]} {PERIOD_LETTERS[found[2]]}", text
    )
    text = SPAN.sub(r"\1 to \2", text)
    text = SAME_UNIT.sub(r"\1 \2", UNDERSCORE.sub(" ", text))
    return _match_abbreviations().sub(lambda match: known[match[0].casefold()], text)


@cache
def _match_abbreviations() -> re.Pattern[str]:
    """The longest first, as whole words."""
    phrases = sorted(read_data("abbreviations.toml"), key=len, reverse=True)
    return re.compile(
        rf"(?i)(?<![\w/.])(?:{'|'.join(map(re.escape, phrases))})(?![\w/])"
    )


def correct_words(
    unknown: Sequence[Mention], matches: Sequence[ValueMatch]
) -> list[Correction]:
    """The unknown words that are almost spelled like a known one, and not like an ordinary one."""
    found = [_correct_word(mention, matches) for mention in unknown]
    return [each for each in found if each is not None]


def _correct_word(mention: Mention, matches: Sequence[ValueMatch]) -> Correction | None:
    word = mention.text.casefold()
    if mention.number is not None:
        return None
    if len(word) < MIN_LETTERS - 1 or not word.isalpha() or is_ordinary(word):
        return None
    similar = [
        (each.names or [each.value])[0]
        for each in matches
        if each.kind is MatchKind.SIMILAR and each.start == mention.start
    ]
    meant = [each for each in similar if is_misspelled_name(word, each.casefold())][:1]
    meant += _find_close(word)
    if not meant:
        return None
    nearest = min(meant, key=lambda each: count_edits(word, each.casefold()))
    return Correction(mention.text, nearest, mention.start, mention.end)


def _find_close(word: str) -> list[str]:
    """The known word that is most like one; of those that are equally like it, one that means
    something by itself: "categorie" is "categories", not the first word of "categorise by"."""
    close = get_close_matches(word, _list_words(), cutoff=SIMILARITY)
    if not close:
        return []
    single = load_lexicon().single
    nearest = count_edits(word, close[0])
    alike = [each for each in close if count_edits(word, each) == nearest]
    best = next((each for each in alike if each in single), close[0])
    return [best] if best[0] == word[0] and is_misspelled(word, best) else []


def is_misspelled(word: str, meant: str) -> bool:
    """Whether a word differs by a slip of the hand: one letter more, less, another or swapped with
    its neighbor; of long words two, but not in their endings, which make other words."""
    edits = count_edits(word, meant)
    if len(word) < MIN_LETTERS:
        # Of short words only a letter is missing: others are as near to many.
        return edits == 1 and len(meant) > len(word)
    return edits <= 1 or (
        edits == 2
        and min(len(word), len(meant)) >= LONG_WORD
        and word[-2:] == meant[-2:]
    )


def is_misspelled_name(word: str, name: str) -> bool:
    """Whether a word differs from a name by a slip: one for each four of its letters."""
    edits = min(
        count_edits(one, other)
        for one in (word, word.removesuffix("s"))
        for other in (name, name.removesuffix("s"))
    )
    return edits <= min(len(word), len(name)) // MIN_LETTERS


def count_edits(first: str, second: str) -> int:
    """The Damerau-Levenshtein distance, of neighbors that are swapped once."""
    rows = [list(range(len(second) + 1))]
    for i, letter in enumerate(first, 1):
        row = [i]
        for j, other in enumerate(second, 1):
            cost = min(
                rows[-1][j] + 1, row[-1] + 1, rows[-1][j - 1] + (letter != other)
            )
            if i > 1 and j > 1 and (letter, first[i - 2]) == (second[j - 2], other):
                cost = min(cost, rows[-2][j - 2] + 1)
            row.append(cost)
        rows.append(row)
    return rows[-1][-1]


@cache
def _list_words() -> tuple[str, ...]:
    words = load_lexicon().words | STARTERS
    return tuple(sorted(w for w in words if len(w) >= MIN_LETTERS and w.isalpha()))


def apply_corrections(text: str, corrections: Sequence[Correction]) -> str:
    for each in sorted(corrections, key=lambda each: -each.start):
        text = f"{text[: each.start]}{each.meant}{text[each.end :]}"
    return text
