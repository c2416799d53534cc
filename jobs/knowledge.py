from uuid import UUID

from jobs.context import JobContext
from webapp.bootstrap import Runtime
from webapp.knowledge import service


def embed_documents(runtime: Runtime, context: JobContext, *, ids: str) -> None:
    """Embed the passages of these articles (`ids`, separated by commas).

    The model runs with no transaction open. Passages that were replaced meanwhile have a
    message of their own.
    """
    document_ids = [UUID(document_id) for document_id in ids.split(",")]
    with runtime.db.unit_of_work() as session:
        passages = service.list_unembedded_passages(session, document_ids=document_ids)
    vectors = runtime.embedder.embed([passage.text for passage in passages])
    with runtime.db.unit_of_work() as session:
        service.store_embeddings(session, passages=passages, vectors=vectors)
        context.mark_done(session)
