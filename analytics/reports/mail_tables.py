"""How a table is laid out in a mail, so that a phone shows all of it. Pure.

Mail programs neither scroll nor obey rules for narrow screens, so that one layout has to fit any.
What is compared stands below its figure. Where that is too wide, too, the names of a row get a line
of their own above its figures; and where even the figures are too wide, each has its own line.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from analytics.reports.content import ComparedPart, ShownColumn, ShownTable
from analytics.reports.figures import NONE

PHONE_WIDTH = 318
"""Pixels that a screen of 390 leaves to a table."""
CELL_GAP, NAME_WIDTH = 8, 90
"""Of the room between columns, and of a name that may break."""
DIGIT_WIDTH, SMALL_DIGIT_WIDTH, LABEL_WIDTH = 8.0, 7.0, 8.0
"""Of a character: of a figure, of what it is compared with, of a header."""
MAX_UNBROKEN = 30
"""Characters of a figure, which does not break."""


class TableLayout(StrEnum):
    COLUMNS = "columns"
    NAMES_ABOVE = "names above"
    LIST = "list"


@dataclass(frozen=True)
class MailCell:
    text: str
    compared: Sequence[str] = ()
    """Lines below it."""

    @property
    def is_unbroken(self) -> bool:
        return len(self.text) <= MAX_UNBROKEN


@dataclass(frozen=True)
class MailRow:
    names: Sequence[str]
    figures: Sequence[MailCell]

    @property
    def name(self) -> str:
        return ", ".join(filter(None, self.names))


@dataclass(frozen=True)
class MailTable:
    layout: TableLayout
    names: Sequence[str]
    """Labels of the columns, as are the figures."""
    figures: Sequence[str]
    rows: Sequence[MailRow]
    total: MailRow | None


def lay_out_table(table: ShownTable, *, max_rows: int) -> MailTable:
    shown = table.rows[:max_rows]
    totals = table.list_totals(len(shown))
    rows = [_build_row(table.columns, row) for row in shown]
    total = _build_row(table.columns, totals) if totals else None
    names = [each.label for each in table.columns if not each.is_number]
    figures = [
        each.label for each in table.columns if each.is_number and each.part is None
    ]
    measured = [*rows, *([total] if total else [])]
    return MailTable(
        _choose_layout(names, figures, measured), names, figures, rows, total
    )


def _build_row(columns: Sequence[ShownColumn], texts: Sequence[str]) -> MailRow:
    cells = list(zip(columns, texts, strict=True))
    return MailRow(
        names=[text for column, text in cells if not column.is_number],
        figures=[
            MailCell(text, list(_iterate_compared(cells[place + 1 :])))
            for place, (column, text) in enumerate(cells)
            if column.is_number and column.part is None
        ],
    )


def _iterate_compared(following: Sequence[tuple[ShownColumn, str]]) -> Iterator[str]:
    """The lines of the parts that directly follow a figure."""
    parts: dict[ComparedPart, str] = {}
    for column, text in following:
        if column.part is None:
            break
        parts[column.part] = text
    if before := parts.get(ComparedPart.BEFORE):
        yield f"before {before}"
    change = parts.get(ComparedPart.CHANGE, NONE)
    percent = parts.get(ComparedPart.CHANGE_PERCENT, NONE)
    if change not in {"", NONE}:
        yield change if percent in {"", NONE} else f"{change} ({percent})"


def _choose_layout(
    names: Sequence[str], figures: Sequence[str], rows: Sequence[MailRow]
) -> TableLayout:
    widths = [
        _measure_figures(label, [row.figures[place] for row in rows])
        for place, label in enumerate(figures)
    ]
    needed = sum(widths)
    if needed + len(names) * (NAME_WIDTH + CELL_GAP) <= PHONE_WIDTH:
        return TableLayout.COLUMNS
    is_above = bool(names) and needed <= PHONE_WIDTH
    return TableLayout.NAMES_ABOVE if is_above else TableLayout.LIST


def _measure_figures(label: str, cells: Sequence[MailCell]) -> float:
    """Pixels of a column: of its figures, and of the words of its header."""
    return CELL_GAP + max(
        *(len(word) * LABEL_WIDTH for word in label.split() or [""]),
        *(len(cell.text) * DIGIT_WIDTH for cell in cells or [MailCell("")]),
        *(
            len(line) * SMALL_DIGIT_WIDTH
            for cell in cells or [MailCell("")]
            for line in cell.compared or [""]
        ),
    )
