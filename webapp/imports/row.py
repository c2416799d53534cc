from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


class CellError(str):
    """What a spreadsheet shows in place of a value that it could not compute, such as `#N/A`."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Row:
    """One record of a file, and its line as a spreadsheet or, for JSON, an editor numbers it."""

    line: int
    values: Mapping[str, Any]
    problem: str | None = None
    """Why the record cannot be read; `values` then holds its raw text."""

    @classmethod
    def unreadable(cls, line: int, text: str, problem: str) -> "Row":
        return cls(line, {"text": text.rstrip("\r\n")}, problem)


@dataclass(frozen=True, slots=True)
class TableRecord:
    """The cells of a line of a table, before the header gives them names."""

    line: int
    cells: Sequence[Any]
    problem: str | None = None
    """Why it cannot be read; the only cell then is its raw text."""

    def is_blank(self) -> bool:
        return all(is_blank(cell) for cell in self.cells)


def is_blank(cell: object) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())
