"""The process that reads a spreadsheet: a script, called with the path.

A small file can have a sheet of billions of cells, and the library then ends the process for lack
of memory. So it runs in one of its own, with limits. Prints lines of JSON: first what the file is
or `{"problem": …}`, then a list of cells for each row, as `_encode_cell` writes them, then `null`.
"""

import json
import resource
import sys
from datetime import date, datetime, time, timedelta
from typing import Any

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

MAX_MEMORY_BYTES = 1024**3
MAX_CPU_SECONDS = 120
MAX_EXACT_INTEGER = 10**15
"""A spreadsheet keeps 15 digits of a number."""


def print_workbook(path: str) -> None:
    try:
        workbook = CalamineWorkbook.from_path(path)
        sheets = _list_filled_sheets(workbook)
    except PasswordError:
        _print_line({"problem": "is protected by a password: save it without one"})
        return
    except (CalamineError, OSError):
        _print_line({"problem": "is not a whole spreadsheet: save it again, or as CSV"})
        return
    if not sheets:
        _print_line({"problem": "is a spreadsheet without any cells"})
        return
    first, *others = sheets
    _print_line(
        {"rows": first.total_height + 1, "others": [each.name for each in others]}
    )
    for row in first.iter_rows():  # from the first of the sheet: numbered as there
        _print_line([_encode_cell(cell) for cell in row])
    _print_line(None)


def _list_filled_sheets(workbook: CalamineWorkbook) -> list[CalamineSheet]:
    """List the visible sheets that have a cell."""
    sheets = [
        workbook.get_sheet_by_name(each.name)
        for each in workbook.sheets_metadata
        if each.typ == SheetTypeEnum.WorkSheet
        and each.visible == SheetVisibleEnum.Visible
    ]
    return [sheet for sheet in sheets if sheet.start is not None]


def _encode_cell(cell: Any) -> Any:
    """Text and booleans as they are, numbers as `{"number": …}`, times as `{"time": …}`."""
    if isinstance(cell, bool | str):
        return cell
    if isinstance(cell, int | float):
        return {"number": _format_number(cell)}
    if isinstance(cell, datetime | date | time):
        return {"time": cell.isoformat()}
    return {"time": str(cell)} if isinstance(cell, timedelta) else None


def _format_number(number: float) -> str:
    """Write the 15 digits that the spreadsheet shows: 0.1 + 0.2 is 0.3 there."""
    if number == int(number) and abs(number) < MAX_EXACT_INTEGER:
        return str(int(number))
    return f"{number:.15g}"


def _print_line(value: object) -> None:
    sys.stdout.write(json.dumps(value) + "\n")


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY_BYTES, MAX_MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (MAX_CPU_SECONDS, MAX_CPU_SECONDS))
    print_workbook(sys.argv[1])
