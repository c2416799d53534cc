"""Requests a second of the commerce API: `python -m tests.bench.api [--seconds 4]`.

wrk asks on 1 and on 16 connections. The shop runs under gunicorn as `make run` starts it, on
a PostgreSQL that writes every commit to the disk. There are two of it: a small one of 200
products in which nothing was sold, and a large one of 19,406 products and a million order
lines. Beside each stand two floors: bare Flask that answers the same bytes, and Flask with
SQLAlchemy Core that reads and writes the same rows. All of them are asked in turns, in the
same minute, because the machine's speed changes from one to the next.

An order is one request about a cart that is full already: hold, charge, commit. The card
network is left out: a charge succeeds at once inside the process. A shopping is two
requests, cart and order, and its latency is that of one of them. Ratios, not figures, can be
compared between machines: servers, databases and wrk share the same cores.
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
from tests.support.ports import free_port
from tests.support.postgres import running as running_postgres
from tests.support.valkey import empty_server
from tests.support.valkey import running as running_valkey
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

SCRIPT = Path(__file__).with_suffix(".lua")
FEW, MANY, LINES = 200, 19_406, 1_000_000
ROUNDS = 4
CONNECTIONS = (1, 16)
ADDRESS = {
    "street": "1 Main Street",
    "city": "Springfield",
    "state": "IL",
    "zipCode": "62701",
    "country": "US",
}
OPERATIONS = ("list", "detail", "search", "cart", "order", "shopping")
APPS: Mapping[str, str] = {
    "shop": "tests.support.bench_apps:shop",
    "bare": "tests.support.bench_apps:bare",
    "core": "tests.support.bench_core:core",
}
TABLE = """\
| what | connections | products | a second | p50 ms | p95 ms | of SQLAlchemy Core | of bare Flask \
| of the small shop |
|---|---|---|---|---|---|---|---|---|"""


class Shot(NamedTuple):
    """What wrk saw in a few seconds; milliseconds."""

    rate: float
    p50: float
    p95: float


@dataclass(frozen=True, eq=False)
class BenchShop:
    """One size of it, with the floors that stand on the same rows."""

    title: str
    folder: Path
    engine: Engine
    settings: Settings
    ports: Mapping[str, int]

    def shoot(self, app: str, operation: str, connections: int, seconds: int) -> Shot:
        """Raises `RuntimeError` when a request failed: errors are fast."""
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
            str(self.folder / "asked"),
            str(connections),
        ]
        said = subprocess.run(command, check=True, capture_output=True, text=True)
        seen = json.loads(said.stdout.splitlines()[-1])
        if seen["failed"] or not seen["requests"]:
            raise RuntimeError(f"{app} {operation}: {seen}")
        share = 2 if operation == "shopping" else 1
        rate = seen["requests"] / seen["seconds"] / share
        return Shot(rate, seen["p50"], seen["p95"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=4, help="of each look")
    parser.add_argument(
        "--only", nargs="+", choices=OPERATIONS, default=OPERATIONS, help="not all"
    )
    wanted = parser.parse_args()
    if shutil.which("wrk") is None:
        sys.exit("wrk is missing: install it (apt-get install wrk, brew install wrk)")
    with ExitStack() as closing:
        small = closing.enter_context(made(f"{FEW}"))
        large = closing.enter_context(made(f"{MANY:,}"))
        for shop in (small, large):
            bench_rows.seed_shop(shop.engine, products=FEW)
        bench_rows.seed_history(large.engine, first=FEW + 1, products=MANY, lines=LINES)
        for shop in (small, large):
            closing.enter_context(serving(shop))
        print(TABLE, flush=True)
        for operation in wanted.only:
            for connections in CONNECTIONS:
                look(small, large, operation, connections, wanted.seconds)


def look(
    small: BenchShop, large: BenchShop, operation: str, connections: int, seconds: int
) -> None:
    """Print the median of several rounds, in which everybody takes turns."""
    shots: dict[tuple[BenchShop, str], list[Shot]] = {}
    turns = [(shop, app) for app in APPS for shop in (small, large)]
    for turn in range(ROUNDS):
        # There and back again: nobody always has the same place behind the same other.
        for shop, app in turns if turn % 2 else reversed(turns):
            shot = shop.shoot(app, operation, connections, seconds)
            shots.setdefault((shop, app), []).append(shot)
    seen = {
        who: Shot(*map(median, zip(*taken, strict=True)))
        for who, taken in shots.items()
    }
    for shop in (small, large):
        own = seen[shop, "shop"]
        ratios = [own.rate / seen[shop, floor].rate for floor in ("core", "bare")]
        if shop is large:
            ratios.append(own.rate / seen[small, "shop"].rate)
        print(
            f"| {operation} | {connections} | {shop.title} | {own.rate:,.0f} "
            f"| {own.p50:.1f} | {own.p95:.1f} |",
            " | ".join(f"{ratio:.2f}" for ratio in ratios),
            "|" if shop is large else "| |",
            flush=True,
        )


@contextmanager
def made(title: str) -> Iterator[BenchShop]:
    """A durable, migrated database and a Valkey; nothing is served yet."""
    with tempfile.TemporaryDirectory(prefix="ecom67-bench-") as made_here:
        folder = Path(made_here)
        folder.chmod(0o755)  # the server may run as somebody else
        cluster = postgres.PostgresCluster(
            folder / "postgres", free_port(), "of-the-bench"
        )
        with (
            running_postgres(cluster, log=folder / "postgres.log"),
            empty_server() as valkey,
            running_valkey(valkey),
        ):
            cluster.create_database()
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
    """The shop first: bare Flask says again what the shop has said."""
    with ExitStack() as closing:
        closing.enter_context(served(shop, "shop"))
        write_questions(shop)
        keep_answers(shop)
        for floor in ("bare", "core"):
            closing.enter_context(served(shop, floor))
        yield


@contextmanager
def served(shop: BenchShop, app: str) -> Iterator[None]:
    """One application under gunicorn, with the words of `webapp.devtools.supervisor.parts`."""
    settings, port = shop.settings, shop.ports[app]
    command = [
        *(sys.executable, "-m", "gunicorn", f"{APPS[app]}()"),
        *("--bind", f"127.0.0.1:{port}", "--worker-class", "gthread"),
        *("--workers", str(settings.web_workers)),
        *("--threads", str(settings.web_threads)),
        *("--preload", "--no-control-socket", "--log-level", "warning"),
    ]
    server = subprocess.Popen(command, env=environment(shop))
    probe = Probe(ProbeKind.HTTP, f"http://127.0.0.1:{port}/api/v1/products")
    try:
        deadline = time.monotonic() + 30
        while probe.find_problem() is not None:
            if server.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{app} did not start")
            time.sleep(0.1)
        yield
    finally:
        server.terminate()
        server.wait()


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
        RESPONSES_FOLDER_ENV: str(shop.folder / "answers"),
    }


def write_questions(shop: BenchShop) -> None:
    """Files for wrk: whom it signs in as, and what it asks for. Indexes all products."""
    asked = shop.folder / "asked"
    asked.mkdir(exist_ok=True)
    runtime = build_runtime(shop.settings)
    with runtime.db.unit_of_work() as session:
        owners = session.scalars(select(Customer.id)).all()
        chosen = select(Product.id).order_by(Product.created_at.desc())
        products = session.scalars(chosen).all()
        runtime.search.rebuild(search.build_documents(session, ids=products))
        shelves = session.execute(select(Variant.product_id, Variant.id)).all()
    app = create_app(runtime)
    with app.app_context():
        tokens = [issue_access_token(owner, groups=[]) for owner in owners]
    runtime.db.close()
    write(asked / "owners", owners)
    write(asked / "tokens", tokens)
    # As many for both shops: wrk reads the files of one thread while others ask already,
    # which it does not count as time.
    write(asked / "products", sample(products, FEW))
    wishes = [
        json.dumps({"productId": str(p), "variantId": str(v), "quantity": 1})
        for p, v in sample(shelves, FEW)
    ]
    write(asked / "wishes", wishes)


def write(path: Path, lines: Sequence[str] | Sequence[UUID]) -> None:
    path.write_text("".join(f"{line}\n" for line in lines))


def keep_answers(shop: BenchShop) -> None:
    """One answer of the shop an operation, for bare Flask to repeat.

    The first 16 buyers keep something in their carts: theirs are the ones that are read.
    """
    asked, answers = shop.folder / "asked", shop.folder / "answers"
    answers.mkdir()
    tokens = (asked / "tokens").read_text().split()
    wishes = (asked / "wishes").read_text().splitlines()
    product = (asked / "products").read_text().split()[0]
    line = HTTPConnection("127.0.0.1", shop.ports["shop"])

    def ask(method: str, path: str, body: str | None = None, buyer: int = 0) -> bytes:
        headers = {"Authorization": f"Bearer {tokens[buyer]}"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        line.request(method, f"/api/v1{path}", body, headers)
        reply = line.getresponse()
        said = reply.read()
        if reply.status not in {200, 201}:
            raise RuntimeError(f"{method} {path}: {reply.status} {said!r}")
        return said

    (answers / "list").write_bytes(ask("GET", "/products?limit=20"))
    (answers / "detail").write_bytes(ask("GET", f"/products/{product}"))
    (answers / "search").write_bytes(ask("GET", "/search?q=steel%20kettle"))
    for buyer in range(max(CONNECTIONS)):
        for wish in wishes[:3]:
            (answers / "cart").write_bytes(ask("POST", "/cart", wish, buyer))
    ask("POST", "/cart", wishes[0], buyer=20)
    order = json.dumps({"paymentMethodId": "pm_card_visa", "shippingAddress": ADDRESS})
    (answers / "order").write_bytes(ask("POST", "/orders", order, buyer=20))


if __name__ == "__main__":
    main()
