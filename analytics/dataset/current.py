"""The order lines of this moment: those of the dataset, and from the database what it lacks."""

import polars as pl
from sqlalchemy.orm import Session

from analytics.dataset.manifest import Manifest, read_manifest
from analytics.facts.changes import (
    ChangedOrders,
    list_changed_orders,
    take_snapshot,
)
from analytics.facts.database import extract_order_lines
from analytics.facts.order_facts import OrderFacts
from analytics.facts.schemas import ORDER_LINES
from webapp.adapters.storage.port import Storage


def load_current_facts(
    session: Session, storage: Storage, *, home_currency: str
) -> OrderFacts:
    """Begin the session's transaction, and load what it sees.

    Orders that have changed since the dataset was written are read from the database, with all
    others of their customers; those of the dataset do not count. Without a dataset that the log of
    changes continues, all lines are read from the database.
    """
    # Before the snapshot, so that the dataset is not the newer of both.
    manifest = read_manifest(storage)
    snapshot = take_snapshot(session)
    if manifest is None or not manifest.is_known_to(
        snapshot, home_currency=home_currency
    ):
        lines = extract_order_lines(session, home_currency=home_currency)
        return OrderFacts(
            lines.lazy(), as_of=snapshot.taken_at, source="database", snapshot=snapshot
        )
    changed = list_changed_orders(session, since=manifest.snapshot)
    lines = extract_order_lines(
        session, home_currency=home_currency, numbers=changed.affected
    )
    return OrderFacts(
        lines.lazy(),
        as_of=snapshot.taken_at,
        source="dataset",
        months=manifest.list_files(storage, changed=changed),
        spelled=manifest.spelled,
        storage_options=storage.scan_options,
        snapshot=snapshot,
    )


def open_dataset(manifest: Manifest, storage: Storage) -> OrderFacts:
    """The order lines of the dataset alone, of the moment that it shows."""
    nothing = pl.Series("order_number", [], dtype=pl.Int64())
    return OrderFacts(
        ORDER_LINES.to_frame().lazy(),
        as_of=manifest.snapshot.taken_at,
        source="dataset",
        months=manifest.list_files(storage, changed=ChangedOrders(nothing, nothing)),
        spelled=manifest.spelled,
        storage_options=storage.scan_options,
        snapshot=manifest.snapshot,
    )
