"""Tool plans for finding products: search, narrowing, details. Pure."""

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

PAGE_SIZE = 5
MAX_RESULTS = 10
CENT = Decimal("0.01")
ASK_WHAT_FOR = "What are you looking for? Name a product, and a price if you like."
ASK_WHICH_DETAILS = (
    "Which one do you mean? Say its number, for example “the second one”."
)
NOTHING_SHOWN = "I have not shown you anything yet. What are you looking for?"
NO_MORE = "That was everything I found. Shall I look for something else?"


def find_products(state: DialogueState) -> ToolPlan:
    if not extract_search_terms(state.utterance) and not parse_price_range(
        state.utterance
    ):
        return ASK_WHAT_FOR
    arguments = build_search_arguments(state.utterance)
    result = yield from call_tool("product_search", **arguments)
    return render_search_results(sort_by_price(result, state.utterance), arguments)


def build_search_arguments(utterance: str) -> Json:
    arguments: Json = {"query": extract_search_terms(utterance), "limit": PAGE_SIZE}
    arguments |= _price_arguments(parse_price_range(utterance))
    if wants_stock(utterance):
        arguments["in_stock"] = True
    if wants_cheapest(utterance) or wants_most_expensive(utterance):
        arguments |= _sort_arguments(utterance, has_terms=bool(arguments["query"]))
    return arguments


def _sort_arguments(utterance: str, *, has_terms: bool) -> Json:
    """Arguments for a cheapest or most expensive product. Without search terms the shop sorts
    by price. With them the cheapest kettle is among the most relevant results: sorted by
    price, products that match only a little would come first."""
    if has_terms:
        return {"limit": MAX_RESULTS}
    return {
        "sort": "price_low_first" if wants_cheapest(utterance) else "price_high_first"
    }


def sort_by_price(result: Json, utterance: str) -> Json:
    """Sort the results by price when the cheapest or most expensive was asked for."""
    if not (wants_cheapest(utterance) or wants_most_expensive(utterance)):
        return result
    words = stem_words(extract_search_terms(utterance))
    named = [item for item in result["products"] if words & stem_words(item["name"])]
    ordered = sorted(
        named or result["products"],
        key=lambda item: float(item["price"]),
        reverse=wants_most_expensive(utterance),
    )
    return result | {"products": ordered[:PAGE_SIZE], "total": len(ordered)}


def _price_arguments(prices: PriceRange) -> Json:
    bounds = {"min_price": prices.low, "max_price": prices.high}
    return {name: float(bound) for name, bound in bounds.items() if bound is not None}


def narrow_search(state: DialogueState) -> ToolPlan:
    """ "And under 30?", "how about in blue", "anything cheaper": repeat the last search with
    the new conditions; words other than attributes start a new search."""
    last_search = state.last_successful_call("product_search")
    words = extract_search_terms(state.utterance)
    if last_search is None or not has_only_attributes(words):
        return (yield from find_products(state))
    query = " ".join(part for part in (last_search.arguments["query"], words) if part)
    arguments = (
        last_search.arguments
        | build_search_arguments(state.utterance)
        | {"query": query}
    )
    if wants_cheaper(state.utterance) and not parse_price_range(state.utterance):
        arguments |= _cheaper_than(last_search)
    result = yield from call_tool("product_search", **arguments)
    return render_search_results(result, arguments)


def _cheaper_than(search: CompletedToolCall) -> Json:
    """A price limit below the cheapest product shown; none when nothing was shown."""
    prices = [Decimal(str(item["price"])) for item in search.result["products"]]
    return {"max_price": float(min(prices) - CENT)} if prices else {}


def show_more(state: DialogueState) -> ToolPlan:
    last_search = state.last_successful_call("product_search")
    if last_search is None:
        return NOTHING_SHOWN
    arguments = last_search.arguments | {"limit": MAX_RESULTS}
    result = yield from call_tool("product_search", **arguments)
    return (
        render_search_results(result, arguments, skip=PAGE_SIZE)
        if result["products"][PAGE_SIZE:]
        else NO_MORE
    )


def show_product_details(state: DialogueState) -> ToolPlan:
    items = state.latest_result("products") or []
    chosen = resolve_items(items, state.utterance) or _in_focus(state)
    if chosen:
        result = yield from call_tool(
            "product_details", product_id=chosen[0]["productId"]
        )
        return render_product(result["product"])
    if not extract_search_terms(state.utterance):
        return ASK_WHICH_DETAILS if items else ASK_WHAT_FOR
    return (yield from _show_named_product(state))


def _show_named_product(state: DialogueState) -> ToolPlan:
    """Search for a product that is named but not displayed; show details if it is the only
    one."""
    arguments = build_search_arguments(state.utterance)
    result = yield from call_tool("product_search", **arguments)
    named = [item for item in result["products"] if is_named(item, state.utterance)]
    if len(named) != 1:
        return render_search_results(result, arguments)
    details = yield from call_tool("product_details", product_id=named[0]["productId"])
    return render_product(details["product"])


def _in_focus(state: DialogueState) -> list[Json]:
    """What "it" is when the utterance names nothing: the product shown last."""
    product = state.latest_result("product")
    return [product] if product and not extract_search_terms(state.utterance) else []
