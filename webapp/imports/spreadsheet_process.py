"""The process that reads a spreadsheet: a script, called with the path.

A small file can have a sheet of billions of cells, and the library then ends the process for lack
of memory. So it runs in one of its own, with limits. Prints lines of JSON: first what the file is
or `{"problem": …}`, then a list of cells for each row, as `_encode_cell` writes them, then `null`.
"""

import json
import posixpath
import re
import resource
import sys
import zipfile
from datetime import date, datetime, time, timedelta
from typing import IO, Any
from xml.etree import ElementTree as ET

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
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
ERROR_CELL = b't="e"'
CELL_PLACE = re.compile(r"(?P<column>[A-Z]{1,3})(?P<row>\d+)")
CHUNK_SIZE = 1024**2


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
    errors = list_error_cells(path, first.name)
    _, first_column = first.start or (0, 0)
    # From the first row of the sheet: numbered as there. Its first columns may be left out.
    for number, row in enumerate(first.iter_rows(), start=1):
        cells = [_encode_cell(cell) for cell in row]
        for column, error in errors.get(number, ()):
            cells[column - first_column] = {"error": error}
        _print_line(cells)
    _print_line(None)


def list_error_cells(path: str, sheet: str) -> dict[int, list[tuple[int, str]]]:
    """List the cells such as `#N/A` of an .xlsx or .xlsm by row, each with its column from 0: the
    library reads them as empty."""
    try:
        with zipfile.ZipFile(path) as archive:
            name = _find_sheet_file(archive, sheet)
            with archive.open(name) as file:
                return _read_error_cells(file) if _has_error_cell(file) else {}
    except (zipfile.BadZipFile, KeyError):  # another kind of spreadsheet
        return {}


def _find_sheet_file(archive: zipfile.ZipFile, sheet: str) -> str:
    """Raises `KeyError` where there is none."""
    workbook = _parse_xml(archive, "xl/workbook.xml")
    listed = {each.get("name"): each for each in workbook.iter(f"{{{MAIN}}}sheet")}
    relation = listed[sheet].attrib[f"{{{RELATIONS}}}id"]
    files = _parse_xml(archive, "xl/_rels/workbook.xml.rels")
    targets = {each.get("Id"): each.attrib["Target"] for each in files}
    return posixpath.normpath(posixpath.join("/xl", targets[relation])).lstrip("/")


def _parse_xml(archive: zipfile.ZipFile, name: str) -> ET.Element:
    # The process's limits hold whatever the file expands to.
    return ET.fromstring(archive.read(name))  # noqa: S314


def _has_error_cell(file: IO[bytes]) -> bool:
    """Whether it is worth parsing; reads the file from its start, where it leaves it."""
    end = b""
    found = False
    while not found and (chunk := file.read(CHUNK_SIZE)):
        found = ERROR_CELL in end + chunk
        end = chunk[-len(ERROR_CELL) :]
    file.seek(0)
    return found


def _read_error_cells(file: IO[bytes]) -> dict[int, list[tuple[int, str]]]:
    errors: dict[int, list[tuple[int, str]]] = {}
    for _, cell in ET.iterparse(file):  # noqa: S314
        if cell.tag == f"{{{MAIN}}}c":
            place = CELL_PLACE.fullmatch(cell.get("r", ""))
            if cell.get("t") == "e" and place is not None:
                error = cell.findtext(f"{{{MAIN}}}v") or "#ERROR"
                column = _parse_column(place["column"])
                errors.setdefault(int(place["row"]), []).append((column, error))
        if cell.tag == f"{{{MAIN}}}row":
            cell.clear()
    return errors


def _parse_column(letters: str) -> int:
    """Column `A` is 0."""
    number = 0
    for letter in letters:
        number = 26 * number + ord(letter) - ord("A") + 1
    return number - 1


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
    """Text and booleans as they are, numbers as `{"number": …}`, times as `{"time": …}`; errors
    are `{"error": …}`."""
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
