"""Runs a report over many partitions at once, as Ray tasks.

A partition is the URL of a Parquet file of the export. Only the report's specification and
its partial results cross the network, never the lines.
"""

from collections.abc import Sequence
from datetime import datetime

import ray

from analytics.facts import database
from analytics.facts.schemas import ORDER_LINES
from analytics.reports import (
    PartialResult,
    Report,
    ReportSpec,
    aggregate_partition,
    combine_partials,
)


def run_distributed_report(
    spec: ReportSpec,
    partitions: Sequence[str],
    *,
    as_of: datetime,
    storage_options: dict[str, str],
) -> Report:
    """Run a report over the partitions; the caller has initialized Ray."""
    remote_aggregate = ray.remote(num_cpus=1)(aggregate_file)
    futures = [
        remote_aggregate.remote(spec, url, as_of, storage_options) for url in partitions
    ]
    partials = ray.get(futures) or [
        aggregate_partition(spec, ORDER_LINES.to_frame().lazy())
    ]
    return combine_partials(spec, partials, as_of=as_of, source="dataset")


def aggregate_file(
    spec: ReportSpec, url: str, as_of: datetime, storage_options: dict[str, str]
) -> PartialResult:
    facts = database.scan_order_facts(url, as_of=as_of, storage_options=storage_options)
    return aggregate_partition(spec, facts.lines)
