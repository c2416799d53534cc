from analytics.reports import product_performance, sales_insights
from analytics.window import Selection
from tests.support.lines import facts, line, on

ALL = Selection()


def test_a_summary_tells_sales_from_returns_adjustments_and_refunds() -> None:
    given = facts(
        line(quantity=3, amount_minor=3000, customer="ann"),
        line(order_id="2", amount_minor=1001, customer="ann"),
        line(order_id="3", amount_minor=500),
        line(order_id="4", kind="RETURN", quantity=-1, amount_minor=-400),
        line(order_id="5", kind="ADJUSTMENT", amount_minor=-50),
        line(order_id="1", kind="REFUND", sku=None, quantity=0, amount_minor=-1000),
    )

    [summary] = sales_insights(given, selection=ALL).rows("summary")

    assert summary == {
        "currency": "USD",
        "orders": 3,
        "units": 5,
        "returned_units": 1,
        "sales_minor": 4501,
        "returns_minor": -400,
        "adjustments_minor": -50,
        "refunds_minor": -1000,
        "revenue_minor": 3051,
        "customers": 1,
        "average_order_minor": 1500,
    }


def test_best_sellers_are_ranked_by_revenue_with_their_share() -> None:
    given = facts(
        line(product_id="p", sku="MUG-S", amount_minor=2000),
        line(product_id="p", sku="MUG-L", at=on(2), name="New mug", amount_minor=1000),
        line(sku="POT", name="Pot", amount_minor=1000),
    )

    report = sales_insights(given, selection=ALL, top=1)

    [best] = report.rows("top_products")
    assert (best["product"], best["sku"], best["name"]) == ("p", "MUG-L", "New mug")
    assert (best["revenue_minor"], best["share_percent"]) == (3000, 75.0)


def test_each_currency_has_its_own_best_sellers() -> None:
    given = facts(line(), line(sku="POT"), line(currency="EUR", amount_minor=1))

    top = sales_insights(given, selection=ALL, top=1).tables["top_products"]

    assert top.select("currency", "share_percent").rows() == [
        ("EUR", 100.0),
        ("USD", 50.0),
    ]


def test_categories_have_shares_only_of_a_positive_total() -> None:
    given = facts(
        line(amount_minor=300),
        line(category="Garden", amount_minor=100),
        line(currency="EUR", kind="RETURN", quantity=-1, amount_minor=-100),
    )

    categories = sales_insights(given, selection=ALL).tables["categories"]

    assert categories.select("currency", "category", "share_percent").rows() == [
        ("EUR", "Kitchen", None),
        ("USD", "Kitchen", 75.0),
        ("USD", "Garden", 25.0),
    ]


def test_products_that_rise_and_fall_are_told_by_halves_of_the_window() -> None:
    given = facts(
        line(sku="UP", at=on(1), amount_minor=100),
        line(sku="UP", at=on(3), amount_minor=900),
        line(sku="DOWN", at=on(1), amount_minor=700),
        line(sku="SAME", at=on(1), amount_minor=5),
        line(sku="SAME", at=on(3), amount_minor=5),
    )
    window = Selection(start=on(1, 1), end=on(4, 1))

    movers = product_performance(given, selection=window, top=1).tables["movers"]

    assert movers.select(
        "sku", "earlier_minor", "later_minor", "change_minor"
    ).rows() == [
        ("UP", 100, 900, 800),
        ("DOWN", 700, 0, -700),
    ]


def test_products_that_come_back_are_ranked_by_units() -> None:
    back = {"kind": "RETURN", "amount_minor": -1}
    given = facts(
        line(sku="A", quantity=8),
        line(sku="A", quantity=-2, **back),
        line(sku="B", quantity=-1, **back),
    )

    returned = product_performance(given, selection=ALL).tables["most_returned"]

    assert returned.select("sku", "returned_units", "returned_percent").rows() == [
        ("A", 2, 25.0),
        ("B", 1, None),
    ]
