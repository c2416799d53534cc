"""Tool plans for finding products: search, narrowing, details. Pure."""

from decimal import Decimal
from math import inf

from agents.local.dialogue_state import CompletedToolCall, DialogueState, Json
from agents.local.plan import ToolPlan, call_tool
from agents.local.prices import PriceRange, parse_price_range
from agents.local.reference_resolution import (
    describe_missing,
    is_named,
    resolve_items,
    stem_words,
)
from agents.local.references import (
    wants_cheaper,
    wants_cheapest,
    wants_more_expensive,
    wants_most_expensive,
    wants_price_order,
    wants_stock,
)
from agents.local.search_terms import extract_search_terms, has_only_attributes
from agents.local.support.product_rendering import (
    get_searched_query,
    render_product,
    render_search_results,
)
from webapp.search.service import MAX_TEXT_LENGTH

PAGE_SIZE = 5
MAX_RESULTS = 10
CENT = Decimal("0.01")
LOW_FIRST, HIGH_FIRST = "price_low_first", "price_high_first"
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
    result = _sort_named(result, arguments, state.utterance)
    return render_search_results(result, arguments)


def build_search_arguments(utterance: str, *, query: str | None = None) -> Json:
    """Arguments of a product search, for the search terms of the utterance or another query."""
    if query is None:
        query = extract_search_terms(utterance)
    arguments: Json = {"query": query[:MAX_TEXT_LENGTH], "limit": PAGE_SIZE}
    arguments |= _price_arguments(parse_price_range(utterance))
    if wants_stock(utterance):
        arguments["in_stock"] = True
    if order := _price_order(utterance):
        arguments |= {"limit": MAX_RESULTS} if query else {"sort": order}
    return arguments


def _price_order(utterance: str) -> str | None:
    """The order that is asked for. Without search terms the shop sorts. With them, the
    cheapest kettle is among the most relevant results, which `_sort_named` sorts: sorted by
    the shop, products that match only a little would come first."""
    if wants_cheapest(utterance) or wants_price_order(utterance):
        return LOW_FIRST
    return HIGH_FIRST if wants_most_expensive(utterance) else None


def _sort_named(result: Json, arguments: Json, utterance: str) -> Json:
    """Sort the results that are called as the query says, when a price order is asked for."""
    order = _price_order(utterance)
    words = stem_words(get_searched_query(result, arguments))
    if not order or not words:
        return result
    named = [item for item in result["products"] if words & stem_words(item["name"])]
    ordered = sorted(
        named or result["products"],
        key=lambda item: float(item["price"]),
        reverse=order == HIGH_FIRST,
    )
    return result | {"products": ordered[:PAGE_SIZE], "total": len(ordered)}


def get_displayed_products(state: DialogueState) -> list[Json]:
    """The products of the latest list, in the order in which it was displayed."""
    for turn in reversed(state.previous_turns):
        for call in reversed(turn.calls):
            if "products" in call.result:
                shown = _sort_named(call.result, call.arguments, turn.utterance)
                products: list[Json] = shown["products"]
                return products
    return []


def _price_arguments(prices: PriceRange) -> Json:
    bounds = {"min_price": prices.low, "max_price": prices.high}
    return {name: float(bound) for name, bound in bounds.items() if bound is not None}


def narrow_search(state: DialogueState) -> ToolPlan:
    """ "And under 30?", "how about in blue", "anything cheaper", "sort them by price": repeat
    the last search with the new conditions; words other than attributes start a new search."""
    last_search = state.last_successful_call("product_search")
    words = extract_search_terms(state.utterance)
    if last_search is None or not has_only_attributes(words):
        return (yield from find_products(state))
    query = " ".join(part for part in (last_search.arguments["query"], words) if part)
    conditions = build_search_arguments(state.utterance, query=query)
    if not parse_price_range(state.utterance):
        conditions |= _limit_by_shown(last_search, state.utterance)
    arguments = _merge_conditions(last_search.arguments, conditions)
    result = yield from call_tool("product_search", **arguments)
    result = _sort_named(result, arguments, state.utterance)
    return render_search_results(result, arguments)


def _merge_conditions(last: Json, new: Json) -> Json:
    """The last conditions and the new ones; of two bounds that exclude each other, the new
    one: "anything cheaper?" after a search between two prices."""
    merged = last | new
    if merged.get("min_price", 0) > merged.get("max_price", inf):
        del merged["min_price" if "max_price" in new else "max_price"]
    return merged


def _limit_by_shown(search: CompletedToolCall, utterance: str) -> Json:
    """A price limit below the cheapest product shown for "cheaper", above the most expensive
    one for "more expensive"; none when nothing was shown."""
    prices = [Decimal(str(item["price"])) for item in search.result["products"]]
    if prices and wants_cheaper(utterance):
        return {"max_price": float(min(prices) - CENT)}
    if prices and wants_more_expensive(utterance):
        return {"min_price": float(max(prices) + CENT)}
    return {}


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
    items = get_displayed_products(state)
    if missing := describe_missing(items, state.utterance):
        return f"{missing} {ASK_WHICH_DETAILS}"
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
        result = _sort_named(result, arguments, state.utterance)
        return render_search_results(result, arguments)
    details = yield from call_tool("product_details", product_id=named[0]["productId"])
    return render_product(details["product"])


def _in_focus(state: DialogueState) -> list[Json]:
    """What "it" is when the utterance names nothing: the product shown last."""
    product = state.latest_result("product")
    return [product] if product and not extract_search_terms(state.utterance) else []
