from datetime import datetime
from uuid import UUID

from pgvector.sqlalchemy import Vector
from sqlalchemy import ForeignKey, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db.base import Record

DIMENSIONS = 384
"""Of the embedding model; another model needs a migration and a re-embedding."""


class Document(Record):
    """A help article the assistant may quote."""

    __tablename__ = "documents"

    slug: Mapped[str] = mapped_column(unique=True)
    title: Mapped[str]
    body: Mapped[str]
    """Markdown."""
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Chunk(Record):
    """A passage of a document, as it is retrieved."""

    __tablename__ = "chunks"
    __table_args__ = (UniqueConstraint("document_id", "position"),)

    document_id: Mapped[UUID] = mapped_column(
        ForeignKey("documents.id", ondelete="CASCADE")
    )
    position: Mapped[int]
    heading: Mapped[str]
    text: Mapped[str]
    embedding: Mapped[list[float] | None] = mapped_column(Vector(DIMENSIONS))
    """Unit length; empty until the embedding job has run."""
