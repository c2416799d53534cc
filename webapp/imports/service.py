"""Exports the whole catalog as one CSV file, and imports such a file."""

import csv
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from io import StringIO
from itertools import islice
from pathlib import Path
from tempfile import NamedTemporaryFile

from sqlalchemy.orm import Session

from webapp.catalog import service as catalog
from webapp.catalog.models import Product
from webapp.catalog.references import OWN_SOURCE
from webapp.db.session import Database
from webapp.imports import checkpoint
from webapp.imports.batch import import_batch
from webapp.imports.encodings import name_encoding
from webapp.imports.errors import UnreadableFile
from webapp.imports.file_columns import list_warnings, require_columns
from webapp.imports.mapping import ProductFormat
from webapp.imports.numbers import DecimalSeparator
from webapp.imports.outcome import ImportOutcome
from webapp.imports.product_row import COLUMNS, build_cells
from webapp.imports.products import ProductReader
from webapp.imports.readers import SAMPLE_ROWS, ReadOptions, RowSource, open_rows
from webapp.imports.row import Row
from webapp.kit.money import Currency

PRODUCT_BATCH_SIZE = 500
MAX_UNCOMPRESSED_BYTES = 64 * 1024 * 1024
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


@dataclass(frozen=True)
class ImportedFile:
    outcome: ImportOutcome
    encoding: str | None
    """Of a text file, as detected or asked for."""
    warnings: Sequence[str]
    """What of the file is not used, in sentences."""


def import_products(
    session: Session,
    *,
    body: bytes,
    currency: Currency,
    is_dry_run: bool,
    encoding: str | None = None,
    decimal: DecimalSeparator | None = None,
) -> ImportedFile:
    """Create and update products from a file of this shop's format.

    Rejected rows are in the outcome. Raises `UnreadableFile`, `WrongMapping`.
    """
    mapping = ProductFormat(decimal=decimal)
    options = ReadOptions(
        mapping.list_columns(), encoding, max_bytes=MAX_UNCOMPRESSED_BYTES
    )
    with ExitStack() as closing:
        file = closing.enter_context(NamedTemporaryFile())
        file.write(body)
        file.flush()
        source = open_rows(Path(file.name), closing, options)
        rows = _read_rows(source)
        require_columns(mapping, source, rows[:SAMPLE_ROWS])
        reader = ProductReader(mapping, currency=currency)
        outcome = _import_rows(session, rows, reader, is_dry_run=is_dry_run)
        return ImportedFile(
            outcome,
            source.encoding and name_encoding(source.encoding),
            list_warnings(source, mapping),
        )


def _read_rows(source: RowSource) -> list[Row]:
    rows = list(islice(source, MAX_ROWS + 1))
    if len(rows) > MAX_ROWS:
        raise UnreadableFile(
            f"The file has more than {MAX_ROWS:,} rows: send it in parts"
        )
    return rows


def _import_rows(
    session: Session, rows: list[Row], reader: ProductReader, *, is_dry_run: bool
) -> ImportOutcome:
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
        reader=reader,
        is_dry_run=is_dry_run,
    )
    run = checkpoint.claim_run(session, state)
    state.position, state.counts = len(rows), outcome.counts
    checkpoint.save_progress(run, state)
    checkpoint.finish_run(session, state)
    return outcome
