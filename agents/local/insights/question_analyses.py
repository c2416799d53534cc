"""Reads which analysis a question asks for, and the words that say no more than it does. Pure."""

import re
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from agents.local.insights.asides import LEAD_TIME
from agents.local.insights.draft import Draft, Gap
from agents.local.insights.lexicon import Meaning, Role, read_analyses
from agents.local.insights.mentions import Mention, Number
from agents.local.insights.metric_verbs import OFTEN
from agents.local.insights.query_windows import list_days
from agents.local.insights.question_searches import speaks_of_searches
from agents.local.insights.question_windows import build_window
from agents.local.language.readings import DaySpan, PeriodSpan
from agents.local.language.time_expressions import find_time_expressions
from webapp.insights.analyses.methods import METHODS
from webapp.insights.query.values import MatchKind

OF_ANY_METRIC = frozenset({"explain_change", "anomalies", "forecast", "concentration"})
"""Analyses of a metric that is named; of the others it is clear which figures they are of."""
OF_ALL_ROWS = frozenset({"explain_change", "retention", "rfm", "lifetime_value"})
"""Analyses that show all there is, the greatest among it."""
SAID_WITH: Mapping[str, frozenset[str]] = {
    # "Do higher prices hurt the units sold?"
    "price_effect": frozenset({"explain_change"}),
    # "Why was October unusual?"
    "explain_change": frozenset({"anomalies"}),
    # "Segments, from the loyal ones to those we lose".
    "rfm": frozenset({"retention"}),
    # "Which searches fail, and what is the estimated loss?"
    "search_insights": frozenset({"forecast"}),
}
"""By analysis, the others whose words say no more than it does."""
AUXILIARIES = frozenset({
    "will", "will we", "might", "gonna", "expect", "expected", "likely", "will be", "may be",
    "might be", "will have", "going to be", "future", "what else", "what is going on",
})  # fmt: skip
"""Say that something is to come or that more is asked for, in a question that may be for another
analysis than they are by themselves."""
SAME_GAPS: Mapping[str, re.Pattern[str]] = {
    "explain_change": re.compile(r"(?i)effects?|impact|affect|influence|because|due|variance"),
    "anomalies": re.compile(r"(?i)normally|typically|usually|typical|average"),
    "forecast": re.compile(r"(?i)estimated?$"),
    "retention": re.compile(r"(?i)(?:per|each|by) customer|average|typical|usually"),
    "lifetime_value": re.compile(r"(?i)(?:per|each|by) customer|average|typical|mean|usually"),
    "basket_pairs": re.compile(r"(?i)usually|typically|normally|different|distinct"),
    "price_effect": re.compile(r"(?i)effects?|impact|affect|influence"),
    "concentration": re.compile(
        r"(?i)(?:per|each|by) customer|assortment|different|individual customers"
    ),
    "search_insights": re.compile(r"(?i)because|due|through|visitors?$"),
    "stock_outlook": re.compile(
        r"(?i)out of stock|s[eo]l(?:ls?|d|ling) out|stock-?outs|how long|ran out|because|due"
    ),
}  # fmt: skip
"""By analysis, what else is no figure of the shop, and here says no more than it does."""
PAST = frozenset({"was", "were", "had", "been", "did", "ran"})
STOCKOUT = re.compile(
    r"(?i)out of stock|s[eo]l(?:ls?|d|ling) out|stock-?outs?$|unavailable|gone"
)
""" "What was sold out in May" is not known; what is, and what will be, is."""
LOSS = re.compile(r"(?i)\b(?:los[et]|cost|because|due)\b")
WAS_OUT = (
    "which products were out of stock at a time is not known, only which ones are now"
)
FEW = frozenset({"few", "a few", "handful", "a handful of", "just a few", "only a few"})
MAJORITY = re.compile(r"(?i)\b(?:most|majority|bulk|chunk|much|half)\b")
COUNTING = re.compile(r"(?i)\b(?:number|count|how (?:few|many))\b")
SIZES = frozenset({"big", "large", "small", "major", "main", "key"})
CUSTOMERS = frozenset({"customer", "customers", "buyers", "clients"})
AHEAD = re.compile(r"(?i)ahead|out|from now|horizon|forward|to come|away")
PRICE = re.compile(r"(?i)\bpric(?:es?|ing)\b")
HALF_YEAR = re.compile(r"(?i)\bhalf(?:[ -]a)?[ -]year\b")
THROUGH = frozenset({"to", "through", "until", "till", "up to", "and", "-", "\u2013"})
WITHIN = frozenset({"within", "in", "after", "over"})
COHORTS = re.compile(r"(?i)\bcohorts?\b")
BY_COHORT = frozenset({"retention", "lifetime_value"})
CLASSES = frozenset({80, 95})
"""Percents at which the classes of a concentration end."""
IS_OF_ONE_TIME = re.compile(r"(?i)\d{4}|\b(?:last|past|previous|this|next)\b")
MONEY = frozenset({"net_revenue", "gross_sales"})
"""What is lost."""
MAX_DENIED = 4
DENYING = frozenset({
    "not", "no", "without", "drop", "skip", "ignore", "except", "leave out", "i don't need",
    "don't need", "i don't want", "don't want", "don't show", "don't show me", "excluding",
    "exclude", "omit", "not interested in", "don't care about", "i don't care about", "hide",
    "leaving out", "rather than", "instead of", "never mind", "forget", "forget about",
})  # fmt: skip
MAX_QUALIFIER = 7
"""Words."""
MONTHS_OF = {"month": 1, "quarter": 3, "year": 12}
LEVELS = frozenset({80, 90, 95})
"""Percents of intervals, which are said without the word, too: "interval level 90"."""
LEVELED = frozenset({"forecast", "stock_outlook"})
"""Analyses with intervals."""
BANDS = frozenset({
    "level", "range", "band", "bands", "certain", "sure", "confident", "probability", "bounds",
    "margin of error", "error band", "error bars", "limits", "corridor", "certainty",
})  # fmt: skip
"""Are intervals where a percent stands next to them."""
LOSING = re.compile(
    r"(?i)\b(?:los[et]|losing|loss(?:es)?|cost(?:s|ing)?|miss(?:ed|ing)?|forgone|forgo)\b"
)
COST = re.compile(r"(?i)\b(?:costs?|loss(?:es)?)\b")
DAYS_OF = {"day": 1, "week": 7, "month": 30}
UP = re.compile(
    r"(?i)\b(?:spik\w+|peaks?|highs?|good|well|strong(?:er)?(?:ly)?|busy|busier|upsides?|upwards?"
    r"|positive(?:ly)?|better|above|over|beyond|higher|more|many|much|jump(?:s|ed|ing)?|surges?"
    r"|beat|exceed(?:ed)?|overshot|bumps|rises|increases|shoot|shot|leap|leapt|up)\b"
)
DOWN = re.compile(
    r"(?i)\b(?:drops?|dips?|slumps?|lows?|bad|badly|weak(?:er)?|poor(?:ly)?|slow(?:er)?"
    r"|quiet(?:er)?|downsides?|downwards?|negative(?:ly)?|worse|below|under|lower|less|fewer|few"
    r"|little|undershot|collapses|crashes|falls|decreases|down)\b"
)
"""Within the words for what is unusual."""
PREPOSITION = re.compile(r"(?i)^(?:in|on|for|of|during|by|until|till|the)\s+")


def settle_qualifiers(
    mentions: Sequence[Mention], before: str | None = None
) -> list[Mention]:
    """The mentions with the meaning of what says more of the analysis that is asked for here, or
    was asked for before, and would not be known, or be no figure of the shop, elsewhere."""
    named = {
        each.name
        for mention in mentions
        for each in mention.meanings
        if each.role is Role.ANALYSIS
    } | ({before} if before else set())
    if any(map(_is_class, mentions)):
        named.add("concentration")
    if _speaks_of_lost_searches(mentions):
        named.add("search_insights")
    settled = list(mentions)
    for name in sorted(named):
        for place, is_phrase in _find_qualified(mentions, name):
            mention = settled[place]
            if _may_qualify(mention, is_phrase=is_phrase):
                kept = [each for each in mention.meanings if each.role is not Role.GAP]
                meanings = (*kept, Meaning(Role.QUALIFIER, name))
                settled[place] = replace(mention, meanings=meanings, values=())
    return settled


def _may_qualify(mention: Mention, *, is_phrase: bool) -> bool:
    """Whether a word says nothing else; of a phrase, whether it is no figure and no name."""
    is_open = mention.is_unknown or mention.has(Role.GAP, Role.QUALIFIER)
    is_name = any(
        each.kind is MatchKind.WHOLE and each.dimension != "variant"
        for each in mention.values
    )
    is_figure = mention.has(Role.METRIC, Role.DIMENSION, Role.DIMENSIONS, Role.ANALYSIS)
    is_part = is_phrase and not (is_name or is_figure or mention.time)
    return (is_open and not mention.values) or is_part


def _find_qualified(
    mentions: Sequence[Mention], name: str
) -> Iterator[tuple[int, bool]]:
    """The places of the words of the longest phrases, and whether these have several."""
    phrases = frozenset(read_analyses()[name]["qualifiers"])
    words = [each.text.casefold().replace("\u2019", "'") for each in mentions]
    at = 0
    while at < len(words):
        ends = range(min(len(words), at + MAX_QUALIFIER), at, -1)
        end = next((n for n in ends if " ".join(words[at:n]) in phrases), None)
        phrase = " ".join(words[at:end]) if end else ""
        yield from ((n, " " in phrase) for n in range(at, end or at))
        at = end or at + 1


def _use_qualifiers(draft: Draft, name: str) -> None:
    for index in list(draft.list_unused(Role.QUALIFIER)):
        meanings = draft.mentions[index].meanings
        if Meaning(Role.QUALIFIER, name) in meanings:
            draft.use(index)


def read_analysis(draft: Draft, before: str | None = None) -> None:
    """The first of all: its words have no other use then. `before` is the name of the analysis that
    the figures before are of."""
    found = list(draft.list_unused(Role.ANALYSIS))
    draft.use(*found)
    clear = [n for n in found if draft.mentions[n].text.casefold() not in AUXILIARIES]
    for index in [n for n in clear if _is_past_stockout(draft, n)]:
        clear.remove(index)
        found.remove(index)
        _add_stockout_gap(draft, index)
    names = _list_asked(draft, clear, found)
    if len(names) > 1:
        labels = ", ".join(METHODS[name].label for name in names)
        draft.questions.append(f"Which do you want first: {labels}?")
    if names:
        draft.request.analysis = names[0]
        _use_same_gaps(draft, names[0])
        _use_qualifiers(draft, names[0])
        _use_clear_verbs(draft, names[0])
        if names[0] in READING:
            READING[names[0]](draft)
        return
    if any(LEAD_TIME.search(each.text) for each in draft.gaps):
        _read_lead_time(draft)  # "Lead time is 10 days", of the outlook before.
    _read_qualifiers(draft, before)


def _list_asked(
    draft: Draft, clear: Iterable[int], found: Iterable[int]
) -> Sequence[str]:
    """The names of the analyses that are asked for; of what no word names, one at most."""
    names = _drop_said_with(draft, clear, _iterate_names(draft, clear or found))
    if names == ["explain_change"] and _counts_class(draft):
        return ["concentration"]
    unnamed = (name for name, asks_for in UNNAMED.items() if asks_for(draft))
    return names or [name for name in [next(unnamed, None)] if name is not None]


def _read_qualifiers(draft: Draft, before: str | None) -> None:
    """Of the analysis that was asked for before: "extend the horizon"."""
    if before is not None and any(
        Meaning(Role.QUALIFIER, before) in each.meanings for each in draft.mentions
    ):
        draft.request.of_analysis = before
        _use_qualifiers(draft, before)


def _is_past_stockout(draft: Draft, index: int) -> bool:
    mention = draft.mentions[index]
    words = {word for each in draft.mentions for word in each.text.casefold().split()}
    is_metric = any(
        "stock" in each.text and each.has(Role.METRIC) for each in draft.mentions
    )
    is_past = not PAST.isdisjoint(words) or is_metric
    return _is_stockout(mention) and is_past


def _is_stockout(mention: Mention) -> bool:
    meaning = mention.find(Role.ANALYSIS)
    is_of_stock = meaning is not None and meaning.name == "stock_outlook"
    is_loss = LOSS.search(mention.text) is not None
    return is_of_stock and not is_loss and STOCKOUT.search(mention.text) is not None


def _add_stockout_gap(draft: Draft, index: int) -> None:
    text = draft.mentions[index].text
    if all(each.text != text for each in draft.gaps):
        draft.gaps.append(Gap(text, WAS_OUT))


def _refuse_past_stockouts(draft: Draft, today: date) -> None:
    """ "Products out of stock in May": what runs out now is no answer."""
    _, last = list_days(draft.request.window or {}, today=today)
    if last is None or last > today:
        return
    for index, mention in enumerate(draft.mentions):
        if _is_stockout(mention):
            _add_stockout_gap(draft, index)


def _use_same_gaps(draft: Draft, name: str) -> None:
    pattern = SAME_GAPS.get(name)
    same = [
        each for each in draft.gaps if pattern is not None and pattern.match(each.text)
    ]
    draft.gaps = [each for each in draft.gaps if each not in same]
    if name == "concentration" and any("customer" in each.text for each in same):
        draft.request.metrics.append("customers")


def _drop_said_with(
    draft: Draft, clear: Iterable[int], found: Iterable[str]
) -> list[str]:
    """Without the analyses whose words say no more here than those of another one."""
    names = list(dict.fromkeys(found))
    if "lifetime_value" in names and not _asks_for_retention(draft, clear):
        names = [each for each in names if each != "retention"]
    for name, rest in SAID_WITH.items():
        if name in names:
            names = [each for each in names if each not in rest]
    return names


def _iterate_names(draft: Draft, indexes: Iterable[int]) -> Iterator[str]:
    for index in indexes:
        meaning = draft.mentions[index].find(Role.ANALYSIS)
        if meaning is not None:
            yield meaning.name


def _asks_for_retention(draft: Draft, indexes: Iterable[int]) -> bool:
    """Whether other words than "cohort" do, which are those of any such analysis."""
    others = [n for n in indexes if not COHORTS.search(draft.mentions[n].text)]
    return "retention" in _iterate_names(draft, others)


def _asks_for_class(draft: Draft) -> bool:
    """ "How many products make up 80% of revenue?", "do a few products make most of it?"."""
    if _counts_class(draft):
        return True
    is_few = any(each.text.casefold() in FEW for each in draft.mentions)
    is_much = draft.has(Role.SHARE) or any(
        MAJORITY.search(each.text) for each in draft.mentions
    )
    return is_few and is_much and draft.has(Role.METRIC, Role.METRIC_VERB)


def _counts_class(draft: Draft) -> bool:
    """ "The number of products behind 80% of revenue"."""
    counts = draft.has(Role.HOW_MANY) or any(
        COUNTING.search(each.text) for each in draft.mentions
    )
    return counts and any(map(_is_class, draft.mentions))


def _asks_for_price_effect(draft: Draft) -> bool:
    """ "Did the price have an effect on how many we sold?"."""
    has_price = any(PRICE.search(each.text) for each in draft.mentions)
    same = SAME_GAPS["price_effect"]
    return has_price and any(same.match(each.text) for each in draft.gaps)


def _asks_who_returns(draft: Draft) -> bool:
    """ "Repeat buyers within 3 months": after their first order, as no time is named."""
    return any(
        each.find(Role.VALUE) == Meaning(Role.VALUE, "returning", "customer_status")
        and any(
            _is_since(draft, n) or _is_within(draft, n)
            for n in range(len(draft.mentions))
        )
        for each in draft.mentions
    )


def _is_within(draft: Draft, index: int) -> bool:
    """ "Within 3 months", which is no window."""
    after = draft.mentions[index + 1 : index + 3]
    return (
        draft.mentions[index].text.casefold() in WITHIN
        and len(after) == 2
        and after[0].number is not None
        and any(each.name in MONTHS_OF for each in after[1].meanings)
    )


def _asks_for_lost_searches(draft: Draft) -> bool:
    """ "Which searches find nothing, and what do they cost us?"."""
    return _speaks_of_lost_searches(draft.mentions) or (
        speaks_of_searches(draft.mentions) and any(map(_is_cost, draft.gaps))
    )


def _speaks_of_lost_searches(mentions: Sequence[Mention]) -> bool:
    """ "The revenue that searches without results cost us", "sales lost to failed searches"."""
    is_vain = any(
        each.role is Role.METRIC and each.name == "zero_result_searches"
        for mention in mentions
        for each in mention.meanings
    )
    return is_vain and any(LOSING.search(each.text) for each in mentions)


def _is_cost(gap: Gap) -> bool:
    return COST.search(gap.text) is not None


def _use_costs(draft: Draft) -> None:
    """What it costs that searches find nothing is a part of the analysis."""
    draft.gaps = [each for each in draft.gaps if not _is_cost(each)]
    if _speaks_of_lost_searches(draft.mentions):
        metrics = draft.request.metrics
        draft.request.metrics = [each for each in metrics if each not in MONEY]
        draft.use(*draft.list_unused(Role.FALL))


def _names_customers(mention: Mention) -> bool:
    meaning = mention.find(Role.METRIC)
    return meaning is not None and meaning.name == "customers"


def _is_percent(mention: Mention) -> bool:
    return mention.number is not None and mention.number.is_percent


def _is_class(mention: Mention) -> bool:
    number = mention.number
    return number is not None and number.is_percent and number.value in CLASSES


def _use_clear_verbs(draft: Draft, name: str) -> None:
    """ "What do people buy with a teapot": there is no figure to choose."""
    if name not in OF_ANY_METRIC:
        draft.use(*draft.list_unused(Role.METRIC_VERB, Role.HOW_MANY, Role.HOW_MUCH))
    if name == "concentration":
        # "How many products make up 80% of revenue" counts no units.
        draft.mentions = [_drop_role(each, Role.HOW_MANY) for each in draft.mentions]


def _drop_role(mention: Mention, role: Role) -> Mention:
    kept = tuple(each for each in mention.meanings if each.role is not role)
    filler = (Meaning(Role.FILLER),) if len(kept) < len(mention.meanings) else ()
    return replace(mention, meanings=(*kept, *filler))


def settle_analysis(draft: Draft, *, today: date) -> None:
    """The last of all: a time that is to come can only be forecast, and what is left over may be a
    part of the analysis."""
    request = draft.request
    # The analyses of stock are of a time that is still to come, too.
    if request.analysis is None and _is_ahead(draft, today):
        request.analysis = "forecast"
    if request.analysis is None:
        _read_further_analysis(draft)
        return
    if request.analysis == "forecast":
        _take_next(draft, today)
        _read_horizon(draft)
    if request.analysis == "stock_outlook":
        _refuse_past_stockouts(draft, today)
    if request.analysis in SETTLING:
        SETTLING[request.analysis](draft)
    if request.analysis in OF_ALL_ROWS:
        request.descending = None
        draft.use(*draft.list_unused(Role.SUPERLATIVE))
    _drop_course(draft)


def _read_further_analysis(draft: Draft) -> None:
    """What may be said of the analysis before: "and only the drops?", "extend the horizon"."""
    if draft.request.wants_change or draft.request.of_analysis == "anomalies":
        _choose_kind(draft)


def _is_ahead(draft: Draft, today: date) -> bool:
    """Whether figures are asked for of a time that has not begun."""
    window = draft.request.window
    if window is None or draft.request.compare_to is not None:
        return False
    first, _ = list_days(window, today=today)
    return first is not None and first > today


def _take_next(draft: Draft, today: date) -> None:
    """A forecast "for December" is of the next one."""
    request = draft.request
    windows = [request.window] if request.window else request.windows
    named = {
        str(build_window(each.time)): each
        for each in draft.mentions
        if isinstance(each.time, DaySpan)
    }
    coming: list[dict[str, Any]] = []
    for window in windows:
        mention = named.get(str(window))
        following = _find_next(mention, today) if mention is not None else None
        found = following or window
        days = list_days(found, today=today)
        # "Next month, December" is one time.
        if all(list_days(each, today=today) != days for each in coming):
            coming.append(found)
    if len(coming) == 1:
        request.window, request.windows = coming[0], []
    else:
        request.windows = coming


def _find_next(mention: Mention, today: date) -> dict[str, str] | None:
    if IS_OF_ONE_TIME.search(mention.text):
        return None
    text = f"next {PREPOSITION.sub('', mention.text.lstrip(', '))}"
    for found in find_time_expressions(text, today=today)[:1]:
        if found.text == text and isinstance(found.reading, DaySpan | PeriodSpan):
            return build_window(found.reading)
    return None


def _read_direction(draft: Draft) -> None:
    """Which way the question says that it went."""
    draft.use(*draft.list_unused(Role.HIGH, Role.LOW, Role.CHANGE))
    rises, falls = draft.has(Role.RISE, Role.HIGH), draft.has(Role.FALL, Role.LOW)
    if rises != falls:
        draft.request.assumes_rise = rises


def _read_kind(draft: Draft) -> None:
    """ "Unusual drops", "spikes only", "weeks that were unusually bad"."""
    draft.use(*draft.list_unused(Role.HIGH, Role.LOW, Role.CHANGE))
    _choose_kind(draft)


def _choose_kind(draft: Draft) -> None:
    analyses = [
        each for each in draft.mentions if each.has(Role.ANALYSIS, Role.QUALIFIER)
    ]
    rises = falls = False
    for index, mention in enumerate(draft.mentions):
        if mention.text.casefold() in DENYING:
            continue
        is_own = mention in analyses
        up = mention.has(Role.RISE, Role.HIGH) or (is_own and UP.search(mention.text))
        down = mention.has(Role.FALL, Role.LOW) or (
            is_own and DOWN.search(mention.text)
        )
        if bool(up) == bool(down):
            continue
        denied = _find_denial(draft, index)
        if denied is not None:
            # "Not the drops": the spikes.
            draft.use(denied, index)
        rises |= bool(up) is (denied is None)
        falls |= bool(down) is (denied is None)
    if rises != falls:
        draft.request.direction = "spikes" if rises else "drops"


def _find_denial(draft: Draft, index: int) -> int | None:
    """The place of what says that a kind of these is not wanted: "not the drops"."""
    for place in range(index - 1, max(index - MAX_DENIED, 0) - 1, -1):
        mention = draft.mentions[place]
        if mention.text.casefold().replace("\u2019", "'") in DENYING:
            return place
        if not mention.has(Role.FILLER, Role.QUALIFIER, Role.EVERY_VALUE):
            return None
    return None


def read_level(draft: Draft) -> None:
    """ "An interval of 90%", "with 95% confidence"."""
    has_levels = draft.request.analysis in LEVELED
    words = [
        n for n, each in enumerate(draft.mentions) if each.text.casefold() in BANDS
    ]
    for index in [*draft.list_unused(Role.INTERVAL), *(words if has_levels else ())]:
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


def _use_first(draft: Draft) -> None:
    """ "Customers whose first order was in 2025", "over the first 6 months"."""
    draft.use(*(n for n, each in enumerate(draft.mentions) if each.text == "first"))


def _use_classes(draft: Draft) -> None:
    """ "How many products make 80% of the revenue": class A. "Do we depend on few": that is it."""
    request = draft.request
    draft.use(*draft.list_unused(Role.LOW, Role.SHARE, Role.SUPERLATIVE, Role.PERSONAL))
    draft.mentions = [_drop_role(each, Role.PERSONAL) for each in draft.mentions]
    request.descending = None
    words = {word for each in draft.mentions for word in each.text.casefold().split()}
    if not CUSTOMERS.isdisjoint(words) or any(map(_names_customers, draft.mentions)):
        request.metrics = [*request.metrics, "customers"]
    sizes = [
        n for n, each in enumerate(draft.mentions) if each.text.casefold() in SIZES
    ]
    few = [n for n, each in enumerate(draft.mentions) if each.text.casefold() in FEW]
    draft.use(*sizes, *few)


def _use_percents(draft: Draft) -> None:
    """ "80% of the revenue" is no bound of a figure."""
    draft.use(*(n for n, each in enumerate(draft.mentions) if _is_percent(each)))


def _read_months(draft: Draft) -> None:
    """ "Who ordered again within 3 months", "over half a year"."""
    _use_first(draft)
    draft.use(*(n for n in range(len(draft.mentions)) if _is_since(draft, n)))
    for count, unit in _use_lengths(draft, MONTHS_OF, Role.DIMENSIONS, Role.DIMENSION):
        draft.request.months = count * MONTHS_OF[unit]
    for index, mention in enumerate(draft.mentions[1:], 1):
        meaning = mention.find(Role.DIMENSION)
        is_one = draft.mentions[index - 1].text.casefold() in {"a", "one"}
        if meaning is not None and meaning.name in MONTHS_OF and is_one:
            draft.use(index)
            draft.request.group_by = []
            draft.request.months = MONTHS_OF[meaning.name]


def _read_life(draft: Draft) -> None:
    """ "Over the half year after their first order", "months 1 to 6": no times of the calendar."""
    mentions = draft.mentions
    draft.mentions = [
        replace(each, time=None) if HALF_YEAR.search(each.text) else each
        for each in mentions
    ]
    for index, mention in enumerate(mentions):
        if HALF_YEAR.search(mention.text):
            draft.use(index)
            draft.request.months = 6
        first = mention.find(Role.DIMENSIONS)
        if first is not None and first.name == "month":
            _read_month_numbers(draft, index + 1)
    draft.mentions = [
        _drop_role(each, Role.PERSONAL) if each.text.casefold() == "who" else each
        for each in draft.mentions
    ]


def _read_month_numbers(draft: Draft, begin: int) -> None:
    """ "1 to 6", behind "months": up to the last one."""
    words = draft.mentions[begin : begin + 3]
    if len(words) == 3 and words[1].text.casefold() in THROUGH:
        first, last = words[0].number, words[2].number
        if first is not None and last is not None and first.value in (0, 1):
            draft.use(begin, begin + 1, begin + 2)
            draft.request.months = int(last.value)


def _is_since(draft: Draft, index: int) -> bool:
    """ "After 6 months", "up to 6 months"."""
    words = {"after", "up to", "until", "through"}
    is_next = index + 1 < len(draft.mentions)
    return (
        draft.mentions[index].text.casefold() in words
        and is_next
        and draft.mentions[index + 1].number is not None
    )


def _use_lengths(
    draft: Draft, units: Container[str], *roles: Role
) -> Iterator[tuple[int, str]]:
    """Numbers with a unit of time behind them, which are no rows: "3 weeks"."""
    for index, mention in enumerate(draft.mentions[:-1]):
        after = draft.mentions[index + 1]
        unit = next((found.name for role in roles if (found := after.find(role))), None)
        if mention.number is not None and unit is not None and unit in units:
            draft.request.group_by = []
            draft.use(index, index + 1)
            yield int(mention.number.value), unit


def _read_cover(draft: Draft) -> None:
    """ "If it takes 3 weeks to deliver", or how far is looked ahead."""
    draft.gaps = [each for each in draft.gaps if each.text.casefold() != "late"]
    texts = [*(gap.text for gap in draft.gaps), *(m.text for m in draft.mentions)]
    if any(map(LEAD_TIME.search, texts)):
        _read_lead_time(draft)
    else:
        _read_horizon(draft)


def _read_horizon(draft: Draft) -> None:
    """ "14 days ahead", "within 30 days", "30 day horizon": from now on."""
    if draft.request.window is not None:
        return
    groups = list(draft.request.group_by)
    for count, unit in _use_lengths(draft, DAYS_OF, Role.DIMENSIONS, Role.DIMENSION):
        draft.request.window = {"unit": unit, "count": count, "offset": -count}
        groups = [each for each in groups if each != unit or _is_said_by(draft, unit)]
        words = (
            n for n, each in enumerate(draft.mentions) if AHEAD.fullmatch(each.text)
        )
        draft.use(*words)
    draft.request.group_by = groups


def _is_said_by(draft: Draft, unit: str) -> bool:
    """ "By day, 14 days ahead"."""
    meanings = ((n, each.find(Role.DIMENSION)) for n, each in enumerate(draft.mentions))
    return any(
        found is not None and found.name == unit and draft.is_after(n, Role.BY)
        for n, found in meanings
    )


def _read_lead_time(draft: Draft) -> None:
    """ "If it takes 3 weeks to deliver"."""
    for count, unit in _use_lengths(draft, DAYS_OF, Role.DIMENSIONS, Role.DIMENSION):
        draft.request.lead_days = count * DAYS_OF[unit]
        draft.gaps = [each for each in draft.gaps if not LEAD_TIME.search(each.text)]
        draft.use(
            *(n for n, m in enumerate(draft.mentions) if LEAD_TIME.search(m.text))
        )


def _is_pair(draft: Draft, index: int, mention: Mention) -> bool:
    is_before = draft.is_before(index, Role.DIMENSIONS)
    return mention.number is not None and mention.number.value == 2 and is_before


def _use_people(draft: Draft) -> None:
    """ "How sensitive to prices are our customers" is of what is sold to them."""
    metrics = draft.request.metrics
    draft.request.metrics = [each for each in metrics if each != "customers"]


def _read_pair_count(draft: Draft) -> None:
    """ "Ten pairs of products", "the 10 combinations"."""
    for index in range(len(draft.mentions) - 1):
        number = draft.mentions[index].number
        is_plain = number is not None and not (number.is_percent or number.is_money)
        if index in draft.used or not is_plain or number is None:
            continue
        after = draft.find_after(index)
        if after is not None and draft.mentions[after].has(Role.ANALYSIS):
            draft.use(index)
            draft.request.limit = int(number.value)


def _read_frequency(draft: Draft) -> None:
    """ "Most often bought together": by the number of orders; "which two products" are a pair."""
    if draft.request.limit == 2 and draft.request.group_by:
        draft.request.limit = None
    pairs = (n for n, each in enumerate(draft.mentions) if _is_pair(draft, n, each))
    draft.use(*pairs)
    _read_pair_count(draft)
    if any(OFTEN.search(each.text) for each in draft.mentions):
        draft.request.sort_by = "orders"


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


UNNAMED: Mapping[str, Callable[[Draft], bool]] = {
    "concentration": _asks_for_class,
    "search_insights": _asks_for_lost_searches,
    "price_effect": _asks_for_price_effect,
    "retention": _asks_who_returns,
}
"""By analysis, whether a question asks for it in no words of its own."""
READING: Mapping[str, Callable[[Draft], None]] = {
    "concentration": _use_percents,
    "retention": _read_life,
    "lifetime_value": _read_life,
}
"""By analysis, what is read for it before times and bounds are."""
SETTLING: Mapping[str, Callable[[Draft], None]] = {
    "explain_change": _read_direction,
    "anomalies": _read_kind,
    "concentration": _use_classes,
    "retention": _read_months,
    "lifetime_value": _read_months,
    "basket_pairs": _read_frequency,
    "search_insights": _use_costs,
    "stock_outlook": _read_cover,
    "price_effect": _use_people,
}
"""By analysis, what is read for it alone."""
