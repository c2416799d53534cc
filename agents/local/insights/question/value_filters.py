"""Reads the values of a question as filters, or as what is compared."""

import re
from collections.abc import Iterator, Sequence

from agents.local.dialogue_state import Json
from agents.local.insights.question.draft import Draft
from agents.local.insights.question.value_choices import (
    CURRENT,
    choose_value,
    find_current,
    find_label,
    rank_values,
)
from agents.local.insights.words.lexicon import DIMENSION_ROLES, YES_NO_WORDS, Role
from agents.local.insights.words.mentions import Mention
from webapp.insights.query.definitions import DIMENSIONS
from webapp.insights.query.values import MatchKind

SUMMED = frozenset(
    {
        "all together",
        "together",
        "combined",
        "altogether",
        "in total",
        "in all",
        "added up",
        "added together",
        "summed up",
        "taken together",
        "put together",
    }
)
"""Say that several values make one figure."""
LIST_ROLES = (Role.JOIN, Role.COMPARE, Role.FILLER)
COUNTED_STATUSES = frozenset({"new_customers", "returning_customers"})
SPLITTING = frozenset({"by", "per", "split by", "broken down by", "grouped by"})
STATUSES = ("new", "returning")
APART = frozenset({"separately", "individually", "respectively"})
GUESTS = frozenset({"guest", "guests"})


def read_values(draft: Draft) -> None:
    runs = _join_compared(draft, _list_runs(draft))
    lists = [run for run in runs if len(run) > 1]
    for run in runs:
        _read_run(draft, run, sums=len(lists) > 1)
    _read_statuses(draft)


def group_all_values(draft: Draft) -> None:
    """ "From guests and from account holders": who names all that there are wants them apart."""
    groups = draft.request.group_by
    _join_statuses(draft)
    for each in draft.request.filters:
        name = each["dimension"]
        known = DIMENSIONS[name].values
        if known and set(known) <= set(each.get("in", [])) and name not in groups:
            groups.append(name)


def sum_listed(draft: Draft) -> None:
    """ "Every product with Mug in its name, the units it moved, in total": one figure of all that
    match, unless it is to be by them."""
    request = draft.request
    said = [each for each in draft.mentions if not each.has(Role.FILLER)]
    is_summed = bool(said) and said[-1].text.casefold() in SUMMED
    named = {each["dimension"] for each in request.filters if "contains" in each}
    splits = any(each.word in SPLITTING for each in draft.mentions)
    if is_summed and named >= {*request.group_by} and not splits:
        for name in request.group_by:
            request.every_of = [each for each in request.every_of if each != name]
        request.group_by, request.of_each = [], False


def _join_statuses(draft: Draft) -> None:
    """ "From new customers, from returning ones and from guests": no guest is any of the others."""
    filters = draft.request.filters
    guests = {"dimension": "customer_type", "in": ["guest"]}
    statuses = [
        each
        for each in filters
        if each["dimension"] == "customer_status" and "in" in each
    ]
    if guests in filters and statuses:
        filters.remove(guests)
        statuses[0]["in"] = [*statuses[0]["in"], "guest"]
        if set(statuses[0]["in"]) == set(DIMENSIONS["customer_status"].values):
            filters.remove(statuses[0])
            if "customer_status" not in draft.request.group_by:
                draft.request.group_by.append("customer_status")


def _read_statuses(draft: Draft) -> None:
    """ "New, returning and guests" are the rows of a dimension, "new vs returning" two of them."""
    guests = {"dimension": "customer_type", "in": ["guest"]}
    places = [
        index
        for index, each in enumerate(draft.mentions)
        if each.has(Role.DIMENSION, Role.DIMENSIONS)
        and any(meaning.name == "customer_status" for meaning in each.meanings)
    ]
    named = [
        # "By new and returning" are all rows that there are.
        {"guest"}
        if draft.is_after(index, Role.BY, Role.SHARE)
        else _name_statuses(draft.mentions[index].text)
        for index in places
    ]
    if named and guests in draft.request.filters:
        draft.request.filters.remove(guests)
    elif any(words >= set(STATUSES) and words.isdisjoint(GUESTS) for words in named):
        _add_filter(draft, {"dimension": "customer_status", "in": [*STATUSES]})
        if draft.has(Role.WHICH) or any("or" in words for words in named):
            # Of "who spends more, new or returning customers" it is no change.
            draft.use(*draft.list_unused(Role.RISE, Role.FALL))


def _name_statuses(text: str) -> set[str]:
    """The words of a text; "first-time" is "new" and "repeat" is "returning"."""
    words = set(re.findall(r"\w+", text.casefold()))
    new = {"new"} if "first" in words else set()
    return words | new | ({"returning"} if words & {"repeat", "existing"} else set())


def _list_runs(draft: Draft) -> list[list[int]]:
    """Values that are listed together: "Kitchen, Garden and Toys"."""
    runs: list[list[int]] = []
    for index, mention in enumerate(draft.mentions):
        if index in draft.used or not _is_filter(draft, index, mention):
            continue
        if runs and _is_joined(draft, runs[-1][-1], index):
            runs[-1].append(index)
        else:
            runs.append([index])
    return runs


def _join_compared(draft: Draft, runs: Sequence[list[int]]) -> list[list[int]]:
    """Values with the words of a comparison between them: "more Vinyl than Jazz"."""
    joined: list[list[int]] = []
    for run in runs:
        before = joined[-1] if joined else None
        if before is not None and _is_versus(draft, before[-1], run[0]):
            before.extend(run)
        else:
            joined.append(run)
    return joined


def _is_versus(draft: Draft, first: int, second: int) -> bool:
    if _name_dimension(draft, first) != _name_dimension(draft, second):
        return False
    words = (Role.COMPARE, Role.OVER, Role.UNDER)
    signs = [
        index for index in range(first + 1, second) if draft.mentions[index].has(*words)
    ]
    is_open = all(
        each.time is None and each.number is None
        for each in draft.mentions[first:second]
    )
    if signs and is_open:
        draft.use(*signs)
        draft.use(*draft.list_unused(Role.RISE, Role.FALL))
    return bool(signs) and is_open


def _is_filter(draft: Draft, index: int, mention: Mention) -> bool:
    """ "New customers" are whom a figure is about where there is another figure."""
    if not mention.is_value or not mention.has(Role.METRIC, Role.METRIC_VERB):
        return mention.is_value
    if draft.is_after(index, Role.HOW_MANY):
        return False
    if draft.follows and _is_set_alone(draft, index):
        return True
    return _is_narrowing(draft, index) or _has_other_figure(draft, index)


def _is_set_alone(draft: Draft, index: int) -> bool:
    """ "New customers only", "just first-time buyers", "keep just the new ones": whom the figures
    before are of."""
    before = draft.mentions[index - 1].text.casefold() if index else ""
    behind = draft.find_after(index)
    is_last = behind is not None and draft.mentions[behind].has(Role.ONLY)
    # "Now only the new customers" may be followed by nothing that makes it a figure.
    return (
        is_last
        or before.split()[-1:] in (["just"], ["for"])
        or draft.is_after(index, Role.ONLY)
    )


def _is_narrowing(draft: Draft, index: int) -> bool:
    """Whether the words before say that the figure is of these: "only", "from", "and", "now"."""
    mention = draft.mentions[index]
    before = draft.mentions[index - 1].text.casefold() if index else ""
    if mention.has(Role.METRIC) and before in {"from", "by", "among", "to"}:
        return True
    words = (Role.ONLY, Role.EXCLUDE, Role.INSTEAD_OF)
    is_edit = draft.is_after(index, *words) or draft.mentions[0].has(Role.AGAIN)
    return is_edit and not draft.is_after(index, Role.ALSO)


def _has_other_figure(draft: Draft, index: int) -> bool:
    is_metric = draft.mentions[index].has(Role.METRIC)
    figures = (Role.METRIC, Role.METRIC_VERB) if is_metric else (Role.METRIC,)
    # "Repeat customers as well as new ones": both are counted.
    counts = draft.mentions[index].get_name(Role.METRIC) in COUNTED_STATUSES
    return any(
        other.has(*figures)
        for i, other in enumerate(draft.mentions)
        if i != index
        and not other.is_value
        and not (counts and other.get_name(Role.METRIC) in COUNTED_STATUSES)
    )


def _is_joined(draft: Draft, first: int, second: int) -> bool:
    between = draft.mentions[first + 1 : second]
    labels = (*LIST_ROLES, *DIMENSION_ROLES)
    is_list = all(each.has(*labels) for each in between)
    joins = [each for each in between if each.has(Role.JOIN, Role.COMPARE)]
    same = _name_dimension(draft, first) == _name_dimension(draft, second)
    return is_list and same and (bool(joins) or draft.has(Role.COMPARE))


def _name_dimension(draft: Draft, index: int) -> str:
    return choose_value(draft, index)[0]


def _read_run(draft: Draft, run: Sequence[int], *, sums: bool) -> None:
    dimension, _ = choose_value(draft, run[0])
    if dimension == "currency" and _read_money_unit(draft, run):
        return
    if _read_both_meanings(draft, run):
        return
    excluded = _find_exclusion(draft, run)
    conditions = list(_list_conditions(draft, run))
    draft.use(*run, *excluded, *_list_labels(draft, run, dimension))
    _note_choice(draft, run, dimension)
    if excluded:
        draft.excluded.update(run)
        _add_exclusion(draft, dimension, conditions)
        _list_others(draft, excluded[0], dimension)
    elif dimension == "currency" and len(conditions) == 1:
        draft.request.currency = conditions[0]["in"][0]
    elif _has_parts(conditions) and _is_compared(draft, run, sums=sums):
        draft.request.variants = [
            list(_build_filters(dimension, [each])) for each in conditions
        ]
        draft.use(*draft.list_unused(Role.COMPARE))
    else:
        is_further = _is_further(draft, run, dimension)
        for condition in _build_filters(dimension, conditions):
            _add_filter(draft, condition)
        is_apart = _is_compared(draft, run, sums=sums) or is_further
        if not _has_parts(conditions) and is_apart:
            _add_group(draft, run, dimension)


def _list_conditions(draft: Draft, run: Sequence[int]) -> Iterator[Json]:
    """A value that is named twice is one: "GBP, in pounds"."""
    found: list[Json] = []
    for index in run:
        condition = choose_value(draft, index)[1]
        if condition not in found:
            found.append(condition)
            yield condition


def _read_both_meanings(draft: Draft, run: Sequence[int]) -> bool:
    """ "Crime", "both": a query for the category of that name, and one for the product."""
    choices = rank_values(draft, run[0])
    wanted = list(draft.list_unused(Role.BOTH))
    if len(run) != 1 or len(choices) < 2 or not wanted:
        return False
    draft.use(*run, *wanted)
    draft.has_choice = True
    draft.request.variants = [
        list(_build_filters(dimension, [condition]))
        for dimension, condition in choices[:2]
    ]
    return True


def _has_parts(conditions: Sequence[Json]) -> bool:
    return any("contains" in each for each in conditions)


def _read_money_unit(draft: Draft, run: Sequence[int]) -> bool:
    """Whether it says what a number is an amount of: "100 dollars"."""
    before = run[0] - 1
    is_amount = before >= 0 and draft.mentions[before].number is not None
    if is_amount:
        draft.use(*run)
    return is_amount


KEEPING = frozenset({"with", "only", "just", "in", "within", "for", "but"})
""" "Without Germany and with guests": what stands behind is kept."""


def _find_exclusion(draft: Draft, run: Sequence[int]) -> list[int]:
    skip = (Role.FILLER, Role.ONLY, Role.EVERY_VALUE, Role.BY, *DIMENSION_ROLES)
    before = draft.find_before(run[0], skip=skip)
    if before is not None and draft.mentions[before].has(Role.EXCLUDE):
        return [before]
    after = draft.find_after(run[-1], skip=skip)
    is_behind = after is not None and draft.mentions[after].has(Role.EXCLUDE)
    if after is not None and is_behind and _is_last_word(draft, after):
        return [after]
    if before is not None and _goes_on_excluding(draft, before, run[0]):
        return [before]
    return []


def _goes_on_excluding(draft: Draft, join: int, first: int) -> bool:
    """ "Without Germany, France and guests": all of a list that is left out, unless some are named
    in another way: "and with guests", "and only guests"."""
    if not draft.mentions[join].has(Role.JOIN):
        return False
    labels = (Role.FILLER, Role.EVERY_VALUE, Role.JOIN, *DIMENSION_ROLES)
    between = {
        word
        for each in draft.mentions[join : first + 1]
        if not each.is_value
        for word in each.word.split()
    }
    last = draft.find_before(join, skip=labels)
    return last in draft.excluded and between.isdisjoint(KEEPING)


def _list_others(draft: Draft, index: int, dimension: str) -> None:
    """ "List every country but the UK": rows of the others."""
    words = draft.get_text(index).split()
    begins = words[:1] in (["every"], ["all"])
    is_every = begins and words[-1:] == ["but"] and len(words) > 2
    is_list = any(each.word == "list" for each in draft.mentions[:index])
    if is_every and is_list and dimension not in draft.request.group_by:
        draft.request.group_by.append(dimension)


def _is_last_word(draft: Draft, index: int) -> bool:
    """ "Kitchen excluded", but not "Kitchen without Garden"."""
    following = draft.find_after(index)
    return following is None or not draft.mentions[following].is_value


def _list_labels(draft: Draft, run: Sequence[int], dimension: str) -> Iterator[int]:
    """Words that only say of which dimension the values are."""
    for index in run:
        label = find_label(draft, index)
        if dimension == CURRENT:
            label = find_current(draft, index)
        if label is not None and _is_mere_label(draft, label, dimension):
            yield label


def _is_mere_label(draft: Draft, label: int, dimension: str) -> bool:
    names = {each.name for each in draft.mentions[label].meanings}
    asked = (Role.WHICH, Role.BY, Role.SUPERLATIVE, Role.HOW_MANY)
    return dimension in names and not draft.is_after(label, *asked)


def _note_size(draft: Draft, index: int) -> None:
    """Sizes are no figures of their own: it is said by what variants are taken for them."""
    mention = draft.mentions[index]
    variants = [each for each in mention.values if each.dimension == "variant"]
    if len(variants) > 1:
        draft.notes.append(
            f"I took “{mention.text}” for the {len(variants)} variants that have it in their SKU."
        )


def _note_choice(draft: Draft, run: Sequence[int], dimension: str) -> None:
    for index in run:
        _note_size(draft, index)
        mention = draft.mentions[index]
        others = {
            each.dimension
            for each in mention.values
            if each.kind is MatchKind.WHOLE and each.dimension != dimension
        }
        others -= {"variant", "category" if dimension == CURRENT else ""}
        draft.use(*draft.list_unused(Role.OTHER))
        if others and find_label(draft, index) is None:
            draft.has_choice = True
            names = " and a ".join(sorted(others))
            draft.notes.append(
                f"I took “{mention.text}” for the {dimension}; there is a {names} of that "
                "name, too."
            )


def _add_exclusion(draft: Draft, dimension: str, conditions: Sequence[Json]) -> None:
    values = [value for each in conditions for value in _list_values(each)]
    if not all(map(_list_values, conditions)):
        text = next(each["contains"] for each in conditions if "contains" in each)
        draft.questions.append(
            f"Too many products have “{text}” in their name to leave them out: which do you mean?"
        )
        return
    draft.request.filters.append({"dimension": dimension, "notIn": values})


def _list_values(condition: Json) -> list[str]:
    values: list[str] = condition.get("in") or condition.get("names") or []
    return values


def _add_filter(draft: Draft, condition: Json) -> None:
    """Values of one dimension are those of one list, wherever they stand."""
    for each in draft.request.filters:
        if (
            "in" in each
            and "in" in condition
            and each["dimension"] == condition["dimension"]
        ):
            each["in"] = list(dict.fromkeys([*each["in"], *condition["in"]]))
            return
    draft.request.filters.append(condition)


def _build_filters(dimension: str, conditions: Sequence[Json]) -> Iterator[Json]:
    """Of several parts of names, all products that have one of them."""
    if len(conditions) == 1 and "contains" in conditions[0]:
        yield {"dimension": dimension, "contains": conditions[0]["contains"]}
        return
    values = [value for each in conditions for value in _list_values(each)]
    yield {"dimension": dimension, "in": list(dict.fromkeys(values))}


def _is_compared(draft: Draft, run: Sequence[int], *, sums: bool) -> bool:
    """Whether each of the values is wanted by itself."""
    if len(run) < 2 or _is_only(draft, run):
        return False
    between = draft.mentions[run[0] : run[-1]]
    words = {each.text.casefold() for each in draft.mentions}
    if not words.isdisjoint(SUMMED) or draft.has(Role.SUM_UP):
        return False
    is_versus = any(each.has(Role.COMPARE, Role.OVER, Role.UNDER) for each in between)
    asks = draft.mentions[0].text.casefold() in YES_NO_WORDS or "whether" in words
    is_choice = (asks or draft.has(Role.WHICH, Role.RISE, Role.FALL)) and (
        not _has_only_and(between) or _chooses_from(draft, run[0])
    )
    if is_choice:
        draft.use(*draft.list_unused(Role.RISE, Role.FALL))
    is_asked = is_versus or is_choice or draft.has(Role.COMPARE)
    return is_asked or (_has_only_and(between) and not sums)


def _chooses_from(draft: Draft, first: int) -> bool:
    """ "Which of France and Spain sold more": one of them."""
    before = draft.find_before(first)
    if before is None or not draft.mentions[before].has(Role.WHICH):
        return False
    words = [each.word for each in draft.mentions[before:first]]
    return " ".join(words).split()[-1] == "of"


def _is_further(draft: Draft, run: Sequence[int], dimension: str) -> bool:
    """ "Orders from Germany last month and from France": further values of the same dimension, each
    by itself as those of one list are."""
    named = any(
        each["dimension"] == dimension and "in" in each
        for each in draft.request.filters
    )
    before = draft.find_before(run[0], skip=(Role.FILLER, Role.HOW_MANY, Role.HOW_MUCH))
    is_added = before is not None and _has_only_and(draft.mentions[before : run[0]])
    words = {each.text.casefold() for each in draft.mentions}
    is_summed = not words.isdisjoint(SUMMED) or draft.has(Role.SUM_UP, Role.ONLY)
    return named and is_added and not is_summed


def _is_only(draft: Draft, run: Sequence[int]) -> bool:
    """ "Only Ireland and France" are what the rows are of, and no rows of their own."""
    before, after = draft.find_before(run[0]), draft.find_after(run[-1])
    return not draft.has(Role.COMPARE) and any(
        place is not None and draft.mentions[place].has(Role.ONLY)
        for place in (before, after)
    )


def _has_only_and(between: Sequence[Mention]) -> bool:
    joins = [each.text.casefold() for each in between if each.has(Role.JOIN)]
    return bool(joins) and "or" not in joins


def _add_group(draft: Draft, run: Sequence[int], dimension: str) -> None:
    if dimension not in draft.request.group_by:
        draft.request.group_by.append(dimension)
        apart = any(each.text.casefold() in APART for each in draft.mentions)
        if not apart and not draft.has(Role.COMPARE, Role.WHICH, Role.BOTH):
            draft.request.listed.append(dimension)
    draft.use(*(index for index in draft.list_unused(Role.COMPARE) if index <= run[-1]))
