"""Finding products: search, narrowing, details. Pure."""

from decimal import Decimal

from agents.local.dialogue_state import CompletedToolCall, DialogueState, Json
from agents.local.plan import ToolPlan, call_tool
from agents.local.prices import PriceRange, parse_price_range
from agents.local.reference_resolution import is_named, resolve_items, stem_words
from agents.local.references import (
    wants_cheaper,
    wants_cheapest,
    wants_most_expensive,
    wants_stock,
)
from agents.local.search_terms import extract_search_terms, has_only_attributes
from agents.local.support.product_rendering import render_product, render_search_results

PAGE = 5
MORE = 10
CENT = Decimal("0.01")
WHAT_FOR = "What are you looking for? Name a product, and a price if you like."
WHICH_DETAILS = "Which one do you mean? Say its number, for example “the second one”."
NOTHING_SHOWN = "I have not shown you anything yet. What are you looking for?"
NO_MORE = "That was everything I found. Shall I look for something else?"


def find_products(talk: DialogueState) -> ToolPlan:
    if not extract_search_terms(talk.utterance) and not parse_price_range(
        talk.utterance
    ):
        return WHAT_FOR
    arguments = search_arguments(talk.utterance)
    result = yield from call_tool("product_search", **arguments)
    return render_search_results(by_price(result, talk.utterance), arguments)


def search_arguments(said: str) -> Json:
    arguments: Json = {"query": extract_search_terms(said), "limit": PAGE}
    arguments |= _between(parse_price_range(said))
    if wants_stock(said):
        arguments["in_stock"] = True
    if wants_cheapest(said) or wants_most_expensive(said):
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
    if not (wants_cheapest(said) or wants_most_expensive(said)):
        return result
    wanted = stem_words(extract_search_terms(said))
    named = [item for item in result["products"] if wanted & stem_words(item["name"])]
    ordered = sorted(
        named or result["products"],
        key=lambda item: float(item["price"]),
        reverse=wants_most_expensive(said),
    )
    return result | {"products": ordered[:PAGE], "total": len(ordered)}


def _between(prices: PriceRange) -> Json:
    ends = {"min_price": prices.low, "max_price": prices.high}
    return {name: float(end) for name, end in ends.items() if end is not None}


def narrow_search(talk: DialogueState) -> ToolPlan:
    """ "And under 30?", "how about in blue", "anything cheaper": the last search again,
    with what is new; something else than attributes is a new search."""
    before = talk.last_successful_call("product_search")
    words = extract_search_terms(talk.utterance)
    if before is None or not has_only_attributes(words):
        return (yield from find_products(talk))
    query = " ".join(part for part in (before.arguments["query"], words) if part)
    arguments = before.arguments | search_arguments(talk.utterance) | {"query": query}
    if wants_cheaper(talk.utterance) and not parse_price_range(talk.utterance):
        arguments |= _cheaper_than(before)
    result = yield from call_tool("product_search", **arguments)
    return render_search_results(result, arguments)


def _cheaper_than(before: CompletedToolCall) -> Json:
    """Below the cheapest that was shown; with nothing shown, only the order changes."""
    prices = [Decimal(str(item["price"])) for item in before.result["products"]]
    return {"max_price": float(min(prices) - CENT)} if prices else {}


def show_more(talk: DialogueState) -> ToolPlan:
    before = talk.last_successful_call("product_search")
    if before is None:
        return NOTHING_SHOWN
    arguments = before.arguments | {"limit": MORE}
    result = yield from call_tool("product_search", **arguments)
    return (
        render_search_results(result, arguments, skip=PAGE)
        if result["products"][PAGE:]
        else NO_MORE
    )


def show_product_details(talk: DialogueState) -> ToolPlan:
    items = talk.latest_result("products") or []
    chosen = resolve_items(items, talk.utterance) or _in_focus(talk)
    if chosen:
        result = yield from call_tool(
            "product_details", product_id=chosen[0]["productId"]
        )
        return render_product(result["product"])
    if not extract_search_terms(talk.utterance):
        return WHICH_DETAILS if items else WHAT_FOR
    return (yield from _details_of_named(talk))


def _details_of_named(talk: DialogueState) -> ToolPlan:
    """A product that is named and not on the screen: found, and told of if it is one."""
    arguments = search_arguments(talk.utterance)
    result = yield from call_tool("product_search", **arguments)
    named = [item for item in result["products"] if is_named(item, talk.utterance)]
    if len(named) != 1:
        return render_search_results(result, arguments)
    detailed = yield from call_tool("product_details", product_id=named[0]["productId"])
    return render_product(detailed["product"])


def _in_focus(talk: DialogueState) -> list[Json]:
    """What "it" is when the sentence names nothing: the product last looked at."""
    product = talk.latest_result("product")
    return [product] if product and not extract_search_terms(talk.utterance) else []
