"""Trace of one turn: the tools that were called and their results, recorded as they happen."""

from dataclasses import dataclass, field
from typing import Any

import structlog
from strands.hooks import AfterToolCallEvent, HookProvider, HookRegistry
from strands.types.tools import ToolResult

from agents.tools.context import Json, build_error_result

log = structlog.get_logger()


@dataclass(frozen=True)
class ToolResultRecord:
    """A tool call of this turn that succeeded."""

    tool: str
    result: Json


@dataclass
class TurnTrace(HookProvider):
    results: list[ToolResultRecord] = field(default_factory=list)
    tools_used: list[str] = field(default_factory=list)
    """Every tool that was called, successful or not, each once."""

    def register_hooks(self, registry: HookRegistry, **_: Any) -> None:
        registry.add_callback(AfterToolCallEvent, self._record)

    def _record(self, event: AfterToolCallEvent) -> None:
        name = event.tool_use["name"]
        if name not in self.tools_used:
            self.tools_used.append(name)
        # A ValueError shows the model which argument was wrong; anything else is a bug of
        # this project, which is logged and not shown to the model.
        if event.exception is not None and not isinstance(event.exception, ValueError):
            log.error("tool_failed", tool=name, exc_info=event.exception)
            event.result = _build_failure(event.result)
        elif event.result["status"] == "success":
            self.results.append(ToolResultRecord(name, _read_json(event.result)))


def _build_failure(result: ToolResult) -> ToolResult:
    failure = build_error_result(
        "TOOL_FAILED", "This did not work; the shop has been notified"
    )
    failure["toolUseId"] = result["toolUseId"]
    return failure


def _read_json(result: ToolResult) -> Json:
    return next((block["json"] for block in result["content"] if "json" in block), {})
