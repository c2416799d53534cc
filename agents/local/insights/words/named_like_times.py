"""Chooses between a name and what it is spelled like: "October" may be a month and a product, "OR"
a state and a word. Pure."""

import re
from collections.abc import Iterable, Sequence

from agents.local.language.calendar_names import MONTHS, UNITS
from agents.local.language.readings import (
    DaySpan,
    PeriodSpan,
    TimeComparison,
    TimeGrain,
)
from agents.local.language.time_expressions import FoundTime
from webapp.insights.query.values import MatchKind, ValueMatch

MERE_WORDS = frozenset({"the", "of", "a", "'s"})
"""Beside a name, do not say that it is a time."""
CODE_LISTS = frozenset({"and", "or", "state", "states", "vs", "versus", "to", "from"})
"""Before a code in capitals, say that it is none of the words that it looks like."""
CHOICE = re.compile(
    r"(?i)\s*,?\s*(?:and|or|to|with|for|by|but|not|rather than|instead of|in place of|give me"
    r"|show me|show|make it|i want|i meant|i need|take|use|rather|please|use)?\s*"
)
"""Between two months, of which one is meant in place of the other, or both are."""
QUOTES = "\"'\u201c\u201e\u00ab\u2018"
SELLING = frozenset({"sell", "sells", "sold", "selling"})
"""Behind a name, are what goods do."""
MAX_CODE = 3
WEEKS = frozenset({"cw", "kw"})
LABELS = frozenset({"category", "product", "brand", "tag"})
RANKING = frozenset({
    "best", "worst", "top", "bottom", "biggest", "strongest", "weakest", "leading", "highest",
    "lowest", "favourite", "favorite", "selling", "best-selling", "bestselling", "number", "one",
    "which", "what",
})  # fmt: skip
"""Before a label, say that it is asked for, and names nothing: "best product October"."""
NAMING_WORDS = LABELS | {"in", "only", "of", "for", "from"}
"""Before a word, say that it is the name of something."""


def is_part_of_name(time: FoundTime, name: ValueMatch) -> bool:
    """The "weekend" of "The Long Weekend"."""
    is_whole = name.kind is MatchKind.WHOLE and " " in name.value
    is_longer = name.end - name.start > time.end - time.start
    return is_whole and is_longer and name.start <= time.start and time.end <= name.end


def is_within_time(match: ValueMatch, text: str, times: Sequence[FoundTime]) -> bool:
    """Whether a name is a time here: "in October", "the quarter before it", where a product is
    called so."""
    if any(_is_part_of_time(match, text, time) for time in times):
        return True
    if " " in match.value:
        return False
    for time in times:
        if time.start <= match.start and match.end <= time.end:
            length = match.end - match.start
            at = match.start - time.start
            others = f"{time.text[:at]} {time.text[at + length :]}".casefold().split()
            return (
                not MERE_WORDS.issuperset(others)
                or _is_compared_time(time, times)
                or _is_of_grain(time, times)
                or _is_said_again(match.value, time, times)
            )
    return False


def _is_part_of_time(match: ValueMatch, text: str, time: FoundTime) -> bool:
    """ "The quarter before it", "for the quarter from July to September": written as the words that
    it is made of, next to others that say a time."""
    article, *unit = re.split(r"[ -]", match.value.casefold())
    written = text[match.start : match.end]
    is_unit = article == "the" and len(unit) == 1 and unit[0] in UNITS
    if not is_unit or written != written.lower():
        return False
    if 0 <= time.start - match.end <= 1:
        return isinstance(time.reading, DaySpan) and RANGE.search(time.text) is not None
    if not time.start <= match.start < match.end <= time.end:
        return False
    others = f"{time.text[: match.start - time.start]} {text[match.end : time.end]}"
    return not LEADING.issuperset(others.casefold().split())


RANGE = re.compile(r"(?i)\bfrom\b|\b(?:to|through|until|till)\b")
LEADING = MERE_WORDS | {"in", "for", "on", "by", "per", "over", "during", "with"}


def is_only_month(match: ValueMatch, text: str, times: Sequence[FoundTime]) -> bool:
    """Whether the name of a month is that, where a product is called so: in "October orders"
    nothing else says the time, and nothing points at a product."""
    before = text[: match.start].casefold().split()
    # "Give me the October sales figure" points at nothing of the shop.
    has_article = before[-1:] == ["the"]
    before = before[:-1] if has_article else before
    is_pointed_at = bool(before) and (
        (
            before[-1] in NAMING_WORDS | {"called", "named", "book", "title", "novel"}
            and not (before[-1] in LABELS and RANKING.issuperset(before[-2:-1] or [""]))
        )
        or before[-1][-1] in QUOTES
    )
    behind = text[match.end :].casefold().split()
    is_sold = bool(behind) and behind[0].rstrip("?.!,") in SELLING
    if match.value.casefold() not in MONTHS or is_pointed_at or is_sold:
        return False
    windows = [each for each in times if isinstance(each.reading, DaySpan | PeriodSpan)]
    if any(_is_month_alongside(match, each, text) for each in windows):
        return True  # "Not October, September".
    if has_article and behind:
        spans = [(each.start + len("the "), each.end) for each in windows]
        return spans == [(match.start, match.end)]
    return [(each.start, each.end) for each in windows] == [(match.start, match.end)]


def is_listed_code(match: ValueMatch, text: str) -> bool:
    """ "OR and IN this year": a second code in capitals is no "in"."""
    written = text[match.start : match.end]
    before = text[: match.start].rstrip().rstrip(",&/").split()
    is_list = bool(before) and (
        before[-1] in CODE_LISTS or text[match.start - 2] in ",&/"
    )
    if written.casefold() in WEEKS and text[match.end :].lstrip()[:1].isdigit():
        return False  # "From CW 40 to CW 43".
    is_code = len(written) <= MAX_CODE and written.isupper() and written == match.value
    return match.kind is MatchKind.WHOLE and is_code and is_list


def _is_said_again(name: str, time: FoundTime, times: Sequence[FoundTime]) -> bool:
    """ "Why was October so different from October a year ago": the month, both times."""
    return any(
        other.start != time.start
        and other.text.casefold().startswith(f"from {name.casefold()}")
        for other in times
    )


def _is_of_grain(time: FoundTime, times: Iterable[FoundTime]) -> bool:
    """ "On each day of October", where a product is called so."""
    return time.text.casefold().startswith("of ") and any(
        isinstance(other.reading, TimeGrain) and 0 <= time.start - other.end <= 1
        for other in times
    )


def _is_compared_time(time: FoundTime, times: Iterable[FoundTime]) -> bool:
    """ "October vs September": two months, where a product is called so."""
    return any(
        isinstance(other.reading, TimeComparison) and 0 <= other.start - time.end <= 1
        for other in times
    ) or isinstance(time.reading, TimeComparison)


def _is_month_alongside(match: ValueMatch, time: FoundTime, text: str) -> bool:
    """Whether the name of a month is joined to another one by nothing but a word of choice."""
    first, last = sorted(((match.start, match.end), (time.start, time.end)))
    between = text[first[1] : last[0]]
    is_month = time.text.casefold().split()[-1] in MONTHS
    is_other = (time.start, time.end) != (match.start, match.end)
    return (
        is_month
        and is_other
        and first[1] <= last[0]
        and CHOICE.fullmatch(between) is not None
    )
