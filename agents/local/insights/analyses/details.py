"""Reads what a question says of the analysis that it asks for. Pure."""

from collections.abc import Callable, Mapping

from agents.local.insights.analyses.choices import CHOICES
from agents.local.insights.analyses.coming_times import (
    is_ahead,
    take_next,
    take_until_next,
)
from agents.local.insights.analyses.concentration_classes import use_classes
from agents.local.insights.analyses.directions import (
    choose_kind,
    put_later_first,
    read_direction,
    read_kind,
)
from agents.local.insights.analyses.lengths import read_cover, read_horizon, read_months
from agents.local.insights.analyses.lost_searches import use_costs
from agents.local.insights.analyses.past_stockouts import refuse_past_stockouts
from agents.local.insights.question.draft import Draft
from agents.local.insights.question.metric_verbs import OFTEN
from agents.local.insights.words.lexicon import Role
from agents.local.insights.words.mentions import Mention, Number
from agents.local.language.today import Today

OF_ALL_ROWS = frozenset({"explain_change", "retention", "rfm", "lifetime_value"})
"""Analyses that show all there is, the greatest among it."""
LEVELS = frozenset({80, 90, 95})
"""Percents of intervals, which are said without the word, too: "interval level 90"."""
LEVELED = frozenset({"forecast", "stock_outlook"})
"""Analyses with intervals."""
BANDS = frozenset({
    "level", "range", "band", "bands", "certain", "sure", "confident", "probability", "bounds",
    "margin of error", "error band", "error bars", "limits", "corridor", "certainty",
})  # fmt: skip
"""Are intervals where a percent stands next to them."""


def read_level(draft: Draft) -> None:
    """ "An interval of 90%", "with 95% confidence"."""
    has_levels = draft.request.analysis in LEVELED
    bands = draft.list_places(BANDS) if has_levels else []
    for index in [*draft.list_unused(Role.INTERVAL), *bands]:
        if has_levels:
            draft.use(index)
        for place in (draft.find_before(index), draft.find_after(index)):
            number = None if place is None else draft.mentions[place].number
            if place is not None and number is not None and _is_level(number):
                draft.use(index, place)
                draft.request.level = round(number.value)
                break


def _is_level(number: Number) -> bool:
    return number.is_percent or (not number.is_money and number.value in LEVELS)


def settle_analysis(draft: Draft, *, today: Today) -> None:
    """The last of all: a time that is to come can only be forecast, and what is left over may be a
    part of the analysis."""
    request = draft.request
    # The analyses of stock are of a time that is still to come, too.
    if request.analysis is None and is_ahead(draft, today):
        request.analysis = "forecast"
    if request.analysis is None:
        _read_further_analysis(draft)
        return
    if request.analysis == "forecast":
        take_next(draft, today)
        read_horizon(draft)
    if request.analysis == "stock_outlook":
        take_until_next(draft, today)
        refuse_past_stockouts(draft, today)
    if request.analysis == "explain_change":
        put_later_first(request, today)
    if request.analysis in SETTLING:
        SETTLING[request.analysis](draft)
    _use_nouns(draft)
    if request.analysis in OF_ALL_ROWS:
        request.descending = None
        draft.use(*draft.list_unused(Role.SUPERLATIVE))
    _drop_course(draft)


def _read_further_analysis(draft: Draft) -> None:
    """What may be said of the analysis before: "and only the drops?", "extend the horizon"."""
    if draft.request.wants_change or draft.request.of_analysis == "anomalies":
        choose_kind(draft)


def _use_people(draft: Draft) -> None:
    """ "How sensitive to prices are our customers" is of what is sold to them."""
    metrics = draft.request.metrics
    draft.request.metrics = [each for each in metrics if each != "customers"]


def _read_frequency(draft: Draft) -> None:
    """ "Most often bought together": by the number of orders; "often" alone ranks nothing. "Which
    two products" are a pair."""
    if draft.request.limit == 2 and draft.request.group_by:
        draft.request.limit = None
    pairs = [n for n, number in draft.numbers if number.value == 2]
    draft.use(*(n for n in pairs if draft.is_before(n, Role.DIMENSIONS)))
    _read_pair_count(draft)
    if not draft.request.group_by and any(map(_names_categories, draft.mentions)):
        draft.request.group_by = ["category"]
    is_often = any(OFTEN.search(each.text) for each in draft.mentions)
    is_ranked = draft.request.limit is not None or any(map(_says_most, draft.mentions))
    if (is_often and is_ranked) or any(map(_says_how_many, draft.mentions)):
        draft.request.sort_by = "orders"


def _says_most(mention: Mention) -> bool:
    ranks = mention.has(Role.SUPERLATIVE, Role.SORT)
    return ranks or "most" in mention.word.split()


def _names_categories(mention: Mention) -> bool:
    """ "Category pairs", which is one phrase."""
    return mention.has(Role.ANALYSIS) and "categor" in mention.word


def _says_how_many(mention: Mention) -> bool:
    """ "Bought together most", "by the number of shared orders": how many orders have both."""
    words = mention.word.split()
    counts = mention.has(Role.HOW_MANY) and "often" not in words
    return counts or "most" in words


def _read_pair_count(draft: Draft) -> None:
    """ "Ten pairs of products", "the 10 combinations"."""
    for index, number in draft.numbers:
        is_plain = not (number.is_percent or number.is_money or index in draft.used)
        after = draft.find_after(index)
        if is_plain and after is not None and draft.mentions[after].has(Role.ANALYSIS):
            draft.use(index)
            draft.request.limit = int(number.value)


def _use_nouns(draft: Draft) -> None:
    """ "Is there a product that runs out soon", "category affinities": what the rows are of."""
    request = draft.request
    argument, dimensions = CHOICES.get(request.analysis or "", (None, ()))
    for index in list(draft.list_unused(Role.DIMENSION)):
        name = draft.mentions[index].get_name(Role.DIMENSION)
        if name in dimensions:
            draft.use(index)
            if argument is not None and name is not None and not request.group_by:
                request.group_by.append(name)


def _drop_course(draft: Draft) -> None:
    """Words of changes, shares and courses ask for no columns of their own here, and "what will we
    sell" for no list of products."""
    request = draft.request
    request.wants_change &= request.analysis == "forecast"
    request.wants_share = request.wants_trend = False
    request.by_change = request.in_percent = False
    request.derived = [each for each in request.derived if each["kind"] != "share"]
    named = {meaning.name for each in draft.mentions for meaning in each.meanings}
    if "product" not in named and request.group_by == ["product"]:
        request.group_by = []


SETTLING: Mapping[str, Callable[[Draft], None]] = {
    "explain_change": read_direction,
    "anomalies": read_kind,
    "concentration": use_classes,
    "retention": read_months,
    "lifetime_value": read_months,
    "basket_pairs": _read_frequency,
    "search_insights": use_costs,
    "stock_outlook": read_cover,
    "price_effect": _use_people,
}
"""By analysis, what is read for it alone."""
