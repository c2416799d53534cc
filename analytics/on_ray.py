"""The same reports over many partitions at once, as Ray tasks.

A partition is the address of a Parquet file of the export. What crosses the wire is a
question and its answer, never the lines.
"""

from collections.abc import Sequence
from datetime import datetime

import ray

from analytics import extract
from analytics.reports import Answer, Question, Report, compose, examine
from analytics.schemas import ORDER_LINES


def answer(
    question: Question,
    partitions: Sequence[str],
    *,
    as_of: datetime,
    options: dict[str, str],
) -> Report:
    """Put a question to every partition; `ray.init` is the caller's business."""
    ask = ray.remote(num_cpus=1)(examine_file)
    asked = [ask.remote(question, path, as_of, options) for path in partitions]
    answers = ray.get(asked) or [examine(question, ORDER_LINES.to_frame().lazy())]
    return compose(question, answers, as_of=as_of, source="dataset")


def examine_file(
    question: Question, path: str, as_of: datetime, options: dict[str, str]
) -> Answer:
    facts = extract.from_dataset(path, as_of=as_of, options=options)
    return examine(question, facts.lines)
