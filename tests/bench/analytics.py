"""Speed of figures over many order lines, beside DuckDB: `python -m tests.bench.analytics`.

A fixed set of queries runs in turns over the same Parquet file: by the shop, with totals, filled
periods and receipt, and as plain SQL, which has the rows alone, with as many threads and 2 GB.
`--lines 10` is in millions. The ratio of each is the median of the rounds.
"""

import argparse
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import geometric_mean, median
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import numpy as np
import polars as pl

from analytics.facts.order_facts import OrderFacts
from analytics.facts.schemas import ORDER_LINES
from analytics.semantic.execution import run_query
from tests.support import duckdb_figures
from webapp.insights.query.analytics_query import AnalyticsQuery

START = datetime(2023, 1, 1, tzinfo=UTC)
DAYS = 1095
LINES_PER_ORDER = 2.5
PRODUCTS, CUSTOMERS = 20_000, 200_000
BATCH = 2_000_000
MEMORY = "2GB"
ZONE = ZoneInfo("Europe/Berlin")
YEAR = {"firstDay": "2024-01-01", "lastDay": "2024-12-31"}
MONTH = {"firstDay": "2025-03-01", "lastDay": "2025-03-31"}
KITCHEN = [{"dimension": "category", "in": ["Category 3"]}]
GERMANY = [{"dimension": "country", "in": ["DE"]}]
QUERIES: Sequence[dict[str, Any]] = (
    {"metrics": ["net_revenue"]},
    {"metrics": ["net_revenue", "orders", "units"], "groupBy": ["month"]},
    {"metrics": ["net_revenue"], "groupBy": ["day"], "window": YEAR},
    {"metrics": ["orders"], "groupBy": ["week"]},
    {"metrics": ["net_revenue"], "groupBy": ["category"]},
    {"metrics": ["net_revenue", "units"], "groupBy": ["product"], "window": YEAR},
    {"metrics": ["units"], "groupBy": ["product"], "window": MONTH},
    {"metrics": ["net_revenue", "orders"], "groupBy": ["country"]},
    {"metrics": ["net_revenue"], "groupBy": ["month", "category"]},
    {"metrics": ["net_revenue"], "groupBy": ["country", "quarter"]},
    {"metrics": ["customers"], "groupBy": ["month"]},
    {"metrics": ["customers", "new_customers"], "groupBy": ["country"]},
    {"metrics": ["average_order_value"], "groupBy": ["month"], "filters": KITCHEN},
    {"metrics": ["average_order_value"], "groupBy": ["category"], "window": YEAR},
    {"metrics": ["refund_rate", "return_rate"], "groupBy": ["category"]},
    {"metrics": ["net_revenue"], "groupBy": ["day"], "filters": GERMANY},
    {"metrics": ["orders"], "groupBy": ["hour_of_day"], "window": YEAR},
    {"metrics": ["orders", "net_revenue"], "groupBy": ["weekday"]},
    {"metrics": ["cancellation_rate"], "groupBy": ["month"]},
    {"metrics": ["tax", "net_revenue"], "groupBy": ["year"]},
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=float, default=1, help="in millions")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "lines.parquet"
        write_lines(file, round(options.lines * 1_000_000))
        print(f"{options.lines:g} million lines, {file.stat().st_size / 1e6:.0f} MB")
        print("| query | this, ms | DuckDB, ms | ratio |\n|---|---|---|---|")
        ratios = [
            compare(AnalyticsQuery.model_validate(query), file, rounds=options.rounds)
            for query in QUERIES
        ]
    print(f"geometric mean {geometric_mean(ratios):.2f}")


def compare(query: AnalyticsQuery, file: Path, *, rounds: int) -> float:
    facts = OrderFacts(
        pl.scan_parquet(file), as_of=START + timedelta(days=DAYS), source="bench"
    )

    def run_ours() -> None:
        run_query(query, facts, home_currency="USD", zone=ZONE)

    def run_sql() -> None:
        with duckdb.connect() as database:
            database.execute(f"SET threads = {pl.thread_pool_size()}")
            database.execute(f"SET memory_limit = '{MEMORY}'")
            duckdb_figures.fetch_rows(database, query, file, zone=ZONE)

    pairs = [(time_call(run_ours), time_call(run_sql)) for _ in range(rounds)]
    ours, theirs = (median(times) for times in zip(*pairs, strict=True))
    ratio = median(mine / other for mine, other in pairs)
    name = f"{', '.join(query.metrics)} by {' and '.join(query.group_by) or 'nothing'}"
    print(f"| {name} | {ours * 1000:.0f} | {theirs * 1000:.0f} | {ratio:.2f} |")
    return ratio


def time_call(call: Callable[[], None]) -> float:
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


def write_lines(file: Path, count: int) -> None:
    """Write order lines in the order of their times, as the export does."""
    parts = [
        build_lines(start, min(BATCH, count - start), count)
        for start in range(0, count, BATCH)
    ]
    pl.concat(parts).sort("at").sink_parquet(file)


def build_lines(start: int, count: int, total: int) -> pl.LazyFrame:
    rng = np.random.default_rng(start)
    number = ((start + np.arange(count)) / LINES_PER_ORDER).astype(np.int64)
    # What belongs to an order is a function of its number.
    scrambled = (number * 2_654_435_761) % 1_000_003
    orders = total / LINES_PER_ORDER
    seconds = (number * (DAYS * 86_400 / orders)).astype(np.int64)
    product = (rng.pareto(1.2, count) * 40).astype(np.int64) % PRODUCTS
    kind = rng.choice(["SALE", "RETURN", "REFUND"], count, p=[0.96, 0.02, 0.02])
    frame = pl.DataFrame(
        {
            "order_number": number,
            "seconds": seconds,
            "kind": kind,
            "product": product,
            "order": scrambled,
            "amount": rng.integers(100, 20_000, count),
            "quantity": rng.integers(1, 5, count),
        }
    )
    is_refund = pl.col("kind") == "REFUND"
    sign = pl.when(pl.col("kind") == "SALE").then(1).otherwise(-1)
    customer = pl.col("order") % CUSTOMERS
    return frame.lazy().select(
        order_id=pl.col("order_number").cast(pl.String),
        order_number="order_number",
        at=(pl.lit(START) + pl.duration(seconds="seconds")).cast(ORDER_LINES["at"]),
        kind="kind",
        status=pick("order", 97, ["DELIVERED"] * 94 + ["CANCELLED"] * 3),
        payment_status=pl.lit("PAID"),
        currency=pl.lit("USD"),
        customer=pl.when(pl.col("order") % 5 > 0).then("c" + customer.cast(pl.String)),
        customer_status=pick("order", 5, ["guest", "new"] + ["returning"] * 3),
        country=pick("order", 11, ["US"] * 6 + ["DE", "GB", "FR", "CA", "AU"]),
        state=pl.lit(""),
        product_id=unless(is_refund, "p" + pl.col("product").cast(pl.String)),
        sku=unless(is_refund, "s" + pl.col("product").cast(pl.String)),
        name=unless(is_refund, "Product " + pl.col("product").cast(pl.String)),
        category=unless(
            is_refund, "Category " + (pl.col("product") % 40).cast(pl.String)
        ),
        brand=unless(is_refund, "Brand " + (pl.col("product") % 200).cast(pl.String)),
        tags=unless(
            is_refund,
            pl.concat_list(
                "t" + (pl.col("product") % 30).cast(pl.String), pl.lit("new")
            ),
        ),
        channel=pick("order", 7, ["web"] * 6 + ["store"]),
        quantity=pl.when(is_refund).then(0).otherwise(pl.col("quantity") * sign),
        amount_minor=pl.col("amount") * sign,
        tax_minor=pl.col("amount") // 10 * sign,
        home_amount_minor=pl.col("amount") * sign,
        home_tax_minor=pl.col("amount") // 10 * sign,
    )


def pick(column: str, modulus: int, values: Sequence[str]) -> pl.Expr:
    index = pl.col(column) % modulus
    return index.replace_strict(dict(enumerate(values)), return_dtype=pl.String)


def unless(condition: pl.Expr, value: pl.Expr) -> pl.Expr:
    return pl.when(~condition).then(value)


if __name__ == "__main__":
    main()
