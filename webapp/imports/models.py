from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, func
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db.base import Model, Record


class ImportRun(Record):
    """Progress of the import of one file, from which an interrupted run resumes."""

    __tablename__ = "import_runs"
    __table_args__ = (
        Index(
            "uq_import_runs_open",
            "kind",
            "fingerprint",
            "is_dry_run",
            unique=True,
            postgresql_where="finished_at IS NULL",
        ),
    )

    kind: Mapped[str]
    """`products` or `orders`."""
    source: Mapped[str]
    """The shop that the file comes from: the first part of every `external_ref`."""
    file_name: Mapped[str]
    fingerprint: Mapped[str]
    """Digest of the file's content and of the mapping it is read with."""
    is_dry_run: Mapped[bool] = mapped_column(default=False)
    step: Mapped[str]
    """The current step; each step counts its own position."""
    position: Mapped[int] = mapped_column(default=0)
    """Rows (or orders, by the step) done; updated in the transaction that did them."""
    counts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    rejects_path: Mapped[str]
    rejects_bytes: Mapped[int] = mapped_column(default=0)
    """Length of the rejects file at this position; anything after it is written again."""
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())
    finished_at: Mapped[datetime | None]


class SeenKey(Model):
    """A key that an unfinished run has seen and that may occur only once in a file."""

    __tablename__ = "import_seen_keys"

    run_id: Mapped[UUID] = mapped_column(
        ForeignKey("import_runs.id", ondelete="CASCADE"), primary_key=True
    )
    key: Mapped[str] = mapped_column(primary_key=True)
    line: Mapped[int]


class StagedLine(Model):
    """An order line of an unfinished run, as read; of a rejected one only the position."""

    __tablename__ = "import_staged_lines"
    __table_args__ = (
        Index("ix_import_staged_lines_order", "run_id", "order_ref", "sequence_no"),
    )

    run_id: Mapped[UUID] = mapped_column(
        ForeignKey("import_runs.id", ondelete="CASCADE"), primary_key=True
    )
    sequence_no: Mapped[int] = mapped_column(primary_key=True)
    """Numbers the order lines of the file; one line of the file may hold several."""
    line: Mapped[int]
    order_ref: Mapped[str]
    is_rejected: Mapped[bool]
    status: Mapped[str | None]
    placed_at: Mapped[datetime | None]
    customer_ref: Mapped[str | None]
    currency: Mapped[str | None]
    shipping_address: Mapped[dict[str, Any] | None]
    kind: Mapped[str | None]
    product_ref: Mapped[str | None]
    sku: Mapped[str | None]
    name: Mapped[str | None]
    brand: Mapped[str | None]
    tags: Mapped[list[str] | None]
    channel: Mapped[str | None]
    quantity: Mapped[int | None]
    unit_price_minor: Mapped[int | None]
