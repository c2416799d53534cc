"""The figures of an `AnalyticsQuery` by SQL, independently of how the shop computes them.

One statement for the rows and one for the totals, over a table of order lines. What it does not
know (periods without orders, comparisons, derived columns, limits) has tests of its own.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb

from webapp.insights.query.analytics_query import AnalyticsQuery, DimensionFilter
from webapp.insights.query.results import AnalyticsResult


def divide(numerator: str, denominator: str, factor: int = 1) -> str:
    """Rounded half away from zero, by whole numbers."""
    dividend, divisor = f"({numerator})::HUGEINT", f"nullif({denominator}, 0)::HUGEINT"
    return f"sign({dividend}) * ((2 * abs({dividend}) * {factor} + {divisor}) // (2 * {divisor}))"


COUNTED = (
    "payment_status IN ('PAID', 'PARTIALLY_REFUNDED', 'REFUNDED') AND "
    "status NOT IN ('PENDING', 'REQUIRES_ACTION', 'PAYMENT_FAILED', 'CANCELLED')"
)
SOLD = f"{COUNTED} AND kind = 'SALE'"
GROSS = f"sum(amount) FILTER ({SOLD})"
UNITS = f"sum(quantity) FILTER ({SOLD})"
ORDERS = f"count(DISTINCT order_number) FILTER ({SOLD})"
PLACED = "count(DISTINCT order_number) FILTER (kind = 'SALE')"
CANCELED = (
    "count(DISTINCT order_number) FILTER (kind = 'SALE' AND status = 'CANCELLED')"
)
CUSTOMERS = f"count(DISTINCT customer) FILTER ({SOLD})"
NEW = f"count(DISTINCT customer) FILTER ({SOLD} AND customer_status = 'new')"
RETURNING = (
    f"count(DISTINCT customer) FILTER ({SOLD} AND customer_status = 'returning')"
)
REFUNDS = f"-sum(amount) FILTER ({COUNTED} AND kind = 'REFUND')"
RETURNED = f"-sum(quantity) FILTER ({COUNTED} AND kind = 'RETURN')"
METRICS: Mapping[str, str] = {
    "net_revenue": f"sum(amount) FILTER ({COUNTED})",
    "gross_sales": GROSS,
    "returns": f"-sum(amount) FILTER ({COUNTED} AND kind = 'RETURN')",
    "adjustments": f"sum(amount) FILTER ({COUNTED} AND kind = 'ADJUSTMENT')",
    "refunds": REFUNDS,
    "tax": f"sum(tax) FILTER ({COUNTED})",
    "orders": ORDERS,
    "units": UNITS,
    "returned_units": RETURNED,
    "customers": CUSTOMERS,
    "new_customers": NEW,
    "returning_customers": RETURNING,
    "new_customer_rate": f"{divide(NEW, CUSTOMERS, 10_000)} / 100",
    "returning_customer_rate": f"{divide(RETURNING, CUSTOMERS, 10_000)} / 100",
    "guest_orders": (
        f"count(DISTINCT order_number) FILTER ({SOLD} AND customer_status = 'guest')"
    ),
    "refunded_orders": (
        f"count(DISTINCT order_number) FILTER ({COUNTED} AND kind = 'REFUND')"
    ),
    "placed_orders": PLACED,
    "canceled_orders": CANCELED,
    "average_order_value": divide(GROSS, ORDERS),
    "average_unit_price": divide(GROSS, UNITS),
    "units_per_order": f"{divide(UNITS, ORDERS, 100)} / 100",
    "refund_rate": f"{divide(REFUNDS, GROSS, 10_000)} / 100",
    "return_rate": f"{divide(RETURNED, UNITS, 10_000)} / 100",
    "cancellation_rate": f"{divide(CANCELED, PLACED, 10_000)} / 100",
}
KNOWN = f"{SOLD} AND customer IS NOT NULL"
REFUNDED, RETURNS = f"{COUNTED} AND kind = 'REFUND'", f"{COUNTED} AND kind = 'RETURN'"
LINES: Mapping[str, str] = {
    "net_revenue": COUNTED,
    "tax": COUNTED,
    "returns": RETURNS,
    "returned_units": RETURNS,
    "return_rate": f"{RETURNS} OR {SOLD}",
    "adjustments": f"{COUNTED} AND kind = 'ADJUSTMENT'",
    "refunds": REFUNDED,
    "refunded_orders": REFUNDED,
    "refund_rate": f"{REFUNDED} OR {SOLD}",
    "customers": KNOWN,
    "new_customer_rate": KNOWN,
    "returning_customer_rate": KNOWN,
    "new_customers": f"{KNOWN} AND customer_status = 'new'",
    "returning_customers": f"{KNOWN} AND customer_status = 'returning'",
    "guest_orders": f"{SOLD} AND customer_status = 'guest'",
    "placed_orders": "kind = 'SALE'",
    "canceled_orders": "kind = 'SALE' AND status = 'CANCELLED'",
    "cancellation_rate": "kind = 'SALE'",
}
"""The lines that count for a metric, if it is of others than those sold."""
MONEY = {
    "net_revenue", "gross_sales", "returns", "adjustments", "refunds", "tax",
    "average_order_value", "average_unit_price",
}  # fmt: skip
SPELLED = {"category", "current_category", "brand", "tag", "channel", "state"}
IS_APART = "kind = 'REFUND' AND sku IS NULL"
APART = f"CASE WHEN {IS_APART} THEN '(not attributed)' ELSE"
DIMENSIONS: Mapping[str, str] = {
    "hour": "strftime(local_at, '%Y-%m-%dT%H')",
    "day": "strftime(local_at, '%Y-%m-%d')",
    "week": "strftime(local_at, '%G-W%V')",
    "month": "strftime(local_at, '%Y-%m')",
    "quarter": "year(local_at)::VARCHAR || '-Q' || quarter(local_at)::VARCHAR",
    "year": "year(local_at)::VARCHAR",
    "hour_of_day": "hour(local_at)",
    "weekday": "isodow(local_at)",
    "product": f"{APART} coalesce(product_id, sku) END",
    "variant": f"{APART} sku END",
    "category": f"{APART} if(trim(category) = '', '(none)', lower(category)) END",
    "current_category": f"{APART} coalesce(lower(current_category), '(none)') END",
    "brand": f"""{APART} CASE WHEN brand IS NULL THEN '(not recorded)'
        WHEN brand = '' THEN '(none)' ELSE lower(brand) END END""",
    "tag": f"""CASE WHEN {IS_APART} THEN ['(not attributed)']
        WHEN tags IS NULL THEN ['(not recorded)'] WHEN len(tags) = 0 THEN ['(none)']
        ELSE list_distinct(list_transform(tags, lambda tag: lower(tag))) END""",
    "channel": "coalesce(lower(channel), '(not recorded)')",
    "state": "if(state = '', '(none)', lower(state))",
    "country": "if(country = '', '(none)', country)",
    "currency": "currency",
    "customer_type": "if(customer IS NULL, 'guest', 'account')",
    "customer_status": "customer_status",
    "customer_segment": "customer_segment",
    "order_status": "status",
    "payment_status": "payment_status",
}
"""Keys: of products and variants the id, of tags the list, of the others what results show, in
lower case."""


def compute_rows(
    query: AnalyticsQuery, lines: Path, *, zone: ZoneInfo
) -> dict[tuple[Any, ...], dict[str, Any]]:
    """Figures of each row by its keys; amounts in minor units."""
    with duckdb.connect() as database:
        rows = fetch_rows(database, query, lines, zone=zone)
    width = len(query.group_by)
    return {
        row[:width]: dict(zip(query.metrics, map(_plain, row[width:]), strict=True))
        for row in rows
    }


def fetch_rows(
    database: duckdb.DuckDBPyConnection,
    query: AnalyticsQuery,
    lines: Path,
    *,
    zone: ZoneInfo,
) -> list[tuple[Any, ...]]:
    """Rows of a query over a Parquet file of order lines."""
    database.execute("SET TimeZone = 'UTC'")
    facts = f"read_parquet('{lines}')"
    conditions = _build_conditions(query, zone)
    prefix = ""
    if _has_money(query) and "currency" not in query.group_by:
        counted = " OR ".join(f"({LINES.get(name, SOLD)})" for name in query.metrics)
        paid = database.execute(
            f"SELECT DISTINCT currency FROM {facts} WHERE {conditions} AND ({counted})"
        ).fetchall()
        if len(paid) > 1:
            prefix = "home_"
            conditions += " AND home_amount_minor IS NOT NULL"
    keys = [f"{_spread_tags(name)} AS k{n}" for n, name in enumerate(query.group_by)]
    kept = [
        _build_condition(each, f"k{n}")
        for n, name in enumerate(query.group_by)
        for each in query.filters
        if name == each.dimension == "tag"
    ]
    figures = [f"{METRICS[name]} AS {name}" for name in query.metrics]
    columns = [f"k{n}" for n, _ in enumerate(query.group_by)]
    groups = ", ".join(columns)
    local = f"timezone('{zone.key}', \"at\") AS local_at"
    statement = f"""
        WITH lines AS (
            SELECT *, {local}, {prefix}amount_minor AS amount, {prefix}tax_minor AS tax
            FROM {facts} WHERE {conditions}
        ),
        keyed AS (SELECT {", ".join(["*", *keys])} FROM lines)
        SELECT {", ".join([*columns, *figures])} FROM keyed
        WHERE {" AND ".join(["true", *kept])}
        {f"GROUP BY {groups}" if groups else ""}
    """
    rows: list[tuple[Any, ...]] = database.execute(statement).fetchall()
    return rows


def _spread_tags(dimension: str) -> str:
    key = DIMENSIONS[dimension]
    return f"unnest({key})" if dimension == "tag" else key


def _has_money(query: AnalyticsQuery) -> bool:
    return not MONEY.isdisjoint(query.metrics) or "refund_rate" in query.metrics


def _plain(value: Any) -> Any:
    return 0 if value is None else float(value)


def _build_conditions(query: AnalyticsQuery, zone: ZoneInfo) -> str:
    window: Any = query.window
    conditions = ["true"]
    local = f"timezone('{zone.key}', \"at\")"
    if window is not None and window.first_day is not None:
        conditions.append(f"{local} >= TIMESTAMP '{window.first_day} 00:00:00'")
    if window is not None and window.last_day is not None:
        conditions.append(
            f"{local} < TIMESTAMP '{window.last_day} 00:00:00' + INTERVAL 1 DAY"
        )
    if query.currency is not None:
        conditions.append(f"currency = '{query.currency}'")
    conditions += [_build_line_condition(each, local) for each in query.filters]
    return " AND ".join(conditions)


def _build_line_condition(each: DimensionFilter, local: str) -> str:
    key = DIMENSIONS[each.dimension].replace("local_at", local)
    if each.dimension != "tag":
        return _build_condition(each, key)
    # Has one that is wanted; has none that is not.
    parts = [
        f"list_bool_or(list_transform({key}, lambda tag: "
        f"{_build_condition(wanted, 'tag')}))"
        for wanted in (each.model_copy(update={"none_of": None}),)
        if each.any_of is not None or each.contains is not None
    ]
    if each.none_of is not None:
        unwanted = DimensionFilter(dimension="tag", none_of=each.none_of)
        condition = _build_condition(unwanted, "tag")
        parts.append(f"list_bool_and(list_transform({key}, lambda tag: {condition}))")
    return " AND ".join(parts)


def _build_condition(each: DimensionFilter, value: str) -> str:
    key = f"lower(({value})::VARCHAR)"
    parts = []
    for values, operator in ((each.any_of, "IN"), (each.none_of, "NOT IN")):
        if values is not None:
            written = ", ".join(
                "'" + value.lower().replace("'", "''") + "'" for value in values
            )
            parts.append(f"{key} {operator} ({written})")
    if each.contains is not None:
        parts.append(f"contains({key}, '{each.contains.lower()}')")
    if each.at_least is not None:
        parts.append(f"({value}) >= {each.at_least}")
    if each.at_most is not None:
        parts.append(f"({value}) <= {each.at_most}")
    return " AND ".join(f"({part})" for part in parts)


def compute_best(
    query: AnalyticsQuery, lines: Path, *, zone: ZoneInfo
) -> list[tuple[Any, ...]]:
    """Of the first rows of each group of `limit_by`, by the first metric descending, the keys of
    the group and the figure; those of zero are left out."""
    metric = query.metrics[0]
    columns = [f"k{n}" for n, _ in enumerate(query.group_by)]
    groups = [
        each
        for each, name in zip(columns, query.group_by, strict=True)
        if name in query.limit_by
    ]
    with duckdb.connect() as database:
        rows = fetch_rows(database, query, lines, zone=zone)
        if not rows:
            return []
        names = [*columns, *query.metrics]
        database.execute(
            f"CREATE TABLE rows AS SELECT * FROM (VALUES "
            f"{', '.join(['(' + ', '.join('?' * len(names)) + ')'] * len(rows))}) "
            f"AS t({', '.join(names)})",
            [value for row in rows for value in row],
        )
        found: list[tuple[Any, ...]] = database.execute(f"""
            SELECT {", ".join([*groups, metric])} FROM rows WHERE {metric} > 0
            QUALIFY row_number() OVER (
                PARTITION BY {", ".join(groups)} ORDER BY {metric} DESC
            ) <= {query.limit}
        """).fetchall()
    return found


def check_result(result: AnalyticsResult, lines: Path) -> None:
    """Assert that rows and totals are those of SQL over this file; rows of zeros may be more."""
    query, zone = result.query, ZoneInfo(result.receipt.time_zone)
    expected = compute_rows(query, lines, zone=zone)
    total = query.model_copy(update={"group_by": []})
    [expected_total] = compute_rows(total, lines, zone=zone).values()
    check_figures(result, expected, expected_total)


def check_figures(
    result: AnalyticsResult,
    expected: dict[tuple[Any, ...], dict[str, Any]],
    expected_total: dict[str, Any],
) -> None:
    """Of rows by their keys; rows of zeros may be more."""
    query = result.query
    assert read_rows(result, query) == {
        key: figures for key, figures in expected.items() if any(figures.values())
    }
    if "currency" not in query.group_by:
        assert read_figures(result.totals, query) == expected_total


def read_rows(
    result: AnalyticsResult, query: AnalyticsQuery
) -> dict[tuple[Any, ...], Any]:
    """Rows with a figure that is not zero, by their keys."""
    rows = {}
    for row in result.rows:
        figures = read_figures(row, query)
        if any(figures.values()):
            rows[tuple(read_key(row, name) for name in query.group_by)] = figures
    return rows


def read_key(row: dict[str, Any], dimension: str) -> Any:
    value = row["product_id" if dimension == "product" else dimension]
    if dimension == "hour":
        return value[:13]
    return value.lower() if dimension in SPELLED else value


def read_figures(row: dict[str, Any], query: AnalyticsQuery) -> dict[str, float]:
    return {
        name: round((row[name] or 0) * (100 if name in MONEY else 1), 2)
        for name in query.metrics
    }
