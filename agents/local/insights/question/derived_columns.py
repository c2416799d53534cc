"""Reads which columns are derived from the figures of a question: shares, running totals, ranks,
moving averages, changes."""

import re
from collections.abc import Collection, Sequence
from decimal import Decimal

from agents.local.insights.question.draft import Bound, Draft
from agents.local.insights.question.groups import is_splitting, name_grains
from agents.local.insights.question.rankings import GOODS, imply_limit
from agents.local.insights.question.related_metrics import DEFAULT_METRIC, RATES
from agents.local.insights.question.windows import DEVELOPING
from agents.local.insights.words.lexicon import Role
from agents.local.insights.words.moving_averages import MovingAverage
from webapp.insights.query.definitions import METRICS, PERIODS, Additivity

NO_LENGTH = "Over how many days, weeks or months is the moving average?"
MIN_LENGTH = 2
"""Of a moving average; one row alone is its own."""
SOLD = frozenset({"units", "net_revenue", "orders"})
NEVER_SOLD = "what was never sold is in no figures of orders"
ADDING = frozenset({"add up", "added up", "adding up", "adds up"})
PERCENT = frozenset(
    {"in percent", "percent", "%", "pct", "percentage", "in percentages"}
)
RANK_OF_WHAT = "A rank of what: products, categories, countries or months?"
OF_MONEY = frozenset({"refunds"})
FASTEST = re.compile(r"(?:fast|quick|strong|steep|slow|great|bigg)est\b|most\b")
"""Begins a rise or fall that is the first of all: "the fastest growing category"."""
RELATIVE = frozenset({
    "that", "which", "where", "whose", "who", "with", "in which", "for which", "of which", "when",
    "that have", "that had", "which have", "which had", "that are", "which are", "having",
})  # fmt: skip
"""Behind a name of rows, say which of them are wanted."""
ANY = frozenset({"any", "one", "a single"})
OF_ANY = frozenset({"of", "the", "our", "these", "those", "of the", "of our"})
WINNER = frozenset({
    "winner", "gainer", "grower", "climber", "riser", "loser", "decliner", "faller",
})  # fmt: skip
WINNERS = frozenset(f"{each}s" for each in WINNER)
"""Are said of what rises or falls, in the plural of several."""


def read_derived(draft: Draft) -> None:
    _read_averages(draft)
    _read_never(draft)
    _read_shares(draft)
    _read_running_totals(draft)
    _read_ranks(draft)
    for index in list(draft.list_unused(Role.TREND)):
        draft.use(index)
        draft.request.wants_trend |= not _compares_development(draft, index)
    _read_changes(draft)


def _read_averages(draft: Draft) -> None:
    has_length = False
    for index, mention in enumerate(draft.mentions):
        if mention.average is not None:
            has_length = True
            draft.use(index)
            _add_average(draft, mention.average)
    unsaid = list(draft.list_unused(Role.MOVING_AVERAGE))
    draft.use(*unsaid)
    if unsaid and not has_length:
        draft.questions.append(NO_LENGTH)


def _add_average(draft: Draft, average: MovingAverage) -> None:
    """Its rows are those that are asked for, else of its own period: "over a week" of figures by
    day is over 7 of them."""
    periods = [each for each in draft.request.group_by if each in PERIODS]
    grain = periods[0] if periods else average.unit
    length, unit = average.length, average.unit or grain
    if (grain, unit) == ("day", "week") or (
        not periods and length == 1 and unit == "week"
    ):
        length, unit, grain = 7 * length, "day", "day"
    if not grain or grain != unit or length < MIN_LENGTH:
        draft.questions.append(NO_LENGTH)
        return
    if grain not in draft.request.group_by:
        draft.request.group_by.append(grain)
    _add_column(draft, "moving_average", length=length)


def _add_column(draft: Draft, kind: str, **values: int) -> None:
    metric = (draft.request.metrics or [DEFAULT_METRIC])[0]
    column = {"kind": kind, "metric": metric, **values}
    if column not in draft.request.derived:
        draft.request.derived.append(column)


def _read_never(draft: Draft) -> None:
    """ "Which products were never returned": of those that were sold."""
    request = draft.request
    for index in list(draft.list_unused(Role.NEVER)):
        draft.use(index)
        text = draft.mentions[index].text
        named = draft.mentions[index].get_name(Role.NEVER)
        if not request.metrics or request.metrics[0] in SOLD - {"orders"}:
            request.metrics = ["units", *request.metrics[1:]]
        metric = named or request.metrics[0]
        request.bounds.append(Bound(text, metric, at_most=Decimal(0)))


def _read_shares(draft: Draft) -> None:
    """The share of a single value is a row of its dimension."""
    request = draft.request
    said = list(draft.list_unused(Role.SHARE))
    draft.use(*said)
    if not (said or request.wants_share):
        return
    request.wants_share = False
    if _is_share_of_change(draft):
        return
    if (rate := _find_rate(draft)) is not None:
        request.metrics[:] = [rate]
        return
    request.wants_share = True
    groups = [name for name in request.group_by if name not in PERIODS]
    if not groups and request.filters:
        lists = [each for each in request.filters if "in" in each]
        part = (lists or request.filters)[0]
        request.filters.remove(part)
        request.part = part if draft.single_words & {"much", "many"} else None
        request.group_by.insert(0, part["dimension"])
    _add_column(draft, "share")


def _find_rate(draft: Draft) -> str | None:
    """ "What portion of sales was refunded": the rate, which is a figure of its own. Where nothing
    else is counted, "what percentage of searches found nothing" is one, too."""
    request = draft.request
    is_of_all = not request.filters and set(request.group_by) <= set(PERIODS)
    for name in request.metrics if len(request.metrics) == 1 else ():
        # Of what is counted once in each row, no other share could be had.
        is_single = METRICS[name].additivity is Additivity.DISTINCT
        if name in RATES and name not in OF_MONEY and (is_of_all or is_single):
            return RATES[name]
    for mention in draft.mentions:
        rate = RATES.get(mention.get_name(Role.METRIC_VERB) or "")
        if rate is not None and draft.request.metrics[:1] != [rate]:
            return rate
    return None


def _is_share_of_change(draft: Draft) -> bool:
    """ "By what percentage did units grow from September to October": no part of a whole."""
    request = draft.request
    compares = request.compare_to is not None or request.compare_shift is not None
    shares = [each for each in draft.mentions if each.has(Role.SHARE)]
    # "Growth in percent?", of rows before.
    compares |= draft.follows and all(each.word in PERCENT for each in shares)
    has_rows = bool(request.group_by or request.filters)
    return compares and not has_rows and draft.has(Role.CHANGE, Role.RISE, Role.FALL)


def _read_running_totals(draft: Draft) -> None:
    for index in list(draft.list_unused(Role.RUNNING_TOTAL)):
        draft.use(index)
        if not _adds_up(draft, index):
            _add_column(draft, "running_total")
            draft.request.wants_trend = True


def _adds_up(draft: Draft, index: int) -> bool:
    """ "Add up what we took this year" is one figure, "as it goes along" and "by day" are many."""
    is_adding = draft.get_text(index) in ADDING
    is_command = not any(
        each.has(Role.METRIC, Role.METRIC_VERB) for each in draft.mentions[:index]
    )
    has_rows = bool(draft.request.group_by) or draft.has(Role.TREND)
    return is_adding and is_command and not has_rows


def _read_ranks(draft: Draft) -> None:
    for index in list(draft.list_unused(Role.RANK_COLUMN)):
        draft.use(index)
        _imply_ranked(draft)
        # "Rank categories, top three only": in that order.
        if index > 0 or draft.request.limit is None:
            _add_column(draft, "rank")


def _imply_ranked(draft: Draft) -> None:
    """ "Gifts ranking by units": of the products of a category."""
    request = draft.request
    if request.group_by or draft.follows:
        return
    if any(each["dimension"] in GOODS for each in request.filters):
        request.group_by.append("product")
    else:
        draft.questions.append(RANK_OF_WHAT)


def _compares_development(draft: Draft, index: int) -> bool:
    """ "How did orders develop from Q2 to Q3": what became of one time in the other."""
    is_development = draft.get_text(index).split()[-1] in DEVELOPING
    compared = draft.request.compare_to or draft.request.compare_shift
    return is_development and compared is not None


def _read_changes(draft: Draft) -> None:
    request = draft.request
    changes = list(draft.list_unused(Role.CHANGE, Role.RISE, Role.FALL))
    if not changes:
        return
    draft.use(*changes)
    words = {draft.get_text(index) for index in changes}
    _imply_products(draft, words)
    ranks = request.descending is not None or request.wants_all
    ranks |= any(FASTEST.match(word) is not None for word in words)
    has_rows = any(name not in PERIODS for name in request.group_by)
    asks_for_rows = has_rows and draft.has(Role.WHICH, Role.DIMENSIONS)
    _keep_one_direction(draft, changes)
    if ranks or asks_for_rows or words & (WINNER | WINNERS):
        falls = any(draft.mentions[index].has(Role.FALL) for index in changes)
        _rank_changes(draft, words, falls=falls)
    request.wants_change = True


def _keep_one_direction(draft: Draft, changes: Sequence[int]) -> None:
    """ "Countries where revenue fell", "growing categories": no others than these."""
    request = draft.request
    falls = {draft.mentions[index].has(Role.FALL) for index in changes}
    is_change = any(draft.mentions[index].has(Role.CHANGE) for index in changes)
    is_ranked = draft.has(Role.SUPERLATIVE) or request.descending is not None
    is_ranked |= request.wants_all or bool(request.bounds or request.analysis)
    is_ranked |= any(FASTEST.match(draft.get_text(index)) for index in changes)
    if len(falls) == 2 or is_change or is_ranked or draft.has(Role.HOW_MUCH):
        return
    if any(_is_said_of_rows(draft, index) for index in changes):
        is_denied = draft.use_denial(changes[0])
        of_fall = (falls == {True}) is not is_denied
        bound = Bound(
            draft.mentions[changes[0]].text,
            at_least=Decimal(0),
            is_strict=not is_denied,
            of_change=True,
            of_fall=of_fall,
            of_rise=not of_fall,
        )
        request.bounds.append(bound)


def _is_said_of_rows(draft: Draft, index: int) -> bool:
    """Whether rise or fall tells some rows from others: "which countries fell", "products that
    grew", "with falling revenue", "declining categories"."""
    rows = [
        place
        for place, each in enumerate(draft.mentions)
        if not set(draft.request.group_by).isdisjoint(name_grains(each))
        and not is_splitting(draft, place)
    ]
    is_participle = draft.get_text(index).endswith("ing")
    if is_participle and index + 1 in rows:
        return True
    for place in rows:
        between = {draft.get_text(each) for each in range(place + 1, index)}
        asks = place > 0 and (
            draft.mentions[place - 1].has(Role.WHICH) or _asks_if_any(draft, place)
        )
        if place < index and (asks or between & RELATIVE):
            return True
    return False


def _asks_if_any(draft: Draft, place: int) -> bool:
    """ "Did any category lose revenue", "which, if any, categories fell", "did one of the brands
    grow"."""
    before = place - 1
    while before >= 0 and (
        draft.mentions[before].has(Role.JOIN) or draft.get_text(before) in OF_ANY
    ):
        before -= 1
    return before >= 0 and draft.get_text(before) in ANY


def _imply_products(draft: Draft, words: Collection[str]) -> None:
    """ "The ten biggest risers": of products, where no word says of what."""
    said = sorted(WINNERS.intersection(words))
    if said and not draft.request.group_by and not draft.follows:
        draft.request.group_by.append("product")
        draft.notes.append(f"I took “{said[0]}” for products.")


def _rank_changes(draft: Draft, words: Collection[str], *, falls: bool) -> None:
    request = draft.request
    request.by_change = True
    request.in_percent = request.wants_share
    if request.wants_share:
        request.wants_share = False
        request.derived = [each for each in request.derived if each["kind"] != "share"]
    request.descending = not (falls or request.descending is False)
    if request.limit is None and not request.wants_all and WINNERS.isdisjoint(words):
        is_one = not WINNER.isdisjoint(words)
        request.limit = 1 if is_one else imply_limit(draft)
