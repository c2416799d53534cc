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
from webapp.adapters.analytics.port import RenderedReport, ReportFormat
from webapp.insights.reports.document import ReportDocument

TIMEOUT_S = 60
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


def render_in_process(
    request: RenderRequest,
    *,
    timeout_s: float = TIMEOUT_S,
    command: Sequence[str] = COMMAND,
) -> RenderedReport:
    """Raises `RenderingTimedOut`, `RenderingFailed`."""
    process = subprocess.Popen(
        list(command),
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
    if process.returncode != 0:
        raise RenderingFailed(f"status {process.returncode}")
    try:
        return RenderedReport.model_validate_json(output)
    except ValidationError as error:
        raise RenderingFailed("the report is incomplete") from error
