"""A process that computes queries: `python -m analytics.query_worker`, started by a replica.

Reads lines of JSON, its configuration first, then requests; writes a line for each request.
"""

import os
import sys
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from resource import getpagesize
from typing import IO

import structlog

from analytics.memory_limits import OUT_OF_MEMORY, limit_memory
from analytics.query_processes import (
    ProcessConfig,
    ProcessReply,
    ProcessRequest,
)
from analytics.query_service import ComputedOutcome, QueryService, QuerySource
from analytics.semantic.steps import StepRunner, run_in_process
from webapp.adapters.storage.build import open_storage
from webapp.db.session import Database
from webapp.kit import log as logs
from webapp.kit.time_zones import parse_zone

log = structlog.get_logger()


def main() -> None:
    logs.configure(process="analytics query")
    # Whatever else prints, prints to the log.
    replies = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    config = ProcessConfig.model_validate_json(sys.stdin.readline())
    limit = limit_memory(config.memory_mb)
    service = build_service(config)
    answer_requests(sys.stdin, replies, service, max_kept_bytes=limit // 2)


def build_service(config: ProcessConfig) -> QueryService:
    service = config.service
    return QueryService(
        Database.from_url(service.database_url, pool_size=1),
        open_storage(service.storage_url),
        home_currency=service.home_currency,
        zone=parse_zone(service.time_zone),
        week_start=service.week_start,
        run_step=_choose_runner(config.ray_address),
    )


def _choose_runner(ray_address: str | None) -> StepRunner:
    if ray_address is None:
        return run_in_process
    # Imported late: it costs a second and 60 MB, which one machine does not need.
    on_ray = import_module("analytics.on_ray")
    runner: StepRunner = on_ray.build_cluster_runner(ray_address)
    return runner


def answer_requests(
    requests: Iterable[str],
    replies: IO[bytes],
    source: QuerySource,
    *,
    max_kept_bytes: int,
) -> None:
    """Until there are no more, or the process keeps more memory than it should."""
    for line in requests:
        try:
            request = ProcessRequest.model_validate_json(line)
            reply = answer_request(request, source)
        except MemoryError:
            # There may be none left for anything else.
            os._exit(OUT_OF_MEMORY)
        except Exception:  # the outermost loop of a query
            log.exception("query_failed")
            reply = ProcessReply()
        reply.is_last = read_data_bytes() > max_kept_bytes
        replies.write(reply.model_dump_json().encode() + b"\n")
        replies.flush()
        if reply.is_last:
            return


def answer_request(request: ProcessRequest, source: QuerySource) -> ProcessReply:
    """Once more where a file is gone: since the dataset was looked up, an export has replaced it
    and deleted what earlier ones had of an account."""
    try:
        return _answer_once(request, source)
    except FileNotFoundError:
        log.info("dataset_replaced_during_query")
        return _answer_once(request, source)


def _answer_once(request: ProcessRequest, source: QuerySource) -> ProcessReply:
    reply = ProcessReply()
    if request.query is not None:
        reply.computed = source.compute(request.query)
    elif request.analysis is not None:
        outcome = source.run_analysis(request.analysis)
        reply.computed = ComputedOutcome(outcome=outcome)
    elif request.values is not None:
        reply.values = source.find_values(request.values)
    elif request.file is not None:
        reply.file = source.write_file(request.file)
    return reply


def read_data_bytes() -> int:
    """What the limit is of. Allocators keep addresses that they have used once."""
    pages = int(Path("/proc/self/statm").read_text().split()[5])
    return pages * getpagesize()


if __name__ == "__main__":
    main()
