"""Processes that compute queries, so that what is too much ends one of them, and no replica.

The memory of a process is bounded by the kernel: a query that needs more ends its process, whatever
part of it asks for more, and is refused. One that takes too long is ended with its process, its
statements in PostgreSQL and its tasks on Ray. The next query has a process of its own.
"""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from queue import SimpleQueue
from select import POLLHUP, POLLIN, poll
from time import monotonic
from typing import IO

import structlog
from pydantic import BaseModel

from analytics.child_processes import build_child_environment
from analytics.memory_limits import (
    OUT_OF_MEMORY,
    count_memory_kills,
    has_memory_kill,
)
from analytics.query_service import (
    ComputedOutcome,
    FileRequest,
    ServiceConfig,
    ValuesRequest,
)
from webapp.adapters.analytics.port import ExportedFile, QueryError, QueryOutcome
from webapp.insights.analyses.requests import AnalysisRequest
from webapp.insights.query.analytics_query import AnalyticsQuery
from webapp.insights.query.errors import QueryTooLarge
from webapp.insights.query.values import ValueMatches

STOP_TIMEOUT_S = 5
log = structlog.get_logger()


class QueryTimedOut(Exception):
    pass


class QueryFailed(Exception):
    """The process could not compute a query; its log has the reason."""


class ProcessKilled(Exception):
    """Something else has ended the process, which says nothing of the query."""


class ProcessConfig(BaseModel):
    """What a process is told on its standard input, where no other user can read it."""

    service: ServiceConfig
    memory_mb: int
    ray_address: str | None = None
    """Of a cluster that has more nodes to read on."""


class ProcessRequest(BaseModel):
    """One of them."""

    query: AnalyticsQuery | None = None
    analysis: AnalysisRequest | None = None
    values: ValuesRequest | None = None
    file: FileRequest | None = None


class ProcessReply(BaseModel):
    """What was asked for, or nothing where it failed."""

    computed: ComputedOutcome | None = None
    values: ValueMatches | None = None
    file: ExportedFile | None = None
    is_last: bool = False
    """Whether the process keeps too much memory for another request."""


class QueryProcess:
    """A process that computes one query at a time; another one is started where it ended."""

    def __init__(self, config: ProcessConfig) -> None:
        self._config = config
        self._process = self._start()

    def _start(self) -> "subprocess.Popen[bytes]":
        # Regressions are small, and each thread of NumPy's would keep memory.
        environment = {**build_child_environment(), "OPENBLAS_NUM_THREADS": "1"}
        process = subprocess.Popen(
            [sys.executable, "-m", "analytics.query_worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
        )
        _write_line(_require_stream(process.stdin), self._config)
        return process

    def request(self, request: ProcessRequest, *, timeout_s: float) -> ProcessReply:
        """Computes it once more, in the time that is left, where something else has ended the
        process: a request reads and writes nothing. Raises `QueryTimedOut`, `QueryTooLarge`,
        `QueryFailed`."""
        end = monotonic() + timeout_s
        try:
            return self._request_once(request, timeout_s)
        except ProcessKilled:
            log.warning("query_process_killed", retried=True)
        try:
            return self._request_once(request, max(0, end - monotonic()))
        except ProcessKilled as error:
            raise QueryFailed("the process was killed twice") from error

    def _request_once(self, request: ProcessRequest, timeout_s: float) -> ProcessReply:
        """Raises `ProcessKilled`, too."""
        kills = count_memory_kills()
        if not _write_line(_require_stream(self._process.stdin), request):
            # It has ended since the request before. That the next one has, too, shows below.
            self._restart()
            _write_line(_require_stream(self._process.stdin), request)
        answer = self._read_reply(timeout_s)
        if not answer.endswith(b"\n"):
            raise self._explain_end(kills)
        reply = ProcessReply.model_validate_json(answer)
        if reply.is_last:
            self._restart()
        return reply

    def _read_reply(self, timeout_s: float) -> bytes:
        """Empty where the process has ended."""
        output = _require_stream(self._process.stdout)
        poller = poll()
        poller.register(output, POLLIN | POLLHUP)
        if not poller.poll(timeout_s * 1000):
            self._restart()
            raise QueryTimedOut
        return output.readline()

    def _explain_end(self, kills: int) -> Exception:
        """An allocation that is refused ends the process by SIGABRT, in most libraries. Where the
        machine or its container has no memory left, the kernel ends one by SIGKILL."""
        status = self._process.wait(STOP_TIMEOUT_S)
        self._restart()
        is_killed = status == -signal.SIGKILL
        if is_killed and not has_memory_kill(status, kills=kills):
            return ProcessKilled()
        if not is_killed and status not in {OUT_OF_MEMORY, -signal.SIGABRT}:
            return QueryFailed(f"status {status}")
        log.warning("query_too_large", memory_mb=self._config.memory_mb)
        return QueryTooLarge.from_limit(self._config.memory_mb)

    def _restart(self) -> None:
        self.stop()
        self._process = self._start()

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            _close_stream(_require_stream(stream))


class QueryProcessPool:
    """Processes for as many queries at a time as there are threads that ask."""

    def __init__(self, config: ProcessConfig, *, size: int, timeout_s: float) -> None:
        self._timeout_s = timeout_s
        self._all = [QueryProcess(config) for _ in range(size)]
        self._free: SimpleQueue[QueryProcess] = SimpleQueue()
        for process in self._all:
            self._free.put(process)

    def compute(self, query: AnalyticsQuery) -> ComputedOutcome:
        """Raises `QueryTimedOut`, `QueryFailed`."""
        return self._compute(ProcessRequest(query=query))

    def run_analysis(self, request: AnalysisRequest) -> QueryOutcome:
        """Raises `QueryTimedOut`, `QueryFailed`."""
        return self._compute(ProcessRequest(analysis=request)).outcome

    def _compute(self, request: ProcessRequest) -> ComputedOutcome:
        try:
            reply = self._request(request)
        except QueryTooLarge as error:
            refused = QueryError(
                code=error.code, message=error.message, possible=error.possible
            )
            return ComputedOutcome(outcome=QueryOutcome(error=refused))
        if reply.computed is None:
            raise QueryFailed
        return reply.computed

    def find_values(self, request: ValuesRequest) -> ValueMatches:
        """Raises `QueryTimedOut`, `QueryTooLarge`, `QueryFailed`."""
        reply = self._request(ProcessRequest(values=request))
        if reply.values is None:
            raise QueryFailed
        return reply.values

    def write_file(self, request: FileRequest) -> ExportedFile:
        """Raises `QueryTimedOut`, `QueryTooLarge`, `QueryFailed`."""
        reply = self._request(ProcessRequest(file=request))
        if reply.file is None:
            raise QueryFailed
        return reply.file

    def _request(self, request: ProcessRequest) -> ProcessReply:
        with self._borrow() as process:
            return process.request(request, timeout_s=self._timeout_s)

    @contextmanager
    def _borrow(self) -> Iterator[QueryProcess]:
        process = self._free.get()
        try:
            yield process
        finally:
            self._free.put(process)

    def close(self) -> None:
        for process in self._all:
            process.stop()


def _write_line(stream: IO[bytes], message: BaseModel) -> bool:
    """Whether there is a process that reads it."""
    try:
        stream.write(message.model_dump_json(by_alias=True).encode() + b"\n")
        stream.flush()
    except BrokenPipeError:
        return False
    return True


def _require_stream(stream: IO[bytes] | None) -> IO[bytes]:
    if stream is None:
        raise RuntimeError("the process has been started without pipes")
    return stream


def _close_stream(stream: IO[bytes]) -> None:
    """What was not sent to a process that has ended is of no use."""
    with suppress(BrokenPipeError):
        stream.close()
