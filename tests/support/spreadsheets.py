"""Writes small spreadsheets: only what a reader needs."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from xml.sax.saxutils import escape
from zipfile import ZipFile

from webapp.imports.row import CellError

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
TYPES = (
    f'<Types xmlns="{PACKAGE}/content-types">'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Default Extension="rels" '
    'ContentType="application/vnd.openxmlformats-package.relationships+xml"/></Types>'
)
ROOT = (
    f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="r" '
    f'Type="{RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
)
STYLES = (
    f'<styleSheet xmlns="{MAIN}"><cellXfs count="2"><xf numFmtId="0"/>'
    '<xf numFmtId="14" applyNumberFormat="1"/></cellXfs></styleSheet>'
)
OFFICE = "urn:oasis:names:tc:opendocument:xmlns"
EPOCH = date(1899, 12, 30)

Cell = str | int | float | bool | date | None
Rows = Sequence[Sequence[Cell]]


def write_xlsx(path: Path, **sheets: Rows) -> Path:
    numbers = range(1, len(sheets) + 1)
    listed = "".join(
        f'<sheet name="{name}" sheetId="{number}" r:id="r{number}"/>'
        for number, name in zip(numbers, sheets, strict=True)
    )
    related = "".join(
        f'<Relationship Id="r{number}" Type="{RELATIONS}/worksheet" '
        f'Target="worksheets/sheet{number}.xml"/>'
        for number in numbers
    )
    styles = f'<Relationship Id="s" Type="{RELATIONS}/styles" Target="styles.xml"/>'
    with ZipFile(path, "w") as archive:
        archive.writestr("[Content_Types].xml", TYPES)
        archive.writestr("_rels/.rels", ROOT)
        archive.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}"><sheets>{listed}</sheets>'
            "</workbook>",
        )
        archive.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{PACKAGE}/relationships">{related}{styles}'
            "</Relationships>",
        )
        archive.writestr("xl/styles.xml", STYLES)
        for number, rows in zip(numbers, sheets.values(), strict=True):
            archive.writestr(f"xl/worksheets/sheet{number}.xml", _format_sheet(rows))
    return path


def _format_sheet(rows: Rows) -> str:
    body = "".join(
        f'<row r="{number}">{_format_cells(number, cells)}</row>'
        for number, cells in enumerate(rows, start=1)
    )
    return f'<worksheet xmlns="{MAIN}"><sheetData>{body}</sheetData></worksheet>'


def _format_cells(row: int, cells: Sequence[Cell]) -> str:
    return "".join(
        _format_cell(f"{chr(ord('A') + column)}{row}", cell)
        for column, cell in enumerate(cells)
        if cell is not None
    )


def _format_cell(place: str, cell: Cell) -> str:
    if isinstance(cell, str):
        return _format_text_cell(place, cell)
    if isinstance(cell, bool):
        return f'<c r="{place}" t="b"><v>{int(cell)}</v></c>'
    if isinstance(cell, date):
        return f'<c r="{place}" s="1"><v>{(cell - EPOCH).days}</v></c>'
    return f'<c r="{place}"><v>{cell!r}</v></c>'


def _format_text_cell(place: str, cell: str) -> str:
    if isinstance(cell, CellError):
        return f'<c r="{place}" t="e"><v>{cell}</v></c>'
    text = f'<is><t xml:space="preserve">{escape(cell)}</t></is>'
    return f'<c r="{place}" t="inlineStr">{text}</c>'


def write_ods(path: Path, rows: Sequence[Sequence[str]]) -> Path:
    table = "".join(
        f"<table:table-row>{''.join(map(_format_ods_cell, cells))}</table:table-row>"
        for cells in rows
    )
    with ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr(
            "META-INF/manifest.xml",
            f'<manifest:manifest xmlns:manifest="{OFFICE}:manifest:1.0"/>',
        )
        archive.writestr(
            "content.xml",
            f'<office:document-content xmlns:office="{OFFICE}:office:1.0" '
            f'xmlns:table="{OFFICE}:table:1.0" xmlns:text="{OFFICE}:text:1.0">'
            f"<office:body><office:spreadsheet>"
            f'<table:table table:name="Sheet">{table}</table:table>'
            "</office:spreadsheet></office:body></office:document-content>",
        )
    return path


def _format_ods_cell(text: str) -> str:
    return (
        '<table:table-cell office:value-type="string">'
        f"<text:p>{escape(text)}</text:p></table:table-cell>"
    )
