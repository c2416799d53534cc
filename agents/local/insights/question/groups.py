"""Reads what is ranked within each of what: "the best product of each category". Pure."""

import re
from collections.abc import Iterable, Sequence

from agents.local.insights.question.draft import Draft
from agents.local.insights.words.lexicon import Role
from agents.local.insights.words.mentions import Mention
from agents.local.language.readings import TimeGrain
from webapp.insights.query.definitions import PERIODS
from webapp.insights.query.periods import LONGER, Period

BETWEEN = (Role.FILLER, Role.METRIC, Role.METRIC_VERB, Role.SUPERLATIVE, Role.ONLY)
"""Words between "best" or "which" and what it is said of: "the highest revenue month"."""
EACH = frozenset({"each", "every"})
DO_THAT = re.compile(r"\bdo (?:that|this|it|the same)$")
SPLITTING = EACH | {
    "by", "per", "hourly", "daily", "weekly", "monthly", "quarterly", "yearly",
    "forth", "etc", "etcetera", "wise",
}  # fmt: skip
IMPLIED = ("product", "search_query")
AMONG = frozenset(
    {"among", "amongst", "across", "across all", "across the", "among all"}
)
WITHIN = frozenset({"within", "inside"})
GRAINS = {"hour": ("hour", "hour_of_day")}
"""Of hours, those of whatever day may be meant."""


def read_groups(draft: Draft) -> int | None:
    """Tell what is ranked from what each has a ranking of: the place of the word for what is
    ranked, if there is one."""
    request = draft.request
    ranks = request.descending is not None and (
        draft.has(Role.SUPERLATIVE) or _says_within(draft)
    )
    index = _find_ranked(draft) if ranks else None
    ranked = _name_ranked(draft, index) if ranks else None
    if ranks and ranked is None and (unsplit := _find_unsplit(draft)) is not None:
        index, ranked = unsplit
    others = [name for name in request.group_by if name != ranked]
    request.splits = [name for name in others if _is_split(draft, name, index)]
    request.splits_per = [name for name in request.splits if _is_named_per(draft, name)]
    if ranked is None or (draft.follows and not others and _ends_with_each(draft)):
        is_order = draft.has(Role.DESCENDING, Role.ASCENDING, Role.AT_THE_TOP)
        is_of_rows = is_order and not draft.has(Role.SUPERLATIVE)
        request.of_each = not is_of_rows and _says_each(draft)
    elif others and request.splits == others:
        request.within = others
        request.group_by = nest_groups(others, [ranked])
    return index


def _says_within(draft: Draft) -> bool:
    """ "Products sorted by sales within each category": those of one after those of another."""
    return draft.has(Role.SORT) and any(
        draft.mentions[index].has(Role.BY) and draft.get_text(index - 1) in WITHIN
        for index in range(1, len(draft.mentions))
    )


def _find_unsplit(draft: Draft) -> tuple[int, str] | None:
    """ "For every category the three products with most revenue": what is not split by, with its
    place."""
    groups = draft.request.group_by
    free = [name for name in groups if not _is_split(draft, name, None)]
    if len(groups) < 2 or len(free) != 1:
        return None
    places = [
        n for n, each in enumerate(draft.mentions) if free[0] in name_grains(each)
    ]
    return places[0], free[0]


def nest_groups(within: Iterable[str], ranked: Sequence[str]) -> list[str]:
    """The dimensions of rows that are ranked within others: a month tells its year."""
    longer = {
        each for name in ranked if name in PERIODS for each in LONGER[Period(name)]
    }
    return [*(each for each in within if each not in longer), *ranked]


def _find_ranked(draft: Draft) -> int | None:
    """The place of the dimension behind a word that ranks, else behind the first "which"."""
    for role in (Role.SUPERLATIVE, Role.WHICH):
        for index, mention in enumerate(draft.mentions):
            found = _find_dimension(draft, index) if mention.has(role) else None
            if found is not None:
                return found
    return None


def _find_dimension(draft: Draft, index: int) -> int | None:
    for place in range(index + 1, len(draft.mentions)):
        mention = draft.mentions[place]
        if any(name in draft.request.group_by for name in name_grains(mention)):
            return None if is_splitting(draft, place) else place
        passes = mention.has(*BETWEEN) or mention.number or mention.is_value
        if not passes or mention.has(Role.BY, Role.JOIN):
            return None
    return None


def name_grains(mention: Mention) -> list[str]:
    """The dimensions that a mention may name."""
    if isinstance(mention.time, TimeGrain):
        return [*GRAINS.get(mention.time.name, (mention.time.name,))]
    roles = (Role.DIMENSION, Role.DIMENSIONS)
    names = [each.name for each in mention.meanings if each.role in roles]
    return [grain for name in names for grain in GRAINS.get(name, (name,))]


def _name_ranked(draft: Draft, index: int | None) -> str | None:
    groups = draft.request.group_by
    if index is not None:
        names = name_grains(draft.mentions[index])
        return next(name for name in names if name in groups)
    named = {name for each in draft.mentions for name in name_grains(each)}
    # "Best sellers", "what sold best", "top searches": no other word says what they are.
    implied = [name for name in IMPLIED if name in groups and name not in named]
    return implied[0] if implied else None


def is_splitting(draft: Draft, index: int) -> bool:
    """Whether a dimension splits the rows: "per country", "each month", "by category"."""
    words = draft.get_text(index).split()
    before = skip_values(draft, index)
    if _is_chosen_among(draft, index):
        return False
    return not SPLITTING.isdisjoint(words) or draft.is_after(before + 1, Role.BY)


def _is_chosen_among(draft: Draft, index: int) -> bool:
    """ "The three biggest earners among the products": these are ranked."""
    place = draft.find_before(index)
    if place is None or draft.get_text(place) not in AMONG:
        return False
    before = draft.find_before(place)
    return before is not None and draft.mentions[before].has(Role.SUPERLATIVE)


def _ends_with_each(draft: Draft) -> bool:
    """ "The best category in each of them": of the rows before."""
    last = [n for n, each in enumerate(draft.mentions) if each.has(Role.BY)][-1:]
    behind = draft.mentions[last[0] + 1 :] if last else ()
    return bool(last) and all(each.has(Role.FILLER, Role.ANAPHOR) for each in behind)


def _is_named_per(draft: Draft, name: str) -> bool:
    """ "Per category", "one list per brand"."""
    return any(
        index and draft.get_text(index - 1).split()[-1] == "per"
        for index, each in enumerate(draft.mentions)
        if name in name_grains(each)
    )


def skip_values(draft: Draft, index: int) -> int:
    """The place before the values that stand before a mention: "every US state"."""
    before = index - 1
    while before > 0 and draft.mentions[before].is_value:
        before -= 1
    return before


def _is_split(draft: Draft, name: str, ranked: int | None) -> bool:
    """Whether each value of a dimension is spoken of: of one that no word names, values are."""
    places = [
        index
        for index, each in enumerate(draft.mentions)
        if name in name_grains(each) and index != ranked
    ]
    return not places or any(_is_listed(draft, each, ranked) for each in places)


def _is_listed(draft: Draft, index: int, ranked: int | None) -> bool:
    """Whether it splits the rows itself, or by "and" with one that does: "for each country and
    category". "Products and categories" are ranked together."""
    is_second = ranked is not None and draft.is_after(index, Role.WHICH)
    if is_splitting(draft, index) or is_second:
        return True
    join = draft.find_before(index)
    if join is None or not draft.mentions[join].has(Role.JOIN):
        return False
    before = draft.find_before(join)
    is_other = before is not None and before != ranked
    return before is not None and is_other and _is_listed(draft, before, ranked)


def _says_each(draft: Draft) -> bool:
    """ "The top 2 of each", "in each category": whatever it is that is ranked. "Do that per
    category" is of what was ranked before."""
    words = [each.word for each in draft.mentions]
    again = any(
        mention.has(Role.BY)
        and DO_THAT.search(" ".join(words[max(index - 2, 0) : index]))
        for index, mention in enumerate(draft.mentions)
    )
    # "The 5 best products", "per category": of each.
    is_bare = draft.follows and len(words) == 2 and words[0] == "per"
    return (
        again
        or is_bare
        or any(
            not EACH.isdisjoint(mention.word.split())
            for mention in draft.mentions
            if mention.has(Role.BY) or isinstance(mention.time, TimeGrain)
        )
    )
