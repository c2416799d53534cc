from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Row:
    """One record of a file and the line it begins on."""

    line: int
    values: Mapping[str, Any]
    problem: str | None = None
    """Why the record cannot be read; `values` then holds its raw text."""

    @classmethod
    def unreadable(cls, line: int, text: str, problem: str) -> "Row":
        return cls(line, {"text": text.rstrip("\r\n")}, problem)
