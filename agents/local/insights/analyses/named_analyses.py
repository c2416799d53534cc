"""Reads which analysis a question asks for, and the words that say no more than it does. Pure."""

import re
from collections.abc import Callable, Mapping, Sequence

from agents.local.insights.analyses.concentration_classes import (
    asks_for_class,
    counts_class,
    use_percents,
)
from agents.local.insights.analyses.lengths import (
    asks_who_returns,
    names_lead_time,
    read_lead_time,
    read_life,
)
from agents.local.insights.analyses.lost_searches import (
    asks_for_lost_searches,
    asks_for_terms,
)
from agents.local.insights.analyses.past_stockouts import (
    add_stockout_gap,
    is_past_stockout,
)
from agents.local.insights.analyses.qualifiers import use_qualifiers
from agents.local.insights.question.draft import Draft
from agents.local.insights.talk.asides import LEAD_TIME
from agents.local.insights.words.lexicon import Meaning, Role
from agents.local.insights.words.mentions import Mention
from webapp.insights.analyses.methods import METHODS

OF_ANY_METRIC = frozenset({"explain_change", "anomalies", "forecast", "concentration"})
"""Analyses of a metric that is named; of the others it is clear which figures they are of."""
BY_COHORT = frozenset({"retention", "lifetime_value"})
SAID_WITH: Mapping[str, frozenset[str]] = {
    # "Do higher prices hurt the units sold?"
    "price_effect": frozenset({"explain_change"}),
    # "Why was October unusual?"
    "explain_change": frozenset({"anomalies"}),
    # "Segments, from the loyal ones to those we lose".
    "rfm": frozenset({"retention"}),
    # "Which searches fail, and what is the estimated loss?"
    "search_insights": frozenset({"forecast"}),
    # "What will we run out of".
    "stock_outlook": frozenset({"forecast"}),
}
"""By analysis, the others whose words say no more than it does."""
AUXILIARIES = frozenset({
    "will", "will we", "might", "gonna", "expect", "expected", "likely", "will be", "may be",
    "might be", "will have", "we'll", "they'll", "it'll", "i'll", "there'll", "you'll",
    "going to be", "future", "what else", "what is going on",
})  # fmt: skip
"""Say that something is to come or that more is asked for, in a question that may be for another
analysis than they are by themselves."""
SAME_GAPS: Mapping[str, re.Pattern[str]] = {
    "explain_change": re.compile(
        r"(?i)effects?|impact|affect|influence|because|due|variance|think$"
    ),
    "anomalies": re.compile(r"(?i)normally|typically|usually|typical|average|think$"),
    "forecast": re.compile(r"(?i)estimated?$|think$"),
    "retention": re.compile(r"(?i)(?:per|each|by) customer|average|typical|usually"),
    "lifetime_value": re.compile(r"(?i)(?:per|each|by) customer|average|typical|mean|usually"),
    "basket_pairs": re.compile(
        r"(?i)usually|typically|normally|different|distinct|should$|ideas?$|suggest|recommend"
    ),
    "price_effect": re.compile(r"(?i)effects?|impact|affect|influence"),
    "concentration": re.compile(
        r"(?i)(?:per|each|by) customer|assortment|different|individual customers"
    ),
    "search_insights": re.compile(r"(?i)because|due|through|visitors?$"),
    "stock_outlook": re.compile(
        r"(?i)out of stock|s[eo]l(?:ls?|d|ling) out|stock-?outs|how long|ran out|because|due"
        r"|should$|think$|suggest|recommend"
    ),
}  # fmt: skip
"""By analysis, what else is no figure of the shop, and here says no more than it does."""
PRICE = re.compile(r"(?i)\bpric(?:es?|ing)\b")
COHORTS = re.compile(r"(?i)\bcohorts?\b")


def read_analysis(draft: Draft, before: str | None = None) -> None:
    """The first of all: its words have no other use then. `before` is the name of the analysis that
    the figures before are of."""
    found = list(draft.list_unused(Role.ANALYSIS))
    draft.use(*found)
    past = [n for n in found if is_past_stockout(draft, n)]
    for index in past:
        add_stockout_gap(draft, index)
    names = _list_asked(draft, [draft.mentions[n] for n in found if n not in past])
    if len(names) > 1:
        labels = ", ".join(METHODS[name].label for name in names)
        draft.questions.append(f"Which do you want first: {labels}?")
    if names:
        _take_analysis(draft, names[0])
        return
    is_of_stock = before == "stock_outlook" and names_lead_time(draft)
    if is_of_stock or any(LEAD_TIME.search(each.text) for each in draft.gaps):
        read_lead_time(draft)  # "Lead time is 10 days", of the outlook before.
    _read_qualifiers(draft, before)


def _list_asked(draft: Draft, found: Sequence[Mention]) -> Sequence[str]:
    """The names of the analyses that are asked for; of what no word names, one at most."""
    clear = [each for each in found if each.text.casefold() not in AUXILIARIES]
    names = _drop_said_with(clear or found)
    if names == ["explain_change"] and counts_class(draft):
        return ["concentration"]
    unnamed = [name for name, asks_for in UNNAMED.items() if asks_for(draft)]
    return unnamed[:1] if unnamed and not (clear and names) else names


def _drop_said_with(found: Sequence[Mention]) -> list[str]:
    """The names without the analyses whose words say no more here than those of another one."""
    names = _list_names(found)
    if "lifetime_value" in names and not _asks_for_retention(found):
        names = [each for each in names if each != "retention"]
    for name, rest in SAID_WITH.items():
        if name in names:
            names = [each for each in names if each not in rest]
    return names


def _asks_for_retention(found: Sequence[Mention]) -> bool:
    """Whether other words than "cohort" do, which are those of any such analysis."""
    others = [each for each in found if not COHORTS.search(each.text)]
    return "retention" in _list_names(others)


def _list_names(found: Sequence[Mention]) -> list[str]:
    meanings = [each.find(Role.ANALYSIS) for each in found]
    return list(dict.fromkeys(each.name for each in meanings if each is not None))


def _asks_for_price_effect(draft: Draft) -> bool:
    """ "Did the price have an effect on how many we sold?"."""
    has_price = any(PRICE.search(each.text) for each in draft.mentions)
    same = SAME_GAPS["price_effect"]
    return has_price and any(same.match(each.text) for each in draft.gaps)


def _take_analysis(draft: Draft, name: str) -> None:
    draft.request.analysis = name
    _use_same_gaps(draft, name)
    use_qualifiers(draft, name)
    _use_clear_verbs(draft, name)
    if name in READING:
        READING[name](draft)


def _use_same_gaps(draft: Draft, name: str) -> None:
    if name not in SAME_GAPS:
        return
    same = [each for each in draft.gaps if SAME_GAPS[name].match(each.text)]
    draft.gaps = [each for each in draft.gaps if each not in same]
    if name == "concentration" and any("customer" in each.text for each in same):
        draft.request.metrics.append("customers")


def _use_clear_verbs(draft: Draft, name: str) -> None:
    """ "What do people buy with a teapot": there is no figure to choose."""
    if name not in OF_ANY_METRIC:
        draft.use(*draft.list_unused(Role.METRIC_VERB, Role.HOW_MANY, Role.HOW_MUCH))
    if name == "concentration":
        # "How many products make up 80% of revenue" counts no units.
        draft.mentions = [each.drop(Role.HOW_MANY) for each in draft.mentions]


def _read_qualifiers(draft: Draft, before: str | None) -> None:
    """Of the analysis that was asked for before: "extend the horizon"."""
    if before is not None and any(
        Meaning(Role.QUALIFIER, before) in each.meanings for each in draft.mentions
    ):
        draft.request.of_analysis = before
        use_qualifiers(draft, before)


def _asks_how_long_it_lasts(draft: Draft) -> bool:
    """ "How long will the stock of each product last?"."""
    is_long = any(each.text.casefold() == "how long" for each in draft.gaps)
    verbs = draft.list_places({"last", "lasts"}) if is_long else []
    draft.use(*verbs)
    return bool(verbs)


UNNAMED: Mapping[str, Callable[[Draft], bool]] = {
    "concentration": asks_for_class,
    "search_insights": lambda draft: (
        asks_for_lost_searches(draft) or asks_for_terms(draft)
    ),
    "price_effect": _asks_for_price_effect,
    "retention": asks_who_returns,
    "stock_outlook": _asks_how_long_it_lasts,
}
"""By analysis, whether a question asks for it in no words of its own."""
READING: Mapping[str, Callable[[Draft], None]] = {
    "concentration": use_percents,
    "retention": read_life,
    "lifetime_value": read_life,
}
"""By analysis, what is read for it before times and bounds are."""
