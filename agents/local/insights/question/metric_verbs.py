"""Reads metrics from verbs: "what did we sell", "how many were sent back"."""

import re
from collections.abc import Sequence
from itertools import pairwise

from agents.local.insights.question.draft import Draft, Gap
from agents.local.insights.question.related_metrics import DEFAULT_METRIC, OUTCOMES
from agents.local.insights.question.searches import is_search_metric
from agents.local.insights.words.lexicon import YES_NO_WORDS, Role, load_counted_metrics
from agents.local.insights.words.mentions import Mention
from agents.local.language.readings import TimeGrain
from webapp.insights.query.definitions import METRICS, PERIODS

CANCELED = "canceled_orders"
TIMES = frozenset({*PERIODS, "weekday", "hour_of_day"})
SALES_VERBS = frozenset({DEFAULT_METRIC, "orders"})
AMOUNTS = frozenset({DEFAULT_METRIC, "refunds"})
ANY = frozenset(
    {"any", "anything", "anyone", "anybody", "ever", "even", "single", "a", "an"}
)
"""In a question for yes or no, say that it is about whether there is one."""
OFTEN = re.compile(r"(?i)\b(?:often|frequently|frequent|common|commonly)\b")
MONEY = "money"
"""In the words of a figure, says only what it is measured in."""


def read_verbs(draft: Draft) -> None:
    # "How much money did we give back" is no revenue.
    for index in sorted(
        draft.list_unused(Role.METRIC_VERB), key=lambda n: MONEY in draft.get_text(n)
    ):
        name = draft.mentions[index].get_name(Role.METRIC_VERB)
        if name is not None and not _is_of_others(name, draft.request.metrics):
            draft.use(index)
            _read_verb(draft, index, name)


def _is_of_others(name: str, metrics: list[str]) -> bool:
    """Whether a verb says nothing of the figures: "revenue from search", "sales in the
    warehouse"."""
    if is_search_metric(name):
        return not all(map(is_search_metric, metrics))
    return name == "stock" and not all(map(_is_of_stock, metrics))


def _is_of_stock(name: str) -> bool:
    return name == "units" or METRICS[name].family == METRICS["stock"].family


def _read_verb(draft: Draft, index: int, name: str) -> None:
    metrics = draft.request.metrics
    outcome = OUTCOMES.get(metrics[0], {}).get(name) if len(metrics) == 1 else None
    is_sale = name in SALES_VERBS
    other = OUTCOMES["orders"].get(name)
    place = None if other is None else _find_joined_place(draft, index)
    if other is not None and place is not None:
        metrics.insert(place, other)
    elif outcome is not None:
        kept = metrics if _is_counted_apart(draft, index, metrics[0]) else ()
        metrics[:] = [*kept, outcome]
    elif name in AMOUNTS and _asks_how_much_apart(draft, index, name):
        named = (n for n, each in enumerate(draft.mentions) if each.has(Role.METRIC))
        metrics.insert(0 if index < next(named) else len(metrics), name)
    elif not metrics and not (is_sale and _bounds_figures_before(draft)):
        is_of_goods = draft.request.analysis is None
        is_any = is_sale and is_of_goods and _asks_for_any(draft)
        metrics.append("units" if is_any else _name_by_verb(draft, name))
    elif metrics == [DEFAULT_METRIC] and name == CANCELED:
        text = draft.get_text(index)
        draft.gaps.append(Gap(text, "canceled orders are in no revenue"))


def _find_joined_place(draft: Draft, verb: int) -> int | None:
    """ "Canceled and refunded orders", "orders refunded or canceled": the place of the figure of a
    verb among those that there are, where another count of what became of orders is joined to it;
    else None."""
    metrics = draft.request.metrics
    for place, near in (
        (0, draft.mentions[verb + 1 : verb + 3]),
        (len(metrics), draft.mentions[max(verb - 2, 0) : verb][::-1]),
    ):
        if len(near) == 2 and near[0].has(Role.JOIN):
            name = _name_outcome(near[1])
            if name in metrics and name in OUTCOMES["orders"].values():
                return place
    return None


def _name_outcome(mention: Mention) -> str | None:
    verb = mention.get_name(Role.METRIC_VERB) or ""
    return mention.get_name(Role.METRIC) or OUTCOMES["orders"].get(verb)


def _is_counted_apart(draft: Draft, verb: int, metric: str) -> bool:
    """ "How many pieces were sold and how many were sent back", "units sold and units returned":
    two figures."""
    joins = [n for n in range(verb) if draft.mentions[n].has(Role.JOIN)]
    if not joins:
        return False
    if joins[-1] == verb - 1 and verb > 1:
        named = draft.mentions[verb - 2].get_name(Role.METRIC)
        return named == metric and draft.mentions[joins[-1]].word == "and"
    before, after = draft.mentions[: joins[-1]], draft.mentions[joins[-1] + 1 : verb]
    is_named = any(each.get_name(Role.METRIC) == metric for each in before)
    asks = (Role.HOW_MANY, Role.HOW_MUCH, Role.METRIC, Role.WHICH)
    return is_named and any(each.has(*asks) or each.word == "what" for each in after)


def _asks_how_much_apart(draft: Draft, verb: int, name: str) -> bool:
    """ "How much did we sell, in how many orders": two figures, each in a clause of its own."""
    if name in draft.request.metrics or not draft.request.metrics:
        return False
    clauses = _split_clauses(draft.mentions)
    own = next(clause for clause in clauses if draft.mentions[verb] in clause)
    others = [clause for clause in clauses if clause is not own]
    asks = own[0].has(Role.HOW_MUCH) or (len(own) > 1 and own[1].has(Role.HOW_MUCH))
    is_alone = asks and not any(
        each.has(Role.METRIC) or each.number or each.is_value for each in own
    )
    return is_alone and any(map(_counts_something, others))


def _split_clauses(mentions: Sequence[Mention]) -> list[list[Mention]]:
    clauses: list[list[Mention]] = [[]]
    for mention in mentions:
        if mention.has(Role.JOIN):
            clauses.append([])
        else:
            clauses[-1].append(mention)
    return [each for each in clauses if each]


def _counts_something(clause: Sequence[Mention]) -> bool:
    """ "In how many orders", "what was the average order value"."""
    silent = (Role.FILLER, Role.BY, Role.DIMENSION)
    first = [each for each in clause if not (each.time or each.has(*silent))][:2]
    asks = (Role.HOW_MANY, Role.HOW_MUCH, Role.WHICH, Role.METRIC)
    named = [each.has(*asks) for each in first]
    return named[:1] == [True] and any(each.has(Role.METRIC) for each in clause)


def _bounds_figures_before(draft: Draft) -> bool:
    """ "Which ones sold fewer than seven": of the figures before."""
    bounds = draft.request.bounds
    asks = draft.has(Role.HOW_MANY, Role.HOW_MUCH) or draft.request.group_by
    return (
        draft.follows and bool(bounds) and not (asks or any(b.is_money for b in bounds))
    )


def _asks_for_any(draft: Draft) -> bool:
    """ "Have we sold any Chef's Knife", "did anybody buy one": whether there are units."""
    words = [word for each in draft.mentions for word in each.word.split()]
    is_open = words[:1] == ["any"] or not YES_NO_WORDS.isdisjoint(words[:1])
    compares = draft.has(Role.COMPARE, Role.RISE, Role.FALL, Role.OVER, Role.UNDER)
    ranks = draft.has(Role.SUPERLATIVE, Role.WHICH, Role.HOW_MUCH)
    return is_open and not ANY.isdisjoint(words) and not (compares or ranks)


def _name_by_verb(draft: Draft, name: str) -> str:
    counts = draft.has(Role.HOW_MANY)
    if name == "refunds":
        counts |= any(OFTEN.search(each.text) for each in draft.mentions)
    if name == DEFAULT_METRIC:
        return "units" if counts or _is_sold(draft) else name
    if name == "orders":
        names_product = any(map(_names_product, draft.mentions))
        is_often = any(OFTEN.search(each.text) for each in draft.mentions)
        # "Which weekday do people order the most": when, and not what.
        is_of_times = any(map(_names_time, draft.mentions))
        is_best = draft.has(Role.SUPERLATIVE) and not (is_often or is_of_times)
        is_of_units = names_product if counts else is_best
        return "units" if is_of_units else name
    return load_counted_metrics().get(name, name) if counts else name


def _names_time(mention: Mention) -> bool:
    name = mention.get_name(Role.DIMENSION, Role.DIMENSIONS)
    return isinstance(mention.time, TimeGrain) or name in TIMES


def _is_sold(draft: Draft) -> bool:
    """ "Mugs sold to California": how many, where nothing asks how much or for the best."""
    if draft.has(Role.HOW_MUCH, Role.SUPERLATIVE, Role.SHARE, Role.RISE, Role.FALL):
        return False
    return any(
        mention.word == "sold" and _names_product(before)
        for before, mention in pairwise(draft.mentions)
    )


def _names_product(mention: Mention) -> bool:
    return any(each.dimension in {"product", "variant"} for each in mention.values)
