"""Parses a question to the parts of a query, and to what was not understood of it."""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from itertools import pairwise

from agents.local.insights.asides import (
    PartedMentions,
    list_strange,
    list_telling,
    part_mentions,
)
from agents.local.insights.derived_columns import read_derived
from agents.local.insights.draft import Draft, Gap, Request
from agents.local.insights.edit_senses import IN_MONEY, settle_edits
from agents.local.insights.figure_senses import settle_figure_senses
from agents.local.insights.leftovers import list_leftovers
from agents.local.insights.lexicon import Meaning, Role
from agents.local.insights.mentions import Mention, Number, find_mentions
from agents.local.insights.place_senses import settle_places
from agents.local.insights.question_analyses import (
    read_analysis,
    read_level,
    settle_analysis,
    settle_qualifiers,
)
from agents.local.insights.question_bounds import read_bounds
from agents.local.insights.question_dimensions import read_dimensions
from agents.local.insights.question_metrics import read_metrics
from agents.local.insights.question_rankings import read_rankings
from agents.local.insights.question_searches import (
    QUERY,
    find_search_texts,
    names_no_metric,
    settle_searches,
    speaks_of_searches,
)
from agents.local.insights.question_times import read_times
from agents.local.insights.related_metrics import DEFAULT_METRIC
from agents.local.insights.times_in_years import place_in_years
from agents.local.insights.value_filters import group_all_values, read_values
from agents.local.insights.word_senses import settle_senses
from agents.local.language.calendar_names import MONTHS, WEEKDAYS
from agents.local.language.readings import Weekdays
from agents.local.numbers import WORDS
from webapp.insights.query.definitions import METRICS, PERIODS, Additivity
from webapp.insights.query.values import MatchKind, ValueMatch

GOING_ON = (Role.FURTHER, Role.REST)
ABOUT_ROWS = (
    Role.FILLER, Role.AGAIN, Role.JOIN, Role.ALSO, Role.WHICH, Role.YES, Role.ANAPHOR,
    Role.DIMENSION, Role.DIMENSIONS,
)  # fmt: skip
"""What says no more than that rows are wanted, beside what goes on with a list."""
ONE_FIGURE = re.compile(r"(?i)\b(?:one|single) (?:figure|number)\b")
DEAD_STOCK = re.compile(r"(?i)(?:dead|obsolete)")
MOVING_STOCK = frozenset({"sell_through", "stock_cover", "units", "stock_value"})
GIVEN_BACK = frozenset({"refunds", "returns"})
NOBODY = frozenset(
    {"nobody", "everybody", "everyone", "anybody", "somebody", "nothing"}
)
"""Whom an opinion is about, where it is of all."""
BACK_WORDS = frozenset({"of those", "of them", "of these", "their", "them"})

LISTING = frozenset({
    "list", "show", "name", "count", "see", "give", "rank", "sort", "send", "get", "have",
    "enumerate",
})  # fmt: skip
""" "Could you list them" is of what the question itself names."""
TOTALS = frozenset({
    "total", "totals", "sum", "sum of", "the sum of", "altogether", "combined", "together",
    "in total", "overall", "all together", "added up", "added together", "summed up",
    "taken together",
})  # fmt: skip
"""Words that may ask for one figure of all rows."""
THEY = frozenset({"they", "those", "these", "the two", "both", "them", "the same"})
THE = frozenset({"the", "that", "this", "whole", "entire", "full"})
POINTED = frozenset({"it", "they", "that", "this", "those", "these", "them"})
THESE = frozenset({"these", "those", "the", "both", "our", "them"})
CHANGED_TIME = re.compile(
    rf"(?i)\b(?:change|switch|swap|move|turn|replace) (?:the |from )?"
    rf"(?:{'|'.join(MONTHS)}|q[1-4]|20\d\d) (?:to|into|with|for|by) "
)
""" "Change October to September": no range of months."""
PLACES = frozenset({
    "number", "numbers", "place", "places", "rank", "ranks", "row", "rows", "position", "positions",
    "spot", "spots", "nos", "no", "ranked",
})  # fmt: skip
""" "Places 6 to 10"."""
THEIR = frozenset({"their", "its"})
SHOWING = frozenset({
    "show", "see", "put", "list", "display", "give", "have", "view", "look", "get", "want",
})  # fmt: skip
WHOLE = frozenset({"total", "overall", "combined", "summed"})
"""The same, before a metric."""
ROWS = frozenset({
    "rows", "row", "lines", "line", "entries", "entry", "places", "positions", "spots", "items",
    "results", "first", "of them", "of those", "of these",
})  # fmt: skip
"""Words beside a number that say that it is one of rows."""
OF_PAIRS = (
    Role.FILLER, Role.AGAIN, Role.JOIN, Role.COMPARE, Role.BOTH, Role.SUM_UP, Role.EVERY_VALUE,
    Role.YES, Role.ANAPHOR, Role.HOW_MUCH, Role.DIMENSIONS, Role.WHICH, Role.OVERVIEW, Role.ALSO,
    Role.CHART, Role.TALK,
)  # fmt: skip
"""Words of messages that only point to figures before: "how much is it for the two together"."""


@dataclass(frozen=True)
class Pair:
    """Several queries before that are wanted at once."""

    sums: bool
    """Whether as one figure."""
    count: int | None
    """How many; None if that is not said."""
    differs: bool = False
    """Whether their difference is wanted."""


@dataclass(frozen=True)
class Question:
    request: Request
    mentions: tuple[Mention, ...]
    unknown: tuple[Mention, ...]
    """What is no part of the request, and may say something."""
    gaps: tuple[Gap, ...]
    questions: tuple[str, ...]
    notes: tuple[str, ...]
    is_personal: bool
    points_back: bool
    """Whether it is about what was said before: "how many of those"."""
    has_choice: bool
    """Whether a name in it has another meaning, which was not taken."""
    pair: Pair | None = None
    """Whether it is of several queries before, and says nothing else."""
    left_out: tuple[str, ...] = ()
    """Talk around it that says what the request has not."""
    is_talk: bool = False
    """Whether it is nothing but talk."""
    telling: tuple[Mention, ...] = ()
    """What its words say that would be a part of a question (`asides.list_telling`)."""
    said: tuple[Mention, ...] = ()
    """What stands there, with the talk."""

    def has(self, *roles: Role) -> bool:
        return any(mention.has(*roles) for mention in self.mentions)


def parse_question(
    text: str,
    *,
    today: date,
    matches: Sequence[ValueMatch],
    is_of_searches: bool = False,
    follows: bool = False,
    analysis: str | None = None,
    figures: Sequence[str] = (),
) -> Question:
    """`matches` are the values of the shop that the text names; `is_of_searches` says that the
    question before was about searches, `follows` that there are figures before, `figures` which
    metrics these are, and `analysis` of which one."""
    text_of_names = _hide_changed_time(text) if follows else text
    found = settle_qualifiers(
        _find_mentions(text_of_names, today, matches, is_of_searches=is_of_searches),
        analysis,
    )
    if follows:
        found = _name_figure(_ask_for_one(found), figures)
    parted = part_mentions(text, found)
    mentions = _settle_mentions(text, parted, today)
    draft = Draft(mentions, _find_colons(text, mentions), follows)
    _read_gaps(draft)
    _read_further(draft)
    read_analysis(draft, analysis)
    read_values(draft)
    read_times(draft, today=today)
    read_level(draft)
    read_bounds(draft)
    read_metrics(draft)
    read_dimensions(draft)
    group_all_values(draft)
    read_rankings(draft)
    read_derived(draft)
    _use_comparison(draft)
    _use_both(draft)
    _read_lone_number(draft)
    pair = _read_pair(draft)
    _use_sums(draft)
    _use_filters(draft)
    settle_analysis(draft, today=today)
    _note_times(draft, matches)
    _read_overview(draft)
    strange = _read_strange(draft, parted.left_out)
    return Question(
        draft.request,
        tuple(mentions),
        (
            *(mentions[index] for index in list_leftovers(draft)),
            *strange,
        ),
        tuple(each for each in draft.gaps if not _is_said_better(draft, each)),
        tuple(draft.questions),
        tuple(draft.notes),
        any(
            mention.has(Role.PERSONAL) and not _is_relative(draft, index)
            for index, mention in enumerate(draft.mentions)
        ),
        _points_back(draft) or draft.request.goes_on,
        draft.has_choice,
        pair,
        tuple(
            text[clause[0].start : clause[-1].end].strip(" ,;:.")
            for clause in parted.left_out
            if not all(
                is_shown(each, draft.request, draft.mentions)
                for each in list_telling(clause)
            )
        ),
        parted.is_talk,
        tuple(parted.telling),
        tuple(found),
    )


def _settle_mentions(text: str, parted: PartedMentions, today: date) -> list[Mention]:
    talk = [each for clause in parted.left_out for each in clause]
    asked = place_in_years(parted.asked, talk, today)
    senses = settle_places(settle_figure_senses(settle_senses(text, asked)))
    settled = settle_edits(senses)
    return _settle_further(_settle_pairs(_settle_drops(settled)))


def _read_strange(draft: Draft, talk: Sequence[Sequence[Mention]]) -> Sequence[Mention]:
    """The words that are not known of what a question points at in the talk before it."""
    strange = list_strange(draft.mentions, talk)
    for each in strange:
        gap = each.find(Role.GAP)
        if gap is not None:
            draft.gaps.append(Gap(each.text, gap.name))
    return [each for each in strange if each.is_unknown]


def _hide_changed_time(text: str) -> str:
    """ "Change October to September": the same text with nothing but the second of the times."""
    return CHANGED_TIME.sub(lambda found: " " * len(found[0]), text)


def _points_back(draft: Draft) -> bool:
    """Whether "their" and "them" are of what was said before: not in "our products with their
    revenue", nor in "on which days did we take over 3000, could you list them"."""
    words = [each.text.casefold() for each in draft.mentions]
    places = [n for n, word in enumerate(words) if word in BACK_WORDS]
    if not places:
        return False
    is_own = not draft.follows and bool(draft.request.metrics)
    listed = [n for n in places if n and words[n] == "them" and words[n - 1] in LISTING]
    is_said = any(each.has(Role.DIMENSIONS) for each in draft.mentions[: places[0]])
    return not (is_said or (is_own and listed == places))


def _note_times(draft: Draft, matches: Iterable[ValueMatch]) -> None:
    """ "October revenue": says that it is the month, where a product is called so."""
    names = {
        (each.start, each.end): each.dimension
        for each in matches
        if each.kind is MatchKind.WHOLE and each.dimension != "variant"
    }
    times = [each for each in draft.mentions if each.time is not None]
    for mention in times if len(times) == 1 else ():
        dimension = names.get((mention.start, mention.end))
        if dimension is not None:
            draft.notes.append(
                f"I took “{mention.text}” for the time; there is a {dimension} of that name, too."
            )


def is_shown(mention: Mention, request: Request, asked: Sequence[Mention]) -> bool:
    """Whether what talk says is a part of the figures anyway, or there is another like it: "nobody
    buys on Sundays", of figures by weekday; "it was slow in May", of those of June."""
    metrics = {each.name for each in mention.meanings if each.role is Role.METRIC}
    is_same = mention.time is not None and any(
        each.time == mention.time for each in asked
    )
    is_nobody = mention.text.casefold() in NOBODY
    if is_same or is_nobody or not metrics.isdisjoint(request.metrics):
        return True
    word = mention.text.casefold().split()[-1]
    if isinstance(mention.time, Weekdays) or word in WEEKDAYS:
        filtered = (each["dimension"] for each in request.filters)
        return "weekday" in {*request.group_by, *filtered}
    if mention.time is not None:
        return _has_time_of_its_own(asked)
    return _is_value_shown(mention, request)


def _has_time_of_its_own(asked: Sequence[Mention]) -> bool:
    compares = any(each.has(Role.COMPARE) for each in asked)
    has_time = any(each.time is not None for each in asked)
    return has_time and not compares


def _is_value_shown(mention: Mention, request: Request) -> bool:
    value = mention.find(Role.VALUE)
    named = {each.dimension for each in mention.values} | {value.of if value else ""}
    if not named.isdisjoint(request.group_by):
        return True
    meant = {each.value for each in mention.values} | {value.name if value else ""}
    return request.currency in meant or any(
        not meant.isdisjoint(each.get("in", ())) for each in request.filters
    )


def _find_mentions(
    text: str, today: date, matches: Sequence[ValueMatch], *, is_of_searches: bool
) -> list[Mention]:
    """In a question about searches, what was searched for has no other meaning."""
    names = [each for each in matches if each.dimension != QUERY]
    mentions = find_mentions(text, today=today, matches=names)
    if not (
        speaks_of_searches(mentions) or (is_of_searches and names_no_metric(mentions))
    ):
        return mentions
    texts = find_search_texts(text, mentions, matches, may_begin=is_of_searches)
    others = [
        each
        for each in names
        if all(each.end <= other.start or other.end <= each.start for other in texts)
    ]
    found = find_mentions(text, today=today, matches=[*others, *texts])
    return settle_searches(found)


def _settle_drops(mentions: Sequence[Mention]) -> list[Mention]:
    """ "Sales drop in August" are not without August: what drops stands before the verb."""
    settled: list[Mention] = []
    for mention in mentions:
        before = settled[-1] if settled else None
        has_subject = before is not None and (
            before.has(Role.METRIC) or before.is_value
        )
        if mention.has(Role.FALL) and has_subject:
            kept = (each for each in mention.meanings if each.role is not Role.EXCLUDE)
            settled.append(replace(mention, meanings=tuple(kept)))
        else:
            settled.append(mention)
    return settled


def _settle_pairs(mentions: Sequence[Mention]) -> list[Mention]:
    """ "The two best months" are a number of rows, "compare the two" says nothing."""
    settled = list(mentions)
    for index, (mention, after) in enumerate(pairwise(mentions)):
        is_ranked = any(each.has(Role.SUPERLATIVE) for each in mentions)
        counts = after.has(Role.SUPERLATIVE) or (
            is_ranked and after.has(Role.DIMENSIONS) and not after.is_value
        )
        if mention.text.casefold() == "the two" and counts:
            settled[index] = replace(mention, meanings=(), number=Number(Decimal(2)))
    return settled


def _settle_further(mentions: Sequence[Mention]) -> list[Mention]:
    """ "Next 5", "show me more products" ask for nothing but rows; beside other words, "more" and
    "the next" mean something else."""
    goes_on = any(each.has(*GOING_ON) for each in mentions)
    is_alone = goes_on and all(map(_is_about_rows, mentions))
    settled = []
    for mention in mentions:
        if mention.has(*GOING_ON):
            kept = tuple(
                each for each in mention.meanings if (each.role in GOING_ON) is is_alone
            )
            settled.append(replace(mention, meanings=kept))
        else:
            settled.append(mention)
    return settled


def _is_about_rows(mention: Mention) -> bool:
    number = mention.number
    if number is not None:
        return not number.is_money and not number.is_percent
    return not mention.values and mention.has(*GOING_ON, *ABOUT_ROWS)


def _read_places(draft: Draft) -> None:
    """ "Numbers 6 to 10", of the rows before."""
    numbers = [n for n, each in enumerate(draft.mentions) if each.number is not None]
    if len(numbers) != 2 or not draft.follows:
        return
    first, last = numbers
    words = [each.text.casefold() for each in draft.mentions]
    values = [each.number.value for each in draft.mentions if each.number is not None]
    between = words[first + 1 : last]
    is_range = len(between) == 1 and between[0] in {"to", "through", "until", "up to"}
    is_place = first > 0 and not PLACES.isdisjoint(words[:first])
    is_alone = all(
        each.number or each.has(*ABOUT_ROWS) or word in PLACES
        for each, word in zip(draft.mentions, words, strict=True)
    )
    if is_range and is_place and is_alone and 1 <= values[0] < values[1]:
        draft.use(*range(len(draft.mentions)))
        draft.request.goes_on, draft.request.start = True, int(values[0]) - 1
        draft.request.limit = int(values[1] - values[0]) + 1


def _read_further(draft: Draft) -> None:
    _read_places(draft)
    if draft.request.start is not None:
        return
    for mention in draft.mentions:
        if mention.has(*GOING_ON):
            draft.request.goes_on = True
            draft.request.wants_rest |= mention.has(Role.REST)
    if not draft.request.goes_on:
        return
    draft.use(*range(len(draft.mentions)))
    numbers = [each.number for each in draft.mentions if each.number is not None]
    if numbers and numbers[0].value >= 1:
        draft.request.limit = int(numbers[0].value)


def _use_both(draft: Draft) -> None:
    """The word of two things that are there: "both Kitchen and Garden", "both years"."""
    request = draft.request
    pairs = [
        request.metrics, request.group_by, request.windows, request.variants,
        *(each.get("in", []) for each in request.filters),
        [each for each in (request.window, request.compare_to) if each],
    ]  # fmt: skip
    is_of_rows = draft.follows and request.wants_share
    if is_of_rows or any(len(each) == 2 for each in pairs):
        draft.use(*draft.list_unused(Role.BOTH))


def _ask_for_one(mentions: Sequence[Mention]) -> list[Mention]:
    """ "One number, please", of rows before, is their sum; beside a question it says nothing."""
    says = (Role.METRIC, Role.METRIC_VERB, Role.DIMENSION, Role.DIMENSIONS, Role.BY)
    said = [
        each
        for before, each in pairwise([None, *mentions])
        if each and not (before and before.text.casefold() in THE and _is_period(each))
    ]
    if any(each.has(*says) or each.time or each.is_value for each in said):
        return list(mentions)
    total = (Meaning(Role.SUM_UP),)
    return [
        replace(each, meanings=total)
        if each.has(Role.TALK) and ONE_FIGURE.search(each.text)
        else each
        for each in mentions
    ]


def _is_period(mention: Mention) -> bool:
    return any(
        each.role is Role.DIMENSION and each.name in PERIODS
        for each in mention.meanings
    )


def _name_figure(mentions: Sequence[Mention], figures: Sequence[str]) -> list[Mention]:
    """ "Which of them has the worst rate?", of refund rates: a word of the name of the figure
    before is that figure. "In money", where no other is named, is revenue."""
    names = {
        word for name in figures for word in METRICS[name].label.casefold().split()
    }
    has_figure = any(
        each.has(Role.METRIC, Role.HOW_MUCH, Role.HOW_MANY) for each in mentions
    )
    found = []
    before = ""
    for mention in mentions:
        word = mention.text.casefold()
        meanings = mention.meanings
        is_worth = word in IN_MONEY or (word == "value" and before in THEIR)
        if mention.is_unknown and word in names:
            meanings = (Meaning(Role.FILLER),)
        elif is_worth and not has_figure:
            meanings = (Meaning(Role.METRIC, DEFAULT_METRIC),)
        found.append(replace(mention, meanings=meanings))
        before = word
    return found


def _read_pair(draft: Draft) -> Pair | None:
    """ "The two combined", "show me both side by side", "add them up"."""
    words = {word for each in draft.mentions for word in each.text.casefold().split()}
    differs = (draft.has(Role.CHANGE) or "difference" in words) and not draft.has(
        Role.RISE, Role.FALL, Role.TREND
    )
    also = (Role.CHANGE, Role.BETWEEN) if differs else ()
    is_alone = all(
        (each.has(*OF_PAIRS, Role.METRIC_VERB, *also) and not each.values)
        or (each.number is not None and 2 <= each.number.value <= 4)
        for each in draft.mentions
    )
    if not (draft.follows and is_alone) or draft.request.all_of:
        return None
    pair = _choose_pair(draft, words, differs=differs)
    if pair is not None:
        draft.use(*range(len(draft.mentions)))
    if pair is not None and not pair.differs:
        draft.request.group_by, draft.request.metrics = [], []
    return pair


def _choose_pair(draft: Draft, words: Collection[str], *, differs: bool) -> Pair | None:
    makes = draft.has(Role.METRIC_VERB)
    shows = draft.has(Role.COMPARE, Role.CHART) or _is_to_be_seen(draft)
    sums = draft.has(Role.SUM_UP) or (says_total(draft.mentions) and not shows)
    counts = [
        int(each.number.value) for each in draft.mentions if each.number is not None
    ]
    counts += [
        WORDS[each] for each in ("two", "three", "four", "five") if each in words
    ]
    said = ["", *(each.text.casefold() for each in draft.mentions)]
    is_two = draft.has(Role.BOTH) or any(
        text in {"the two", "of the two"} or (text == "two" and before in THESE)
        for before, text in pairwise(said)
    )
    count = counts[0] if counts else 2 if is_two else None
    if differs:
        says_two = is_two or "difference" in words
        two = Pair(sums=False, count=2 if is_two else None, differs=True)
        return two if says_two else None
    is_pair = draft.has(Role.COMPARE, Role.BOTH) and not counts
    is_pair |= sums or (is_two and (shows or draft.has(Role.BOTH)))
    is_split = bool(draft.request.group_by) and not (draft.has(Role.BOTH) and is_two)
    if not is_pair or (makes and count is None) or (not sums and is_split):
        return None
    return Pair(sums, count)


def _is_to_be_seen(draft: Draft) -> bool:
    """ "Show me the two together": next to each other, and not their sum."""
    words = {word for each in draft.mentions for word in each.text.casefold().split()}
    names_sum = not words.isdisjoint(
        (TOTALS - {"together"}) | {"much", "many", "make", "up"}
    )
    return not (names_sum or words.isdisjoint(SHOWING))


def says_total(mentions: Iterable[Mention]) -> bool:
    """Whether words ask for one figure, unless rows are named with them."""
    return any(
        each.text.casefold() in TOTALS
        or (each.has(Role.METRIC) and each.text.casefold().split()[0] in WHOLE)
        for each in mentions
    )


def _use_filters(draft: Draft) -> None:
    """ "Drop the filter", "put Wales back in", "drill into Kitchen": of the figures before."""
    if draft.follows:
        draft.use(*draft.list_unused(Role.FORGET, Role.DRILL, Role.RESTORE))


def _use_sums(draft: Draft) -> None:
    """ "Germany and France in one figure": what says so is used, where no rows are wanted."""
    if not draft.request.group_by and (draft.follows or draft.request.metrics):
        draft.use(*draft.list_unused(Role.SUM_UP))
    if draft.has(Role.SUM_UP) and draft.request.is_empty:
        # "Lump the two together", of the sentence before.
        draft.use(*draft.list_unused(Role.SUM_UP))
        draft.request.sums = True


def _find_colons(text: str, mentions: Sequence[Mention]) -> list[int]:
    return [
        index
        for index, (before, after) in enumerate(pairwise(mentions), 1)
        if ":" in text[before.end : after.start]
    ]


def _read_gaps(draft: Draft) -> None:
    for index, mention in enumerate(draft.mentions):
        meaning = mention.find(Role.GAP)
        # "Why was May so different" does not count different things.
        is_change = mention.has(Role.CHANGE) and draft.has(Role.ANALYSIS)
        is_gap = not (mention.values or mention.has(Role.FILLER) or is_change)
        if meaning is not None and is_gap:
            if not mention.has(Role.ANALYSIS):
                draft.use(index)
            draft.gaps.append(Gap(mention.text, meaning.name))


def _is_relative(draft: Draft, index: int) -> bool:
    """ "Customers who ordered", "who buys more, new or returning": not who they are."""
    before = draft.mentions[index - 1] if index else None
    word = draft.mentions[index].text.casefold()
    if word == "whose" and before is not None:
        return before.has(Role.DIMENSION, Role.DIMENSIONS, Role.EVERY_VALUE)
    if word != "who":
        return False
    groups = {each["dimension"] for each in draft.request.filters} | {
        *draft.request.group_by
    }
    if groups & {"customer_status", "customer_type", "country", "state"}:
        return True
    people = {"people", "those", "anyone", "everyone"}
    return before is not None and (
        before.has(Role.METRIC) or before.is_value or before.text.casefold() in people
    )


def _use_comparison(draft: Draft) -> None:
    """The word of a comparison that has what it compares."""
    request = draft.request
    if request.metrics and not request.group_by:
        draft.use(*draft.list_unused(Role.SUM_UP))  # "Just the total" is what it is.
    has_other = request.compare_to or request.compare_shift or request.variants
    if draft.follows and any(each.text.casefold() in THEY for each in draft.mentions):
        draft.use(*draft.list_unused(Role.COMPARE))  # "How did they compare last year?"
    is_list = [set(each) == {"dimension", "in"} for each in request.filters] == [True]
    is_only = request == Request(filters=request.filters)
    if draft.follows and is_list and is_only and list(draft.list_unused(Role.COMPARE)):
        request.side_by_side = True
        draft.use(*draft.list_unused(Role.COMPARE))
    if has_other or request.group_by:
        draft.use(*draft.list_unused(Role.COMPARE))


def _read_lone_number(draft: Draft) -> None:
    """ "Make that 10", "make that 60 days": of what was asked before."""
    numbers = [n for n, each in enumerate(draft.mentions) if each.number is not None]
    unused = [n for n in numbers if n not in draft.used]
    if len(unused) != 1 or len(numbers) != 1:
        return
    [index] = numbers
    number = draft.mentions[index].number
    if number is None or number.is_percent or number.is_money:
        return
    after = draft.mentions[index + 1] if index + 1 < len(draft.mentions) else None
    meaning = after.find(Role.DIMENSIONS) if after is not None else None
    unit = meaning.name if meaning is not None and meaning.name in PERIODS else None
    beside = {
        n for n, each in enumerate(draft.mentions) if each.text.casefold() in ROWS
    }
    rest = [n for n in list_leftovers(draft) if n != index and n not in beside]
    expected = Request(
        group_by=[unit] if unit else [], of_analysis=draft.request.of_analysis
    )
    if not rest and draft.request == expected:
        draft.request.cuts = unit is None and bool(beside or draft.has(Role.ONLY))
        draft.use(*beside)
        draft.request.group_by = []
        draft.request.number, draft.request.number_unit = int(number.value), unit
        draft.use(index)


def _is_said_better(draft: Draft, gap: Gap) -> bool:
    """ "On average" says nothing of what is an average itself, and "dead stock" nothing of a figure
    that tells how stock moves."""
    metrics = draft.request.metrics
    if gap.text.casefold() in {"cost", "costs"} and set(metrics) <= GIVEN_BACK:
        return bool(metrics)  # "What did refunds cost us": how much they are.
    if DEAD_STOCK.match(gap.text):
        return not MOVING_STOCK.isdisjoint(metrics)
    is_ratio = bool(metrics) and METRICS[metrics[0]].additivity is Additivity.RATIO
    return is_ratio and "average" in gap.text.casefold()


def _read_overview(draft: Draft) -> None:
    if draft.request.analysis is None and _is_overview(draft):
        draft.request.metrics.append(DEFAULT_METRIC)


def _is_overview(draft: Draft) -> bool:
    request = draft.request
    has_subject = bool(request.window or request.filters or request.windows)
    asks = draft.has(Role.OVERVIEW) and not request.metrics
    if draft.follows and any(
        first.has(Role.OVERVIEW) and second.text.casefold() in POINTED
        for first, second in pairwise(draft.mentions)
    ):
        return False  # "How was it in May": the figures before.
    is_phrase = any(
        mention.has(Role.OVERVIEW) and len(mention.text.split()) > 2
        for mention in draft.mentions
    )
    return asks and (has_subject or is_phrase)
