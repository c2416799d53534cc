from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import String, cast, delete, func, select, text, update
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.orm import Session, contains_eager

from webapp.adapters.embeddings.port import Vectors
from webapp.knowledge.models import Chunk, Document


def find_document(session: Session, slug: str) -> Document | None:
    """Find and lock an article for this transaction: its writers take turns."""
    return session.scalars(
        select(Document).where(Document.slug == slug).with_for_update()
    ).one_or_none()


def list_documents(session: Session) -> Sequence[Document]:
    return session.scalars(select(Document).order_by(Document.slug)).all()


def delete_chunks(session: Session, document_id: UUID) -> None:
    session.execute(
        delete(Chunk)
        .where(Chunk.document_id == document_id)
        .execution_options(synchronize_session=False)
    )


def list_chunks_without_embedding(
    session: Session, document_ids: Sequence[UUID]
) -> Sequence[Chunk]:
    return session.scalars(
        select(Chunk)
        .join(Chunk.document)
        .options(contains_eager(Chunk.document))
        .where(Chunk.document_id.in_(document_ids), Chunk.embedding.is_(None))
        .order_by(Chunk.document_id, Chunk.position)
    ).all()


def update_embedding(session: Session, chunk_id: UUID, vector: Vectors) -> None:
    """Store a vector; without effect when the passage was replaced meanwhile."""
    session.execute(
        update(Chunk)
        .where(Chunk.id == chunk_id)
        .values(embedding=vector)
        .execution_options(synchronize_session=False)
    )


def search_by_vector(
    session: Session, vector: Vectors, *, limit: int
) -> Sequence[tuple[UUID, float]]:
    """Nearest neighbors: ids with the cosine similarity of passage and question.

    The index also lists passages deleted since the last vacuum. A plain scan drops them from
    the 40 it reads, and may have none left; an iterative scan (pgvector 0.8) reads on.
    """
    session.execute(text("SET LOCAL hnsw.iterative_scan = strict_order"))
    distance = Chunk.embedding.cosine_distance(vector)
    rows = session.execute(
        select(Chunk.id, 1 - distance)
        .where(Chunk.embedding.is_not(None))
        .order_by(distance)
        .limit(limit)
    )
    return [(chunk_id, float(cosine)) for chunk_id, cosine in rows]


def search_by_text(session: Session, question: str, *, limit: int) -> Sequence[UUID]:
    """Full-text search for any word of the question, best first. Questions are whole
    sentences, so a passage need not have every word."""
    every_word = cast(func.plainto_tsquery("english", question), String)
    any_word = cast(func.replace(every_word, "&", "|"), TSQUERY)
    rank = func.ts_rank_cd(Chunk.search_vector, any_word)
    return session.scalars(
        select(Chunk.id)
        .where(Chunk.search_vector.op("@@")(any_word))
        .order_by(rank.desc(), Chunk.id)
        .limit(limit)
    ).all()


def load_chunks(session: Session, ids: Sequence[UUID]) -> dict[UUID, Chunk]:
    """Load chunks with their documents, by id."""
    chunks = session.scalars(
        select(Chunk)
        .join(Chunk.document)
        .options(contains_eager(Chunk.document))
        .where(Chunk.id.in_(ids))
    )
    return {chunk.id: chunk for chunk in chunks}
