"""Serves tools: off the event loop, in time, refusals turned into words.

What a model gets is one JSON object: the tool's result, or `{"refused", "message"}`, which
it can act on. A bug stays a bug: it leaves as an exception and is reported as one.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy.orm import Session
from strands.types.tools import ToolResult

from webapp.bootstrap import Runtime
from webapp.kit.errors import CommerceError

Json = dict[str, Any]
T = TypeVar("T")


@dataclass(frozen=True)
class ToolContext:
    """What the tools of an agent share: the shop, threads to work in, and patience."""

    runtime: Runtime
    executor: Executor
    timeout_s: float

    async def run_in_unit_of_work(self, work: Callable[[Session], Json]) -> ToolResult:
        """Run `work` in a unit of work of its own."""
        return await self.run(lambda: self._in_unit_of_work(work))

    async def run(self, work: Callable[[], Json]) -> ToolResult:
        """Run `work`, which may call external services and open units of work as it needs."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self.timeout_s):
                return build_success_result(
                    await loop.run_in_executor(self.executor, work)
                )
        except CommerceError as refusal:
            return build_error_result(refusal.code, refusal.message)
        except TimeoutError:
            return build_error_result(
                "TOOL_TIMEOUT", "That took too long; please try again"
            )

    def _in_unit_of_work(self, work: Callable[[Session], Json]) -> Json:
        with self.runtime.db.unit_of_work() as session:
            return work(session)


def build_success_result(result: Json) -> ToolResult:
    return {"toolUseId": "", "status": "success", "content": [{"json": result}]}


def build_error_result(code: str, message: str) -> ToolResult:
    reason = {"refused": code, "message": message}
    return {"toolUseId": "", "status": "error", "content": [{"json": reason}]}
