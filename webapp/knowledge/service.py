"""Help articles, and the passages of them that answer a question."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from webapp.adapters.embeddings.port import Vectors
from webapp.db.outbox import promise
from webapp.kit.clock import utc_now
from webapp.kit.fusion import fuse
from webapp.kit.ids import new_id
from webapp.knowledge import repository
from webapp.knowledge.chunk import split
from webapp.knowledge.errors import DocumentNotFound
from webapp.knowledge.models import Chunk, Document

CONSIDERED = 20
"""Passages of each ranking that are fused."""


@dataclass(frozen=True)
class FoundPassage:
    slug: str
    title: str
    heading: str
    text: str
    score: float
    """Of the fused ranking: only compares passages of one answer."""
    similarity: float | None
    """Cosine of passage and question, when it was found by meaning: below about .3 it
    is hardly an answer."""


@dataclass(frozen=True)
class UnreadPassage:
    """One that has no vector yet."""

    chunk_id: UUID
    text: str


def put_document(session: Session, *, slug: str, title: str, body: str) -> Document:
    """Add an article or replace it, and promise its vectors; until they are there its
    passages are found by words. Nothing happens when it is the same as before."""
    document = repository.find_document(session, slug)
    if document is None:
        document = Document(id=new_id(), slug=slug)
        session.add(document)
    elif (document.title, document.body) == (title, body):
        return document
    else:
        repository.remove_chunks(session, document.id)
    document.title, document.body, document.updated_at = title, body, utc_now()
    session.add_all(_chunks(document))
    promise(session, "knowledge.embed_documents", ids=document.id)
    return document


def list_documents(session: Session) -> Sequence[Document]:
    return repository.documents(session)


def remove_document(session: Session, *, slug: str) -> None:
    """Raises `DocumentNotFound`."""
    document = repository.find_document(session, slug)
    if document is None:
        raise DocumentNotFound(slug)
    session.delete(document)


def find_passages(
    session: Session, *, question: str, vector: Vectors, limit: int = 4
) -> Sequence[FoundPassage]:
    """The passages that answer best, by words and by meaning together.

    `vector` is the question's, made before the transaction was opened.
    """
    nearest = repository.nearest_chunks(session, vector, limit=CONSIDERED)
    matching = repository.matching_chunks(session, question, limit=CONSIDERED)
    similarity = dict(nearest)
    best = fuse([list(similarity), matching])[:limit]
    chunks = repository.chunks_by_id(session, [chunk_id for chunk_id, _ in best])
    return [
        FoundPassage(
            slug=chunks[chunk_id].document.slug,
            title=chunks[chunk_id].document.title,
            heading=chunks[chunk_id].heading,
            text=chunks[chunk_id].text,
            score=score,
            similarity=similarity.get(chunk_id),
        )
        for chunk_id, score in best
    ]


def unread_passages(
    session: Session, *, document_ids: Sequence[UUID]
) -> Sequence[UnreadPassage]:
    """What the embedding model is to read: with title and heading, which say what a
    passage is about when it does not itself."""
    return [
        UnreadPassage(
            chunk.id, f"{chunk.document.title}. {chunk.heading}. {chunk.text}"
        )
        for chunk in repository.chunks_without_vector(session, document_ids)
    ]


def store_vectors(
    session: Session, *, passages: Sequence[UnreadPassage], vectors: Vectors
) -> None:
    for passage, vector in zip(passages, vectors, strict=True):
        repository.store_vector(session, passage.chunk_id, vector)


def _chunks(document: Document) -> Iterable[Chunk]:
    return [
        Chunk(
            document_id=document.id,
            position=position,
            heading=passage.heading or document.title,
            text=passage.text,
        )
        for position, passage in enumerate(split(document.body))
    ]
