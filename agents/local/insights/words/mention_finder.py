"""Splits a question into mentions: phrases of the lexicon, names of the shop, times and numbers.

Each token belongs to one mention. The longest reading of the words wins; times and names of the
shop are never cut.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import lru_cache

from agents.local.insights.edits.phrases import IsFree, find_edits
from agents.local.insights.talk.phrases import OPINION, Talk, find_talk
from agents.local.insights.words.analysis_phrases import find_analysis_phrases
from agents.local.insights.words.lexicon import Meaning, Role, load_lexicon
from agents.local.insights.words.mentions import Mention, Number
from agents.local.insights.words.moving_averages import FoundAverage, find_averages
from agents.local.insights.words.named_like_times import (
    LABELS,
    MAX_CODE,
    NAMING_WORDS,
    is_listed_code,
    is_only_month,
    is_part_of_name,
    is_within_time,
)
from agents.local.language.readings import TimeComparison
from agents.local.language.time_expressions import FoundTime, find_time_expressions
from agents.local.language.today import Today
from agents.local.language.tokens import Token, split_tokens
from agents.local.numbers import WORDS
from webapp.insights.query.values import MatchKind, ValueMatch
from webapp.kit.text import label_key

NUMBERED_NAME = re.compile(
    r"(?i)\bthe (?P<number>(?!20[1-3]\d\b)\d{2,}(?: (?:inch|cm|mm|l|ml|g|kg|pieces?))?) ones?\b"
)
""" "The 2000 one": a product with that number in its name; "the 2025 one" is of that year."""
NUMBER = re.compile(
    r"(?P<sign>[$€£])?\s?(?P<digits>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)"
    r"(?:\s?(?P<scale>k|m|thousand|million|grand|mn|mio|mil)\b)?(?P<percent>\s?(?:%|percent\b|pct\b))?"
    r"(?![\w])",
    re.IGNORECASE,
)
UNTIL = re.compile(r"\s?[-\u2013\u2014\u2011]\s?(?=[$€£]?\d)")
CODED = frozenset({"country", "state"})
GOODS = frozenset({"product", "variant", "category", "brand", "tag"})
DOCUMENTS = frozenset({
    "return", "returns", "filing", "declaration", "account", "accounts", "papers", "audit",
    "office", "form", "forms", "vat", "statement", "statements",
})  # fmt: skip
""" "For the UK tax return": what it is for, and no figures of that country."""
SEARCHED = "search_query"
"""Of what was searched for it is settled that it is that (`question.searches`)."""
SCALES = {
    "k": 1000,
    "thousand": 1000,
    "grand": 1000,
    **dict.fromkeys(("m", "million", "mn", "mio", "mil"), 1_000_000),
}


@dataclass(frozen=True)
class _Reader:
    text: str
    tokens: Sequence[Token]
    times: Mapping[int, FoundTime]
    names: Mapping[int, Sequence[ValueMatch]]
    """Whole names of the shop by the offset at which they begin."""
    parts: Mapping[int, Sequence[ValueMatch]]
    averages: Mapping[int, FoundAverage]
    talk: Mapping[int, Mention]
    analyses: Mapping[int, tuple[str, int]]
    """By the place of a first token, an analysis and the place behind the last one."""
    edits: Mapping[int, Mention]
    borders: Sequence[tuple[int, int]] = field(default=())
    """Offsets of what phrases of the lexicon must not cut."""
    codes: frozenset[tuple[int, int]] = frozenset()
    """Those of codes in capitals, which are no part of a phrase: "for US customers"."""


def find_mentions(
    text: str, *, today: Today, matches: Iterable[ValueMatch]
) -> list[Mention]:
    """All mentions of a text in their order; signs that say nothing are left out."""
    found = list(matches)
    found += map(_build_numbered_part, NUMBERED_NAME.finditer(text))
    averages = list(find_averages(text))
    times_alone = [
        each
        for each in _find_times(_hide_names(text, (), averages), today)
        if not any(is_part_of_name(each, name) for name in found)
    ]
    whole = [
        each
        for each in found
        if each.kind is MatchKind.WHOLE
        and not is_within_time(each, text, times_alone)
        and not is_only_month(each, text, times_alone)
    ]
    whole += [each for each in found if is_listed_code(each, text)]
    tokens = split_tokens(text)
    talk = _find_talk(text, tokens, whole)
    times = [
        _begin_behind(each, tokens, talk.values())
        for each in _find_times(_hide_names(text, whole, averages), today)
    ]
    borders = [
        *((time.start, time.end) for time in times),
        *((each.start, each.end) for each in whole),
        *((each.start, each.end) for each in averages),
    ]

    def is_free(start: int, end: int) -> bool:
        first, last = tokens[start].start, tokens[end - 1].end
        return not any(_is_cut(first, last, border) for border in borders)

    reader = _Reader(
        text,
        tokens,
        {time.start: time for time in times},
        _group_by_start(whole),
        _group_by_start(each for each in found if each.kind is MatchKind.PART),
        {each.start: each for each in averages},
        talk,
        find_analysis_phrases(tokens, is_free=is_free),
        _find_edits(text, tokens, is_free),
        borders,
        frozenset(
            (each.start, each.end)
            for each in whole
            if each.end - each.start <= MAX_CODE
            and text[each.start : each.end].isupper()
        ),
    )
    return list(_read_mentions(reader))


def _begin_behind(
    time: FoundTime, tokens: Sequence[Token], talk: Iterable[Mention]
) -> FoundTime:
    """ "He asks for the third quarter": a time without what talk before it takes of it."""
    for each in talk:
        if each.start < time.start < each.end < time.end:
            start = next(token.start for token in tokens if token.start >= each.end)
            return replace(time, start=start)
    return time


@lru_cache(maxsize=256)
def _find_times(text: str, today: Today) -> tuple[FoundTime, ...]:
    """A plan is run from its beginning after each step, and reads the same texts again."""
    return tuple(find_time_expressions(text, today=today))


def _find_talk(
    text: str, tokens: Sequence[Token], names: Sequence[ValueMatch]
) -> dict[int, Mention]:
    """By the offset of its beginning; what has a name of the shop within it is none."""

    def is_free(talk: Talk) -> bool:
        start, end = tokens[talk.start].start, tokens[talk.end - 1].end
        within = [each for each in names if each.start < end and start < each.end]
        if tokens[talk.start].word == "for" and any(
            (each.start, each.end) == (tokens[talk.start + 1].start, end)
            for each in within
        ):
            return False  # "For coffee" is no break where coffee is sold.
        if talk.is_idiom:
            return all(start <= each.start and each.end <= end for each in within)
        if tokens[talk.start].word == "for" and tokens[talk.end - 1].word in DOCUMENTS:
            pointed = [each for each in within if _is_pointed_at(each, text)]
            return not any(each.dimension in GOODS for each in pointed)
        return not any(_is_pointed_at(each, text) for each in within)

    found: dict[int, Mention] = {}
    for talk in find_talk(tokens, is_free=is_free):
        start, end = tokens[talk.start].start, tokens[talk.end - 1].end
        meaning = Meaning(Role.TALK, OPINION if talk.is_opinion else "")
        within = (e for e in names if start < e.start and e.end < end)
        inner = tuple(e for e in within if _is_pointed_at(e, text))
        found[start] = _build_mention(
            text, start, end, meanings=(meaning,), values=inner
        )
    return found


def _find_edits(
    text: str, tokens: Sequence[Token], is_free: IsFree
) -> dict[int, Mention]:
    """By the offset of its beginning."""
    found: dict[int, Mention] = {}
    for edit in find_edits(tokens, is_free=is_free):
        start, end = tokens[edit.start].start, tokens[edit.end - 1].end
        found[start] = _build_mention(text, start, end, meanings=(edit.meaning,))
    return found


def _is_pointed_at(match: ValueMatch, text: str) -> bool:
    """Whether a name of the shop is written as one: with a capital, or of several words."""
    written = text[match.start : match.end]
    if written.isupper() and match.dimension in CODED:
        meanings = load_lexicon().find_longest(split_tokens(written), 0, 1)[1]
        if any(each.role is Role.METRIC for each in meanings):
            return False  # VAT is a code of a country, too.
    return " " in written or written != written.lower()


def _build_numbered_part(match: re.Match[str]) -> ValueMatch:
    start, end = match.span("number")
    return ValueMatch(
        dimension="product",
        value=match["number"].casefold(),
        start=start,
        end=end,
        kind=MatchKind.PART,
    )


def _hide_names(
    text: str, names: Iterable[ValueMatch], averages: Iterable[FoundAverage]
) -> str:
    """The text with other letters for what is no time, so that all places stay the same."""
    spans = [
        *((each.start, each.end) for each in names if _is_as_written(each, text)),
        *((each.start, each.end) for each in averages),
        *(match.span("number") for match in NUMBERED_NAME.finditer(text)),
    ]
    for start, end in spans:
        text = f"{text[:start]}{'x' * (end - start)}{text[end:]}"
    return text


def _is_as_written(match: ValueMatch, text: str) -> bool:
    """Whether the text has the name itself, not its plural: "Fridays" are no brand "Friday"."""
    return label_key(text[match.start : match.end]) == label_key(match.value)


def _group_by_start(matches: Iterable[ValueMatch]) -> dict[int, list[ValueMatch]]:
    groups: dict[int, list[ValueMatch]] = {}
    for match in matches:
        groups.setdefault(match.start, []).append(match)
    return groups


def _read_mentions(reader: _Reader) -> Iterator[Mention]:
    at = 0
    while at < len(reader.tokens):
        mention = _read_mention(reader, at)
        if mention is None:
            at += 1
            continue
        yield mention
        at += 1
        while at < len(reader.tokens) and reader.tokens[at].start < mention.end:
            at += 1


def _read_mention(reader: _Reader, at: int) -> Mention | None:
    """`None` for a sign that says nothing."""
    token = reader.tokens[at]
    phrase = _read_phrase(reader, at)
    longest = _read_whole(reader, at, phrase)
    if longest is not None:
        return longest
    if _is_rather_part(reader, at, phrase):
        return _read_other(reader, token)
    number = _read_number(reader, at)
    if number is not None and (phrase is None or number.end >= phrase.end):
        return number
    return phrase or _read_other(reader, token)


def _read_whole(reader: _Reader, at: int, phrase: Mention | None) -> Mention | None:
    """Talk, a moving average, a time or a whole name, if it is no part of a longer phrase."""
    start = reader.tokens[at].start
    fixed = _read_fixed(reader, start)
    talk = reader.talk.get(start)
    is_figure = fixed is not None and isinstance(fixed.time, TimeComparison)
    if talk is not None and is_figure:
        talk = None  # "Revenue WoW" is no surprise.
    if talk is not None and all(
        each is None or each.end <= talk.end for each in (phrase, fixed)
    ):
        return talk
    if fixed is None or phrase is None or _is_preferred(reader, at, fixed, phrase):
        return fixed
    return None


def _is_rather_part(reader: _Reader, at: int, phrase: Mention | None) -> bool:
    """Whether a word that says nothing is a part of a name: "copies of Live", "the 2000 one"."""
    token = reader.tokens[at]
    if token.start not in reader.parts:
        return False
    if token.word[:1].isdigit():
        return NUMBERED_NAME.match(reader.text, max(token.start - 4, 0)) is not None
    is_name = at > 0 and not token.is_lower
    if phrase is None or not is_name:
        return False
    return phrase.has(Role.FILLER) and phrase.end == token.end


def _read_other(reader: _Reader, token: Token) -> Mention | None:
    """A part of a name, or an unknown word."""
    if token.start in reader.parts:
        part = reader.parts[token.start]
        return _build_mention(reader.text, token.start, part[0].end, values=tuple(part))
    if token.word and not token.is_alphanumeric:
        return None
    return _build_mention(reader.text, token.start, token.end)


def _build_mention(text: str, start: int, end: int, **parts: object) -> Mention:
    return Mention(text[start:end], start, end, **parts)  # type: ignore[arg-type]


def _read_fixed(reader: _Reader, start: int) -> Mention | None:
    """A moving average, a time or a whole name, which begins there."""
    if (found := reader.averages.get(start)) is not None:
        return _build_mention(reader.text, start, found.end, average=found.average)
    time, names = reader.times.get(start), reader.names.get(start)
    if time is not None and (names is None or names[0].end <= time.end):
        return _build_mention(reader.text, start, time.end, time=time.reading)
    if names is not None:
        return _build_mention(reader.text, start, names[0].end, values=tuple(names))
    return None


NAMED_BEHIND = re.compile(r"\s+(?:category|brand|tag|section|department)\b")
""" "Sale category, monthly revenue": a name, at the beginning, too."""


def _is_preferred(reader: _Reader, at: int, fixed: Mention, phrase: Mention) -> bool:
    """Whether words are a time or a name rather than a phrase of as many words."""
    if fixed.end != phrase.end or fixed.time is not None or fixed.average is not None:
        return fixed.end >= phrase.end
    is_searched = any(each.dimension == SEARCHED for each in fixed.values)
    written = reader.text[fixed.start : fixed.end]
    if is_searched or phrase.has(Role.GAP, Role.PERSONAL):
        # "GM" is the gross margin, and no code of a country.
        return not (written.isupper() and len(written) <= MAX_CODE)
    is_code = (
        len(written) <= MAX_CODE and written.isupper() and not phrase.has(Role.METRIC)
    )
    is_capital = is_code or (at > 0 and not reader.tokens[at].is_lower)
    before = reader.tokens[at - 1].word if at else ""
    if phrase.has(Role.METRIC) and reader.tokens[at].is_lower:
        # "Worst in returns": only "the product returns" is one, in small letters.
        return before in LABELS
    is_same = is_code or any(_is_as_written(each, reader.text) for each in fixed.values)
    is_named = before in NAMING_WORDS or NAMED_BEHIND.match(reader.text, fixed.end)
    return is_same and bool(is_capital or is_named or not _is_common(phrase))


def _is_common(phrase: Mention) -> bool:
    """Whether the words are there in many questions, so that a name must be pointed at."""
    return phrase.has(
        Role.METRIC, Role.DIMENSION, Role.DIMENSIONS, Role.FILLER, Role.METRIC_VERB,
        Role.SUPERLATIVE, Role.BY, Role.JOIN,
    )  # fmt: skip


def _read_phrase(reader: _Reader, at: int) -> Mention | None:
    """The longest one of a phrase of the lexicon, a pattern, which is rarer than its words, and a
    change of what was asked before."""
    phrase = _read_asking(reader, at)
    edit = reader.edits.get(reader.tokens[at].start)
    if edit is None or any(
        _is_cut(edit.start, edit.end, each) for each in reader.borders
    ):
        return phrase
    return edit if phrase is None or phrase.end <= edit.end else phrase


def _read_asking(reader: _Reader, at: int) -> Mention | None:
    known, pattern = _read_known_phrase(reader, at), _read_pattern(reader, at)
    if known is None or pattern is None or known.end != pattern.end:
        return max(filter(None, (known, pattern)), key=lambda m: m.end, default=None)
    meanings = dict.fromkeys((*known.meanings, *pattern.meanings))
    return replace(known, meanings=tuple(meanings))


def _read_pattern(reader: _Reader, at: int) -> Mention | None:
    if at not in reader.analyses:
        return None
    name, end = reader.analyses[at]
    start, last = reader.tokens[at].start, reader.tokens[end - 1].end
    if any(_is_cut(start, last, border) for border in reader.borders):
        return None
    meaning = Meaning(Role.ANALYSIS, name)
    return _build_mention(reader.text, start, last, meanings=(meaning,))


def _read_known_phrase(reader: _Reader, at: int) -> Mention | None:
    tokens = reader.tokens
    start = tokens[at].start
    until = len(tokens)
    while until > at:
        size, meanings = load_lexicon().find_longest(tokens, at, until)
        if not size:
            return None
        end = tokens[at + size - 1].end
        holds_code = any(start < first and last <= end for first, last in reader.codes)
        is_cut = any(_is_cut(start, end, border) for border in reader.borders)
        if not (is_cut or holds_code) and not _cuts_dimension(
            tokens, at + size - 1, meanings
        ):
            return _build_mention(reader.text, start, end, meanings=meanings)
        until = at + size - 1
    return None


def _cuts_dimension(
    tokens: Sequence[Token], last: int, meanings: Sequence[Meaning]
) -> bool:
    """ "By customer status" is not by customer."""
    if not any(each.role in (Role.GAP, Role.PERSONAL) for each in meanings):
        return False
    size, longer = load_lexicon().find_longest(tokens, last, len(tokens))
    return size > 1 and any(
        each.role in (Role.DIMENSION, Role.DIMENSIONS) for each in longer
    )


def _is_cut(start: int, end: int, border: tuple[int, int]) -> bool:
    """Whether a phrase overlaps a border without containing all within it."""
    first, last = border
    overlaps = start < last and first < end
    return overlaps and not (start <= first and last <= end)


def _parse_number(match: re.Match[str]) -> Number:
    digits = Decimal(match["digits"].replace(",", ""))
    scale = SCALES.get((match["scale"] or "").casefold(), 1)
    return Number(digits * scale, bool(match["sign"]), bool(match["percent"]))


def _read_number(reader: _Reader, at: int) -> Mention | None:
    token = reader.tokens[at]
    if match := NUMBER.match(reader.text, token.start):
        number, end = _parse_number(match), match.end()
        sign = UNTIL.match(reader.text, end)
        last = NUMBER.match(reader.text, sign.end()) if sign else None
        if last is not None and _parse_number(last).value > number.value:
            high, end = _parse_number(last), last.end()
            is_money = number.is_money or high.is_money
            number = Number(number.value, is_money, high.is_percent, high.value)
        return _build_mention(reader.text, token.start, end, number=number)
    if token.word in WORDS and token.word != "one":
        number = Number(Decimal(WORDS[token.word]))
        return _build_mention(reader.text, token.start, token.end, number=number)
    return None
