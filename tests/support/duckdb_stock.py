"""The figures of stock by SQL that looks at every variant at every time, independently of how the
shop computes them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import duckdb

StockPeriod = tuple[str, datetime, datetime]
"""A name, and the first and the last time that belong to it."""
STOCK_METRICS = (
    "stock", "available", "stock_value", "out_of_stock_days", "out_of_stock_rate", "stock_cover",
    "sell_through",
)  # fmt: skip
FIGURES = """
    WITH state AS (
        SELECT v.*, b.period, b.first, b.until,
            least(b.until + INTERVAL 1 MICROSECOND, TIMESTAMPTZ '{as_of}') AS ending,
            coalesce(v.recorded_at, TIMESTAMPTZ '{as_of}') AS known_at
        FROM variants v, bounds b WHERE v.is_for_sale
    ), moved AS (
        SELECT s.variant, s.period,
            s.on_hand - coalesce(sum(m.on_hand) FILTER (m.moved_at > s.until), 0) AS on_hand,
            s.held - coalesce(sum(m.held) FILTER (m.moved_at > s.until), 0) AS held,
            sum(m.sold) FILTER (m.moved_at BETWEEN s.first AND s.until) AS sold,
            sum(m.sold) FILTER (m.moved_at > s.until - INTERVAL 28 DAY
                AND m.moved_at <= s.until) AS lately
        FROM state s LEFT JOIN movements m ON m.variant = s.variant AND m.moved_at > s.known_at
        GROUP BY s.variant, s.period, s.on_hand, s.held
    ), changes AS (
        SELECT v.variant, m.moved_at, m.on_hand - m.held AS units FROM movements m
        JOIN variants v USING (variant) WHERE m.moved_at > v.recorded_at
    ), states AS (
        SELECT v.variant, c.moved_at AS since,
            v.on_hand - v.held - coalesce(sum(c.units) OVER (
                PARTITION BY v.variant ORDER BY c.moved_at, c.n
                ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING
            ), 0) AS available,
            coalesce(lead(c.moved_at) OVER (PARTITION BY v.variant ORDER BY c.moved_at, c.n),
                TIMESTAMPTZ '{as_of}') AS until
        FROM variants v JOIN (
            SELECT variant, moved_at, units, row_number() OVER () AS n FROM changes
            UNION ALL SELECT variant, recorded_at, 0, 0 FROM variants
            WHERE recorded_at IS NOT NULL
        ) c USING (variant)
    ), out AS (
        SELECT s.variant, s.period, sum(epoch_us(least(o.until, s.ending))
            - epoch_us(greatest(o.since, s.first))) AS microseconds
        FROM state s JOIN states o ON o.variant = s.variant
            AND o.since < s.ending AND o.until > s.first AND o.available <= 0
        GROUP BY ALL
    ), each AS (
        SELECT s.*, m.on_hand AS units, m.held AS units_held, coalesce(m.sold, 0) AS sold,
            coalesce(m.lately, 0) AS lately, coalesce(o.microseconds, 0) AS out,
            s.known_at <= s.until AS is_known,
            s.created_at <= s.until AND s.known_at > s.until AS is_unknown,
            s.known_at <= s.until - INTERVAL 28 DAY AS is_covered,
            greatest(epoch_us(s.ending) - epoch_us(greatest(s.known_at, s.first)), 0) AS recorded,
            greatest(epoch_us(least(s.known_at, s.ending))
                - epoch_us(greatest(s.created_at, s.first)), 0) AS missing
        FROM state s JOIN moved m USING (variant, period) LEFT JOIN out o USING (variant, period)
    ), added AS (
        SELECT {keys}, bool_or(is_known) AND NOT bool_or(is_unknown) AS is_known,
            sum(units) FILTER (is_known) AS stock,
            sum(units - units_held) FILTER (is_known) AS available,
            sum(units * price_minor) FILTER (is_known) AS value,
            bool_or(is_known AND currency <> 'USD') AS is_unpriced,
            sum(out) AS out, sum(recorded) AS recorded, sum(missing) AS missing,
            sum(sold) FILTER (is_known) AS sold,
            sum(units) FILTER (is_covered) AS covered, sum(lately) FILTER (is_covered) AS lately
        FROM each GROUP BY ALL
    )
    SELECT {keys}, if(is_known, stock, NULL), if(is_known, available, NULL),
        if(is_known AND NOT is_unpriced, value / 100, NULL),
        if(recorded > 0, round(out / 86400e6, 2), NULL),
        if(recorded > 0, round(100 * out / recorded, 2), NULL),
        if(lately > 0, round(28 * covered / lately, 2), NULL),
        if(is_known AND missing = 0 AND sold + stock > 0,
            round(100 * sold / (sold + stock), 2), NULL)
    FROM added ORDER BY ALL
"""
"""By columns of the variants, and by `period`."""


def fetch_stock(
    database: duckdb.DuckDBPyConnection,
    periods: Sequence[StockPeriod],
    keys: Sequence[str],
    *,
    as_of: datetime,
) -> list[tuple[Any, ...]]:
    """Rows by the keys, with `STOCK_METRICS`, of the tables `variants` and `movements`."""
    database.execute(
        "CREATE OR REPLACE TABLE bounds (period TEXT, first TIMESTAMPTZ, until TIMESTAMPTZ)"
    )
    database.executemany("INSERT INTO bounds VALUES (?, ?, ?)", [*periods])
    statement = FIGURES.format(keys=", ".join(keys), as_of=as_of.isoformat())
    return database.execute(statement).fetchall()
