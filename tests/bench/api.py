"""Requests a second of the commerce API: `python -m tests.bench.api [--seconds 4]`.

wrk sends requests on 1 and on 16 connections. The shop runs under gunicorn as `make run`
starts it, on a PostgreSQL that writes every commit to the disk. There are two shops: a small
one of 200 products without orders, and a large one of 19,406 products and a million order
lines. Each is compared with two baselines: bare Flask that responds with the same bytes, and
Flask with SQLAlchemy Core that reads and writes the same rows; lists and products also with a
floor, which is Flask and one statement whose JSON PostgreSQL writes. All of them are measured in
turns, in the same minute, because the machine's speed changes from one minute to the next.

"order" is one request for a cart that is filled already: hold, charge, commit. The payment
gateway is a fake: a charge succeeds at once inside the process. "shopping" is two requests,
cart and order, and its latency is that of one of them. Compare ratios, not figures, between
machines: servers, databases and wrk share the same cores.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from random import sample
from statistics import median
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Engine, select

from tests.support import bench_rows
from tests.support.bench_apps import RESPONSES_FOLDER_ENV
from tests.support.checkout import ADDRESS, VISA
from tests.support.ports import free_port
from tests.support.postgres import run_postgres as running_postgres
from tests.support.valkey import empty_server
from tests.support.valkey import run_valkey as running_valkey
from webapp.accounts.models import Customer
from webapp.app import create_app
from webapp.bootstrap import build_runtime
from webapp.catalog.models import Product, Variant
from webapp.config import Settings
from webapp.db.migrate import build_engine, upgrade
from webapp.devtools.supervisor import postgres
from webapp.devtools.supervisor.probes import Probe, ProbeKind
from webapp.http.access import issue_access_token
from webapp.search import service as search

ROOT = Path(__file__).parents[2]
SCRIPT = Path(__file__).with_suffix(".lua")
FEW, MANY, LINES = 200, 19_406, 1_000_000
ROUNDS = 4
CONNECTIONS = (1, 16)
OPERATIONS = ("list", "detail", "search", "cart", "order", "shopping")
APPS: Mapping[str, str] = {
    "shop": "tests.support.bench_apps:create_shop_app",
    "bare": "tests.support.bench_apps:create_bare_app",
    "core": "tests.support.bench_core:create_core_app",
    "floor": "tests.support.bench_floor:create_floor_app",
}
BASELINES = ("core", "bare")
FLOOR_OPERATIONS = ("list", "detail")
TABLE = """\
| operation | connections | products | per second | p50 ms | p95 ms | vs. SQLAlchemy Core \
| vs. bare Flask | vs. the floor | vs. small shop |
|---|---|---|---|---|---|---|---|---|---|"""


class Measurement(NamedTuple):
    """The result of one run of wrk: requests a second, and latencies in milliseconds."""

    rate: float
    p50: float
    p95: float


@dataclass(frozen=True, eq=False)
class BenchShop:
    """A shop of one size, with the baselines on the same database."""

    title: str
    folder: Path
    engine: Engine
    settings: Settings
    ports: Mapping[str, int]

    def measure(
        self, app: str, operation: str, connections: int, seconds: int
    ) -> Measurement:
        """Run wrk once. Raises `RuntimeError` when a request failed, because errors are fast."""
        if operation == "order":
            bench_rows.fill_carts(self.engine)
        command = [
            "wrk",
            f"-t{connections}",
            f"-c{connections}",
            f"-d{seconds}s",
            f"-s{SCRIPT}",
            f"http://127.0.0.1:{self.ports[app]}",
            operation,
            str(self.folder / "requests"),
            str(connections),
        ]
        process = subprocess.run(command, check=True, capture_output=True, text=True)
        report = json.loads(process.stdout.splitlines()[-1])
        if report["failed"] or not report["requests"]:
            raise RuntimeError(f"{app} {operation}: {report}")
        requests_per_operation = 2 if operation == "shopping" else 1
        rate = report["requests"] / report["seconds"] / requests_per_operation
        return Measurement(rate, report["p50"], report["p95"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--seconds", type=int, default=4, help="duration of each measurement"
    )
    parser.add_argument(
        "--only",
        nargs="+",
        choices=OPERATIONS,
        default=OPERATIONS,
        help="operations to measure",
    )
    options = parser.parse_args()
    if shutil.which("wrk") is None:
        sys.exit("wrk is missing: install it (apt-get install wrk, brew install wrk)")
    with ExitStack() as closing:
        small = closing.enter_context(running_shop(f"{FEW}"))
        large = closing.enter_context(running_shop(f"{MANY:,}"))
        for shop in (small, large):
            bench_rows.seed_shop(shop.engine, products=FEW)
        bench_rows.seed_history(large.engine, first=FEW + 1, products=MANY, lines=LINES)
        for shop in (small, large):
            closing.enter_context(serving(shop))
        print(TABLE, flush=True)
        for operation in options.only:
            for connections in CONNECTIONS:
                compare(small, large, operation, connections, options.seconds)


def compare(
    small: BenchShop, large: BenchShop, operation: str, connections: int, seconds: int
) -> None:
    """Print the medians of several rounds; in a round each application takes one turn."""
    measurements: dict[tuple[BenchShop, str], list[Measurement]] = {}
    has_floor = operation in FLOOR_OPERATIONS
    apps = [app for app in APPS if has_floor or app != "floor"]
    turns = [(shop, app) for app in apps for shop in (small, large)]
    for turn in range(ROUNDS):
        # Every other round is reversed, so that none always follows the same predecessor.
        for shop, app in turns if turn % 2 else reversed(turns):
            measurement = shop.measure(app, operation, connections, seconds)
            measurements.setdefault((shop, app), []).append(measurement)
    medians = {
        key: Measurement(*map(median, zip(*values, strict=True)))
        for key, values in measurements.items()
    }
    for shop in (small, large):
        own = medians[shop, "shop"]
        compared = [
            *((shop, app) for app in BASELINES),
            (shop, "floor") if has_floor else None,
            (small, "shop") if shop is large else None,
        ]
        ratios = (
            f"{own.rate / medians[each].rate:.2f}" if each else "" for each in compared
        )
        print(
            f"| {operation} | {connections} | {shop.title} | {own.rate:,.0f} "
            f"| {own.p50:.1f} | {own.p95:.1f} |",
            " | ".join(ratios),
            "|",
            flush=True,
        )


@contextmanager
def running_shop(title: str) -> Iterator[BenchShop]:
    """Start a durable, migrated database and a Valkey; no application is served yet."""
    with tempfile.TemporaryDirectory(prefix="ecom67-bench-") as path:
        folder = Path(path)
        folder.chmod(0o755)  # the server may run as another user
        cluster = postgres.PostgresCluster(
            folder / "postgres", free_port(), "of-the-bench", "of-its-superuser"
        )
        with (
            running_postgres(cluster, log=folder / "postgres.log"),
            empty_server() as valkey,
            running_valkey(valkey),
        ):
            cluster.prepare_database()
            engine = build_engine(cluster.url)
            upgrade(engine)
            settings = Settings.load(
                read_platform_env=False,
                database_url=cluster.url,
                redis_url=valkey.url,
                jwt_secret="bench " * 8,
                stripe_api_key="sk_test_bench",
                stripe_webhook_secret="whsec_bench",
                var_dir=folder / "var",
                log_level="WARNING",
            )
            ports = {name: free_port() for name in APPS}
            yield BenchShop(title, folder, engine, settings, ports)
            engine.dispose()


@contextmanager
def serving(shop: BenchShop) -> Iterator[None]:
    """Serve the shop, then the baselines: bare Flask repeats the shop's responses."""
    with ExitStack() as closing:
        closing.enter_context(served(shop, "shop"))
        write_requests(shop)
        store_responses(shop)
        for app in (*BASELINES, "floor"):
            closing.enter_context(served(shop, app))
        yield


@contextmanager
def served(
    shop: BenchShop,
    app: str,
    *,
    factory: str | None = None,
    checkout: Path = ROOT,
) -> Iterator[int]:
    """Serve one application by gunicorn, with the options of `webapp.server.gunicorn_config`.

    It may be that of another checkout, whose `factory` (`module:function`) may have another name.
    Yields the id of gunicorn's process.
    """
    settings, port = shop.settings, shop.ports[app]
    python = sys.executable if checkout == ROOT else checkout / ".venv/bin/python"
    command = [
        *(str(python), "-m", "gunicorn", f"{factory or APPS[app]}()"),
        *("--bind", f"127.0.0.1:{port}", "--keep-alive", "15"),
        *("--worker-class", find_worker_class(checkout)),
        *("--workers", str(settings.web_workers)),
        *("--threads", str(settings.web_threads)),
        *("--preload", "--no-control-socket", "--log-level", "warning"),
    ]
    server = subprocess.Popen(command, cwd=checkout, env=environment(shop))
    probe = Probe(ProbeKind.HTTP, f"http://127.0.0.1:{port}/api/v1/products")
    try:
        deadline = time.monotonic() + 30
        while probe.find_problem() is not None:
            if server.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{app} did not start")
            time.sleep(0.1)
        yield server.pid
    finally:
        server.terminate()
        server.wait()


def find_worker_class(checkout: Path) -> str:
    """Versions before decision 0024 have none of their own."""
    has_own = (checkout / "webapp/server/worker.py").exists()
    return "webapp.server.worker.BufferingWorker" if has_own else "gthread"


def environment(shop: BenchShop) -> dict[str, str]:
    settings = shop.settings
    return {
        **os.environ,
        "DATABASE_URL": settings.require_database_url(),
        "REDIS_URL": str(settings.redis_url),
        "JWT_SECRET": settings.require_jwt_secret(),
        "STRIPE_API_KEY": "sk_test_bench",
        "STRIPE_WEBHOOK_SECRET": "whsec_bench",
        "VAR_DIR": str(settings.var_dir),
        "LOG_LEVEL": settings.log_level,
        RESPONSES_FOLDER_ENV: str(shop.folder / "responses"),
    }


def write_requests(shop: BenchShop) -> None:
    """Write the files for wrk: whom it signs in as, and what it requests. Indexes all products."""
    folder = shop.folder / "requests"
    folder.mkdir(exist_ok=True)
    runtime = build_runtime(shop.settings)
    with runtime.db.unit_of_work() as session:
        owners = session.scalars(select(Customer.id)).all()
        newest_first = select(Product.id).order_by(Product.created_at.desc())
        products = session.scalars(newest_first).all()
        runtime.search.rebuild(search.build_documents(session, ids=products))
        variants = session.execute(select(Variant.product_id, Variant.id)).all()
    app = create_app(runtime)
    with app.app_context():
        tokens = [issue_access_token(owner, groups=[]) for owner in owners]
    runtime.db.close()
    write_lines(folder / "owners", owners)
    write_lines(folder / "tokens", tokens)
    # The same number for both shops: wrk reads the files of one thread while others already
    # send requests, and does not count that time.
    write_lines(folder / "products", sample(products, FEW))
    cart_bodies = [
        json.dumps({"productId": str(p), "variantId": str(v), "quantity": 1})
        for p, v in sample(variants, FEW)
    ]
    write_lines(folder / "cart_bodies", cart_bodies)


def write_lines(path: Path, lines: Sequence[str] | Sequence[UUID]) -> None:
    path.write_text("".join(f"{line}\n" for line in lines))


def store_responses(shop: BenchShop) -> None:
    """Store one response of the shop for each operation, for bare Flask to repeat.

    The first 16 buyers keep something in their carts: theirs are the ones that are read.
    """
    requests, responses = shop.folder / "requests", shop.folder / "responses"
    responses.mkdir()
    tokens = (requests / "tokens").read_text().split()
    cart_bodies = (requests / "cart_bodies").read_text().splitlines()
    product = (requests / "products").read_text().split()[0]
    connection = HTTPConnection("127.0.0.1", shop.ports["shop"])

    def fetch(method: str, path: str, body: str | None = None, buyer: int = 0) -> bytes:
        headers = {"Authorization": f"Bearer {tokens[buyer]}"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        connection.request(method, f"/api/v1{path}", body, headers)
        response = connection.getresponse()
        content = response.read()
        if response.status not in {200, 201}:
            raise RuntimeError(f"{method} {path}: {response.status} {content!r}")
        return content

    (responses / "list").write_bytes(fetch("GET", "/products?limit=20"))
    (responses / "detail").write_bytes(fetch("GET", f"/products/{product}"))
    (responses / "search").write_bytes(fetch("GET", "/search?q=steel%20kettle"))
    for buyer in range(max(CONNECTIONS)):
        for body in cart_bodies[:3]:
            (responses / "cart").write_bytes(fetch("POST", "/cart", body, buyer))
    fetch("POST", "/cart", cart_bodies[0], buyer=20)
    order = json.dumps({"paymentMethodId": VISA, "shippingAddress": ADDRESS})
    (responses / "order").write_bytes(fetch("POST", "/orders", order, buyer=20))


if __name__ == "__main__":
    main()
