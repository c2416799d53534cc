"""The same reports over many partitions at once, as Ray tasks.

A partition is the address of a Parquet file of the export. What crosses the wire is a
question and its answer, never the lines.
"""

from collections.abc import Sequence
from datetime import datetime

import ray

from analytics import extract
from analytics.reports import (
    PartialResult,
    Report,
    ReportSpec,
    aggregate_partition,
    combine_partials,
)
from analytics.schemas import ORDER_LINES


def run_distributed_report(
    question: ReportSpec,
    partitions: Sequence[str],
    *,
    as_of: datetime,
    storage_options: dict[str, str],
) -> Report:
    """Put a question to every partition; `ray.init` is the caller's business."""
    ask = ray.remote(num_cpus=1)(examine_file)
    asked = [ask.remote(question, path, as_of, storage_options) for path in partitions]
    answers = ray.get(asked) or [
        aggregate_partition(question, ORDER_LINES.to_frame().lazy())
    ]
    return combine_partials(question, answers, as_of=as_of, source="dataset")


def examine_file(
    question: ReportSpec, path: str, as_of: datetime, options: dict[str, str]
) -> PartialResult:
    facts = extract.scan_order_facts(path, as_of=as_of, storage_options=options)
    return aggregate_partition(question, facts.lines)
