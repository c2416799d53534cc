"""Help articles, and retrieval of the passages that answer a question."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from webapp.adapters.embeddings.port import Vectors
from webapp.db.outbox import enqueue
from webapp.kit.clock import utc_now
from webapp.kit.ids import new_id
from webapp.kit.rank_fusion import fuse_rankings
from webapp.knowledge import repository
from webapp.knowledge.chunking import split_markdown
from webapp.knowledge.errors import DocumentNotFound
from webapp.knowledge.models import Chunk, Document
from webapp.knowledge.relevance import RetrievedPassage, select_relevant

CANDIDATES = 20
"""Passages of each ranking that are fused."""


@dataclass(frozen=True)
class UnembeddedPassage:
    """A passage that has no vector yet."""

    chunk_id: UUID
    text: str


def put_document(session: Session, *, slug: str, title: str, body: str) -> Document:
    """Add or replace an article, and enqueue the embedding of its passages; until that has
    run, only full-text search finds them. Without effect when the article is unchanged."""
    document = repository.find_document(session, slug)
    if document is None:
        document = Document(id=new_id(), slug=slug)
        session.add(document)
    elif (document.title, document.body) == (title, body):
        return document
    else:
        repository.delete_chunks(session, document.id)
    document.title, document.body, document.updated_at = title, body, utc_now()
    session.add_all(_build_chunks(document))
    enqueue(session, "knowledge.embed_documents", ids=document.id)
    return document


def list_documents(session: Session) -> Sequence[Document]:
    return repository.list_documents(session)


def delete_document(session: Session, *, slug: str) -> None:
    """Raises `DocumentNotFound`."""
    document = repository.find_document(session, slug)
    if document is None:
        raise DocumentNotFound(slug)
    session.delete(document)


def retrieve_passages(
    session: Session, *, question: str, vector: Vectors, limit: int = 4
) -> Sequence[RetrievedPassage]:
    """Hybrid retrieval, by full text and by vector together: of the passages that match best,
    those that are an answer, the most similar first.

    `vector` is the question's, computed before the transaction was opened.
    """
    nearest = repository.search_by_vector(session, vector, limit=CANDIDATES)
    matching = repository.search_by_text(session, question, limit=CANDIDATES)
    similarity = dict(nearest)
    ranked = fuse_rankings([list(similarity), matching])
    best = [chunk_id for chunk_id, _ in ranked[:limit]]
    chunks = repository.load_chunks(session, best)
    passages = [
        RetrievedPassage(
            slug=chunks[chunk_id].document.slug,
            title=chunks[chunk_id].document.title,
            heading=chunks[chunk_id].heading,
            text=chunks[chunk_id].text,
            similarity=similarity.get(chunk_id),
        )
        for chunk_id in best
    ]
    return select_relevant(passages)


def list_unembedded_passages(
    session: Session, *, document_ids: Sequence[UUID]
) -> Sequence[UnembeddedPassage]:
    """The texts to embed: each after its title and heading, which name the subject when the
    passage itself does not."""
    return [
        UnembeddedPassage(
            chunk.id, f"{chunk.document.title}. {chunk.heading}. {chunk.text}"
        )
        for chunk in repository.list_chunks_without_embedding(session, document_ids)
    ]


def store_embeddings(
    session: Session, *, passages: Sequence[UnembeddedPassage], vectors: Vectors
) -> None:
    for passage, vector in zip(passages, vectors, strict=True):
        repository.update_embedding(session, passage.chunk_id, vector)


def _build_chunks(document: Document) -> Iterable[Chunk]:
    return [
        Chunk(
            document_id=document.id,
            position=position,
            heading=passage.heading or document.title,
            text=passage.text,
        )
        for position, passage in enumerate(split_markdown(document.body))
    ]
