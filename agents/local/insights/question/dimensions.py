"""Reads by which dimensions a question wants rows: "by country", "each day", "which products"."""

import re

from agents.local.insights.question.draft import Draft
from agents.local.insights.question.groups import EACH, skip_values
from agents.local.insights.question.named_metrics import OF_SET
from agents.local.insights.question.value_filters import SUMMED
from agents.local.insights.words.lexicon import Role
from webapp.insights.query.definitions import PERIODS

NOT_WANTED = (Role.INSTEAD_OF, Role.EXCLUDE)
SALES_VERBS = frozenset(
    {"sell", "sold", "buy", "bought", "order", "ordered", "selling", "sells"}
)
SEARCH_COUNTS = frozenset({"searches", "zero_result_searches", "clicked_searches"})
DEFINITE = frozenset({"the", "that", "this"})
CONTAINING = re.compile(r"(?i)(?:that |which )?(?:contain|includ|mention)")
LISTS = frozenset({"list", "a list of", "list of"})
OF_ALL = frozenset({"the", "our", "of the", "of our", "my", "these", "those"})
""" "All the categories"."""
NARROW_NOUNS = frozenset({
    "book", "books", "record", "records", "novel", "novels", "album", "albums", "game", "games",
    "vinyl", "vinyls",
})  # fmt: skip
"""Are products, though a shop may have others, too."""


DENYING = frozenset({"not", "isn't", "is not", "no"})
ACROSS = frozenset({"across", "over"})
SUMS = frozenset({"total", "sum", "overall", "combined", "altogether"})
APART = frozenset({
    "each", "one by one", "individually", "separately", "each one", "every one", "one each",
    "each of them", "line by line", "item by item",
})  # fmt: skip
""" "Kitchen products: units in October each"."""


def read_dimensions(draft: Draft) -> None:
    request = draft.request
    _list_sold_products(draft)
    _note_all_values(draft)
    _list_searches(draft)
    _read_year(draft)
    if draft.follows:
        _drop_dimensions(draft)
    for index in list(draft.list_unused(Role.DIMENSION, Role.DIMENSIONS)):
        _read_dimension(draft, index)
    asks_where = draft.get_text(0) == "where" and bool(request.metrics)
    if asks_where and request.analysis is None and not request.group_by:
        request.group_by.append("country")


def _list_sold_products(draft: Draft) -> None:
    """ "What did we sell yesterday": the products."""
    sells = any(each.word in SALES_VERBS for each in draft.mentions)
    names_product = any(
        each["dimension"] == "product" for each in draft.request.filters
    )
    names_figure = any(
        each.has(Role.METRIC) and not each.is_value for each in draft.mentions
    )
    has_rows = draft.has(Role.DIMENSION, Role.DIMENSIONS, Role.WHICH)
    asks = draft.get_text(0) == "what" and sells
    if asks and not (names_product or names_figure or has_rows):
        draft.request.group_by.append("product")


def _note_all_values(draft: Draft) -> None:
    """ "All countries" are those of a query before without its filter, or rows."""
    for index in draft.list_unused(Role.DIMENSIONS):
        name = draft.mentions[index].get_name(Role.DIMENSION, Role.DIMENSIONS)
        before = index - 2 if draft.get_text(index - 1) in OF_ALL else index - 1
        if name is not None and draft.get_text(before).endswith("all"):
            draft.request.all_of.append(name)
    for index in draft.list_unused(Role.DIMENSION):
        name = draft.mentions[index].get_name(Role.DIMENSION)
        words = draft.get_text(index - 1).split()
        if name is not None and not EACH.isdisjoint(words):
            is_sum = draft.follows and bool(SUMS & draft.single_words)
            if is_sum and not ACROSS.isdisjoint([draft.get_text(index - 2), *words]):
                # "The total, across every category": one figure.
                draft.request.all_of.append(name)
                draft.use(index)
            else:
                draft.request.every_of.append(name)


def _list_searches(draft: Draft) -> None:
    """ "Which searches found nothing": the queries."""
    for index, mention in enumerate(draft.mentions):
        is_search = mention.get_name(Role.METRIC) in SEARCH_COUNTS
        groups = draft.request.group_by
        if is_search and draft.is_after(index, Role.WHICH) and not groups:
            groups.append("search_query")


def _read_year(draft: Draft) -> None:
    """ "The best day of the year": of this one."""
    periods = [
        index
        for index in draft.list_unused(Role.DIMENSION)
        if draft.mentions[index].get_name(Role.DIMENSION) in PERIODS
    ]
    if not periods or draft.request.window is not None:
        return
    index = periods[-1]
    has_rows = any(
        each.has(Role.DIMENSION, Role.DIMENSIONS) for each in draft.mentions[:index]
    )
    before = draft.get_text(index - 2), draft.get_text(index - 1)
    if has_rows and before == ("of", "the"):
        draft.use(index)
        unit = draft.mentions[index].get_name(Role.DIMENSION)
        draft.request.window = {"unit": unit, "count": 1, "offset": 0}


def _drop_dimensions(draft: Draft) -> None:
    """ "Without the months", "not by country": rows that are not wanted any more."""
    for index in list(draft.list_unused(Role.DIMENSION, Role.DIMENSIONS)):
        before = draft.find_before(index, skip=(Role.FILLER, Role.BY))
        name = draft.mentions[index].get_name(Role.DIMENSION, Role.DIMENSIONS)
        if before is not None and name and draft.mentions[before].has(*NOT_WANTED):
            draft.use(index, before)
            draft.request.drops.append(name)


def _read_dimension(draft: Draft, index: int) -> None:
    name = draft.mentions[index].get_name(Role.DIMENSION, Role.DIMENSIONS)
    if name is None:
        return
    is_definite = _is_definite_period(draft, index, name)
    is_same = draft.get_text(index - 1) in DEFINITE and name == "currency"
    of_goods = name == "product" and _is_of(draft, index)
    if is_same and draft.request.currency is not None:
        draft.use(index)  # "Sterling revenue, what was paid in that currency".
    elif of_goods and not draft.has(Role.SUPERLATIVE, Role.SORT):
        draft.use(index)  # "What is the total value of the goods".
    elif is_definite and draft.follows and draft.has(Role.SUM_UP):
        draft.use(index)  # "One number for the week".
    elif _is_described(draft, index, name) or _is_whole(draft, index, name):
        draft.use(index)
    elif not is_definite and _groups_rows(draft, index, name):
        add_group(draft, index, name)


def _is_definite_period(draft: Draft, index: int, name: str) -> bool:
    """ "The week to my birthday": a time that was not understood, and no rows."""
    before = draft.get_text(index - 1)
    is_one = before in DEFINITE and draft.mentions[index].has(Role.DIMENSION)
    asks = draft.has(Role.SUPERLATIVE, Role.WHICH, Role.BREAKDOWN, Role.BY, Role.TREND)
    return name in PERIODS and is_one and not asks


def _is_described(draft: Draft, index: int, name: str) -> bool:
    """ "Revenue from titles containing Berlin", "in countries other than Germany": whose figure it
    is, and no rows."""
    asked = (Role.BY, Role.WHICH, Role.SUPERLATIVE, Role.COMPARE, Role.BREAKDOWN)
    before = draft.find_before(index)
    is_listed = (
        before is not None
        and draft.mentions[before].has(Role.JOIN)
        and draft.mentions[before].text != ","
    )
    ranks = draft.has(Role.SUPERLATIVE, Role.WHICH, Role.SORT)
    if draft.is_after(index, *asked) or is_listed or ranks:
        return False
    is_of_figure = any(
        each.has(Role.METRIC, Role.METRIC_VERB) for each in draft.mentions[:index]
    )
    is_filtered = any(each["dimension"] == name for each in draft.request.filters)
    return is_of_figure and is_filtered and _is_narrowed(draft, index)


def _is_narrowed(draft: Draft, index: int) -> bool:
    if CONTAINING.match(draft.get_text(index + 1)):
        return True
    after = draft.mentions[index + 1 : index + 2]
    if any(each.word in DENYING and each.has(Role.EXCLUDE) for each in after):
        return True  # "Net revenue, category not Gifts".
    is_plural = draft.mentions[index].has(Role.DIMENSIONS)
    return is_plural and any(each.has(Role.ONLY, Role.EXCLUDE) for each in after)


def _is_whole(draft: Draft, index: int, name: str) -> bool:
    """ "In all categories except Sale", "all categories together": one figure of them."""
    is_plural = draft.mentions[index].has(Role.DIMENSIONS)
    if draft.get_text(index - 1) != "all" or not is_plural:
        return False
    is_part = any(
        each["dimension"] == name and "notIn" in each for each in draft.request.filters
    )
    is_summed = draft.get_text(index + 1) in SUMMED
    return is_summed or (is_part and draft.get_text(index - 2) in OF_SET)


def _groups_rows(draft: Draft, index: int, name: str) -> bool:
    """Whether rows are wanted by it. "Kitchen products" and "orders of products" are no rows."""
    if _is_each_of_value(draft, index) or draft.is_after(
        index,
        *(Role.BY, Role.WHICH, Role.SUPERLATIVE, Role.JOIN),
        *(Role.BREAKDOWN, Role.COMPARE),
    ):
        return True
    if draft.mentions[index].has(Role.DIMENSIONS):
        return name != "product" or _lists_products(draft, index)
    return draft.has(Role.SUPERLATIVE, Role.WHICH) or name != "product"


def _is_each_of_value(draft: Draft, index: int) -> bool:
    """ "Each Vinyl product", "every German state"."""
    place = skip_values(draft, index)
    return 0 <= place < index - 1 and draft.mentions[place].has(Role.BY)


def _lists_products(draft: Draft, index: int) -> bool:
    is_first = draft.find_before(index) is None
    is_listed = any(
        each.word in LISTS or each.word.endswith(" list")
        for each in draft.mentions[:index]
    )
    selects = draft.has(
        *(Role.SUPERLATIVE, Role.WHICH, Role.RISE, Role.FALL, Role.SORT),
        *(Role.DESCENDING, Role.ASCENDING),
        *(Role.RANK_COLUMN, Role.OVER, Role.AT_LEAST, Role.UNDER, Role.AT_MOST),
        Role.OR_MORE,
    )
    is_apart = draft.mentions[-1].word in APART
    lists = selects or is_listed or is_first or is_apart
    if not lists:
        draft.use(index)
    return lists


def _is_of(draft: Draft, index: int) -> bool:
    words = draft.get_text(index - 2), draft.get_text(index - 1)
    if not draft.mentions[index].has(Role.METRIC) and draft.get_text(index) != "goods":
        return False
    return words[1] == "of" or (words[0] == "of" and words[1] in DEFINITE | {"our"})


def add_group(draft: Draft, index: int, name: str) -> None:
    """Ask for rows by the dimension that a mention names."""
    draft.use(index)
    before = draft.find_before(index)
    if before is not None and draft.mentions[before].has(Role.BY, Role.COMPARE):
        draft.use(before)
    if name not in draft.request.group_by:
        draft.request.group_by.append(name)
    word = draft.get_text(index)
    if name == "product" and word in NARROW_NOUNS:
        draft.notes.append(f"I took “{word}” for products of any kind.")
