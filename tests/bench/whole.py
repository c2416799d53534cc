"""What a shop with everything running does, beside another version: `python -m tests.bench.whole
CHECKOUT`.

Both are started by their own `make run` (CHECKOUT is a clone of the other version), in turns, and
measured from outside: web, relay, workers, cron and the Stripe simulator with its webhooks run,
and each customer puts a product into the cart and orders it through the API. Orders are placed by
one client and by 16 at once; then lists, products, searches and carts are asked for, alone and
while 4 other clients order. Background work that is left is waited for.

With `--one-core`, the whole platform has core 0 and the clients have the others: what the shop can
do is then not what the clients leave it. Processor time counts every process; round trips are
packets to PostgreSQL and Valkey. The medians of the rounds are printed, and the median of their
ratios with the smallest and the largest. Compare ratios, not figures, between machines.
"""

import argparse
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

from tests.support.cloned_platform import (
    WITHOUT_RAY,
    ClonedPlatform,
    running_clone,
)
from tests.support.comparison import Figures, format_table, measure_in_turns
from tests.support.load_clients import LoadClients, LoadResult, OperationFactory
from tests.support.shop_counters import BacklogWatch, ShopCounters, ShopTotals
from webapp.config import PROJECT_ROOT

PRODUCTS, CUSTOMERS = 50, 128
MANY_CLIENTS, ORDERING_CLIENTS = 16, 4
COUNTED_ORDERS_S = 8
QUIET_WITHIN_S = 600


@dataclass(frozen=True)
class WholePlan:
    """How long each step takes, in seconds; 0 leaves it out."""

    orders: float
    sustained: float
    reads: float


class MeasuredShop:
    """One of the two versions, with its customers."""

    def __init__(self, platform: ClonedPlatform) -> None:
        self.platform = platform
        self.clients = LoadClients(platform)

    def prepare(self) -> None:
        with running_clone(self.platform):
            self.clients.create_products(PRODUCTS)
            self.clients.register(CUSTOMERS)
            self._warm_up()

    def measure(self, plan: WholePlan) -> Figures:
        """Start it, measure it once and stop it."""
        with running_clone(self.platform) as took:
            counters = ShopCounters(self.platform)
            try:
                figures = {
                    "start: seconds until it answers": took.answers_s,
                    "start: seconds until ready": took.ready_s,
                }
                self._warm_up()
                backlog = BacklogWatch(counters)
                backlog.wait_until_quiet(QUIET_WITHIN_S)
                figures |= self._measure_memory()
                if plan.orders:
                    figures |= self._measure_orders(counters, plan.orders)
                if plan.sustained:
                    figures |= self._measure_backlog(
                        counters, "sustained", plan.sustained
                    )
                if plan.reads:
                    figures |= self._measure_reads(plan.reads)
                    backlog.wait_until_quiet(QUIET_WITHIN_S)
            finally:
                counters.close()
        return figures

    def _warm_up(self) -> None:
        self.clients.sign_in()
        for operation in (self.clients.build_order, *self._list_reads().values()):
            self.clients.repeat(operation, clients=MANY_CLIENTS, seconds=1)

    def _measure_memory(self) -> Figures:
        used = self.platform.read_memory_mb()
        return {
            **{f"memory MB: {name}": each for name, each in sorted(used.items())},
            "memory MB: workers, relay and cron": _sum_background(used),
            "memory MB: all": sum(used.values()),
        }

    def _measure_orders(self, counters: ShopCounters, seconds: float) -> Figures:
        figures: Figures = {}
        with counters.count_statements() as counted:
            before = counters.read()
            orders = self._place_orders(1, COUNTED_ORDERS_S)
            BacklogWatch(counters).wait_until_quiet(QUIET_WITHIN_S)
            spent = counters.read()
        figures |= _count_per_order(before, spent, orders.count)
        figures["order: statements"] = counted[0] / orders.count
        single = self._place_orders(1, seconds / 2)
        figures |= _describe("order, 1 client", single)
        BacklogWatch(counters).wait_until_quiet(QUIET_WITHIN_S)
        figures |= self._measure_backlog(counters, "order, 16 clients", seconds)
        figures |= self._measure_settlement(seconds)
        BacklogWatch(counters).wait_until_quiet(QUIET_WITHIN_S)
        return figures

    def _measure_backlog(
        self, counters: ShopCounters, name: str, seconds: float
    ) -> Figures:
        """Orders of 16 clients, and the background work that they leave."""
        backlog = BacklogWatch(counters)
        before = counters.read()
        with backlog.watch():
            orders = self._place_orders(MANY_CLIENTS, seconds)
        during = backlog.oldest
        quiet = backlog.wait_until_quiet(QUIET_WITHIN_S)
        after = counters.read()
        spent = _subtract(after.processor_ms, before.processor_ms)
        return {
            **_describe(name, orders),
            f"{name}: oldest job during, s": during.total_seconds(),
            f"{name}: oldest job in all, s": backlog.oldest.total_seconds(),
            f"{name}: quiet after, s": quiet,
            **{
                f"{name}: processor ms, {part}": each / orders.count
                for part, each in sorted(spent.items())
            },
            f"{name}: processor ms, workers, relay and cron": (
                _sum_background(spent) / orders.count
            ),
            f"{name}: processor ms, all": sum(spent.values()) / orders.count,
        }

    def _measure_settlement(self, seconds: float) -> Figures:
        """What those wait for who authenticate while 16 others order."""
        with self._ordering(seconds, clients=MANY_CLIENTS):
            settled = self.clients.settle_challenges(seconds=seconds)
        name = "settlement after 3-D Secure while 16 order"
        return {f"{name}: p50 ms": settled.p50_ms, f"{name}: p95 ms": settled.p95_ms}

    def _measure_reads(self, seconds: float) -> Figures:
        figures: Figures = {}
        for name, build in self._list_reads().items():
            for clients in (1, MANY_CLIENTS):
                alone = self.clients.repeat(build, clients=clients, seconds=seconds)
                figures |= _describe(f"{name}, {clients} clients", alone)
            with self._ordering(seconds):
                busy = self.clients.repeat(build, clients=MANY_CLIENTS, seconds=seconds)
            figures |= _describe(f"{name} while 4 order", busy)
        return figures

    def _list_reads(self) -> dict[str, OperationFactory]:
        return {
            "list": self.clients.build_list,
            "product": self.clients.build_product,
            "search": self.clients.build_search,
            "add": self.clients.build_add,
        }

    def _place_orders(self, clients: int, seconds: float) -> LoadResult:
        return self.clients.repeat(
            self.clients.build_order, clients=clients, seconds=seconds
        )

    @contextmanager
    def _ordering(
        self, seconds: float, *, clients: int = ORDERING_CLIENTS
    ) -> Iterator[None]:
        orders = Thread(target=self._place_orders, args=(clients, seconds))
        orders.start()
        yield
        orders.join()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkout", type=Path, help="a clone of another version")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=30, help="of orders")
    parser.add_argument("--sustained", type=float, default=0, help="seconds of orders")
    parser.add_argument("--reads", type=float, default=5, help="seconds of each read")
    parser.add_argument("--one-core", action="store_true", help="for the platform")
    parser.add_argument("--with-ray", action="store_true", help="start the agents, too")
    options = parser.parse_args()
    cores = sorted(os.sched_getaffinity(0))
    if options.one_core:
        os.sched_setaffinity(0, cores[1:])
    plan = WholePlan(options.seconds, options.sustained, options.reads)
    with tempfile.TemporaryDirectory(prefix="ecom67-bench-") as folder:
        Path(folder).chmod(0o711)  # PostgreSQL may run as a user of its own
        shops = [
            MeasuredShop(
                ClonedPlatform(
                    checkout.resolve(strict=True),
                    Path(folder, name),
                    disabled_parts="" if options.with_ray else WITHOUT_RAY,
                    cores=cores[:1] if options.one_core else None,
                )
            )
            for name, checkout in (("this", PROJECT_ROOT), ("other", options.checkout))
        ]
        for shop in shops:
            shop.platform.var.mkdir()
            shop.prepare()
        rounds = []
        for pair in measure_in_turns(
            shops, lambda shop: shop.measure(plan), rounds=options.rounds
        ):
            rounds.append(pair)
            print(f"\nAfter {len(rounds)} rounds:\n{format_table(rounds)}", flush=True)


def _sum_background(figures: Figures) -> float:
    """Of relay, cron and workers, which are one part or several."""
    return sum(figures.get(name, 0) for name in ("jobs", "worker", "relay", "cron"))


def _describe(name: str, measured: LoadResult) -> Figures:
    return {
        f"{name}: per second": measured.rate,
        f"{name}: p50 ms": measured.p50_ms,
        f"{name}: p95 ms": measured.p95_ms,
    }


def _count_per_order(before: ShopTotals, after: ShopTotals, orders: int) -> Figures:
    """Of orders one after another, with their background work."""
    return {
        f"order: {name.replace('_', ' ')}": (
            getattr(after, name) - getattr(before, name)
        )
        / orders
        for name in (
            "commits",
            "database_trips",
            "valkey_calls",
            "valkey_trips",
            "jobs",
        )
    }


def _subtract(
    after: Mapping[str, float], before: Mapping[str, float]
) -> dict[str, float]:
    return {name: value - before.get(name, 0) for name, value in after.items()}


if __name__ == "__main__":
    main()
