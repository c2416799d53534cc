"""Speed and memory of figures over many order lines, beside DuckDB and pandas:
`python -m tests.bench.analytics`.

A fixed set of queries runs in turns over the same dataset, a Parquet file for each month: by the
shop, with totals, filled periods and receipt; as plain SQL, which has the rows alone, with as many
threads and 2 GB; and by pandas where that is installed (with pyarrow). Each has a process of its
own, whose peak memory is printed. `--lines 10` is in millions; `--changed 0.01` is the share of
orders that have changed since the dataset was written, whose lines the shop takes from elsewhere.
Times are of the processor, of all threads; ratios are medians of the rounds, of elapsed time, too.
"""

import argparse
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import geometric_mean, median
from typing import Any, TypeVar

import numpy as np
import polars as pl

from analytics.dataset.manifest import Manifest, Tables, save_manifest
from analytics.dataset.planning import fingerprint_tables
from analytics.dataset.writing import write_lines
from analytics.facts.changes import DatabaseSnapshot
from analytics.facts.schemas import ORDER_LINES
from analytics.semantic.spellings import SPELLED
from tests.support.figure_engines import (
    TAIL,
    Engine,
    RunMeasurement,
    has_pandas,
    run_duckdb,
    run_pandas,
    run_shop,
)
from webapp.adapters.storage.filesystem import FileSystemStorage
from webapp.insights.query.analytics_query import AnalyticsQuery

RequestT = TypeVar("RequestT")
START = datetime(2023, 1, 1, tzinfo=UTC)
DAYS = 1095
END = DatabaseSnapshot(
    server="bench", visible="1:1:", taken_at=START + timedelta(days=DAYS)
)
LINES_PER_ORDER = 2.5
PRODUCTS, CUSTOMERS = 20_000, 200_000
BATCH = 2_000_000
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
    parser.add_argument("--changed", type=float, default=0, help="share of the orders")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        write_dataset(folder, round(options.lines * 1_000_000), changed=options.changed)
        size = sum(file.stat().st_size for file in folder.rglob("*.parquet"))
        print(f"{options.lines:g} million lines, {size / 1e6:.0f} MB of Parquet")
        runs = {"shop": run_shop, "DuckDB": run_duckdb}
        if has_pandas():
            runs["pandas"] = run_pandas
        engines = {name: Engine(run, folder) for name, run in runs.items()}
        for engine in engines.values():
            stack.callback(engine.close)
        queries = [AnalyticsQuery.model_validate(fields) for fields in QUERIES]
        requests = {describe(query): query for query in queries}
        print_figures(engines, requests, rounds=options.rounds)


def print_figures(
    engines: Mapping[str, Engine[RequestT]],
    requests: Mapping[str, RequestT],
    *,
    rounds: int,
) -> None:
    """Requests by what they are called in the table."""
    columns = [f"{name}, {unit}" for name in engines for unit in ("ms", "peak MB")]
    print(f"| | {' | '.join(columns)} |")
    print(f"|---|{'---|' * len(columns)}")
    found = []
    for label, request in requests.items():
        found.append(measure_in_turns(engines, request, rounds=rounds))
        cells = [
            f"{median(each.processor_seconds for each in measured) * 1000:.0f} | "
            f"{max(each.peak_mb for each in measured):.0f}"
            for measured in found[-1].values()
        ]
        print(f"| {label} | {' | '.join(cells)} |", flush=True)
    for name in engines:
        elapsed, used = (
            geometric_mean(compare_medians(each, name, place) for each in found)
            for place in (0, 1)
        )
        peak = max(measured.peak_mb for each in found for measured in each[name])
        print(
            f"shop : {name} {elapsed:.2f}, of processor time {used:.2f}, "
            f"peak of {name} {peak:.0f} MB"
        )


def compare_medians(
    found: Mapping[str, Sequence[RunMeasurement]], name: str, place: int
) -> float:
    """The median ratio of a field of the shop's measurements to that of another engine."""
    pairs = zip(found["shop"], found[name], strict=True)
    return median(mine[place] / other[place] for mine, other in pairs)


def measure_in_turns(
    engines: Mapping[str, Engine[RequestT]], request: RequestT, *, rounds: int
) -> dict[str, list[RunMeasurement]]:
    """The first round, in which files are read and modules loaded, does not count."""
    found: dict[str, list[RunMeasurement]] = {name: [] for name in engines}
    for turn in range(rounds + 1):
        for name in list(engines)[:: 1 if turn % 2 else -1]:
            measured = engines[name].measure(request)
            if turn:
                found[name].append(measured)
    return found


def describe(query: AnalyticsQuery) -> str:
    return f"{', '.join(query.metrics)} by {' and '.join(query.group_by) or 'nothing'}"


def write_dataset(
    folder: Path, count: int, *, changed: float = 0, snapshot: DatabaseSnapshot = END
) -> None:
    """Write order lines of the time before a snapshot, as the export does; of the orders that have
    changed, the lines again."""
    storage = FileSystemStorage(folder)
    tails = [ORDER_LINES.to_frame()]
    months = {}
    for month, lines in iterate_months(count, snapshot.taken_at):
        months[month] = write_lines(storage, month, lines)
        if changed:
            is_changed = pl.col("order_number") % round(1 / changed) == 0
            tails.append(lines.filter(is_changed))
    manifest = Manifest(
        snapshot=snapshot,
        home_currency="USD",
        columns=fingerprint_tables(),
        spelled=SPELLED,
        tables=Tables(order_lines=months),
    )
    save_manifest(storage, manifest)
    if changed:
        pl.concat(tails).write_parquet(folder / TAIL)


def iterate_months(count: int, end: datetime) -> Iterator[tuple[str, pl.DataFrame]]:
    """The lines of each month, which are written in the order of their times."""
    offset = end - END.taken_at
    parts: dict[str, list[pl.DataFrame]] = defaultdict(list)
    for start in range(0, count, BATCH):
        lines = build_lines(start, min(BATCH, count - start), count).collect()
        moved = lines.with_columns(pl.col("at") + offset)
        named = moved.with_columns(month=pl.col("at").dt.strftime("%Y-%m"))
        for frame in named.partition_by("month", maintain_order=True):
            parts[frame["month"][0]].append(frame.drop("month"))
        for month in sorted(parts)[:-1]:
            yield month, pl.concat(parts.pop(month))
    for month, frames in parts.items():
        yield month, pl.concat(frames)


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
            "customer": scrambled % CUSTOMERS,
            "amount": rng.integers(100, 20_000, count),
            "quantity": rng.integers(1, 5, count),
        }
    )
    is_refund = pl.col("kind") == "REFUND"
    sign = pl.when(pl.col("kind") == "SALE").then(1).otherwise(-1)
    return frame.lazy().select(
        order_id=name_id("order_number"),
        order_number="order_number",
        at=(pl.lit(START) + pl.duration(seconds="seconds")).cast(ORDER_LINES["at"]),
        kind="kind",
        status=pick("order", 97, ["DELIVERED"] * 94 + ["CANCELLED"] * 3),
        payment_status=pl.lit("PAID"),
        currency=pl.lit("USD"),
        customer=pl.when(pl.col("order") % 5 > 0).then("customer"),
        customer_status=pick("order", 5, ["guest", "new"] + ["returning"] * 3),
        country=pick("order", 11, ["US"] * 6 + ["DE", "GB", "FR", "CA", "AU"]),
        state=pl.lit(""),
        product_id=unless(is_refund, name_id("product")),
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


def name_id(column: str) -> pl.Expr:
    """As long as the ids of the shop."""
    return "0193a5b2-7c4d-7e8f-9a0b-" + pl.col(column).cast(pl.String).str.zfill(12)


def pick(column: str, modulus: int, values: Sequence[str]) -> pl.Expr:
    index = pl.col(column) % modulus
    return index.replace_strict(dict(enumerate(values)), return_dtype=pl.String)


def unless(condition: pl.Expr, value: pl.Expr) -> pl.Expr:
    return pl.when(~condition).then(value)


if __name__ == "__main__":
    main()
