"""Runs the steps of a query on the nodes of a Ray cluster, each over some months of the dataset.

Only steps and what they make of lines cross the network, never lines: all nodes must reach
`STORAGE_URL`. Lines that were read from the database stay in the process that asks.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import ray
from ray.exceptions import OutOfMemoryError

from analytics.facts.order_facts import OrderFacts, StoredMonth
from analytics.semantic.steps import Frames, Step, run_in_process

MIN_ROWS = 5_000_000
"""Fewer are read by one process before tasks have started elsewhere."""
MIN_NODES = 2
"""On one node, one process uses all processors already, and shares what it reads."""
TASKS_PER_NODE = 2
"""So that a node that is slower gets less to do."""


def build_cluster_runner(address: str) -> "ClusterRunner":
    """Connect this process to the cluster; its tasks end with it."""
    ray.init(address=address, log_to_driver=False)
    return ClusterRunner()


@dataclass(frozen=True)
class ClusterRunner:
    """Runs small steps in this process, and others as tasks."""

    min_rows: int = MIN_ROWS
    min_nodes: int = MIN_NODES

    def __call__(self, step: Step, facts: OrderFacts) -> Sequence[Frames]:
        """Raises `MemoryError` where a node has no memory left for its months."""
        nodes = count_nodes()
        if nodes < self.min_nodes or facts.stored_rows < self.min_rows:
            return run_in_process(step, facts)
        stored = facts.without_lines()
        collect = ray.remote(num_cpus=1, scheduling_strategy="SPREAD")(run_in_process)
        futures = [
            collect.remote(step, stored.with_months(months))
            for months in divide_months(facts.months, nodes * TASKS_PER_NODE)
        ]
        own = run_in_process(step, facts.with_months([]))
        try:
            return [*own, *(frames for found in ray.get(futures) for frames in found)]
        except OutOfMemoryError as error:
            raise MemoryError from error


def count_nodes() -> int:
    return sum(node["Alive"] for node in ray.nodes())  # type: ignore[no-untyped-call]


def divide_months(
    months: Sequence[StoredMonth], count: int
) -> Sequence[Sequence[StoredMonth]]:
    """Groups of about as many rows each, none of them empty."""
    groups: list[list[StoredMonth]] = [[] for _ in range(count)]
    rows = [0] * count
    for month in sorted(months, key=lambda each: each.rows, reverse=True):
        smallest = rows.index(min(rows))
        groups[smallest].append(month)
        rows[smallest] += month.rows
    return [group for group in groups if group]
