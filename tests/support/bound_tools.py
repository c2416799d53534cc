"""Calls a bound tool as the agent loop of Strands does."""

import asyncio
from typing import Any

from strands.types.tools import AgentTool, ToolResult, ToolUse


def call_bound_tool(bound: AgentTool, arguments: dict[str, Any]) -> ToolResult:
    """The result of a call with the id `call-1`."""
    use: ToolUse = {"toolUseId": "call-1", "name": bound.tool_name, "input": arguments}

    async def collect() -> list[Any]:
        return [event async for event in bound.stream(use, {})]

    [event] = asyncio.run(collect())
    result: ToolResult = event.tool_result
    return result
