"""Benchmark of one worker, in jobs per second: `python -m tests.bench.jobs`.

Orders are confirmed: a `notifications.tell` and a `notifications.mail` for each, by the real
relay, Valkey, worker and PostgreSQL, with mails written to a folder. Once with each job in a
process of its own, which is RQ's default, and once as the registry specifies.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
from sqlalchemy import Engine, text

from tests.support.bench_rows import seed_shop
from tests.support.postgres import migrated_postgres
from tests.support.valkey import private_valkey
from webapp.db.migrate import build_engine

ORDERS = {"each job in a process of its own": 100, "in the worker's process": 500}
FORKING = """
import sys
from dataclasses import replace
from jobs import worker
from jobs.registry import JOBS
JOBS.update({name: replace(spec, isolated=True) for name, spec in JOBS.items()})
sys.exit(worker.main([]))
"""
WORKERS = {
    "each job in a process of its own": ["-c", FORKING],
    "in the worker's process": ["-m", "jobs.worker"],
}
INSERT_ORDERS = text("""
    INSERT INTO orders (id, customer_id, status, payment_status, currency, subtotal_minor,
                        tax_minor, total_minor, shipping_address, placed_at)
    SELECT gen_random_uuid(), (SELECT id FROM customers LIMIT 1), 'PAID', 'PAID', 'USD',
           4400, 352, 4752, '{"street": "1 Main St", "city": "Springfield", "state": "IL",
           "zipCode": "12345", "country": "US"}', now()
    FROM generate_series(1, :count)
""")
ENQUEUE_CONFIRMATIONS = text("""
    INSERT INTO outbox_messages (id, job, arguments, attempts)
    SELECT gen_random_uuid(), 'notifications.tell',
           jsonb_build_object('event', 'order.confirmed', 'order_id', id), 0
    FROM orders WHERE placed_at = now()
""")
COUNT_UNDONE = text("SELECT count(*) FROM outbox_messages WHERE done_at IS NULL")
TIMEOUT_S = 300


@contextmanager
def process(
    *arguments: str, environment: dict[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    running = subprocess.Popen([sys.executable, *arguments], env=environment)
    try:
        yield running
    finally:
        running.terminate()
        running.wait()


def confirm_orders(engine: Engine, orders: int) -> float:
    """Confirm this number of orders; return the seconds it takes."""
    with engine.begin() as connection:
        connection.execute(INSERT_ORDERS, {"count": orders})
        connection.execute(ENQUEUE_CONFIRMATIONS)
    started = time.perf_counter()
    while time.perf_counter() - started < TIMEOUT_S:
        with engine.connect() as connection:
            if not connection.scalar(COUNT_UNDONE):
                return time.perf_counter() - started
        time.sleep(0.05)
    sys.exit("the jobs are not done")


def cpu_seconds(pid: int) -> float:
    """Return the CPU time of a process, including its ended children."""
    return sum(psutil.Process(pid).cpu_times()[:4])


def main() -> None:
    rates = []
    with (
        tempfile.TemporaryDirectory() as folder,
        migrated_postgres() as database_url,
        private_valkey() as redis_url,
    ):
        engine = build_engine(database_url)
        seed_shop(engine, products=1)
        environment = {
            **os.environ,
            "DATABASE_URL": database_url,
            "REDIS_URL": redis_url,
            "VAR_DIR": str(Path(folder)),
            "JWT_SECRET": "of the bench, and long enough for HS256",
            "STRIPE_API_KEY": "sk_test_of_the_bench",
            "STRIPE_WEBHOOK_SECRET": "whsec_of_the_bench",
            "LOG_LEVEL": "WARNING",
        }
        with process("-m", "jobs.relay", environment=environment):
            for name, arguments in WORKERS.items():
                with process(*arguments, environment=environment) as worker:
                    confirm_orders(engine, 1)  # waits until every process has started
                    before = cpu_seconds(worker.pid)
                    seconds = confirm_orders(engine, ORDERS[name])
                    busy = cpu_seconds(worker.pid) - before
                jobs = 2 * ORDERS[name]
                rates.append(jobs / seconds)
                print(
                    f"{name + ':':<34}{rates[-1]:6.1f} jobs/s,"
                    f" {busy / jobs * 1000:5.1f} ms CPU per job"
                )
        engine.dispose()
    print(f"ratio: {rates[1] / rates[0]:.1f}")


if __name__ == "__main__":
    main()
