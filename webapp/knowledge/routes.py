from webapp.http.api import Api
from webapp.http.context import transaction
from webapp.kit.scopes import Scope
from webapp.knowledge import service
from webapp.knowledge.schemas import (
    DocumentBody,
    DocumentQuery,
    DocumentsView,
    DocumentView,
)

api = Api("Knowledge", prefix="/admin/knowledge")


@api.get("", access=Scope.KNOWLEDGE_READ, returns=DocumentsView)
def list_articles() -> DocumentsView:
    """The help articles the assistant answers from."""
    with transaction() as session:
        documents = service.list_documents(session)
        return DocumentsView(
            items=[DocumentView.from_document(each) for each in documents]
        )


@api.post(
    "", access=Scope.KNOWLEDGE_WRITE, body=DocumentBody, returns={201: DocumentView}
)
def put_article(body: DocumentBody) -> tuple[DocumentView, int]:
    """Add a help article, or replace the one of this slug."""
    with transaction() as session:
        document = service.put_document(
            session, slug=body.slug, title=body.title, body=body.body
        )
        return DocumentView.from_document(document), 201


@api.delete("", access=Scope.KNOWLEDGE_WRITE, query=DocumentQuery, errors=(404,))
def remove_article(query: DocumentQuery) -> None:
    """Remove a help article: `?slug=`."""
    with transaction() as session:
        service.delete_document(session, slug=query.slug)
