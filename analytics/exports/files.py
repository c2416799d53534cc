"""Writes a result as a file: CSV, Parquet or a spreadsheet."""

from collections.abc import Callable, Mapping
from io import BytesIO

import polars as pl

from analytics.exports.file_names import name_file
from analytics.exports.frames import build_frame
from analytics.exports.workbook import write_workbook
from webapp.adapters.analytics.port import ExportedFile, FileFormat
from webapp.insights.query.results import AnalyticsResult
from webapp.kit.formula_cells import escape_formula

RECEIPT_KEY = "receipt"
"""Of the metadata of a Parquet file."""


def write_file(result: AnalyticsResult, file_format: FileFormat) -> ExportedFile:
    return ExportedFile(
        name=name_file(result, file_format), content=WRITERS[file_format](result)
    )


def write_csv(result: AnalyticsResult) -> bytes:
    """A header and the rows; the receipt would be rows that are none."""
    return encode_csv(build_frame(result, escape_formula))


def encode_csv(frame: pl.DataFrame) -> bytes:
    buffer = BytesIO()
    # Readers skip a line that is empty, and with it the row.
    frame.write_csv(buffer, null_value='""' if frame.width == 1 else "")
    return buffer.getvalue()


def write_parquet(result: AnalyticsResult) -> bytes:
    """With all of the result but its rows as metadata."""
    receipt = result.model_dump_json(exclude={"rows", "chart"})
    buffer = BytesIO()
    build_frame(result).write_parquet(buffer, metadata={RECEIPT_KEY: receipt})
    return buffer.getvalue()


WRITERS: Mapping[FileFormat, Callable[[AnalyticsResult], bytes]] = {
    FileFormat.CSV: write_csv,
    FileFormat.PARQUET: write_parquet,
    FileFormat.XLSX: write_workbook,
}
