"""Chooses what words of goods that were not there are: "how many days were we without the Teapot",
"how long was it sold out". Pure."""

from collections.abc import Sequence

from agents.local.insights.senses.rules import Place, find_metric
from agents.local.insights.words.lexicon import Meaning, Role
from agents.local.insights.words.mentions import Mention

OUT = frozenset(
    {"out of stock", "sold out", "unavailable", "out", "not available", "not in stock"}
)
WITHOUT = frozenset({"without", "without any"})
WERE = frozenset({
    "were", "was", "we", "did", "go", "went", "have", "has", "been", "had", "shop", "the",
    "for",
})  # fmt: skip
AHEAD = frozenset({"until", "till", "before", "will", "going to", "can", "do", "would"})
OUT_OF_STOCK = Meaning(Role.METRIC, "out_of_stock_days")


def settle_stockouts(mentions: Sequence[Mention]) -> list[Mention]:
    settled = list(mentions)
    for index in range(len(mentions)):
        days = _find_days(Place(mentions, index))
        sign = None if days is None else _find_sign(mentions, days)
        if days is not None and sign is not None:
            settled[days] = mentions[days].read_as(OUT_OF_STOCK)
            settled[sign] = mentions[sign].read_as()
            break
    return settled


def _find_days(at: Place) -> int | None:
    """The place of "days" in "how many days", or of "how long"."""
    if at.mention.word == "how long":
        return at.index
    is_counted = at.mention.has(Role.HOW_MANY)
    is_days = at.after.get_name(Role.DIMENSIONS) == "day"
    return at.index + 1 if is_counted and is_days else None


def _find_sign(mentions: Sequence[Mention], days: int) -> int | None:
    """The place of the words that say that something was not there."""
    for place, mention in enumerate(mentions[days + 1 :], days + 1):
        words = {each.word for each in mentions[days + 1 : place]}
        if not words.isdisjoint(AHEAD):
            return None
        if mention.word in OUT:
            return place
        if mention.word in WITHOUT:
            is_of_goods = not find_metric(Place(mentions, place).after)
            singles = {word for each in words for word in each.split()}
            return place if singles <= WERE and is_of_goods else None
    return None
