"""Renders products as text. Pure."""

from agents.local.dialogue_state import Json
from agents.local.formatting import (
    format_amount,
    format_count,
    format_numbered_list,
    format_stock,
    join_list,
)
from agents.local.reference_resolution import stem_words

MAX_ATTRIBUTES = 6
HINT_ONE = "Say “add it to my cart” if you like it."
HINT_MANY = (
    "Say “add the second one” to put it in your cart, or ask me about one of them."
)


def render_search_results(result: Json, arguments: Json, *, skip: int = 0) -> str:
    """Render search results as a numbered list with a sentence before and a hint after."""
    products = result["products"]
    query = get_searched_query(result, arguments)
    criteria = _render_criteria(query, result, arguments)
    if not products:
        return f"I found nothing{criteria}. Try other words, or a wider price range."
    if not _has_any_word(products, query):
        return _render_nearest(products, arguments["query"])
    total = max(result["total"], len(products))
    shown = len(products) - skip
    part = f" Here {'is' if shown == 1 else 'are'} {shown}." if shown < total else ""
    lines = "\n".join(
        f"{n}. {render_product_line(item)}"
        for n, item in enumerate(products, 1)
        if n > skip
    )
    hint = HINT_ONE if len(products) == 1 else HINT_MANY
    return f"I found {format_count(total, 'product')}{criteria}.{part}\n{lines}\n{hint}"


def _has_any_word(products: list[Json], query: str) -> bool:
    """Whether any product has a word of the query; search also returns near misses."""
    words = stem_words(query)
    texts = (f"{p['name']} {p['brand'] or ''} {p['category']}" for p in products)
    return not words or any(words & stem_words(text) for text in texts)


def _render_nearest(products: list[Json], query: str) -> str:
    lines = format_numbered_list(map(render_product_line, products))
    return f"I found nothing called “{query}”. This comes nearest:\n{lines}"


def get_searched_query(result: Json, arguments: Json) -> str:
    """The query that the results are for: corrected, if a word of it was in no product."""
    query: str = result["correctedQuery"] or arguments["query"]
    return query


def _render_criteria(query: str, result: Json, arguments: Json) -> str:
    parts = [f" for “{query}”" if query else "", _render_price_range(result, arguments)]
    if arguments.get("in_stock"):
        parts.append(" in stock")
    return "".join(parts)


def _render_price_range(result: Json, arguments: Json) -> str:
    currency = next((item["currency"] for item in result["products"]), "USD")
    low, high = (
        format_amount(arguments[bound], currency) if bound in arguments else None
        for bound in ("min_price", "max_price")
    )
    if low and high:
        return f" between {low} and {high}"
    if high:
        return f" up to {high}"
    return f" from {low}" if low else ""


def render_product_line(item: Json) -> str:
    brand = (
        f" by {item['brand']}"
        if item["brand"] and item["brand"] not in item["name"]
        else ""
    )
    prefix = "from " if item["hasVariants"] else ""
    price = format_amount(item["price"], item["currency"])
    return f"{item['name']}{brand}: {prefix}{price}, {format_stock(item)}"


def render_product(product: Json) -> str:
    attributes = list(product["attributes"].items())[:MAX_ATTRIBUTES]
    variants = [render_variant(variant) for variant in product["variants"]]
    parts = [
        f"{render_product_line(product)}.",
        product["description"],
        "; ".join(f"{name}: {value}" for name, value in attributes),
        f"It comes as {join_list(variants)}." if product["hasVariants"] else "",
    ]
    return "\n".join(part for part in parts if part)


def render_variant(variant: Json) -> str:
    options = " / ".join(variant["options"].values()) or "standard"
    return options if variant["stock"] > 0 else f"{options} (out of stock)"


def render_variants(product: Json) -> str:
    currency = product["currency"]
    return format_numbered_list(
        f"{render_variant(variant)}, {format_amount(variant['price'], currency)}"
        for variant in product["variants"]
    )
