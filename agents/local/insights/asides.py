"""Parts a question from the clauses around it that ask for nothing. Pure.

Talk that is known by its words (`talk`) says nothing. Another clause that asks for nothing is left
out, too, and named.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise

from agents.local.insights.lexicon import Role
from agents.local.insights.mentions import Mention
from agents.local.insights.ordinary_words import is_ordinary, is_quality, is_verb
from agents.local.insights.statements import DECIDING, is_stated, names_stranger
from agents.local.insights.talk import OPINION, is_somebody
from agents.local.language.readings import DaySpan, PeriodSpan, TimeGrain
from webapp.insights.query.definitions import PERIODS
from webapp.insights.query.values import MatchKind

CLAUSE_END = re.compile(r"[,;:.!?()\u2013\u2014]|\s-+\s")
ASKING = re.compile(
    r"(?i)\b(?:(?:can|could|would|will) (?:you|u|i|we)\b|gimme\b|lemme\b"
    r"|(?:show|give|tell|send|get|list) (?:me|us)\b|how (?:many|much)\b|which\b"
    r"|what(?:['\u2019]s| is| was| are| were| did| do)\b"
    r"|(?:so |and |but )?(?:i|we)(?:['\u2019]d| would)? (?:need|want|like|love)\b"
    r"|(?:so|and|but) (?:need|want|would like|would love|require)\b"
    r"|(?:so|and|but|because|as|since|cos) (?:that )?(?:i|we|he|she|they|my|our|nobody|everyone)"
    r"(?:['\u2019]\w+)?\b)"
)
"""Words that begin a clause without a sign before them."""
OPENERS = frozenset({
    ",", "so", "hi", "hello", "hey", "ok", "okay", "well", "right", "dear", "please", "yeah",
    "but", "and",
})  # fmt: skip
"""May stand before what a clause is about."""
CONJUNCTIONS = frozenset({
    "because", "as", "since", "before", "after", "while", "although", "though", "now that",
    "that",
})  # fmt: skip
WANTING = frozenset({
    "want", "wanted", "need", "would", "like", "love", "see", "know", "interested", "looking",
    "prefer", "wish", "show", "give", "tell", "get", "count", "mean", "meant", "about",
    "compare",
})  # fmt: skip
"""Words of asking: what stands in their clause is asked for."""
SUBJECTS = frozenset({
    "i", "i'm", "im", "i've", "i'd", "i'll", "my", "he", "he's", "she", "she's", "it", "it's",
    "its", "this", "that", "that's", "there's", "we", "we're", "we've", "we'd", "we'll",
    "they", "they're", "they've", "you", "you're", "you've", "nobody", "everybody", "everyone",
    "somebody", "someone", "let's",
})  # fmt: skip
PREPOSITIONS = frozenset({
    "by", "in", "from", "near", "with", "without", "of", "for", "at", "to", "on", "per",
    "around", "via",
})  # fmt: skip
"""Before words that are not known, say that these narrow the figures."""
IDLE = (
    Role.FILLER, Role.JOIN, Role.ALSO, Role.AGAIN, Role.YES, Role.ANAPHOR, Role.TALK, Role.HIGH,
    Role.LOW, Role.OVERVIEW, Role.EVERY_VALUE, Role.CHART,
)  # fmt: skip
"""Of words that are in questions, too, and ask for nothing by themselves."""
NARROWING = (Role.ONLY, Role.EXCLUDE, Role.BY, Role.INSTEAD_OF)
FIGURES = (Role.METRIC, Role.METRIC_VERB)
ASKED = (
    *FIGURES, Role.ANALYSIS, Role.SUPERLATIVE, Role.BY, Role.BREAKDOWN, Role.CHART, Role.SORT,
    Role.OVERVIEW, Role.SUM_UP,
)  # fmt: skip
"""Of a question, or of a change to the one before."""
POINTERS = frozenset({"it", "its", "they", "their", "them", "those", "these"})
COUNTING = frozenset({"did", "did we", "do", "have", "has", "were", "are", "was"})
ABOUT = frozenset(
    {"about", "of", "for", "any", "some", "more", "our", "the", "on", "a", "an"}
)
""" "Asked about trampolines": what follows is what it is about."""
REQUESTS = frozenset({
    "you", "u", "please", "pls", "plz", "would", "need", "want", "rather", "instead", "show",
    "give", "tell", "get", "count", "compare", "just", "only", "make", "put", "add", "keep", "drop",
})  # fmt: skip
PRAISE = frozenset({
    "great", "good", "nice", "cool", "perfect", "lovely", "super", "excellent", "wonderful", "fine",
    "brilliant", "awesome", "fantastic", "amazing", "splendid", "superb", "terrific", "ok", "okay",
    "thanks", "thank", "you", "cheers", "wow", "interesting", "strange", "weird", "odd", "funny",
    "right", "sure", "very", "really", "that", "that's", "is", "was", "looks", "helpful", "useful",
    "clear", "understood", "noted", "alright", "impressive", "not", "bad", "beautiful", "neat",
    "sweet", "too", "pity", "a", "one", "job", "work", "well", "done", "gotcha",
})  # fmt: skip
""" "Great," "thanks, that's helpful": what is said of the answer before."""
OF_A_TIME = frozenset({"explain_change", "forecast", "anomalies"})
"""Analyses of a time that has to be said, or mostly is."""
LEAD_TIME = re.compile(
    r"(?i)\b(?:suppl\w+|deliver\w*|vendors?|wholesalers?|manufacturers?|lead time|takes?"
    r"|arrives?)\b"
)
YEAR = re.compile(r"(?i)(?:(?:for|of|in) )?(?:the year )?20\d\d")
BARE_TIME = re.compile(
    r"(?i)(?:(?:for|of|in|during) )?(?:the )?(?:q[1-4]|(?:first|second|third|fourth|last|1st|2nd"
    r"|3rd|4th) quarter|january|february|march|april|may|june|july|august|september|october"
    r"|november|december)"
)
""" "The third quarter", without a year."""
Clause = list[Mention]


@dataclass(frozen=True)
class PartedMentions:
    asked: Clause
    left_out: list[Clause]
    """What talk says that is not known, or would be a part of the question elsewhere."""
    telling: list[Mention]
    """What would be a part of a question, of all clauses (`list_telling`)."""
    is_talk: bool
    """Whether there is nothing but talk."""


def part_mentions(text: str, mentions: Sequence[Mention]) -> PartedMentions:
    clauses = [_drop_negation(each) for each in _split_clauses(text, mentions)]
    talk = [
        each
        for each in clauses
        if _is_talk(each) and not _says_lead_time(each, mentions)
    ]
    said = [each for each in clauses if each not in talk and not _is_idle_clause(each)]
    left_out = talk if any(map(_asks_something, said)) else []
    asked = [
        each
        for clause in clauses
        if clause not in left_out and not (said and _is_praise(clause))
        for each in clause
        if not each.has(Role.TALK)
    ]
    asked = _take_needed_time(_point_back(asked, left_out), left_out)
    asked = _take_time(asked, left_out)
    while len(asked) > 1 and asked[0].text.casefold() in OPENERS - {"and", "but"}:
        del asked[0]
    telling = [each for clause in clauses for each in list_telling(clause)]
    return PartedMentions(asked, left_out, telling, bool(talk) and not said)


def lacks_time(asked: Sequence[Mention]) -> bool:
    """Whether what is asked for is of a time, and that is not said."""
    return _asks_analysis(asked, OF_A_TIME) and not any(map(names_window, asked))


def _asks_analysis(mentions: Sequence[Mention], names: Collection[str]) -> bool:
    """Whether one of the analyses is asked for."""
    return any(
        each.role is Role.ANALYSIS and each.name in names
        for mention in mentions
        for each in mention.meanings
    )


def names_window(mention: Mention) -> bool:
    """Whether it is a time, and not only by which ones: "per day"."""
    return mention.time is not None and not isinstance(mention.time, TimeGrain)


def _take_needed_time(asked: Clause, talk: Sequence[Clause]) -> Clause:
    """The question with the times that the talk before it names: "I'm making the rota for next
    week, how many orders can we expect?"; and with the figure, where it says none."""
    if not lacks_time(asked):
        return asked
    said = [each for clause in talk for each in clause if each.end <= asked[0].start]
    times = list(filter(names_window, said))
    names = any(each.has(*FIGURES) for each in asked)
    figures = [] if names or not times else list(filter(names_figure, said))
    return [*figures, *times, *asked]


def _says_lead_time(clause: Clause, mentions: Sequence[Mention]) -> bool:
    """ "The wholesaler takes ten days", beside a question of what to reorder."""
    asks = _asks_analysis(mentions, {"stock_outlook"})
    is_long = any(
        before.number is not None and after.has(Role.DIMENSIONS, Role.DIMENSION)
        for before, after in pairwise(clause)
    )
    return asks and is_long and any(LEAD_TIME.search(each.text) for each in clause)


def list_telling(clause: Sequence[Mention]) -> list[Mention]:
    """What would be a part of a question, or is not known and may narrow one, so that it is named.

    What somebody does who asks narrows nothing, whatever it is.
    """
    is_idle = is_stated(clause) and not (
        names_stranger(clause) or any(each.has(Role.ONLY) for each in clause)
    )
    return [
        each
        for each in clause
        if each.time is not None
        or (each.is_value and not (is_idle and _is_by_chance(each)))
        or (is_idle and names_figure(each))
        or (each.is_unknown and not is_idle)
    ]


def _is_by_chance(mention: Mention) -> bool:
    """Whether a name is written as a word of what somebody does: "new", "set"."""
    is_part = all(each.kind is MatchKind.PART for each in mention.values)
    return is_quality(mention.text) or (is_part and is_verb(mention.text))


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
    asked about trampolines, how many have we sold"."""
    if any(each.is_value or each.has(Role.METRIC) for each in asked):
        return []
    is_open = any(
        mention.has(Role.HOW_MANY) and after.text.casefold() in COUNTING
        for mention, after in pairwise(asked)
    )
    words = {each.text.casefold() for each in asked}
    points = any(each.has(Role.METRIC_VERB) for each in asked) and words & {
        "it",
        "they",
        "them",
    }
    said = [each for clause in talk for each in clause]
    named = [
        each
        for before, each in pairwise(said)
        if each.is_unknown
        and before.text.casefold() in ABOUT
        and not is_ordinary(each.text)
    ]
    gaps = [each for each in said if each.has(Role.GAP)]
    return [*(named if is_open or points else ()), *(gaps if points else ())]


def _point_back(asked: Clause, talk: Sequence[Clause]) -> Clause:
    """A question with the time and the name that it points at in the talk before it."""
    said = [each for clause in talk for each in clause]
    times = [each for each in said if isinstance(each.time, DaySpan | PeriodSpan)]
    names = _list_names(said) or _list_strangers(talk)
    if len(times) == 1 and not any(each.time for each in asked):
        asked = _replace_pointer(asked, times[0], _find_pointed_time(asked))
    if len(names) == 1 and not any(each.is_value for each in asked):
        asked = _replace_pointer(asked, names[0], _find_pointed_name(asked))
    kinds = [each for each in said if each.has(Role.DIMENSION) and not each.time]
    if len(kinds) == 1 and not _names_period(kinds[0]):
        asked = _replace_pointer(asked, kinds[0], _find_pointed_kind(asked))
    return asked


def says_for_when(clause: Sequence[Mention]) -> bool:
    """Whether somebody is busy with a time, which a question behind it may be of: "I'm closing the
    books for June"."""
    return _is_occupation(list(clause))


def _take_time(asked: Clause, talk: Sequence[Clause]) -> Clause:
    busy = [clause for clause in talk if _is_occupation(clause)]
    times = [
        each
        for clause in busy
        for each in clause
        if isinstance(each.time, DaySpan | PeriodSpan)
    ]
    if len(times) != 1 or not any(each.has(*ASKED) for each in asked):
        return asked
    forecasts = _asks_analysis(asked, {"forecast"})
    if any(map(names_window, asked)):
        return [_take_year(each, times[0]) for each in asked]
    return [times[0], *asked] if forecasts or not _is_to_come(times[0]) else asked


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


def _list_names(said: Sequence[Mention]) -> list[Mention]:
    """What has a name; of several, what is called so: "a title called “Returns” in Poetry"."""
    called = [
        after
        for before, after in pairwise(said)
        if after.values and before.text.casefold() in {"called", "named", "titled"}
    ]
    return called or [each for each in said if each.values]


def _list_strangers(talk: Sequence[Clause]) -> list[Mention]:
    """What no figures are of, where that is what talk is about: "we sent out a newsletter", "a
    wholesaler asked about trampolines"."""
    last = talk[-1] if talk else []
    is_ours = bool(last) and last[0].text.casefold() in {"i", "we", "we've", "i've"}
    gaps = [each for each in last if each.has(Role.GAP) and is_ours]
    about = [
        after
        for before, after in pairwise(last)
        if after.is_unknown and before.text.casefold().endswith("about")
    ]
    return about or gaps[:1]


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
        if mention.text.casefold().split()[-1] in {"that", "same"} and is_period:
            return slice(place, place + 2)
    if (several := _find_pointed_times(asked)) is not None:
        return several
    is_last = bool(asked) and asked[-1].text.casefold() == "then"
    return slice(len(asked) - 1, len(asked)) if is_last else None


def _find_pointed_times(asked: Clause) -> slice | None:
    """The place of "those two days"."""
    for place, mention in enumerate(asked):
        counted = place + 1 < len(asked) and asked[place + 1].number is not None
        last = place + 1 + counted
        named = asked[last].find(Role.DIMENSIONS) if last < len(asked) else None
        is_period = named is not None and named.name in PERIODS
        if mention.text.casefold().split()[-1] in {"those", "these"} and is_period:
            return slice(place, last + 1)
    return None


def _names_period(mention: Mention) -> bool:
    return any(each.name in PERIODS for each in mention.meanings)


def _find_pointed_kind(asked: Clause) -> slice | None:
    """The place of "one of them" in "for every one of them"."""
    for place, (mention, after) in enumerate(pairwise(asked[1:]), 1):
        is_one = mention.text.casefold() in {"one", "single"}
        if is_one and after.has(Role.ANAPHOR) and asked[place - 1].has(Role.BY):
            return slice(place, place + 2)
    return None


def _find_pointed_name(asked: Clause) -> slice | None:
    """The place of "its", and that behind "how many", where it is not said of what."""
    for place, (mention, after) in enumerate(pairwise(asked)):
        if mention.has(Role.HOW_MANY) and after.text.casefold() in COUNTING:
            return slice(place + 1, place + 1)
    pointers = [n for n, each in enumerate(asked) if each.text.casefold() in POINTERS]
    return slice(pointers[0], pointers[0] + 1) if pointers else None


def names_figure(mention: Mention) -> bool:
    """Whether it is a figure; people who do something are none."""
    return any(
        each.role is Role.METRIC and each.name != "customers"
        for each in mention.meanings
    )


def _split_clauses(text: str, mentions: Sequence[Mention]) -> Iterator[Clause]:
    begins = {match.start() for match in ASKING.finditer(text)}
    clause = list(mentions[:1])
    for before, after in pairwise(mentions):
        # A comma is a mention, as it may join the names of a list.
        between = text[before.end : max(after.start, before.end + 1)]
        # "To decide which ones to buy" is one clause.
        begins_here = after.start in begins and before.text.casefold() not in DECIDING
        if begins_here or CLAUSE_END.search(between):
            yield clause
            clause = []
        clause.append(after)
    yield clause


def _drop_negation(clause: Clause) -> Clause:
    """ "Not urgent" leaves out no figure behind it."""
    kept: Clause = []
    is_before_talk = False
    for mention in reversed(clause):
        if not (is_before_talk and mention.has(Role.EXCLUDE, Role.NEVER)):
            kept.insert(0, mention)
        is_idle = is_before_talk and mention.has(Role.FILLER)
        is_before_talk = mention.has(Role.TALK) or is_idle
    return kept


def _is_talk(clause: Clause) -> bool:
    return (
        _is_occupation(clause)
        or _is_opinion(clause)
        or is_stated(clause)
        or _is_statement(clause)
        or _is_phrase(clause)
    )


def _asks_something(clause: Clause) -> bool:
    """Whether it is a question, or asks for a change of the one before."""
    words = {word for each in clause for word in each.text.casefold().split()}
    says = any(
        each.time or each.number or each.values or not each.has(*IDLE, Role.ONLY)
        for each in clause
    )
    return (says and not REQUESTS.isdisjoint(words)) or any(
        each.has(*ASKED) or each.average for each in clause
    )


def _is_idle_clause(clause: Clause) -> bool:
    """Whether it only greets, or says nothing else."""
    return _is_praise(clause) or all(
        each.has(Role.TALK) or each.text == "," or each.text.casefold() in OPENERS
        for each in clause
    )


def _is_praise(clause: Clause) -> bool:
    words = [word for each in clause for word in each.text.casefold().split()]
    said = [word for word in words if word != ","]
    return bool(said) and PRAISE.issuperset(said) and clause[0].text.isalpha()


def _is_occupation(clause: Clause) -> bool:
    """ "I'm closing the books for May": talk of somebody, with a time behind it."""
    said = [each for each in clause if each.text.casefold() not in OPENERS]
    if not said:
        return False
    first, *rest = said
    words = first.text.casefold().replace("\u2019", "'").split()
    is_about = first.has(Role.TALK) and words[0] in SUBJECTS and len(words) > 2
    return (
        is_about
        and any(each.time for each in rest)
        and all(each.time or each.has(Role.FILLER) for each in rest)
    )


def _is_opinion(clause: Clause) -> bool:
    """What somebody thinks of the figures."""
    return any(
        meaning.role is Role.TALK and meaning.name == OPINION
        for each in clause
        for meaning in each.meanings
    )


def _is_statement(clause: Clause) -> bool:
    """ "I run a small shop in Leeds": somebody does something that is not known, and nothing is
    asked for."""
    words = [word for each in clause for word in each.text.casefold().split()]
    while words and words[0] in OPENERS:
        del words[0]
    if words and words[0] in CONJUNCTIONS:
        del words[0]
    is_about = bool(words) and (words[0] in SUBJECTS or is_somebody(words))
    is_known = not any(each.is_unknown for each in clause)
    return is_about and not is_known and WANTING.isdisjoint(words)


def _is_phrase(clause: Clause) -> bool:
    """ "Quick sanity check": ordinary words that narrow nothing."""
    said = [each for each in clause if each.text.casefold() not in OPENERS]
    unknown = [each for each in said if each.is_unknown]
    if not unknown or len(said) < 2 or said[0].text.casefold() in PREPOSITIONS:
        return False
    words = {word for each in said for word in each.text.casefold().split()}
    return (
        WANTING.isdisjoint(words)
        and all(is_ordinary(each.text) for each in unknown)
        and all(each.is_unknown or _is_idle(each) for each in said)
    )


def _is_idle(mention: Mention) -> bool:
    if mention.time or mention.values or mention.number or mention.average:
        return False
    return mention.has(*IDLE) and (
        mention.has(Role.FILLER) or not mention.has(*NARROWING)
    )
