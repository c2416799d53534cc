from datetime import datetime
from uuid import UUID

from pgvector.sqlalchemy import Vector
from sqlalchemy import Computed, ForeignKey, Index, UniqueConstraint, func
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.db.base import Record

DIMENSIONS = 384
"""Of the embedding model's vectors; another model needs a migration and a re-embedding."""


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
    __table_args__ = (
        UniqueConstraint("document_id", "position"),
        Index("ix_chunks_search_vector", "search_vector", postgresql_using="gin"),
        Index(
            "ix_chunks_embedding",
            "embedding",
            postgresql_using="hnsw",
            postgresql_ops={"embedding": "vector_cosine_ops"},
        ),
    )

    document_id: Mapped[UUID] = mapped_column(
        ForeignKey("documents.id", ondelete="CASCADE")
    )
    position: Mapped[int]
    heading: Mapped[str]
    text: Mapped[str]
    embedding: Mapped[list[float] | None] = mapped_column(Vector(DIMENSIONS))
    """Of unit length; null until the embedding job has run."""
    search_vector: Mapped[str] = mapped_column(
        TSVECTOR,
        Computed("to_tsvector('english', heading || ' ' || text)", persisted=True),
        deferred=True,
    )

    document: Mapped[Document] = relationship(lazy="raise")
