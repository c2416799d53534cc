"""How many jobs a second one worker gets done: `python -m tests.bench.jobs`.

Orders are confirmed: a `notifications.tell` and a `notifications.mail` for each, by the real
relay, Valkey, worker and PostgreSQL, into a folder. Once with each job in a process of its
own, as RQ would have it, and once as the registry has it.
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
from tests.support.postgres import private_postgres
from tests.support.valkey import private_valkey
from webapp.db.migrate import build_engine, upgrade

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
PLACED = text("""
    INSERT INTO orders (id, customer_id, status, payment_status, currency, subtotal_minor,
                        tax_minor, total_minor, shipping_address, placed_at)
    SELECT gen_random_uuid(), (SELECT id FROM customers LIMIT 1), 'PAID', 'PAID', 'USD',
           4400, 352, 4752, '{"street": "1 Main St", "city": "Springfield", "state": "IL",
           "zipCode": "12345", "country": "US"}', now()
    FROM generate_series(1, :count)
""")
TOLD = text("""
    INSERT INTO outbox_messages (id, job, arguments, attempts)
    SELECT gen_random_uuid(), 'notifications.tell',
           jsonb_build_object('event', 'order.confirmed', 'order_id', id), 0
    FROM orders WHERE placed_at = now()
""")
UNDONE = text("SELECT count(*) FROM outbox_messages WHERE done_at IS NULL")
PATIENCE_S = 300


@contextmanager
def process(
    *words: str, environment: dict[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    running = subprocess.Popen([sys.executable, *words], env=environment)
    try:
        yield running
    finally:
        running.terminate()
        running.wait()


def confirmed(engine: Engine, orders: int) -> float:
    """Seconds until that many orders are confirmed."""
    with engine.begin() as connection:
        connection.execute(PLACED, {"count": orders})
        connection.execute(TOLD)
    began = time.perf_counter()
    while time.perf_counter() - began < PATIENCE_S:
        with engine.connect() as connection:
            if not connection.scalar(UNDONE):
                return time.perf_counter() - began
        time.sleep(0.05)
    sys.exit("the jobs are not done")


def processor_time(pid: int) -> float:
    """Seconds, with what its children took that have ended."""
    return sum(psutil.Process(pid).cpu_times()[:4])


def main() -> None:
    rates = []
    with (
        tempfile.TemporaryDirectory() as folder,
        private_postgres() as database_url,
        private_valkey() as redis_url,
    ):
        engine = build_engine(database_url)
        upgrade(engine)
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
            for name, words in WORKERS.items():
                with process(*words, environment=environment) as worker:
                    confirmed(engine, 1)  # all is started once this is done
                    before = processor_time(worker.pid)
                    seconds = confirmed(engine, ORDERS[name])
                    busy = processor_time(worker.pid) - before
                jobs = 2 * ORDERS[name]
                rates.append(jobs / seconds)
                print(
                    f"{name + ':':<34}{rates[-1]:6.1f} jobs/s,"
                    f" {busy / jobs * 1000:5.1f} ms of the processor a job"
                )
        engine.dispose()
    print(f"ratio: {rates[1] / rates[0]:.1f}")


if __name__ == "__main__":
    main()
