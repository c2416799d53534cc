"""The figures of analyses by SQL over a dataset, independently of how the shop computes them."""

from collections.abc import Mapping

import duckdb

from tests.support.analysis_figures import (
    FIRST_DAY,
    LAST_DAY,
    Figures,
    classify,
    continue_days,
    retain,
)
from tests.support.duckdb_figures import COUNTED, SOLD
from webapp.insights.analyses.requests import AnalysisRequest

CATEGORY = "if(kind = 'REFUND' AND sku IS NULL, '(not attributed)', category)"
KNOWN = "customer IS NOT NULL"
WINDOWS = f"""local_at >= TIMESTAMP '{FIRST_DAY}' - INTERVAL 1 MONTH
    AND local_at < TIMESTAMP '{LAST_DAY}' + INTERVAL 1 DAY"""
PARTS = f"""coalesce(sum(amount_minor) FILTER (local_at < TIMESTAMP '{FIRST_DAY}'), 0),
    coalesce(sum(amount_minor) FILTER (local_at >= TIMESTAMP '{FIRST_DAY}'), 0)"""
STATEMENTS: Mapping[str, str] = {
    "explain_change": f"""
        SELECT 'category', {CATEGORY} AS value, {PARTS} FROM lines WHERE {COUNTED} AND {WINDOWS}
        GROUP BY value
        UNION ALL
        SELECT 'country', country, {PARTS} FROM lines WHERE {COUNTED} AND {WINDOWS}
        GROUP BY country
    """,
    "forecast": f"""
        SELECT local_at::DATE AS day, sum(amount_minor) FROM lines WHERE {COUNTED}
        GROUP BY day ORDER BY day
    """,
    "retention": f"""
        WITH sold AS (
            SELECT customer, date_trunc('month', local_at) AS month FROM lines
            WHERE {SOLD} AND {KNOWN}
        ), cohorts AS (SELECT customer, min(month) AS cohort FROM sold GROUP BY customer)
        SELECT strftime(cohort, '%Y-%m'), datediff('month', cohort, month),
            count(DISTINCT customer)
        FROM sold JOIN cohorts USING (customer) GROUP BY ALL
    """,
    "rfm": f"""
        WITH customers AS (
            SELECT customer, max("at"::DATE) FILTER ({SOLD}) AS last,
                count(DISTINCT order_number) FILTER ({SOLD}) AS orders,
                sum(amount_minor) AS amount
            FROM lines WHERE {COUNTED} AND {KNOWN} GROUP BY customer HAVING last IS NOT NULL
        ), scored AS (
            SELECT *, (rank() OVER (ORDER BY last) - 1) * 5 // count(*) OVER () + 1 AS recency,
                (rank() OVER (ORDER BY orders) - 1) * 5 // count(*) OVER () + 1 AS frequency,
                (rank() OVER (ORDER BY amount) - 1) * 5 // count(*) OVER () + 1 AS monetary,
                (frequency + monetary + 1) // 2 AS worth
            FROM customers
        )
        SELECT CASE
            WHEN recency >= 4 AND worth >= 4 THEN 'champions'
            WHEN recency <= 2 AND worth >= 4 THEN 'at risk' WHEN worth >= 4 THEN 'loyal'
            WHEN recency >= 4 AND orders = 1 THEN 'new' WHEN recency >= 4 THEN 'promising'
            WHEN recency = 3 THEN 'need attention' WHEN worth >= 2 THEN 'hibernating'
            ELSE 'lost' END AS segment, count(*), sum(amount)
        FROM scored GROUP BY segment
    """,
    "basket_pairs": f"""
        WITH items AS (
            SELECT DISTINCT order_number, category FROM lines WHERE {SOLD}
        )
        SELECT a.category, b.category, count(*) AS orders
        FROM items a JOIN items b USING (order_number) WHERE a.category < b.category
        GROUP BY ALL HAVING orders >= 5
    """,
    "concentration": f"""
        SELECT sum(amount_minor) AS amount FROM lines WHERE {SOLD} GROUP BY product_id
        HAVING amount > 0 ORDER BY amount DESC
    """,
}


def compute_analysis(
    database: duckdb.DuckDBPyConnection, request: AnalysisRequest
) -> Figures:
    """Of a database with the view `lines`, which have the local time `local_at`."""
    rows = database.execute(STATEMENTS[request.analysis]).fetchall()
    if request.analysis == "forecast":
        return continue_days([(day, int(amount)) for day, amount in rows])
    if request.analysis == "retention":
        return retain(rows)
    if request.analysis == "concentration":
        return classify([int(amount) for [amount] in rows])
    return sorted(tuple(map(_plain, row)) for row in rows)


def _plain(value: object) -> object:
    return value if isinstance(value, str) else int(str(value))
