"""An export of one changed day beside one of everything: `python -m tests.bench.exports`.

A shop of 24 months in a database of its own, with orders, payments, refunds, stock movements and
searches. In turns: everything; nothing changed; all orders of one day changed. One process.
"""

import statistics
import tempfile
import time
from pathlib import Path

import click
from sqlalchemy import Engine, create_engine, text

from jobs.batch.export_orders import export_orders
from jobs.batch.runner import BatchRun
from tests.support import bench_rows
from tests.support.postgres import migrated_postgres
from webapp.config import Settings

DAYS = 730
PRODUCTS = 2_000
# Four orders a customer, of days that have nothing in common.
SPREAD_CUSTOMERS = text("""
    UPDATE orders SET customer_id = NULL, customer_ref = 'c' || (number * 7919 % :customers)
""")
PAYMENTS = text("""
    INSERT INTO payments (id, order_id, intent_id, status, amount_minor, refunded_minor, currency,
                          created_at)
    SELECT gen_random_uuid(), id, 'pi_' || id, 'succeeded', total_minor, 0, currency, placed_at
    FROM orders
""")
REFUNDS = text("""
    INSERT INTO refunds (id, payment_id, amount_minor, reason, actor, stripe_refund_id, created_at)
    SELECT gen_random_uuid(), id, 1100, '', 'admin', 're_' || id, created_at + interval '3 days'
    FROM payments WHERE ascii(right(id::text, 1)) % 10 = 0
""")
MOVEMENTS = text("""
    INSERT INTO stock_movements (id, variant_id, order_id, reason, on_hand, held, created_at)
    SELECT gen_random_uuid(), variant_id, order_id, 'SOLD', -1, -1, placed_at
    FROM order_items JOIN orders ON orders.id = order_id
""")
SEARCHES = text("""
    INSERT INTO searches (id, occurred_at, text, query, filters, sort, is_first_page, results,
                          is_aggregated)
    SELECT gen_random_uuid(), now() - (n % 90) * interval '1 day', 'q' || n % 500, 'q' || n % 500,
           '{}', 'relevance', true, n % 40, true
    FROM generate_series(1, :count) AS n
""")
CHANGED_DAY = text("""
    UPDATE orders SET status = CASE status WHEN 'SHIPPED' THEN 'DELIVERED' ELSE 'SHIPPED' END
    WHERE placed_at >= now() - interval '101 days' AND placed_at < now() - interval '100 days'
""")


@click.command()
@click.option("--lines", type=float, default=1, help="Millions of order lines.")
@click.option("--rounds", type=int, default=3)
def main(*, lines: float, rounds: int) -> None:
    count = round(lines * 1_000_000)
    with migrated_postgres() as url, tempfile.TemporaryDirectory() as folder:
        engine = create_engine(url)
        seed_tables(engine, count)
        settings = Settings(database_url=url, var_dir=Path(folder))
        export(settings, is_full=True)
        seconds: dict[str, list[float]] = {}
        changed = 0
        for _ in range(rounds):
            seconds.setdefault("everything", []).append(export(settings, is_full=True))
            seconds.setdefault("nothing", []).append(export(settings))
            with engine.begin() as connection:
                changed = connection.execute(CHANGED_DAY).rowcount
            seconds.setdefault("one day", []).append(export(settings))
        engine.dispose()
    whole = statistics.median(seconds["everything"])
    click.echo(f"{count:,} order lines, {changed:,} orders of the day changed")
    for name, found in seconds.items():
        middle = statistics.median(found)
        click.echo(f"{name:12} {middle:8.2f} s {middle / whole:8.1%}")


def seed_tables(engine: Engine, count: int) -> None:
    bench_rows.seed_shop(engine, products=PRODUCTS)
    bench_rows.seed_history(
        engine, first=PRODUCTS + 1, products=PRODUCTS, lines=count, days=DAYS
    )
    orders = count // bench_rows.LINES_PER_ORDER
    with engine.begin() as connection:
        connection.execute(SPREAD_CUSTOMERS, {"customers": orders // 4})
        for statement in (PAYMENTS, REFUNDS, MOVEMENTS):
            connection.execute(statement)
        connection.execute(SEARCHES, {"count": orders})
        connection.execute(text("DELETE FROM order_changes"))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))


def export(settings: Settings, *, is_full: bool = False) -> float:
    started = time.perf_counter()
    export_orders(BatchRun(settings, print_line=lambda _: None), is_full=is_full)
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
