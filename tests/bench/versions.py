"""The API of this version beside another's: `python -m tests.bench.versions CHECKOUT`.

CHECKOUT is a clone of another version in which `make test` has installed `.venv`. Each version
serves a shop of 200 products on its own schema, as `tests.bench.api` does; wrk measures the two in
turns, and a round's ratio is that of two measurements a few seconds apart. The median of the
ratios is printed with the smallest and the largest, and that of the processor time of a request
in the web processes, which depends less on what else the machine does.

Names change between versions: `--factory` names the application in the other one's tests. For
versions up to 8d861c2 it is `tests.support.bench_apps:shop`.
"""

import argparse
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from statistics import median

import psutil
from alembic.script import ScriptDirectory

from tests.bench.api import (
    APPS,
    CONNECTIONS,
    FEW,
    BenchShop,
    running_shop,
    served,
    write_requests,
)
from tests.support import bench_rows
from webapp.db.migrate import downgrade

OPERATIONS = ("list", "detail", "cart", "order", "search")
TABLE = """\
| operation | connections | this, per second | other, per second | ratio | smallest | largest \
| CPU per request |
|---|---|---|---|---|---|---|---|"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkout", type=Path, help="a clone of another version")
    parser.add_argument("--factory", default=APPS["shop"], help="module:function")
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--seconds", type=int, default=3, help="of each measurement")
    parser.add_argument(
        "--only", nargs="+", choices=OPERATIONS, default=OPERATIONS[:-1]
    )
    options = parser.parse_args()
    checkout = options.checkout.resolve(strict=True)
    with ExitStack() as closing:
        this = closing.enter_context(running_shop("this"))
        other = closing.enter_context(running_shop("other"))
        for shop in (this, other):
            bench_rows.seed_shop(shop.engine, products=FEW)
            write_requests(shop)
        downgrade(other.engine, revision=find_head_revision(checkout))
        servers = {
            this: closing.enter_context(served(this, "shop")),
            other: closing.enter_context(
                served(other, "shop", factory=options.factory, checkout=checkout)
            ),
        }
        print(TABLE, flush=True)
        for operation in options.only:
            for connections in CONNECTIONS:
                compare(
                    servers,
                    operation,
                    connections,
                    rounds=options.rounds,
                    seconds=options.seconds,
                )


def find_head_revision(checkout: Path) -> str:
    """The newest migration of a checkout."""
    folder = ScriptDirectory(str(checkout / "webapp/db/migrations"))
    head = folder.get_current_head()
    assert head is not None, f"{checkout} has no migrations"
    return head


def compare(
    servers: Mapping[BenchShop, int],
    operation: str,
    connections: int,
    *,
    rounds: int,
    seconds: int,
) -> None:
    """Print a row; the servers are the ids of gunicorn's processes, this version's first."""
    this, other = servers
    rates: list[tuple[float, float]] = []
    costs: list[tuple[float, float]] = []
    for turn in range(rounds):
        # Every other round is reversed, so that neither always follows the other.
        shops = (this, other) if turn % 2 else (other, this)
        rate, cost = {}, {}
        for shop in shops:
            before = read_cpu_seconds(servers[shop])
            rate[shop] = shop.measure("shop", operation, connections, seconds).rate
            cost[shop] = (read_cpu_seconds(servers[shop]) - before) / (
                rate[shop] * seconds
            )
        rates.append((rate[this], rate[other]))
        costs.append((cost[this], cost[other]))
    ratios = [mine / theirs for mine, theirs in rates]
    mine, theirs = (median(column) for column in zip(*rates, strict=True))
    print(
        f"| {operation} | {connections} | {mine:,.0f} | {theirs:,.0f} "
        f"| {median(ratios):.2f} | {min(ratios):.2f} | {max(ratios):.2f} "
        f"| {median(mine / theirs for mine, theirs in costs):.2f} |",
        flush=True,
    )


def read_cpu_seconds(pid: int) -> float:
    """Processor time of a process and its children since their start."""
    parent = psutil.Process(pid)
    times = [each.cpu_times() for each in (parent, *parent.children())]
    return sum(each.user + each.system for each in times)


if __name__ == "__main__":
    main()
