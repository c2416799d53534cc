"""Binds tools to a principal as Strands tools; all that tools have of that framework.

A call runs off the event loop, in a unit of work of its own, with a timeout. The model gets
one JSON object: the tool's view without what is hidden from models, or `{"refused", "message"}`,
which it can act on. A bug is logged, and the model is told only that the tool failed.
"""

import asyncio
from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any

import structlog
from pydantic import ValidationError
from strands.tools import PythonAgentTool
from strands.types.tools import AgentTool, ToolResult, ToolUse

from agents.errors import AdminsOnly, BadToolArguments, ToolFailed, ToolTimeout
from agents.tools.tool import Json, Tool
from agents.turn_trace import TurnTrace
from webapp.adapters.agents.port import Principal
from webapp.db.session import Database
from webapp.kit.errors import CommerceError
from webapp.kit.json import ResponseBody

log = structlog.get_logger()


@dataclass(frozen=True)
class ToolContext:
    """What the tools of an agent share: the database, a thread pool and a timeout."""

    db: Database
    executor: Executor
    timeout_s: float


def bind_tools(
    tools: Sequence[Tool],
    context: ToolContext,
    *,
    principal: Principal,
    trace: TurnTrace,
) -> list[AgentTool]:
    """Bind tools for one turn, which `trace` records.

    Raises `AdminsOnly` if one of them is, whatever the entry point checked.
    """
    if not principal.is_admin and any(tool.admins_only for tool in tools):
        raise AdminsOnly
    return [_bind_tool(tool, context, principal, trace) for tool in tools]


def _bind_tool(
    tool: Tool, context: ToolContext, principal: Principal, trace: TurnTrace
) -> AgentTool:
    async def call(tool_use: ToolUse, **_: Any) -> ToolResult:
        trace.add_call(tool.name)
        try:
            view = await _run_tool(tool, context, principal, tool_use["input"])
        except CommerceError as error:
            trace.errors.append(error.message)
            return _build_error_result(tool_use, error)
        except Exception:  # the outermost loop of a call
            log.exception("tool_failed", tool=tool.name)
            failed = ToolFailed()
            trace.errors.append(failed.message)
            return _build_error_result(tool_use, failed)
        result = tool.dump_view(view)
        trace.add_result(tool.name, view, result)
        return _build_result(tool_use, result)

    return PythonAgentTool(
        tool.name,
        {
            "name": tool.name,
            "description": tool.description,
            "inputSchema": {"json": tool.build_input_schema()},
        },
        call,
    )


async def _run_tool(
    tool: Tool, context: ToolContext, principal: Principal, arguments: Any
) -> ResponseBody:
    """Raises the tool's own errors, `BadToolArguments` and `ToolTimeout`."""
    try:
        params = tool.params.model_validate(arguments)
    except ValidationError as error:
        raise BadToolArguments(_describe_errors(error)) from error

    def run() -> ResponseBody:
        with context.db.unit_of_work() as session:
            return tool.function(session, principal, params)

    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(context.timeout_s):
            return await loop.run_in_executor(context.executor, run)
    except TimeoutError as error:
        raise ToolTimeout from error


def _describe_errors(error: ValidationError) -> str:
    """Which arguments are wrong, and how: `product_id: Field required`."""
    return "; ".join(
        f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}"
        for problem in error.errors()
    )


def _build_result(tool_use: ToolUse, result: Json) -> ToolResult:
    return {
        "toolUseId": tool_use["toolUseId"],
        "status": "success",
        "content": [{"json": result}],
    }


def _build_error_result(tool_use: ToolUse, error: CommerceError) -> ToolResult:
    return {
        "toolUseId": tool_use["toolUseId"],
        "status": "error",
        "content": [{"json": {"refused": error.code, "message": error.message}}],
    }
