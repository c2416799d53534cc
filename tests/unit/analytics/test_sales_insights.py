from analytics.reports import run_product_performance, run_sales_insights
from analytics.window import Selection
from tests.support.order_lines import order_facts, order_line, utc_2026

ALL = Selection()


def test_a_summary_separates_sales_returns_adjustments_and_refunds() -> None:
    facts = order_facts(
        order_line(quantity=3, amount_minor=3000, customer="ann"),
        order_line(order_id="2", amount_minor=1001, customer="ann"),
        order_line(order_id="3", amount_minor=500),
        order_line(order_id="4", kind="RETURN", quantity=-1, amount_minor=-400),
        order_line(order_id="5", kind="ADJUSTMENT", amount_minor=-50),
        order_line(
            order_id="1", kind="REFUND", sku=None, quantity=0, amount_minor=-1000
        ),
    )

    [summary] = run_sales_insights(facts, selection=ALL).rows("summary")

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
    facts = order_facts(
        order_line(product_id="p", sku="MUG-S", amount_minor=2000),
        order_line(
            product_id="p",
            sku="MUG-L",
            at=utc_2026(2),
            name="New mug",
            amount_minor=1000,
        ),
        order_line(sku="POT", name="Pot", amount_minor=1000),
    )

    report = run_sales_insights(facts, selection=ALL, top=1)

    [best] = report.rows("top_products")
    assert (best["product"], best["sku"], best["name"]) == ("p", "MUG-L", "New mug")
    assert (best["revenue_minor"], best["share_percent"]) == (3000, 75.0)


def test_each_currency_has_its_own_best_sellers() -> None:
    facts = order_facts(
        order_line(), order_line(sku="POT"), order_line(currency="EUR", amount_minor=1)
    )

    top = run_sales_insights(facts, selection=ALL, top=1).tables["top_products"]

    assert top.select("currency", "share_percent").rows() == [
        ("EUR", 100.0),
        ("USD", 50.0),
    ]


def test_categories_have_shares_only_of_a_positive_total() -> None:
    facts = order_facts(
        order_line(amount_minor=300),
        order_line(category="Garden", amount_minor=100),
        order_line(currency="EUR", kind="RETURN", quantity=-1, amount_minor=-100),
    )

    categories = run_sales_insights(facts, selection=ALL).tables["categories"]

    assert categories.select("currency", "category", "share_percent").rows() == [
        ("EUR", "Kitchen", None),
        ("USD", "Kitchen", 75.0),
        ("USD", "Garden", 25.0),
    ]


def test_spellings_of_a_category_are_one_in_its_latest_spelling() -> None:
    facts = order_facts(
        order_line(category="mugs", amount_minor=100, at=utc_2026(1)),
        order_line(category="Mugs", amount_minor=100, at=utc_2026(3)),
        order_line(category="\uff2dugs", amount_minor=100, at=utc_2026(2)),
    )

    for selection in (ALL, Selection(category=" mUGS")):
        report = run_sales_insights(facts, selection=selection)
        categories = report.tables["categories"]
        assert categories.select("category", "revenue_minor").rows() == [("Mugs", 300)]


def test_rising_and_falling_products_are_compared_by_halves_of_the_window() -> None:
    facts = order_facts(
        order_line(sku="UP", at=utc_2026(1), amount_minor=100),
        order_line(sku="UP", at=utc_2026(3), amount_minor=900),
        order_line(sku="DOWN", at=utc_2026(1), amount_minor=700),
        order_line(sku="SAME", at=utc_2026(1), amount_minor=5),
        order_line(sku="SAME", at=utc_2026(3), amount_minor=5),
    )
    window = Selection(start=utc_2026(1, 1), end=utc_2026(4, 1))

    movers = run_product_performance(facts, selection=window, top=1).tables["movers"]

    assert movers.select(
        "sku", "earlier_minor", "later_minor", "change_minor"
    ).rows() == [
        ("UP", 100, 900, 800),
        ("DOWN", 700, 0, -700),
    ]


def test_most_returned_products_are_ranked_by_units() -> None:
    return_fields = {"kind": "RETURN", "amount_minor": -1}
    facts = order_facts(
        order_line(sku="A", quantity=8),
        order_line(sku="A", quantity=-2, **return_fields),
        order_line(sku="B", quantity=-1, **return_fields),
    )

    returned = run_product_performance(facts, selection=ALL).tables["most_returned"]

    assert returned.select("sku", "returned_units", "returned_percent").rows() == [
        ("A", 2, 25.0),
        ("B", 1, None),
    ]
