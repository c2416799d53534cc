"""Exports the whole catalog as one CSV file, and imports such a file."""

import csv
from collections.abc import Iterator
from io import BufferedReader, BytesIO, StringIO
from itertools import islice
from pathlib import Path

from sqlalchemy.orm import Session

from webapp.catalog import service as catalog
from webapp.catalog.models import Product
from webapp.catalog.references import OWN_SOURCE
from webapp.db.session import Database
from webapp.imports import checkpoint
from webapp.imports.batch import import_batch
from webapp.imports.errors import UnreadableFile, WrongMapping
from webapp.imports.mapping import ProductFormat
from webapp.imports.outcome import ImportOutcome
from webapp.imports.product_row import COLUMNS, OPTIONAL_COLUMNS, build_cells
from webapp.imports.products import ProductReader
from webapp.imports.readers import TextRows
from webapp.imports.row import Row
from webapp.kit.money import Currency

PRODUCT_BATCH_SIZE = 500
MAX_ROWS = 5_000
"""A file is one transaction: the products it changes cannot be bought meanwhile."""


def export_products(db: Database) -> Iterator[str]:
    """Yield the file in pieces; each reads a batch in a transaction of its own."""
    header = _format_csv([list(COLUMNS)])
    last_id = None
    while True:
        with db.unit_of_work() as session:
            batch = catalog.list_products_after(
                session, last_id=last_id, limit=PRODUCT_BATCH_SIZE
            )
        yield header + _format_csv(
            [row for product in batch for row in _build_rows(product)]
        )
        if len(batch) < PRODUCT_BATCH_SIZE:
            return
        header, last_id = "", batch[-1].id


def _build_rows(product: Product) -> list[list[str]]:
    return [build_cells(product, variant) for variant in product.variants]


def _format_csv(rows: list[list[str]]) -> str:
    text = StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue()


def import_products(
    session: Session, *, body: bytes, currency: Currency, is_dry_run: bool
) -> ImportOutcome:
    """Create and update products from CSV; rejected rows are in the outcome.

    Raises `UnreadableFile`, `WrongMapping`.
    """
    rows = _read_rows(body)
    # Concurrent imports run one after the other: the second waits for the open run's row.
    state = checkpoint.resume_or_start_run(
        session,
        kind="products",
        source=OWN_SOURCE,
        path=Path("products.csv"),
        fingerprint="sheet",
        rejects_path=Path(),
        is_dry_run=is_dry_run,
    )
    outcome = import_batch(
        session,
        run_id=state.run_id,
        rows=rows,
        reader=ProductReader(ProductFormat(), currency=currency),
        is_dry_run=is_dry_run,
    )
    run = checkpoint.claim_run(session, state)
    state.position, state.counts = len(rows), outcome.counts
    checkpoint.save_progress(run, state)
    checkpoint.finish_run(session, state)
    return outcome


def _read_rows(body: bytes) -> list[Row]:
    if not body:
        raise UnreadableFile("The file is empty")
    stream = BufferedReader(BytesIO(body))
    table = TextRows(stream, stream, is_csv=True)
    _check_columns(table.columns or ())
    rows = list(islice(table, MAX_ROWS + 1))
    if len(rows) > MAX_ROWS:
        raise UnreadableFile(
            f"The file has more than {MAX_ROWS:,} rows: send it in parts"
        )
    if table.non_utf8_lines:
        raise UnreadableFile("The file is not UTF-8")
    return rows


def _check_columns(columns: tuple[str, ...]) -> None:
    missing = [
        name for name in COLUMNS if name not in columns and name not in OPTIONAL_COLUMNS
    ]
    unknown = [name for name in columns if name not in COLUMNS]
    if missing:
        raise WrongMapping(f"The file has no column {', '.join(missing)}")
    if unknown:
        raise WrongMapping(f"The file has an unknown column: {', '.join(unknown)}")
