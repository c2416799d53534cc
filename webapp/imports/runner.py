"""A whole file through the shop, batch by batch.

Each batch is one transaction with its own checkpoint in it: a file of any size holds
neither memory nor locks, and a run that is cut short at any instant goes on where it was.
That is why this module, unlike services, opens units of work.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from sqlalchemy.orm import Session

from webapp.db.session import Database
from webapp.imports import checkpoint, readers, upsert
from webapp.imports.checkpoint import Checkpoint
from webapp.imports.errors import WrongMapping
from webapp.imports.history import repository as staging
from webapp.imports.history import service as history
from webapp.imports.history.reader import OrderReader
from webapp.imports.mapping import (
    AnyMapping,
    OrderMapping,
    ProductMapping,
    list_builtin_mappings,
)
from webapp.imports.outcome import ImportOutcome
from webapp.imports.products import ProductReader
from webapp.imports.progress import ImportCounts, ImportProgress, ImportSummary
from webapp.imports.readers import RowSource
from webapp.imports.rejects import RejectsFile
from webapp.imports.row import Row
from webapp.kit.money import Currency

PRODUCT_BATCH_SIZE = 500  # half a second of locks, and one index job
LINE_BATCH_SIZE = 5_000

READ, NAME_PRODUCTS, MERGE = "read", "name products", "merge"

Take = Callable[[Session, Sequence[Row]], ImportOutcome]


@dataclass(frozen=True)
class ImportRequest:
    """What is to be imported, and how."""

    path: Path
    currency: Currency
    """Of rows that name none."""
    rejects_path: Path
    is_dry_run: bool


@dataclass
class Run:
    """One file on its way: the steps that both kinds of file share."""

    db: Database
    path: Path
    rows: RowSource
    at: Checkpoint
    rejects: RejectsFile
    progress: ImportProgress
    is_resumed: bool

    def read_through(self, take: Take, *, mapping: AnyMapping, at_once: int) -> None:
        """Hand all rows that are not done yet to `take`, batch by batch."""
        self.progress.start_step("reading", total=self.path.stat().st_size)
        remaining = islice(self.rows, self.at.position, None)
        for batch in _batches(remaining, at_once):
            if not self.at.position:
                _require_columns(mapping, self.rows, batch, self.path)
            with self.db.unit_of_work() as session:
                run = checkpoint.claim_run(session, self.at)
                outcome = take(session, batch)
                self._note(len(batch), outcome)
                checkpoint.save_progress(run, self.at)
            self.progress.update(self.rows.bytes_read, rows=self.at.position)

    def work_off(self, work: Callable[[Session], tuple[int, ImportOutcome]]) -> None:
        """Repeat a piece of work, which says how much it did, until none is left."""
        done = -1
        while done:
            with self.db.unit_of_work() as session:
                run = checkpoint.claim_run(session, self.at)
                done, outcome = work(session)
                self._note(done, outcome)
                checkpoint.save_progress(run, self.at)
            self.progress.update(self.at.position, rows=self.at.position)

    def begin_step(self, step: str) -> None:
        with self.db.unit_of_work() as session:
            run = checkpoint.claim_run(session, self.at)
            self.at.step, self.at.position = step, 0
            checkpoint.save_progress(run, self.at)

    def finish(self) -> None:
        with self.db.unit_of_work() as session:
            checkpoint.finish_run(session, self.at)

    def summary(self) -> ImportSummary:
        return ImportSummary(
            counts=self.at.counts,
            rejects_path=self.at.rejects_path,
            is_dry_run=self.at.is_dry_run,
            is_resumed=self.is_resumed,
            non_utf8_lines=self.rows.non_utf8_lines,
        )

    def _note(self, done: int, outcome: ImportOutcome) -> None:
        self.at.position += done
        self.at.counts.add(outcome.counts)
        self.at.rejects_bytes = self.rejects.add(outcome.rejects)


def import_products(
    db: Database,
    order: ImportRequest,
    mapping: ProductMapping,
    progress: ImportProgress,
) -> ImportSummary:
    """Bring the catalogue up to what the file says."""
    reader = ProductReader(mapping, currency=order.currency)
    with _begun(db, order, mapping, progress) as run:

        def take(session: Session, batch: Sequence[Row]) -> ImportOutcome:
            return upsert.upsert_products(
                session,
                run_id=run.at.run_id,
                rows=batch,
                reader=reader,
                is_dry_run=order.is_dry_run,
            )

        run.read_through(take, mapping=mapping, at_once=PRODUCT_BATCH_SIZE)
        run.finish()
        return run.summary()


def import_orders(
    db: Database, order: ImportRequest, mapping: OrderMapping, progress: ImportProgress
) -> ImportSummary:
    """Bring past orders up to what the file says: read, name new products, merge."""
    with _begun(db, order, mapping, progress) as run:
        if run.at.step == READ:
            _put_aside(run, OrderReader(mapping, currency=order.currency), mapping)
            run.begin_step(NAME_PRODUCTS)
        with db.unit_of_work() as session:
            staging.analyze_staged_lines(session)
        if run.at.step == NAME_PRODUCTS:
            _name_products(run, mapping)
            run.begin_step(MERGE)
        _merge(run, mapping)
        run.finish()
        return run.summary()


def _put_aside(run: Run, reader: OrderReader, mapping: OrderMapping) -> None:
    with run.db.unit_of_work() as session:
        place = staging.count_staged_lines(session, run.at.run_id)

    def take(session: Session, batch: Sequence[Row]) -> ImportOutcome:
        nonlocal place
        staged, outcome = history.stage_rows(
            session,
            run_id=run.at.run_id,
            rows=batch,
            reader=reader,
            first_sequence_no=place,
        )
        place += staged
        return outcome

    run.read_through(take, mapping=mapping, at_once=LINE_BATCH_SIZE)


def _name_products(run: Run, mapping: OrderMapping) -> None:
    def work(session: Session) -> tuple[int, ImportOutcome]:
        count = history.create_unknown_products(
            session, run_id=run.at.run_id, mapping=mapping, is_dry_run=run.at.is_dry_run
        )
        # A dry run leaves them unknown, and must not ask for ever.
        return 0 if run.at.is_dry_run else count, ImportOutcome(
            ImportCounts(products=count)
        )

    run.work_off(work)


def _merge(run: Run, mapping: OrderMapping) -> None:
    with run.db.unit_of_work() as session:
        left = staging.count_staged_lines(session, run.at.run_id)
    run.progress.start_step("merging", total=run.at.position + left)

    def work(session: Session) -> tuple[int, ImportOutcome]:
        return history.merge_batch(
            session, run_id=run.at.run_id, mapping=mapping, is_dry_run=run.at.is_dry_run
        )

    run.work_off(work)


@contextmanager
def _begun(
    db: Database, order: ImportRequest, mapping: AnyMapping, progress: ImportProgress
) -> Iterator[Run]:
    """A run on its checkpoint, with its file and its rejects open."""
    with ExitStack() as closing:
        rows = readers.open_rows(order.path, closing)
        digest = readers.compute_fingerprint(
            order.path, mapping.model_dump_json(), order.currency
        )
        with db.unit_of_work() as session:
            at = checkpoint.resume_or_start_run(
                session,
                kind=mapping.kind,
                source=mapping.source,
                path=order.path,
                fingerprint=digest,
                rejects_path=order.rejects_path,
                is_dry_run=order.is_dry_run,
            )
        rejects = RejectsFile(at.rejects_path, keep_bytes=at.rejects_bytes)
        closing.enter_context(rejects)
        is_resumed = at.step != READ or at.position > 0
        if is_resumed:
            progress.print_message(
                f"Going on where an earlier import stopped ({at.step})"
            )
        yield Run(db, order.path, rows, at, rejects, progress, is_resumed)


def _require_columns(
    mapping: AnyMapping, rows: RowSource, first: Sequence[Row], path: Path
) -> None:
    """Refuse a file that the mapping was not made for, before it is rejected row by row."""
    found = readers.list_column_names(rows, first)
    missing = mapping.find_missing_columns(found)
    if missing:
        shipped = ", ".join(list_builtin_mappings(mapping.kind))
        raise WrongMapping(
            f"{path.name} has no column {', '.join(missing)}. It has: "
            f"{', '.join(found)}. Choose a mapping that ships ({shipped}) by "
            f"`--mapping NAME`, or write one that names the columns: "
            f"`ecom67 import {mapping.kind} --template > my.toml`, then "
            f"`--mapping my.toml`"
        )


def _batches(rows: Iterator[Row], size: int) -> Iterator[list[Row]]:
    while batch := list(islice(rows, size)):
        yield batch
