from datetime import datetime
from uuid import UUID

from pgvector.sqlalchemy import HALFVEC
from sqlalchemy import ForeignKey, Index, func
from sqlalchemy.orm import Mapped, mapped_column

from webapp.adapters.embeddings.port import DIMENSIONS
from webapp.db.base import Model


class ProductVector(Model):
    """The meaning of a product's text, as a sentence embedding."""

    __tablename__ = "product_vectors"
    __table_args__ = (
        Index(
            "ix_product_vectors_embedding",
            "embedding",
            postgresql_using="hnsw",
            postgresql_ops={"embedding": "halfvec_cosine_ops"},
            # By default (64) the index misses a quarter of the nearest where many are alike.
            postgresql_with={"ef_construction": 200},
        ),
    )

    product_id: Mapped[UUID] = mapped_column(
        ForeignKey("products.id", ondelete="CASCADE"), primary_key=True
    )
    text_hash: Mapped[bytes]
    """SHA-256 of the text that was embedded."""
    model: Mapped[str]
    """`Embedder.model` that embedded it: vectors of different models cannot be compared."""
    embedding: Mapped[list[float]] = mapped_column(HALFVEC(DIMENSIONS))
    """Of unit length, in half precision: 776 bytes."""
    embedded_at: Mapped[datetime] = mapped_column(server_default=func.now())
