from uuid import UUID

import numpy as np
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from jobs.context import AlreadyDone, JobContext
from jobs.knowledge import embed_documents
from tests.support.remembering_embedder import RememberingEmbedder
from webapp.adapters.embeddings.build import LocalEmbedder
from webapp.adapters.embeddings.port import Embedder, Vectors
from webapp.bootstrap import Runtime
from webapp.db.outbox import OutboxMessage
from webapp.knowledge import service
from webapp.knowledge.errors import DocumentNotFound
from webapp.knowledge.models import Chunk
from webapp.knowledge.relevance import MIN_SIMILARITY

RETURNS = """## How long
You may send anything back within 30 days of delivery.
## Refunds
The money goes to the card you paid with, within 5 working days.
"""
SHIPPING = """## Delivery times
Parcels arrive two to four days after they leave the warehouse.
## Lost parcels
Tell us after ten days, and we send another.
"""


@pytest.fixture(scope="session")
def embedder() -> Embedder:
    return RememberingEmbedder(LocalEmbedder())


def add_articles(session: Session) -> list[UUID]:
    return [
        service.put_document(session, slug=slug, title=title, body=body).id
        for slug, title, body in (
            ("returns", "Returns", RETURNS),
            ("shipping", "Shipping", SHIPPING),
        )
    ]


def embed_articles(session: Session, embedder: Embedder, ids: list[UUID]) -> None:
    session.flush()
    passages = service.list_unembedded_passages(session, document_ids=ids)
    vectors = embedder.embed([passage.text for passage in passages])
    service.store_embeddings(session, passages=passages, vectors=vectors)


@pytest.mark.parametrize(
    ("question", "slug", "heading"),
    [
        ("how many days do I have to return it", "returns", "How long"),
        ("will my cash be reimbursed", "returns", "Refunds"),
        ("my package never came", "shipping", "Lost parcels"),
        ("what is the delivery time", "shipping", "Delivery times"),
    ],
)
def test_a_question_finds_its_passage_by_full_text_or_by_vector(
    session: Session, embedder: Embedder, question: str, slug: str, heading: str
) -> None:
    embed_articles(session, embedder, add_articles(session))

    [best, *others] = service.retrieve_passages(
        session, question=question, vector=embedder.embed([question])[0], limit=3
    )

    assert (best.slug, best.heading) == (slug, heading)
    similarities = [each.similarity or 0 for each in (best, *others)]
    assert similarities == sorted(similarities, reverse=True)
    assert similarities[-1] >= MIN_SIMILARITY


def test_passages_of_another_subject_are_no_answer(
    session: Session, embedder: Embedder
) -> None:
    embed_articles(session, embedder, add_articles(session))
    question = "who won the chess championship"

    assert not service.retrieve_passages(
        session, question=question, vector=embedder.embed([question])[0]
    )


def test_of_similar_passages_one_with_the_words_of_the_question_comes_first(
    session: Session,
) -> None:
    question, near, nearest = np.eye(3, 384, dtype=np.float32)
    body = "## One\nPress the bell.\n## Two\nTurn the key."
    vectors = np.stack([question + near, question + 0.9 * nearest])
    put_embedded_article(session, "steps", body, vectors)

    [passage] = service.retrieve_passages(
        session, question="Which bell?", vector=question, limit=1
    )

    assert passage.heading == "One"


def test_full_text_finds_a_passage_that_has_no_vector_yet(
    session: Session, embedder: Embedder
) -> None:
    add_articles(session)
    question = "Which warehouse?"

    [passage] = service.retrieve_passages(
        session, question=question, vector=embedder.embed([question])[0]
    )

    assert (passage.title, passage.heading) == ("Shipping", "Delivery times")
    assert passage.text.startswith("Parcels arrive two to four days")
    assert passage.similarity is None


def test_a_question_without_search_terms_finds_nothing(
    session: Session, embedder: Embedder
) -> None:
    add_articles(session)

    for question in ("", "the", "?!", "a & b | !c", "it's"):
        vector = embedder.embed([question])[0]
        assert not service.retrieve_passages(session, question=question, vector=vector)


def test_an_article_replaced_loses_its_old_passages(session: Session) -> None:
    [returns, _] = add_articles(session)

    service.put_document(session, slug="returns", title="Returns", body="All new.")
    session.flush()

    texts = session.scalars(select(Chunk.text).where(Chunk.document_id == returns))
    assert texts.all() == ["All new."]


def test_passages_of_the_past_do_not_hide_the_one_that_answers(
    session: Session,
) -> None:
    """The index keeps a deleted passage until the table is vacuumed, and reads 40 first."""
    random = np.random.default_rng(7)
    question = random.normal(size=384).astype(np.float32)
    near = question + random.normal(scale=0.05, size=(80, 384)).astype(np.float32)
    body = "\n".join(f"## Step {number}\nPress." for number in range(len(near)))
    put_embedded_article(session, "steps", body, near)
    far = question + random.normal(scale=1.2, size=(1, 384)).astype(np.float32)
    put_embedded_article(session, "steps", "Turn.", far)

    [passage] = service.retrieve_passages(session, question="", vector=question)

    assert passage.text == "Turn."
    assert passage.similarity is not None


def put_embedded_article(
    session: Session, slug: str, body: str, vectors: Vectors
) -> None:
    article = service.put_document(session, slug=slug, title="Help", body=body)
    session.flush()
    passages = service.list_unembedded_passages(session, document_ids=[article.id])
    service.store_embeddings(session, passages=passages, vectors=vectors)


def test_the_same_article_again_changes_and_enqueues_nothing(session: Session) -> None:
    [returns, _] = add_articles(session)
    chunks = session.scalars(select(Chunk.id)).all()

    again = service.put_document(session, slug="returns", title="Returns", body=RETURNS)

    assert again.id == returns
    assert session.scalars(select(Chunk.id)).all() == chunks
    assert len(session.scalars(select(OutboxMessage)).all()) == 2


def test_deleting_an_article_deletes_its_passages(session: Session) -> None:
    add_articles(session)

    service.delete_document(session, slug="returns")
    session.flush()

    assert {document.slug for document in service.list_documents(session)} == {
        "shipping"
    }
    headings = session.scalars(select(Chunk.heading)).all()
    assert sorted(headings) == ["Delivery times", "Lost parcels"]
    with pytest.raises(DocumentNotFound):
        service.delete_document(session, slug="returns")


def test_the_enqueued_job_embeds_the_passages_once(runtime: Runtime) -> None:
    with runtime.db.unit_of_work() as session:
        service.put_document(session, slug="returns", title="Returns", body=RETURNS)
    with runtime.db.unit_of_work() as session:
        [message] = session.scalars(select(OutboxMessage))
        assert message.job == "knowledge.embed_documents"

    embed_documents(runtime, JobContext(message.id), **message.arguments)

    with runtime.db.unit_of_work() as session:
        vectors = session.scalars(select(Chunk.embedding)).all()
    assert [len(vector or ()) for vector in vectors] == [384, 384]
    with pytest.raises(AlreadyDone):
        embed_documents(runtime, JobContext(message.id), **message.arguments)
