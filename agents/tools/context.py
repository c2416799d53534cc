"""Runs tools off the event loop, with a timeout, and turns domain errors into results.

The model gets one JSON object: the tool's result, or `{"refused", "message"}`, which it can
act on. A bug is not turned into a result: it stays an exception and is reported as one.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session
from strands.types.tools import ToolResult

from webapp.bootstrap import AgentRuntime
from webapp.kit.errors import CommerceError

Json = dict[str, Any]


@dataclass(frozen=True)
class ToolContext:
    """What the tools of an agent share: the runtime, a thread pool and a timeout."""

    runtime: AgentRuntime
    executor: Executor
    timeout_s: float

    async def run_in_unit_of_work(
        self, function: Callable[[Session], Json]
    ) -> ToolResult:
        """Run `function` in a unit of work of its own."""
        return await self.run(lambda: self._in_unit_of_work(function))

    async def run(self, function: Callable[[], Json]) -> ToolResult:
        """Run `function`, which may call external services and open units of work itself."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self.timeout_s):
                return build_success_result(
                    await loop.run_in_executor(self.executor, function)
                )
        except CommerceError as error:
            return build_error_result(error.code, error.message)
        except TimeoutError:
            return build_error_result(
                "TOOL_TIMEOUT", "That took too long; please try again"
            )

    def _in_unit_of_work(self, function: Callable[[Session], Json]) -> Json:
        with self.runtime.db.unit_of_work() as session:
            return function(session)


def build_success_result(result: Json) -> ToolResult:
    return {"toolUseId": "", "status": "success", "content": [{"json": result}]}


def build_error_result(code: str, message: str) -> ToolResult:
    reason = {"refused": code, "message": message}
    return {"toolUseId": "", "status": "error", "content": [{"json": reason}]}
