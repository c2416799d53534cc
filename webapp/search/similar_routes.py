from typing import Annotated
from uuid import UUID

from pydantic import Field

from webapp.catalog.views import ProductView
from webapp.http.access import Access
from webapp.http.api import Api
from webapp.http.context import transaction
from webapp.http.schemas import ListView
from webapp.kit.json import RequestBody
from webapp.search import similar

api = Api("Similar products", prefix="/products")


class SimilarQuery(RequestBody):
    limit: Annotated[int, Field(ge=1, le=50)] = 8


@api.get(
    "/<uuid:product_id>/similar",
    access=Access.PUBLIC,
    query=SimilarQuery,
    returns=ListView[ProductView],
    errors=(404,),
)
def list_similar_products(
    product_id: UUID, query: SimilarQuery
) -> ListView[ProductView]:
    """Products like this one that can be bought, the most similar first.

    By the meaning of name and description; none for some seconds after these have changed.
    """
    with transaction() as session:
        products = similar.list_similar(
            session, product_id=product_id, limit=query.limit
        )
        return ListView(items=[ProductView.from_product(each) for each in products])
