"""Recognizes what a file is by its first bytes."""

import re
from pathlib import Path
from zipfile import BadZipFile, ZipFile

from webapp.imports.errors import UnreadableFile

MAX_START_BYTES = 512
ZIP = b"PK\x03\x04"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""An .xls file, among others."""
UNSUPPORTED = {
    b"%PDF": "a PDF document: export the table as CSV or .xlsx",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"GIF8": "a picture",
    b"{\\rtf": "a text document: export the table as CSV or .xlsx",
    b"SQLite format 3": "a database: export the table as CSV",
    b"PAR1": "a Parquet file: `ecom67 import` reads it",
    b"Rar!": "a RAR archive: unpack it",
    b"7z\xbc\xaf\x27\x1c": "a 7z archive: unpack it",
    b"BZh9": "compressed with bzip2: unpack it",
    b"\xfd7zXZ": "compressed with xz: unpack it",
    b"\x28\xb5\x2f\xfd": "compressed with zstd: unpack it",
    b"\x7fELF": "a program",
}
NO_TEXT = "The file is no text and no spreadsheet: export the table as CSV or .xlsx"
MARKUP = re.compile(
    rb"\s*<(!doctype|html|head|body|table|meta|\?xml|!--|script)", re.IGNORECASE
)
CONTROLS = re.compile(rb"[\x01-\x06\x0e-\x1a\x1c-\x1f]")
"""Of no text; in UTF-16, bytes of characters."""


def is_archive(start: bytes) -> bool:
    """Whether a file is of the kinds that spreadsheets are: a zip archive or an OLE file."""
    return start.startswith((ZIP, OLE))


def refuse_other_archive(start: bytes, path: Path) -> None:
    """Raise `UnreadableFile` for a zip archive that is no spreadsheet."""
    if not start.startswith(ZIP):
        return
    try:
        with ZipFile(path) as archive:
            names = archive.namelist()
    except (BadZipFile, OSError, ValueError) as error:
        raise UnreadableFile("The file is a damaged .xlsx or zip file") from error
    if "content.xml" not in names and not any(n.startswith("xl/") for n in names):
        raise UnreadableFile(
            "The file is a zip archive: unpack it and import what is in it"
        )


def refuse_unsupported(start: bytes) -> None:
    """Raise `UnreadableFile` for a file that is no table, saying what it is."""
    for signature, kind in UNSUPPORTED.items():
        if start.startswith(signature):
            raise UnreadableFile(f"The file is {kind}")
    if MARKUP.match(start.removeprefix(b"\xef\xbb\xbf")):
        raise UnreadableFile(
            "The file is an HTML or XML document: open it in a spreadsheet and save it as "
            "CSV or .xlsx"
        )
    if b"\0" not in start and 20 * len(CONTROLS.findall(start)) > len(start):
        raise UnreadableFile(NO_TEXT)
