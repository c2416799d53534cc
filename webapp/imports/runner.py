"""Imports a whole file, batch by batch.

Each batch is one transaction that includes its checkpoint: a file of any size holds neither
memory nor locks, and a run that is interrupted at any point resumes after its last batch.
That is why this module, unlike services, opens units of work.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path

from sqlalchemy.orm import Session

from webapp.db.session import Database
from webapp.imports import checkpoint, readers
from webapp.imports.batch import import_batch
from webapp.imports.checkpoint import Checkpoint
from webapp.imports.encodings import name_encoding
from webapp.imports.file_columns import list_warnings, require_columns
from webapp.imports.history import repository as staging
from webapp.imports.history import service as history
from webapp.imports.history.reader import OrderReader
from webapp.imports.mapping import (
    AnyMapping,
    OrderMapping,
    ProductFormat,
    ProductMapping,
)
from webapp.imports.outcome import ImportOutcome
from webapp.imports.products import ProductReader
from webapp.imports.progress import ImportCounts, ImportProgress, ImportSummary
from webapp.imports.readers import FileFormats, ReadOptions, RowSource
from webapp.imports.rejects import RejectsFile, require_rejects_path
from webapp.imports.row import Row
from webapp.kit.money import Currency

PRODUCT_BATCH_SIZE = 500  # locks are held for half a second; one index job a batch
LINE_BATCH_SIZE = 5_000
MAX_GROUPED = 2
"""How many times larger a batch may be so that it has all rows of a product."""

READ, NAME_PRODUCTS, MERGE = "read", "name products", "merge"

ProcessRows = Callable[[Session, Sequence[Row]], ImportOutcome]


@dataclass(frozen=True)
class ImportRequest:
    """The file to import, and the options of the import."""

    path: Path
    currency: Currency
    """The currency of rows that name none."""
    rejects_path: Path
    is_dry_run: bool
    formats: FileFormats = field(default_factory=dict)
    """Binary formats that may be read."""
    encoding: str | None = None
    """Of a text file; detected if it is not given."""
    names_all_columns: bool = False
    """Whether the mapping was written for the file, whose header then has all that it names."""


@dataclass
class ActiveImport:
    """An import in progress: the steps that products and orders share."""

    db: Database
    request: ImportRequest
    mapping: AnyMapping
    rows: RowSource
    checkpoint: Checkpoint
    rejects: RejectsFile
    progress: ImportProgress
    is_resumed: bool

    def process_rows(
        self,
        process: ProcessRows,
        *,
        batch_size: int,
        group_column: str | None = None,
    ) -> None:
        """Pass all rows that are not done yet to `process`, batch by batch."""
        self.progress.start_step("reading", total=self.request.path.stat().st_size)
        remaining = islice(self.rows, self.checkpoint.position, None)
        batches = _iter_batches(remaining, batch_size, group_column)
        first = next(batches, [])
        if not self.checkpoint.position:
            require_columns(
                self.mapping,
                self.rows,
                first,
                all_named=self.request.names_all_columns,
            )
        for batch in chain([first] if first else [], batches):
            with self.db.unit_of_work() as session:
                run = checkpoint.claim_run(session, self.checkpoint)
                outcome = process(session, batch)
                self._add_outcome(len(batch), outcome)
                checkpoint.save_progress(run, self.checkpoint)
            self.progress.update(self.rows.bytes_read, rows=self.checkpoint.position)

    def repeat_step(self, step: Callable[[Session], tuple[int, ImportOutcome]]) -> None:
        """Repeat `step`, which returns the number of lines or products done, until it is 0."""
        done = -1
        while done:
            with self.db.unit_of_work() as session:
                run = checkpoint.claim_run(session, self.checkpoint)
                done, outcome = step(session)
                self._add_outcome(done, outcome)
                checkpoint.save_progress(run, self.checkpoint)
            self.progress.update(
                self.checkpoint.position, rows=self.checkpoint.position
            )

    def start_step(self, step: str) -> None:
        with self.db.unit_of_work() as session:
            run = checkpoint.claim_run(session, self.checkpoint)
            self.checkpoint.step, self.checkpoint.position = step, 0
            checkpoint.save_progress(run, self.checkpoint)

    def finish(self) -> None:
        with self.db.unit_of_work() as session:
            checkpoint.finish_run(session, self.checkpoint)

    def build_summary(self) -> ImportSummary:
        return ImportSummary(
            counts=self.checkpoint.counts,
            rejects_path=self.checkpoint.rejects_path,
            is_dry_run=self.checkpoint.is_dry_run,
            is_resumed=self.is_resumed,
            encoding=self.rows.encoding and name_encoding(self.rows.encoding),
            warnings=list_warnings(self.rows, self.mapping),
        )

    def _add_outcome(self, done: int, outcome: ImportOutcome) -> None:
        self.checkpoint.position += done
        self.checkpoint.counts.add(outcome.counts)
        self.checkpoint.rejects_bytes = self.rejects.add(outcome.rejects)


def import_products(
    db: Database,
    request: ImportRequest,
    mapping: ProductMapping | ProductFormat,
    progress: ImportProgress,
) -> ImportSummary:
    """Create and update products so that the catalog matches the file."""
    reader = ProductReader(mapping, currency=request.currency)
    with _open_import(db, request, mapping, progress) as run:

        def process(session: Session, batch: Sequence[Row]) -> ImportOutcome:
            return import_batch(
                session,
                run_id=run.checkpoint.run_id,
                rows=batch,
                reader=reader,
                is_dry_run=request.is_dry_run,
            )

        # A batch gives the product a new version, which a later row of it does not have.
        group_column = "productId" if isinstance(mapping, ProductFormat) else None
        run.process_rows(
            process,
            batch_size=PRODUCT_BATCH_SIZE,
            group_column=group_column,
        )
        run.finish()
        return run.build_summary()


def import_orders(
    db: Database,
    request: ImportRequest,
    mapping: OrderMapping,
    progress: ImportProgress,
) -> ImportSummary:
    """Import past orders in three steps: stage lines, create unknown products, merge."""
    with _open_import(db, request, mapping, progress) as run:
        if run.checkpoint.step == READ:
            _stage_lines(run, OrderReader(mapping, currency=request.currency))
            run.start_step(NAME_PRODUCTS)
        with db.unit_of_work() as session:
            staging.analyze_staged_lines(session)
        if run.checkpoint.step == NAME_PRODUCTS:
            _name_products(run, mapping)
            run.start_step(MERGE)
        _merge_orders(run, mapping)
        run.finish()
        return run.build_summary()


def _stage_lines(run: ActiveImport, reader: OrderReader) -> None:
    with run.db.unit_of_work() as session:
        sequence_no = staging.count_staged_lines(session, run.checkpoint.run_id)

    def process(session: Session, batch: Sequence[Row]) -> ImportOutcome:
        nonlocal sequence_no
        staged, outcome = history.stage_rows(
            session,
            run_id=run.checkpoint.run_id,
            rows=batch,
            reader=reader,
            first_sequence_no=sequence_no,
        )
        sequence_no += staged
        return outcome

    run.process_rows(process, batch_size=LINE_BATCH_SIZE)


def _name_products(run: ActiveImport, mapping: OrderMapping) -> None:
    def step(session: Session) -> tuple[int, ImportOutcome]:
        count = history.create_unknown_products(
            session,
            run_id=run.checkpoint.run_id,
            mapping=mapping,
            is_dry_run=run.checkpoint.is_dry_run,
        )
        # A dry run creates none, so they stay unknown: returning 0 ends the step.
        return 0 if run.checkpoint.is_dry_run else count, ImportOutcome(
            ImportCounts(products=count)
        )

    run.repeat_step(step)


def _merge_orders(run: ActiveImport, mapping: OrderMapping) -> None:
    with run.db.unit_of_work() as session:
        remaining = staging.count_staged_lines(session, run.checkpoint.run_id)
    run.progress.start_step("merging", total=run.checkpoint.position + remaining)

    def step(session: Session) -> tuple[int, ImportOutcome]:
        return history.merge_batch(
            session,
            run_id=run.checkpoint.run_id,
            mapping=mapping,
            is_dry_run=run.checkpoint.is_dry_run,
        )

    run.repeat_step(step)


@contextmanager
def _open_import(
    db: Database, request: ImportRequest, mapping: AnyMapping, progress: ImportProgress
) -> Iterator[ActiveImport]:
    """Open the file and the rejects file, and resume or start the run."""
    require_rejects_path(request.rejects_path, source=request.path)
    with ExitStack() as closing:
        options = ReadOptions(mapping.list_columns(), request.encoding, request.formats)
        rows = readers.open_rows(request.path, closing, options)
        fingerprint = readers.compute_fingerprint(
            request.path,
            mapping.model_dump_json(),
            request.currency,
            request.encoding or "",
        )
        with db.unit_of_work() as session:
            state = checkpoint.resume_or_start_run(
                session,
                kind=mapping.kind,
                source=mapping.source,
                path=request.path,
                fingerprint=fingerprint,
                rejects_path=request.rejects_path,
                is_dry_run=request.is_dry_run,
            )
        require_rejects_path(state.rejects_path, source=request.path)
        rejects = RejectsFile(state.rejects_path, keep_bytes=state.rejects_bytes)
        closing.enter_context(rejects)
        is_resumed = state.step != READ or state.position > 0
        if is_resumed:
            progress.print_message(
                f"Resuming an interrupted import at step: {state.step}"
            )
        yield ActiveImport(
            db, request, mapping, rows, state, rejects, progress, is_resumed
        )


def _iter_batches(
    rows: Iterator[Row], size: int, group_column: str | None
) -> Iterator[list[Row]]:
    """Cut rows into batches; adjacent ones with one value in `group_column` stay together."""
    batch: list[Row] = []
    for row in rows:
        max_size = size
        if batch and _are_grouped(batch[-1], row, group_column):
            max_size *= MAX_GROUPED
        if len(batch) >= max_size:
            yield batch
            batch = []
        batch.append(row)
    if batch:
        yield batch


def _are_grouped(row: Row, following: Row, column: str | None) -> bool:
    group = row.values.get(column) if column else None
    return bool(group) and following.values.get(column or "") == group
