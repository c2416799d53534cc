"""The tables of a shop for DuckDB, and the facts of each family from them, by plain SQL.

Nothing of it is shared with how the shop reads its facts: rows are copied as PostgreSQL has them.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
from sqlalchemy import text

from tests.support.duckdb_figures import COUNTED, DIMENSIONS, SOLD, divide
from webapp.db.session import Database

TABLES: Mapping[str, str] = {
    "orders": """
        SELECT id::text, number, customer_id::text, customer_ref, channel, status,
            payment_status, currency, base_currency, exchange_rate, subtotal_minor, tax_minor,
            total_minor, book_total_minor, placed_at,
            shipping_address->>'country' AS country, shipping_address->>'state' AS state
        FROM orders
    """,
    "order_items": """
        SELECT id::text, order_id::text, position, kind, product_id::text, name, sku, category,
            brand, tags, quantity, line_total_minor
        FROM order_items
    """,
    "customers": "SELECT id::text, deleted_at IS NOT NULL AS is_deleted FROM customers",
    "payments": "SELECT id::text, order_id::text FROM payments",
    "refunds": """
        SELECT id::text, payment_id::text, amount_minor, stripe_refund_id, created_at FROM refunds
    """,
    "refund_items": """
        SELECT id::text, refund_id::text, order_item_id::text, amount_minor FROM refund_items
    """,
    "products": "SELECT id::text, name, brand, category, currency, is_active FROM products",
    "shop_variants": """
        SELECT id::text, product_id::text, sku, price_minor, on_hand, held, created_at
        FROM variants
    """,
    "stock_movements": """
        SELECT variant_id::text, reason, on_hand, held, created_at FROM stock_movements
    """,
    "searches": """
        SELECT id::text, occurred_at, query, is_first_page, results, visitor FROM searches
    """,
    "search_events": "SELECT search_id::text, type FROM search_events",
    "search_query_days": "SELECT * FROM search_query_days",
}
"""By the name that DuckDB has them by; `variants` there are facts of stock."""

ORDER_LINES = f"""
    CREATE TABLE persons AS SELECT *, CASE
            WHEN customer_id IN (SELECT id FROM customers WHERE is_deleted) THEN NULL
            ELSE coalesce(customer_id, customer_ref::VARCHAR) END AS person,
        CASE WHEN currency = $home THEN 1
            WHEN base_currency = $home AND exchange_rate > 0 THEN 100000000
            ELSE book_total_minor END::HUGEINT AS numerator,
        CASE WHEN currency = $home THEN 1
            WHEN base_currency = $home AND exchange_rate > 0 THEN exchange_rate * 100000000
            ELSE nullif(total_minor, 0) END::HUGEINT AS denominator
    FROM orders;
    CREATE TABLE placed AS SELECT persons.*, CASE WHEN person IS NULL THEN 'guest'
            WHEN (persons.placed_at, persons.number) > (firsts.placed_at, firsts.number)
            THEN 'returning' ELSE 'new' END AS customer_status
    FROM persons LEFT JOIN (
        SELECT person, placed_at, number FROM persons WHERE {COUNTED}
        QUALIFY row_number() OVER (PARTITION BY person ORDER BY placed_at, number) = 1
    ) AS firsts USING (person);
    CREATE TABLE paid_back AS SELECT refunds.id, payment_id, order_item_id, created_at,
        coalesce(named.amount_minor, refunds.amount_minor) AS refunded,
        sum(refunded) OVER (
            PARTITION BY payment_id ORDER BY created_at, refunds.id, named.id
        ) AS so_far
    FROM refunds LEFT JOIN refund_items AS named ON named.refund_id = refunds.id
    WHERE stripe_refund_id IS NOT NULL;
    CREATE TABLE amounts AS
        SELECT order_id, items.id AS item_id, kind, quantity, placed_at AS "at",
            line_total_minor AS amount_minor, if(position = 0, tax_minor, 0) AS tax_minor
        FROM order_items AS items JOIN orders ON orders.id = order_id
        UNION ALL
        SELECT order_id, order_item_id, 'REFUND', 0, created_at,
            ((2 * (so_far - refunded) * subtotal_minor + total_minor) // (2 * total_minor)
            - (2 * so_far * subtotal_minor + total_minor) // (2 * total_minor))::BIGINT AS untaxed,
            -refunded - untaxed
        FROM paid_back JOIN payments ON payments.id = payment_id
        JOIN orders ON orders.id = order_id;
    CREATE TABLE order_lines AS SELECT amounts.*, number AS order_number, status, payment_status,
        placed.currency, person AS customer, customer_status, coalesce(country, '') AS country,
        coalesce(state, '') AS state, items.product_id, items.sku, items.name, items.category,
        items.brand, items.tags, channel, now.category AS current_category,
        (sign(amount_minor) * ((2 * abs(amount_minor) * numerator + denominator)
            // (2 * denominator)))::BIGINT AS home_amount_minor,
        (sign(amounts.tax_minor) * ((2 * abs(amounts.tax_minor) * numerator + denominator)
            // (2 * denominator)))::BIGINT AS home_tax_minor
    FROM amounts JOIN placed ON placed.id = amounts.order_id
    LEFT JOIN order_items AS items ON items.id = item_id
    LEFT JOIN shop_variants AS sold ON sold.sku = items.sku
    LEFT JOIN products AS now ON now.id = coalesce(items.product_id, sold.product_id);
    CREATE TABLE scored AS SELECT customer, count(DISTINCT order_number) FILTER ({SOLD}) AS orders,
        (rank() OVER (ORDER BY max("at"::DATE) FILTER ({SOLD})) - 1) * 5 // count(*) OVER () + 1
            AS recency,
        (rank() OVER (ORDER BY count(DISTINCT order_number) FILTER ({SOLD})) - 1) * 5
            // count(*) OVER () + 1 AS frequency,
        (rank() OVER (ORDER BY sum(home_amount_minor)) - 1) * 5 // count(*) OVER () + 1
            AS monetary,
        (frequency + monetary + 1) // 2 AS worth
    FROM order_lines WHERE {COUNTED} AND customer IS NOT NULL
    GROUP BY customer HAVING bool_or(kind = 'SALE');
    CREATE TABLE segments AS SELECT customer, CASE
        WHEN recency >= 4 AND worth >= 4 THEN 'champions'
        WHEN recency <= 2 AND worth >= 4 THEN 'at risk' WHEN worth >= 4 THEN 'loyal'
        WHEN recency >= 4 AND orders = 1 THEN 'new' WHEN recency >= 4 THEN 'promising'
        WHEN recency = 3 THEN 'need attention' WHEN worth >= 2 THEN 'hibernating'
        ELSE 'lost' END AS customer_segment
    FROM scored;
"""
SEGMENTED_LINES = """
    SELECT order_lines.*, if(order_lines.customer IS NULL, 'guest',
        coalesce(customer_segment, 'no counted order')) AS customer_segment
    FROM order_lines LEFT JOIN segments USING (customer)
"""
SEARCH_DAYS = """
    CREATE TABLE search_days AS
        SELECT occurred_at::DATE AS day, query, is_first_page::INT AS searches,
            (is_first_page AND results = 0)::INT AS zero_results,
            count(*) FILTER (type = 'click') AS clicks,
            count(*) FILTER (type = 'add_to_cart') AS adds,
            count(*) FILTER (type = 'order') AS orders,
            (is_first_page AND clicks > 0)::INT AS clicked,
            (is_first_page AND visitor IS NOT NULL)::INT AS known_visitors,
            (is_first_page AND orders > 0)::INT AS ordered
        FROM searches LEFT JOIN search_events ON search_id = searches.id
        GROUP BY searches.id, occurred_at, query, is_first_page, results, visitor
        UNION ALL
        SELECT day, query, searches, zero_results, clicks, adds, orders, clicked, known_visitors,
            ordered
        FROM search_query_days WHERE day < (SELECT min(occurred_at::DATE) FROM searches)
"""
"""Of days since the first search that is there, by the searches; before, as they were added up."""
STOCK = """
    CREATE TABLE movements AS SELECT variant_id AS variant, created_at AS moved_at, on_hand, held,
        if(reason IN ('SOLD', 'RETURNED'), -on_hand, 0) AS sold
    FROM stock_movements;
    CREATE TABLE variants AS SELECT shop_variants.id AS variant, product_id, sku, name, category,
        coalesce(brand, '') AS brand, currency, price_minor, on_hand, held,
        shop_variants.created_at, is_active AS is_for_sale, (
            SELECT coalesce(max(created_at) FILTER (reason = 'RECONCILED'), min(created_at))
            FROM stock_movements WHERE variant_id = shop_variants.id
        ) AS recorded_at
    FROM shop_variants JOIN products ON products.id = product_id
"""


def copy_tables(shop: Database, folder: Path) -> None:
    """Write the rows of each table into a Parquet file of its name."""
    with shop.unit_of_work() as session:
        session.execute(text("SET LOCAL TimeZone = 'UTC'"))
        for name, statement in TABLES.items():
            found = session.execute(text(statement))
            frame = pl.DataFrame(
                [tuple(row) for row in found],
                schema=list(found.keys()),
                orient="row",
                infer_schema_length=None,
            )
            frame.write_parquet(folder / f"{name}.parquet")


def open_shop(folder: Path, *, home_currency: str) -> duckdb.DuckDBPyConnection:
    """A database with the tables that were copied into a folder, and the facts of all families:
    `search_days`, `variants` and `movements`, and the file `lines.parquet`."""
    database = duckdb.connect()
    database.execute("SET TimeZone = 'UTC'")
    for name in TABLES:
        database.read_parquet(str(folder / f"{name}.parquet")).create_view(name)
    database.execute(ORDER_LINES.replace("$home", f"'{home_currency}'"))
    database.sql(SEGMENTED_LINES).write_parquet(str(folder / "lines.parquet"))
    database.execute(SEARCH_DAYS)
    database.execute(STOCK)
    return database


SEARCH_METRICS: Mapping[str, str] = {
    "searches": "sum(searches)",
    "zero_result_searches": "sum(zero_results)",
    "zero_result_rate": f"{divide('sum(zero_results)', 'sum(searches)', 10_000)} / 100",
    "clicked_searches": "sum(clicked)",
    "search_click_rate": f"{divide('sum(clicked)', 'sum(searches)', 10_000)} / 100",
    "search_clicks": "sum(clicks)",
    "search_adds": "sum(adds)",
    "known_visitor_searches": "sum(known_visitors)",
    "ordered_searches": "sum(ordered)",
    "search_orders": "sum(orders)",
    "search_conversion_rate": f"{divide('sum(ordered)', 'sum(known_visitors)', 10_000)} / 100",
}
SEARCH_QUERY = "if(query = '', '(none)', query)"


def compute_searches(
    database: duckdb.DuckDBPyConnection, dimension: str | None
) -> dict[tuple[Any, ...], dict[str, Any]]:
    """All metrics of searches by the values of a dimension, or of all."""
    keys = {**DIMENSIONS, "search_query": SEARCH_QUERY}
    key = "'all'" if dimension is None else keys[dimension]
    rows = database.execute(f"""
        SELECT {key} AS key, {", ".join(SEARCH_METRICS.values())}
        FROM (SELECT *, day::TIMESTAMP AS local_at FROM search_days) GROUP BY ALL
    """).fetchall()
    return {
        row[:1]: dict(
            zip(SEARCH_METRICS, (float(each or 0) for each in row[1:]), strict=True)
        )
        for row in rows
    }
