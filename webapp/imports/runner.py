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
from webapp.imports import checkpoint, readers, shelving
from webapp.imports.checkpoint import Checkpoint
from webapp.imports.errors import WrongMapping
from webapp.imports.history import repository as staging
from webapp.imports.history import service as history
from webapp.imports.history.reader import OrderReader
from webapp.imports.mapping import (
    AnyMapping,
    OrderMapping,
    ProductMapping,
    shipped_for,
)
from webapp.imports.outcome import Outcome
from webapp.imports.products import ProductReader
from webapp.imports.progress import Counts, Progress, Summary
from webapp.imports.readers import Rows
from webapp.imports.rejects import RejectsFile
from webapp.imports.row import Row
from webapp.kit.money import Currency

PRODUCTS_AT_ONCE = 500  # half a second of locks, and one index job
LINES_AT_ONCE = 5_000

READ, NAME_PRODUCTS, MERGE = "read", "name products", "merge"

Take = Callable[[Session, Sequence[Row]], Outcome]


@dataclass(frozen=True)
class Order:
    """What is to be imported, and how."""

    path: Path
    currency: Currency
    """Of rows that name none."""
    rejects_path: Path
    is_dry: bool


@dataclass
class Run:
    """One file on its way: the steps that both kinds of file share."""

    db: Database
    path: Path
    rows: Rows
    at: Checkpoint
    rejects: RejectsFile
    progress: Progress
    is_resumed: bool

    def read_through(self, take: Take, *, mapping: AnyMapping, at_once: int) -> None:
        """Hand all rows that are not done yet to `take`, batch by batch."""
        self.progress.begin("reading", total=self.path.stat().st_size)
        remaining = islice(self.rows, self.at.position, None)
        for batch in _batches(remaining, at_once):
            if not self.at.position:
                _require_columns(mapping, self.rows, batch, self.path)
            with self.db.unit_of_work() as session:
                run = checkpoint.claim(session, self.at)
                outcome = take(session, batch)
                self._note(len(batch), outcome)
                checkpoint.move(run, self.at)
            self.progress.reach(self.rows.done_bytes, rows=self.at.position)

    def work_off(self, work: Callable[[Session], tuple[int, Outcome]]) -> None:
        """Repeat a piece of work, which says how much it did, until none is left."""
        done = -1
        while done:
            with self.db.unit_of_work() as session:
                run = checkpoint.claim(session, self.at)
                done, outcome = work(session)
                self._note(done, outcome)
                checkpoint.move(run, self.at)
            self.progress.reach(self.at.position, rows=self.at.position)

    def begin_step(self, step: str) -> None:
        with self.db.unit_of_work() as session:
            run = checkpoint.claim(session, self.at)
            self.at.step, self.at.position = step, 0
            checkpoint.move(run, self.at)

    def finish(self) -> None:
        with self.db.unit_of_work() as session:
            checkpoint.finish(session, self.at)

    def summary(self) -> Summary:
        return Summary(
            counts=self.at.counts,
            rejects_path=self.at.rejects_path,
            is_dry=self.at.is_dry,
            is_resumed=self.is_resumed,
            not_utf8=self.rows.not_utf8,
        )

    def _note(self, done: int, outcome: Outcome) -> None:
        self.at.position += done
        self.at.counts.add(outcome.counts)
        self.at.rejects_bytes = self.rejects.add(outcome.rejects)


def import_products(
    db: Database, order: Order, mapping: ProductMapping, progress: Progress
) -> Summary:
    """Bring the catalogue up to what the file says."""
    reader = ProductReader(mapping, currency=order.currency)
    with _begun(db, order, mapping, progress) as run:

        def take(session: Session, batch: Sequence[Row]) -> Outcome:
            return shelving.take_products(
                session,
                run_id=run.at.run_id,
                rows=batch,
                reader=reader,
                is_dry=order.is_dry,
            )

        run.read_through(take, mapping=mapping, at_once=PRODUCTS_AT_ONCE)
        run.finish()
        return run.summary()


def import_orders(
    db: Database, order: Order, mapping: OrderMapping, progress: Progress
) -> Summary:
    """Bring past orders up to what the file says: read, name new products, merge."""
    with _begun(db, order, mapping, progress) as run:
        if run.at.step == READ:
            _put_aside(run, OrderReader(mapping, currency=order.currency), mapping)
            run.begin_step(NAME_PRODUCTS)
        with db.unit_of_work() as session:
            staging.learn_staged(session)
        if run.at.step == NAME_PRODUCTS:
            _name_products(run, mapping)
            run.begin_step(MERGE)
        _merge(run, mapping)
        run.finish()
        return run.summary()


def _put_aside(run: Run, reader: OrderReader, mapping: OrderMapping) -> None:
    with run.db.unit_of_work() as session:
        place = staging.count_staged(session, run.at.run_id)

    def take(session: Session, batch: Sequence[Row]) -> Outcome:
        nonlocal place
        staged, outcome = history.put_aside(
            session, run_id=run.at.run_id, rows=batch, reader=reader, first_place=place
        )
        place += staged
        return outcome

    run.read_through(take, mapping=mapping, at_once=LINES_AT_ONCE)


def _name_products(run: Run, mapping: OrderMapping) -> None:
    def work(session: Session) -> tuple[int, Outcome]:
        count = history.create_unknown_products(
            session, run_id=run.at.run_id, mapping=mapping, is_dry=run.at.is_dry
        )
        # A dry run leaves them unknown, and must not ask for ever.
        return 0 if run.at.is_dry else count, Outcome(Counts(products=count))

    run.work_off(work)


def _merge(run: Run, mapping: OrderMapping) -> None:
    with run.db.unit_of_work() as session:
        left = staging.count_staged(session, run.at.run_id)
    run.progress.begin("merging", total=run.at.position + left)

    def work(session: Session) -> tuple[int, Outcome]:
        return history.merge_batch(
            session, run_id=run.at.run_id, mapping=mapping, is_dry=run.at.is_dry
        )

    run.work_off(work)


@contextmanager
def _begun(
    db: Database, order: Order, mapping: AnyMapping, progress: Progress
) -> Iterator[Run]:
    """A run on its checkpoint, with its file and its rejects open."""
    with ExitStack() as closing:
        rows = readers.open_rows(order.path, closing)
        digest = readers.fingerprint(
            order.path, mapping.model_dump_json(), order.currency
        )
        with db.unit_of_work() as session:
            at = checkpoint.take_up(
                session,
                kind=mapping.kind,
                source=mapping.source,
                path=order.path,
                fingerprint=digest,
                rejects_path=order.rejects_path,
                is_dry=order.is_dry,
            )
        rejects = RejectsFile(at.rejects_path, keep_bytes=at.rejects_bytes)
        closing.enter_context(rejects)
        is_resumed = at.step != READ or at.position > 0
        if is_resumed:
            progress.say(f"Going on where an earlier import stopped ({at.step})")
        yield Run(db, order.path, rows, at, rejects, progress, is_resumed)


def _require_columns(
    mapping: AnyMapping, rows: Rows, first: Sequence[Row], path: Path
) -> None:
    """Refuse a file that the mapping was not made for, before it is rejected row by row."""
    found = readers.named(rows, first)
    missing = mapping.missing_from(found)
    if missing:
        shipped = ", ".join(shipped_for(mapping.kind))
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
