"""Arguments of every tool of the agents, for tests that call each."""

from collections.abc import Callable, Mapping
from typing import Any

from tests.support.conversations import SeededShop
from tests.support.trading_history import ANALYSES, AS_OF, insert_history

Arguments = Callable[[SeededShop], Mapping[str, Any]]


def no_arguments(_: SeededShop) -> Mapping[str, Any]:
    return {}


def kettle(shop: SeededShop) -> Mapping[str, Any]:
    """The product that is in Ada's cart, twice."""
    return {"product_id": str(shop.products["Glass Kettle"])}


def analyze(name: str) -> Arguments:
    """What an analysis takes, of a shop that has sold enough for it."""

    def insert_orders(shop: SeededShop) -> Mapping[str, Any]:
        with shop.db.unit_of_work() as session:
            insert_history(session)
        return {**ANALYSES[name], "asOf": AS_OF}

    return insert_orders


ARGUMENTS: Mapping[str, Arguments] = {
    "product_search": lambda _: {"query": "kettle"},
    "product_details": kettle,
    "view_cart": no_arguments,
    "add_to_cart": kettle,
    "set_cart_quantity": lambda shop: {**kettle(shop), "quantity": 3},
    "remove_from_cart": kettle,
    "empty_cart": no_arguments,
    "list_orders": no_arguments,
    "order_status": lambda _: {"order": "1042"},
    "knowledge_search": lambda _: {"question": "Where is my order 1042?"},
    "query_analytics": lambda _: {"metrics": ["orders"]},
    "find_values": lambda _: {"text": "orders of Ada from Germany"},
    "explain_change": analyze("explain_change"),
    "find_anomalies": analyze("anomalies"),
    "forecast_metric": analyze("forecast"),
    "measure_retention": analyze("retention"),
    "segment_customers": analyze("rfm"),
    "measure_lifetime_value": analyze("lifetime_value"),
    "find_basket_pairs": analyze("basket_pairs"),
    "measure_price_effect": analyze("price_effect"),
    "measure_concentration": analyze("concentration"),
    "examine_searches": analyze("search_insights"),
    "estimate_stock_outlook": analyze("stock_outlook"),
}
"""Of each tool, arguments that name what is Ada's where the tool lets them."""
