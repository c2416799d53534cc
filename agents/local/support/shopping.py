"""Finding products: search, narrowing, details. Pure."""

from decimal import Decimal

from agents.local.choosing import choose, is_named, stems
from agents.local.conversation import Called, Json, Talk
from agents.local.errand import Errand, ask
from agents.local.prices import PriceRange, price_range
from agents.local.references import (
    wants_cheaper,
    wants_cheapest,
    wants_dearest,
    wants_stock,
)
from agents.local.support.product_words import described, found
from agents.local.wish import only_attributes, search_words

PAGE = 5
MORE = 10
CENT = Decimal("0.01")
WHAT_FOR = "What are you looking for? Name a product, and a price if you like."
WHICH_DETAILS = "Which one do you mean? Say its number, for example “the second one”."
NOTHING_SHOWN = "I have not shown you anything yet. What are you looking for?"
NO_MORE = "That was everything I found. Shall I look for something else?"


def find(talk: Talk) -> Errand:
    if not search_words(talk.said) and not price_range(talk.said):
        return WHAT_FOR
    arguments = search_arguments(talk.said)
    result = yield from ask("product_search", **arguments)
    return found(by_price(result, talk.said), arguments)


def search_arguments(said: str) -> Json:
    arguments: Json = {"query": search_words(said), "limit": PAGE}
    arguments |= _between(price_range(said))
    if wants_stock(said):
        arguments["in_stock"] = True
    if wants_cheapest(said) or wants_dearest(said):
        arguments |= _sorted(said, by_words=bool(arguments["query"]))
    return arguments


def _sorted(said: str, *, by_words: bool) -> Json:
    """The cheapest of all is for the shop to find. The cheapest kettle is among what fits
    the word best: sorted by price, whatever fits a little would come first."""
    if by_words:
        return {"limit": MORE}
    return {"sort": "price_low_first" if wants_cheapest(said) else "price_high_first"}


def by_price(result: Json, said: str) -> Json:
    """What was asked for as the cheapest or dearest, in that order."""
    if not (wants_cheapest(said) or wants_dearest(said)):
        return result
    wanted = stems(search_words(said))
    named = [item for item in result["products"] if wanted & stems(item["name"])]
    ordered = sorted(
        named or result["products"],
        key=lambda item: float(item["price"]),
        reverse=wants_dearest(said),
    )
    return result | {"products": ordered[:PAGE], "total": len(ordered)}


def _between(prices: PriceRange) -> Json:
    ends = {"min_price": prices.low, "max_price": prices.high}
    return {name: float(end) for name, end in ends.items() if end is not None}


def narrow(talk: Talk) -> Errand:
    """ "And under 30?", "how about in blue", "anything cheaper": the last search again,
    with what is new; something else than attributes is a new search."""
    before = talk.last_call("product_search")
    words = search_words(talk.said)
    if before is None or not only_attributes(words):
        return (yield from find(talk))
    query = " ".join(part for part in (before.arguments["query"], words) if part)
    arguments = before.arguments | search_arguments(talk.said) | {"query": query}
    if wants_cheaper(talk.said) and not price_range(talk.said):
        arguments |= _cheaper_than(before)
    result = yield from ask("product_search", **arguments)
    return found(result, arguments)


def _cheaper_than(before: Called) -> Json:
    """Below the cheapest that was shown; with nothing shown, only the order changes."""
    prices = [Decimal(str(item["price"])) for item in before.result["products"]]
    return {"max_price": float(min(prices) - CENT)} if prices else {}


def more(talk: Talk) -> Errand:
    before = talk.last_call("product_search")
    if before is None:
        return NOTHING_SHOWN
    arguments = before.arguments | {"limit": MORE}
    result = yield from ask("product_search", **arguments)
    return found(result, arguments, skip=PAGE) if result["products"][PAGE:] else NO_MORE


def details(talk: Talk) -> Errand:
    items = talk.latest("products") or []
    chosen = choose(items, talk.said) or _in_focus(talk)
    if chosen:
        result = yield from ask("product_details", product_id=chosen[0]["productId"])
        return described(result["product"])
    if not search_words(talk.said):
        return WHICH_DETAILS if items else WHAT_FOR
    return (yield from _details_of_named(talk))


def _details_of_named(talk: Talk) -> Errand:
    """A product that is named and not on the screen: found, and told of if it is one."""
    arguments = search_arguments(talk.said)
    result = yield from ask("product_search", **arguments)
    named = [item for item in result["products"] if is_named(item, talk.said)]
    if len(named) != 1:
        return found(result, arguments)
    detailed = yield from ask("product_details", product_id=named[0]["productId"])
    return described(detailed["product"])


def _in_focus(talk: Talk) -> list[Json]:
    """What "it" is when the sentence names nothing: the product last looked at."""
    product = talk.latest("product")
    return [product] if product and not search_words(talk.said) else []
