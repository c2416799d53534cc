"""Trace of one turn: the tools that were called and their results, recorded as they happen."""

from dataclasses import dataclass, field
from typing import Any

from webapp.kit.json import ResponseBody


@dataclass(frozen=True)
class ToolResultRecord:
    """A tool call of this turn that succeeded."""

    tool: str
    view: ResponseBody
    result: dict[str, Any]
    """What the model was given of the view, as JSON."""


@dataclass
class TurnTrace:
    message: str = ""
    """What the person wrote."""
    results: list[ToolResultRecord] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    """What tools answered that could not do what they were asked."""
    tools_used: list[str] = field(default_factory=list)
    """Every tool that was called, successful or not, each once."""

    def add_call(self, tool: str) -> None:
        if tool not in self.tools_used:
            self.tools_used.append(tool)

    def add_result(self, tool: str, view: ResponseBody, result: dict[str, Any]) -> None:
        self.results.append(ToolResultRecord(tool, view, result))
