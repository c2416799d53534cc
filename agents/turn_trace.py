"""What the tools of one turn were asked and what they returned, as it happens."""

from dataclasses import dataclass, field
from typing import Any

import structlog
from strands.hooks import AfterToolCallEvent, HookProvider, HookRegistry
from strands.types.tools import ToolResult

from agents.tools.context import Json, build_error_result

log = structlog.get_logger()


@dataclass(frozen=True)
class ToolResultRecord:
    """A tool that did its work in this turn."""

    tool: str
    result: Json


@dataclass
class TurnTrace(HookProvider):
    results: list[ToolResultRecord] = field(default_factory=list)
    tools_used: list[str] = field(default_factory=list)
    """Every tool that was called, refused or not, each once."""

    def register_hooks(self, registry: HookRegistry, **_: Any) -> None:
        registry.add_callback(AfterToolCallEvent, self._note)

    def _note(self, event: AfterToolCallEvent) -> None:
        name = event.tool_use["name"]
        if name not in self.tools_used:
            self.tools_used.append(name)
        # A ValueError tells the model which argument was wrong; anything else is a bug
        # of ours, which the log is told and the model is not.
        if event.exception is not None and not isinstance(event.exception, ValueError):
            log.error("tool_failed", tool=name, exc_info=event.exception)
            event.result = _failed(event.result)
        elif event.result["status"] == "success":
            self.results.append(ToolResultRecord(name, _json(event.result)))

    def latest(self, key: str) -> Any:
        """The last thing a tool returned under a key, in this turn."""
        results = (
            done.result[key] for done in reversed(self.results) if key in done.result
        )
        return next(results, None)


def _failed(result: ToolResult) -> ToolResult:
    failure = build_error_result(
        "TOOL_FAILED", "This did not work; the shop has been told"
    )
    failure["toolUseId"] = result["toolUseId"]
    return failure


def _json(result: ToolResult) -> Json:
    return next((block["json"] for block in result["content"] if "json" in block), {})
