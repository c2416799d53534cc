"""Writes the rows of a month to new files, and reads them back."""

from io import BytesIO

import polars as pl
from sqlalchemy.orm import Session

from analytics.dataset.event_tables import EVENT_TABLES
from analytics.dataset.manifest import (
    ORDER_LINES,
    DatasetFile,
    LinePartition,
    TablePartition,
    build_table_path,
)
from analytics.dataset.months import month_bounds
from analytics.dataset.order_tables import build_order_tables
from analytics.facts.line_columns import derive_columns
from analytics.semantic.spellings import list_month_spellings
from webapp.adapters.storage.port import Storage

SPELLINGS = "spellings"


class WrongFile(Exception):
    """A file does not have the rows that were written to it."""


def read_month(
    session: Session,
    table: str,
    month: str,
    *,
    home_currency: str,
    customers: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """The rows of a table of the snapshot that the session sees. `customers` are those of all
    orders, where they are known already."""
    if table in EVENT_TABLES:
        return EVENT_TABLES[table].fetch_month(session, month)
    start, end = month_bounds(month)
    return build_order_tables(home_currency)[table].extract(
        session, start=start, end=end, customers=customers
    )


def write_month(
    storage: Storage, table: str, month: str, rows: pl.DataFrame
) -> TablePartition:
    """Raises `WrongFile`."""
    if table == ORDER_LINES:
        return write_lines(storage, month, rows)
    ordered = rows.sort(pl.all())
    file = _write_frame(storage, build_table_path(table, month), ordered)
    return TablePartition(file=file, rows=ordered.height)


def write_lines(storage: Storage, month: str, lines: pl.DataFrame) -> LinePartition:
    """Raises `WrongFile`."""
    ordered = derive_columns(lines.lazy()).collect().sort("at", "order_number")
    return LinePartition.describe(
        ordered,
        file=_write_frame(storage, build_table_path(ORDER_LINES, month), ordered),
        spellings=_write_frame(
            storage,
            build_table_path(SPELLINGS, month),
            list_month_spellings(ordered),
        ),
    )


def _write_frame(storage: Storage, path: str, frame: pl.DataFrame) -> DatasetFile:
    buffer = BytesIO()
    frame.write_parquet(buffer, statistics=True)
    content = buffer.getvalue()
    storage.put(path, content)
    stored = pl.read_parquet(
        storage.uri(path),
        hive_partitioning=False,
        storage_options=storage.scan_options,
    )
    if not stored.equals(frame):
        raise WrongFile(path)
    return DatasetFile.describe(path, content)
