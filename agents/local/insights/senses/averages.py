"""Reads what is spent on each order, or for each unit, as the average that it is: "people spent
less per order", "each piece sold for more". Pure."""

from collections.abc import Sequence
from itertools import pairwise

from agents.local.insights.words.lexicon import Meaning, Role
from agents.local.insights.words.mentions import Mention

SPENDING = frozenset({
    "spend", "spent", "spending", "spends", "pay", "paid", "paying", "pays", "shell out",
    "shelled out", "part with", "parted with", "lay out", "laid out",
})  # fmt: skip
EACH_ONE = frozenset(
    {"per", "each", "every", "a", "an", "one", "for each", "for every", "on each"}
)
PER_UNIT = "average_unit_price"
PER_ONE = {
    **dict.fromkeys(
        ("order", "purchase", "transaction", "basket", "cart", "checkout", "receipt"),
        "average_order_value",
    ),
    **dict.fromkeys(("item", "unit", "piece", "article", "copy"), PER_UNIT),
}
SOLD_FOR = frozenset({
    "sold for", "sell for", "sells for", "selling for", "went for", "go for", "goes for",
})  # fmt: skip


PRICED = frozenset({"product", "book", "title", "toy", "game", "record"})
COSTING = frozenset(
    {"cost", "costs", "costing", "go for", "goes for", "sell for", "sold for"}
)
FOR = frozenset({"sell", "sold", "sells", "go", "goes", "went", "going", "selling"})
ARTICLES = frozenset({"a", "the", "one", "each", "every", "our"})
ON_AVERAGE = frozenset({
    "on average", "average", "typically", "usually", "normally", "in the mean", "mean", "avg",
})  # fmt: skip


def settle_spending(mentions: Sequence[Mention]) -> list[Mention]:
    """ "People spent less per order": the average order value; "paid more per item", "each piece
    sold for less": the average price of a unit."""
    settled = list(mentions)
    for index, (before, mention) in enumerate(pairwise(mentions), 1):
        average = PER_ONE.get(mention.word)
        if average is None or before.word not in EACH_ONE:
            if mention.word in PRICED and before.word in EACH_ONE:
                settled = _settle_price(settled, index)
            continue
        if any(each.get_name(Role.METRIC) == average for each in mentions[:index]):
            # "ASP per unit": said twice.
            settled[index - 1 : index + 1] = before.read_as(), mention.read_as()
            continue
        if average == PER_UNIT and (priced := _settle_price(settled, index)) != settled:
            settled = priced
            continue
        verb = _find_spending(mentions[: index - 1])
        words = [each.word for each in mentions[index + 1 : index + 3]]
        sells = average == PER_UNIT and " ".join(words) in SOLD_FOR
        if verb is None and not sells:
            continue
        # The verb says no more than the average does.
        silent = [index - 1, *([] if verb is None else [verb])]
        silent += [index + 1, index + 2] if sells else []
        for place in silent:
            settled[place] = mentions[place].read_as()
        settled[index] = mention.read_as(Meaning(Role.METRIC, average))
    return settled


def silence_goods(mentions: Sequence[Mention]) -> list[Mention]:
    """ "The average price of a book": of a unit of whatever it is."""
    names = any(each.get_name(Role.METRIC) == PER_UNIT for each in mentions)
    return [
        each.read_as()
        if names and each.word in PRICED and each.is_unknown and before.word in ARTICLES
        else each
        for before, each in pairwise([Mention("", 0, 0), *mentions])
    ]


def _settle_price(mentions: list[Mention], index: int) -> list[Mention]:
    """ "What does an item cost on average", "what did one unit sell for on average"."""
    behind = mentions[index + 1 : index + 3]
    words = [each.word for each in behind]
    sells = words[:1] and words[0] in FOR and words[1:] == ["for"]
    costs = words[:1] and words[0] in COSTING
    is_average = any(each.word in ON_AVERAGE for each in mentions)
    by_us = any(each.word in {"us", "cost us"} for each in behind)
    if not (sells or costs) or not is_average or by_us:
        return mentions
    settled = list(mentions)
    last = index + (2 if sells else 1)
    for place in (index - 1, *range(index + 1, last + 1)):
        settled[place] = mentions[place].read_as()
    for place, each in enumerate(mentions):
        if each.word in ON_AVERAGE and each.has(Role.GAP):
            settled[place] = each.read_as()
    settled[index] = mentions[index].read_as(Meaning(Role.METRIC, PER_UNIT))
    return settled


def _find_spending(mentions: Sequence[Mention]) -> int | None:
    """The place of the last verb of spending, if only how much and when is said behind it."""
    for place in range(len(mentions) - 1, -1, -1):
        mention = mentions[place]
        if mention.word in SPENDING:
            return place
        if not (mention.time or mention.has(Role.FILLER, Role.RISE, Role.FALL)):
            return None
    return None
