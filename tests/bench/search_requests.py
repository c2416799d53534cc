"""Searches over HTTP, by words and by meaning besides: `python -m tests.bench.search_requests`.

wrk sends searches of 19,406 real products (outside of the repository, see `tests/bench/search.py`)
on 1 and on 16 connections, to the shop as `make run` starts it with its embedder, and to the same
shop that has none; in turns, as the machine's speed changes. Once the texts are drawn from a Zipf
distribution, as those of shoppers are, and once each is new. Suggestions, too. Embedding the
catalog takes some minutes: `--vectors FILE` keeps the vectors. Compare ratios, not figures: all
share the same cores.
"""

import argparse
import json
import os
import random
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from statistics import median
from urllib.parse import quote
from urllib.request import urlopen

from sqlalchemy import select

from tests.bench.api import BenchShop, Measurement, running_shop, served
from tests.eval.search.__main__ import import_catalog
from tests.eval.search.vectors import KeptEmbedder, embed_catalog
from tests.support.ports import free_port
from tests.support.shared_data import find_shared_file
from webapp.adapters.search.build import build_search_engine
from webapp.catalog.models import Product
from webapp.db.session import Database
from webapp.search import indexing

SCRIPT = Path(__file__).with_suffix(".lua")
SHOP = "tests.support.bench_apps:create_shop_app"
APPS = ("words", "both")
KINDS = ("frequent", "new", "suggestions")
CONNECTIONS = (1, 16)
ROUNDS = 3
TEXTS = 3_000
"""Of which frequent searches are drawn: the first as often as the 10th ten times over."""
SEARCHES = 60_000
"""More than are sent, so that none is new twice."""
_WORD = re.compile(r"[A-Za-z]{3,}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=4, help="of each measurement")
    parser.add_argument("--vectors", type=Path, help="a file that keeps them")
    options = parser.parse_args()
    if shutil.which("wrk") is None:
        sys.exit("wrk is missing: install it (apt-get install wrk, brew install wrk)")
    with ExitStack() as closed:
        shop = closed.enter_context(running_shop("19,406"))
        fill_shop(shop, KeptEmbedder(options.vectors))
        port = closed.enter_context(running_embedder(shop))
        shop = BenchShop(
            shop.title,
            shop.folder,
            shop.engine,
            shop.settings,
            {app: free_port() for app in APPS},
        )
        for app in APPS:
            closed.enter_context(serving_search(shop, app, embedder_port=port))
        print("| searches | connections | app | per second | p50 ms | p95 ms | ratio |")
        print("|---|---|---|---|---|---|---|")
        for kind in KINDS:
            for connections in CONNECTIONS:
                compare_apps(shop, kind, connections, options.seconds)
        print_meaning_uses(shop)


def fill_shop(shop: BenchShop, embedder: KeptEmbedder) -> None:
    with closing(Database.from_url(shop.settings.require_database_url())) as db:
        catalog = find_shared_file("icecat/products.jsonl.gz")
        import_catalog(db, catalog, rejects=shop.folder / "rejects.jsonl")
        embed_catalog(db, embedder)
        indexing.rebuild_index(db, build_search_engine(shop.settings))
        with db.unit_of_work() as session:
            names = session.scalars(select(Product.name).order_by(Product.id)).all()
    folder = shop.folder / "requests"
    folder.mkdir()
    for kind, texts in draw_texts(names).items():
        path = "/api/v1/search/suggest" if kind == "suggestions" else "/api/v1/search"
        lines = [f"{path}?q={quote(text)}\n" for text in texts]
        (folder / kind).write_text("".join(lines))


def draw_texts(names: Sequence[str]) -> Mapping[str, Sequence[str]]:
    """By kind of search, in the order in which they are sent."""
    draw = random.Random(20261201)  # noqa: S311
    distinct: dict[str, None] = {}
    while len(distinct) < SEARCHES + TEXTS:
        words = _WORD.findall(draw.choice(names))
        length = draw.choice((1, 2, 2, 3, 3, 4))
        start = draw.randrange(max(1, len(words) - length + 1))
        more = draw.sample(words, k=min(1, len(words)))
        distinct[" ".join([*words[start : start + length], *more]).lower()] = None
    texts = list(distinct)
    frequent, new = texts[:TEXTS], texts[TEXTS:]
    weights = [1 / rank for rank in range(1, TEXTS + 1)]
    drawn = draw.choices(frequent, weights, k=SEARCHES)
    beginnings = [text[: draw.randrange(2, 9)].strip() or text for text in drawn]
    return {"frequent": drawn, "new": new, "suggestions": beginnings}


def compare_apps(shop: BenchShop, kind: str, connections: int, seconds: int) -> None:
    """Print the medians of several rounds; each application takes one turn in a round."""
    measured: dict[str, list[Measurement]] = {app: [] for app in APPS}
    for turn in range(ROUNDS):
        for app in APPS if turn % 2 else reversed(APPS):
            sent = (turn * len(APPS) + APPS.index(app)) * SEARCHES
            start = sent // (ROUNDS * len(APPS))
            measured[app].append(
                send_searches(shop, app, kind, connections, seconds, start)
            )
    medians = {
        app: Measurement(*map(median, zip(*values, strict=True)))
        for app, values in measured.items()
    }
    for app, found in medians.items():
        ratio = found.rate / medians["words"].rate
        print(
            f"| {kind} | {connections} | {app} | {found.rate:,.0f} | {found.p50:.1f}"
            f" | {found.p95:.1f} | {ratio:.2f} |",
            flush=True,
        )


def send_searches(
    shop: BenchShop, app: str, kind: str, connections: int, seconds: int, start: int
) -> Measurement:
    """Run wrk once. Raises `RuntimeError` when a request failed, because errors are fast."""
    command = [
        *("wrk", f"-t{connections}", f"-c{connections}", f"-d{seconds}s"),
        *(f"-s{SCRIPT}", f"http://127.0.0.1:{shop.ports[app]}"),
        *(str(shop.folder / "requests" / kind), str(connections), str(start)),
    ]
    process = subprocess.run(command, check=True, capture_output=True, text=True)
    report = json.loads(process.stdout.splitlines()[-1])
    if report["failed"] or not report["requests"]:
        raise RuntimeError(f"{app} {kind}: {report}")
    rate = report["requests"] / report["seconds"]
    return Measurement(rate, report["p50"], report["p95"])


def print_meaning_uses(shop: BenchShop) -> None:
    """Of 300 new and 300 frequent searches, one after another: how often meaning was there."""
    for kind in ("frequent", "new"):
        paths = (shop.folder / "requests" / kind).read_text().splitlines()[-300:]
        uses: dict[str, int] = {}
        for path in paths:
            with urlopen(f"http://127.0.0.1:{shop.ports['both']}{path}") as response:
                use = json.load(response)["meaning"]
            uses[use] = uses.get(use, 0) + 1
        print(f"{kind}: meaning {uses}")


@contextmanager
def serving_search(shop: BenchShop, app: str, *, embedder_port: int) -> Iterator[None]:
    url = f"http://127.0.0.1:{embedder_port}" if app == "both" else ""
    before = os.environ.pop("EMBEDDER_URL", None)
    if url:
        os.environ["EMBEDDER_URL"] = url
    try:
        with served(shop, app, factory=SHOP):
            yield
    finally:
        os.environ.pop("EMBEDDER_URL", None)
        if before is not None:
            os.environ["EMBEDDER_URL"] = before


@contextmanager
def running_embedder(shop: BenchShop) -> Iterator[int]:
    """Yields its port."""
    port = free_port()
    environment = {
        **os.environ,
        "EMBEDDER_HOST": "127.0.0.1",
        "EMBEDDER_PORT": str(port),
        "VAR_DIR": str(shop.settings.var_dir),
        "DATABASE_URL": shop.settings.require_database_url(),
        "LOG_LEVEL": "WARNING",
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "jobs.query_embedder"], env=environment
    )
    try:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                urlopen(f"http://127.0.0.1:{port}/healthz").close()
                break
            except OSError:
                time.sleep(0.2)
        yield port
    finally:
        process.terminate()
        process.wait()


if __name__ == "__main__":
    main()
