"""Renders each report in a process of its own.

V8 draws the charts: it reserves much address space, and what it would do wrong must end neither a
replica nor a process that computes queries.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from typing import Self

import structlog
from pydantic import BaseModel, ValidationError

from analytics.child_processes import build_child_environment
from analytics.memory_limits import (
    OUT_OF_MEMORY,
    count_memory_kills,
    has_memory_kill,
)
from webapp.adapters.analytics.port import RenderedReport, ReportFormat
from webapp.insights.reports.document import ReportDocument

TIMEOUT_S = 60
TOO_LARGE_STATUSES = {OUT_OF_MEMORY, -signal.SIGABRT, -signal.SIGTRAP}
"""Of an allocation that was refused: to Python, to Typst or the allocator, to V8."""
COMMAND = (sys.executable, "-m", "analytics.reports.worker")
log = structlog.get_logger()


class RenderRequest(BaseModel):
    document: ReportDocument
    formats: list[ReportFormat]

    @classmethod
    def from_json(cls, body: str | bytes) -> Self:
        """With the document as the API has it. Raises `ValidationError`."""
        return cls.model_validate_json(body, by_alias=True, by_name=False)


class RenderingFailed(Exception):
    """The process has ended without a report; its log may have the reason."""


class RenderingTimedOut(Exception):
    pass


class RenderingTooLarge(Exception):
    """The process needed more memory than it may take."""

    def __init__(self, memory_mb: int) -> None:
        super().__init__(f"more than {memory_mb} MB")
        self.memory_mb = memory_mb


def render_in_process(
    request: RenderRequest,
    *,
    memory_mb: int,
    timeout_s: float = TIMEOUT_S,
    command: Sequence[str] = COMMAND,
) -> RenderedReport:
    """Raises `RenderingTimedOut`, `RenderingTooLarge`, `RenderingFailed`."""
    kills = count_memory_kills()
    process = subprocess.Popen(
        [*command, str(memory_mb)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=build_child_environment(),
        start_new_session=True,
    )
    body = request.model_dump_json(by_alias=True).encode()
    try:
        output, _ = process.communicate(body, timeout=timeout_s)
    except subprocess.TimeoutExpired as error:
        log.warning("report_timed_out", timeout_s=timeout_s)
        # All that it has started is in its group.
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        raise RenderingTimedOut from error
    status = process.returncode
    if status in TOO_LARGE_STATUSES or has_memory_kill(status, kills=kills):
        log.warning("report_too_large", memory_mb=memory_mb, status=status)
        raise RenderingTooLarge(memory_mb)
    if status != 0:
        raise RenderingFailed(f"status {status}")
    try:
        return RenderedReport.model_validate_json(output)
    except ValidationError as error:
        raise RenderingFailed("the report is incomplete") from error
