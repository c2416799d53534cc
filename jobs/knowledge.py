from uuid import UUID

from jobs.context import JobContext
from webapp.bootstrap import Runtime
from webapp.knowledge import service


def embed_documents(runtime: Runtime, task: JobContext, *, ids: str) -> None:
    """Give the passages of these articles (`ids`, separated by commas) their vectors.

    The model runs with no transaction open. Passages that were replaced meanwhile have a
    promise of their own.
    """
    document_ids = [UUID(each) for each in ids.split(",")]
    with runtime.db.unit_of_work() as session:
        passages = service.list_unembedded_passages(session, document_ids=document_ids)
    vectors = runtime.embedder.embed([passage.text for passage in passages])
    with runtime.db.unit_of_work() as session:
        service.store_embeddings(session, passages=passages, vectors=vectors)
        task.mark_done(session)
