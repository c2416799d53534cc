"""The API of this version beside another's: `python -m tests.bench.versions CHECKOUT`.

CHECKOUT is a clone of another version in which `make test` has installed `.venv`. Each version
serves a shop of 200 products on its own schema, as `tests.bench.api` does; wrk measures the two in
turns, and a round's ratio is that of two measurements a few seconds apart. The median of the
ratios is printed with the smallest and the largest.

Names change between versions: `--factory` names the application in the other one's tests. For
versions up to 8d861c2 it is `tests.support.bench_apps:shop`.
"""

import argparse
import os
import subprocess
from contextlib import ExitStack
from pathlib import Path
from statistics import median

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
| operation | connections | this, per second | other, per second | ratio | smallest | largest |
|---|---|---|---|---|---|---|"""


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
        closing.enter_context(served(this, "shop"))
        closing.enter_context(
            served(other, "shop", factory=options.factory, checkout=checkout)
        )
        print(TABLE, flush=True)
        for operation in options.only:
            for connections in CONNECTIONS:
                compare(
                    this,
                    other,
                    operation,
                    connections,
                    rounds=options.rounds,
                    seconds=options.seconds,
                )


def find_head_revision(checkout: Path) -> str:
    """The newest migration of a checkout, by its own code."""
    probe = "from alembic.script import ScriptDirectory; import sys; "
    probe += "print(ScriptDirectory(sys.argv[1]).get_current_head())"
    folder = checkout / "webapp/db/migrations"
    return subprocess.run(
        [checkout / ".venv/bin/python", "-c", probe, folder],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(checkout)},
    ).stdout.strip()


def compare(
    this: BenchShop,
    other: BenchShop,
    operation: str,
    connections: int,
    *,
    rounds: int,
    seconds: int,
) -> None:
    rates: list[tuple[float, float]] = []
    for turn in range(rounds):
        # Every other round is reversed, so that neither always follows the other.
        shops = (this, other) if turn % 2 else (other, this)
        rate = {
            shop.title: shop.measure("shop", operation, connections, seconds).rate
            for shop in shops
        }
        rates.append((rate["this"], rate["other"]))
    ratios = [mine / theirs for mine, theirs in rates]
    mine, theirs = (median(column) for column in zip(*rates, strict=True))
    print(
        f"| {operation} | {connections} | {mine:,.0f} | {theirs:,.0f} "
        f"| {median(ratios):.2f} | {min(ratios):.2f} | {max(ratios):.2f} |",
        flush=True,
    )


if __name__ == "__main__":
    main()
