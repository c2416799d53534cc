"""Completes a question with what the talk around it names: what "it" and "that week" stand for, and
the time that somebody is busy with. Pure."""

import re
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

from agents.local.insights.talk.clause_kinds import (
    ASKED,
    FIGURES,
    names_window,
    says_for_when,
    tells_of_time,
)
from agents.local.insights.words.lexicon import Role
from agents.local.insights.words.mentions import Mention
from agents.local.insights.words.ordinary_words import is_ordinary
from agents.local.language.readings import DaySpan, PeriodSpan, TimeGrain
from webapp.insights.query.definitions import PERIODS

POINTERS = frozenset({
    "it", "its", "they", "their", "them", "those", "these", "of it", "of them", "of those",
    "of these", "with it", "for it", "from it", "on it", "with them", "for them", "from them",
})  # fmt: skip
PLACES = frozenset({"country", "state"})
AREAS = frozenset({"market", "region", "area", "place", "country", "part", "territory"})
THERE = frozenset(
    {
        "there",
        "over there",
        "from there",
        "in there",
        "out there",
        "down there",
        "up there",
    }
)
EXISTING = frozenset({"is", "are", "was", "were", "be", "been", "many", "much"})
""" "How many are there" points at no place."""
LEFT_OUT = re.compile(r"\w+ (?:it|that|this|them|those|these)(?: \w+)*")
""" "Leave it out"."""
NOTHING = Mention("", 0, 0)
COUNTING = frozenset(
    {
        "we",
        "we've",
        "have we",
        "did",
        "did we",
        "do",
        "have",
        "has",
        "were",
        "are",
        "was",
    }
)
ABOUT = frozenset(
    {"about", "of", "for", "any", "some", "more", "our", "the", "on", "a", "an"}
)
""" "Asked about trampolines": what follows is what it is about."""
OF_A_TIME = frozenset({"explain_change", "forecast", "anomalies"})
"""Analyses of a time that has to be said, or mostly is."""
YEAR = re.compile(r"(?i)(?:(?:for|of|in) )?(?:the year )?20\d\d")
BARE_TIME = re.compile(
    r"(?i)(?:(?:for|of|in|during) )?(?:the )?(?:q[1-4]|(?:first|second|third|fourth|last|1st|2nd"
    r"|3rd|4th) quarter|january|february|march|april|may|june|july|august|september|october"
    r"|november|december)"
)
""" "The third quarter", without a year."""
Clause = list[Mention]


def take_from_talk(asked: Clause, talk: Sequence[Clause]) -> Clause:
    """A question with what it points at in the talk around it, and with the time that it is of."""
    return _take_time(_drop_pointer(_point_back(asked, talk)), talk)


def _drop_pointer(asked: Clause) -> Clause:
    """ "31 October: what did we make that day?" names its time already."""
    at = _find_pointed_time(asked)
    is_last = at is not None and all(each.word == "," for each in asked[at.stop :])
    if at is None or not is_last or asked[at.start].word == "then":
        return asked
    times = [
        n for n, each in enumerate(asked) if isinstance(each.time, DaySpan | PeriodSpan)
    ]
    is_named = len(times) == 1 and times[0] < at.start
    return [*asked[: at.start], *asked[at.stop :]] if is_named else asked


def points_back(asked: Sequence[Mention], talk: Sequence[Mention]) -> bool:
    """Whether a question points at what talk before it names: "how much did we sell in that week",
    "what are its buyers like"."""
    return _point_back(list(asked), [list(talk)]) != list(asked) or bool(
        list_strange(asked, [talk])
    )


def list_strange(
    asked: Sequence[Mention], talk: Sequence[Sequence[Mention]]
) -> list[Mention]:
    """What a question points at in the talk before it, and is not known or not recorded: "somebody
    asked about trampolines, how many have we sold", "we sent a newsletter, what did it bring"."""
    words = {each.word for each in asked}
    points = any(each.has(*FIGURES) for each in asked) and words & POINTERS
    if any(each.is_value for each in asked) or not (points or _is_open(asked)):
        return []
    said = [each for clause in talk for each in clause]
    unknown = [(before.word, e) for before, e in pairwise(said) if e.is_unknown]
    about = [each for word, each in unknown if word.endswith("about")]
    named = about or [
        e for word, e in unknown if word in ABOUT and not is_ordinary(e.text)
    ]
    return [*named, *(each for each in said if points and each.has(Role.GAP))]


def _is_open(asked: Sequence[Mention]) -> bool:
    """Whether it is not said of what: "how many did we sell"."""
    return any(
        mention.has(Role.HOW_MANY) and after.word in COUNTING
        for mention, after in pairwise(asked)
    )


def lacks_time(asked: Sequence[Mention]) -> bool:
    """Whether what is asked for is of a time, and that is not said."""
    return asks_analysis(asked, OF_A_TIME) and not any(map(names_window, asked))


def names_figure(mention: Mention) -> bool:
    """Whether it is a figure; people who do something are none."""
    return any(
        each.role is Role.METRIC and each.name != "customers"
        for each in mention.meanings
    )


def asks_analysis(mentions: Sequence[Mention], names: Collection[str]) -> bool:
    """Whether one of the analyses is asked for."""
    return any(
        each.role is Role.ANALYSIS and each.name in names
        for mention in mentions
        for each in mention.meanings
    )


def _point_back(asked: Clause, talk: Sequence[Clause]) -> Clause:
    """A question with the time and the name that it points at in the talk before it."""
    said = [each for clause in talk for each in clause]
    times = [each for each in said if isinstance(each.time, DaySpan | PeriodSpan)]
    names = _list_names(said) or list_strange(asked, talk)
    if len(times) == 1 and not any(each.time for each in asked):
        asked = _replace_pointer(asked, times[0], _find_pointed_time(asked))
    leaves_out = any(_leaves_it_out(each) for each in asked)
    if len(names) == 1 and (leaves_out or not any(each.is_value for each in asked)):
        asked = _replace_pointer(asked, names[0], _find_pointed_name(asked, names[0]))
    kinds = [each for each in said if each.has(Role.DIMENSION) and not each.time]
    if len(kinds) == 1 and not _names_period(kinds[0]):
        asked = _replace_pointer(asked, kinds[0], _find_pointed_kind(asked))
    return asked


def list_called(said: Sequence[Mention]) -> list[Mention]:
    """What is called so: "a title called “Returns” in Poetry"."""
    return [
        after
        for before, after in pairwise(said)
        if after.values and before.word in {"called", "named", "titled"}
    ]


def _list_names(said: Sequence[Mention]) -> list[Mention]:
    """What has a name; of several, what is called so."""
    named = [each for each in said if each.values or PLACES & each.dimensions]
    whole = [each for each in named if not each.is_part]
    return list_called(said) or whole or named


def _replace_pointer(asked: Clause, named: Mention, at: slice | None) -> Clause:
    if at is None:
        return asked
    place = asked[at] or asked[at.start - 1 : at.start]
    meant = replace(named, start=place[0].start, end=place[-1].end)
    return [*asked[: at.start], meant, *asked[at.stop :]]


def _find_pointed_time(asked: Clause) -> slice | None:
    """The place of "that week"."""
    for place, (mention, after) in enumerate(pairwise(asked)):
        period = after.find(Role.DIMENSION)
        is_period = period is not None and period.name in PERIODS
        if mention.word.split()[-1] in {"that", "same"} and is_period:
            return slice(place, place + 2)
    if (several := _find_pointed_times(asked)) is not None:
        return several
    is_last = bool(asked) and asked[-1].word == "then"
    return slice(len(asked) - 1, len(asked)) if is_last else None


def _find_pointed_times(asked: Clause) -> slice | None:
    """The place of "those two days"."""
    for place, mention in enumerate(asked):
        counted = place + 1 < len(asked) and asked[place + 1].number is not None
        last = place + 1 + counted
        named = asked[last].find(Role.DIMENSIONS) if last < len(asked) else None
        is_period = named is not None and named.name in PERIODS
        if mention.word.split()[-1] in {"those", "these"} and is_period:
            return slice(place, last + 1)
    return None


def _find_pointed_name(asked: Clause, named: Mention) -> slice | None:
    """The place of "its", "there" and "that product", and those behind "leave it out" and "how
    many", where it is not said of what."""
    for place, (mention, after) in enumerate(pairwise([*asked, NOTHING])):
        is_open = mention.has(Role.HOW_MANY) and after.word in COUNTING
        if is_open or _leaves_it_out(mention):
            return slice(place + 1, place + 1)
        if mention.word in {"that", "this", "the same"} and _is_kind_of(after, named):
            return slice(place, place + 2)
        is_there = mention.word in THERE and PLACES & named.dimensions
        if is_there and not (place and asked[place - 1].word.split()[-1] in EXISTING):
            return slice(place, place + 1)
    pointers = [n for n, each in enumerate(asked) if each.word in POINTERS]
    return slice(pointers[0], pointers[0] + 1) if pointers else None


def _leaves_it_out(mention: Mention) -> bool:
    """ "Leave it out", "with it taken out": of what is named before."""
    return mention.has(Role.EXCLUDE) and LEFT_OUT.fullmatch(mention.word) is not None


def _is_kind_of(mention: Mention, named: Mention) -> bool:
    """Whether it says what the name is one of: "that country", of Germany."""
    kinds = {each.name for each in mention.meanings if each.role is Role.DIMENSION}
    is_place = mention.word in AREAS and bool(PLACES & named.dimensions)
    return is_place or not kinds.isdisjoint(named.dimensions)


def _names_period(mention: Mention) -> bool:
    return any(each.name in PERIODS for each in mention.meanings)


def _find_pointed_kind(asked: Clause) -> slice | None:
    """The place of "one of them" in "for every one of them"."""
    for place, (mention, after) in enumerate(pairwise(asked[1:]), 1):
        is_one = mention.word in {"one", "single"}
        if is_one and after.has(Role.ANAPHOR) and asked[place - 1].has(Role.BY):
            return slice(place, place + 2)
    return None


def _take_time(asked: Clause, talk: Sequence[Clause]) -> Clause:
    """The question with the times that talk names, where it needs them: "I'm making the rota for
    next week, how many orders can we expect?"; else with the one that somebody is busy with."""
    if lacks_time(asked):
        return [*_list_needed(asked, talk), *asked]
    is_single = not any(isinstance(each.time, TimeGrain) for each in asked)
    busy = [
        each
        for clause in talk
        if says_for_when(clause) or (is_single and tells_of_time(clause))
        for each in clause
    ]
    times = [each for each in busy if isinstance(each.time, DaySpan | PeriodSpan)]
    if len(times) != 1 or not any(each.has(*ASKED) for each in asked):
        return asked
    if any(map(names_window, asked)):
        return [_take_year(each, times[0]) for each in asked]
    return asked if _is_to_come(times[0]) else [times[0], *asked]


def _list_needed(asked: Clause, talk: Sequence[Clause]) -> list[Mention]:
    """The times of talk, and its figure, where the question says none."""
    said = [each for clause in talk for each in clause]
    times = list(filter(names_window, said))
    names = any(each.has(*FIGURES) for each in asked)
    figures = [] if names or not times else list(filter(names_figure, said))
    return [*figures, *times]


def _is_to_come(mention: Mention) -> bool:
    return isinstance(mention.time, PeriodSpan) and mention.time.offset < 0


def _take_year(mention: Mention, year: Mention) -> Mention:
    """ "I'm closing 2025: how was the third quarter?" is of that year."""
    time, whole = mention.time, year.time
    if not (isinstance(whole, DaySpan) and isinstance(time, DaySpan)):
        return mention
    is_bare = YEAR.fullmatch(year.text) and BARE_TIME.fullmatch(mention.text)
    if not is_bare or whole.first is None or time.first is None or time.last is None:
        return mention
    of = whole.first.year
    return replace(
        mention, time=DaySpan(_move_year(time.first, of), _move_year(time.last, of))
    )


def _move_year(day: date, year: int) -> date:
    """The same day; of the last of February, the last."""
    following = day + timedelta(days=1)
    is_last = following.day == 1
    return (
        following.replace(year=year + (following.year - day.year)) - timedelta(days=1)
        if is_last
        else day.replace(year=year)
    )
