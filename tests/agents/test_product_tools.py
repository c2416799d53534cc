"""The tools that find products and passages of the help pages."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from agents.tools.knowledge import KnowledgeSearchParams, knowledge_search
from agents.tools.products import (
    ProductDetailsParams,
    ProductSearchParams,
    product_details,
    product_search,
)
from agents.tools.tool import ToolServices
from tests.support.factories import RowFactory
from webapp.adapters.agents.port import Principal
from webapp.adapters.embeddings.port import DIMENSIONS, Vectors
from webapp.catalog.errors import ProductNotFound
from webapp.kit.errors import Invalid
from webapp.kit.ids import new_id
from webapp.knowledge import service as knowledge
from webapp.search.document import build_document

CUSTOMER = Principal(new_id())


def test_a_search_shows_what_is_public_of_the_products_found(
    session: Session, services: ToolServices, make: RowFactory
) -> None:
    kettle = make.product(name="Glass Kettle", price_minor=29_00, stock=4, variants=2)
    others = [make.product(name=name) for name in ("Travel Kettle", "Desk Lamp")]
    documents = [build_document(product, units_sold=0) for product in (kettle, *others)]
    services.search.rebuild(documents)
    params = ProductSearchParams(query="glas kettle", limit=1)

    result = product_search(session, CUSTOMER, params, services=services)

    assert result.model_dump(mode="json") == {
        "products": [
            {
                "productId": str(kettle.id),
                "name": "Glass Kettle",
                "brand": None,
                "category": "Kitchen",
                "price": 29,
                "currency": "USD",
                "stock": 8,
                "imageUrl": None,
                "hasVariants": True,
            }
        ],
        "total": 2,
        "query": "glas kettle",
        "correctedQuery": "glass kettle",
    }


@pytest.mark.parametrize(
    ("params", "code", "message"),
    [
        (
            ProductSearchParams(query="lamp", min_price=2, max_price=1.99),
            "BAD_PRICE_RANGE",
            "The lowest price must not be above the highest",
        ),
        (
            ProductSearchParams(query="x" * 201),
            "SEARCH_TEXT_TOO_LONG",
            "A search text has at most 200 characters",
        ),
    ],
)
def test_a_search_beyond_the_rules_of_the_shop_is_refused(
    session: Session,
    services: ToolServices,
    params: ProductSearchParams,
    code: str,
    message: str,
) -> None:
    services.search.rebuild([])

    with pytest.raises(Invalid) as error:
        product_search(session, CUSTOMER, params, services=services)

    assert (error.value.code, error.value.message) == (code, message)


def test_a_search_at_the_limits_of_the_shop_is_answered(
    session: Session, services: ToolServices
) -> None:
    services.search.rebuild([])
    params = ProductSearchParams(query="x" * 200, min_price=2, max_price=2)

    result = product_search(session, CUSTOMER, params, services=services)

    assert result.products == []


def test_the_details_of_a_product_have_the_beginning_of_its_description(
    session: Session, make: RowFactory
) -> None:
    lamp = make.product(name="Desk Lamp", price_minor=22_50, stock=4)
    lamp.description = "x" * 599 + "yz"
    session.flush()

    result = product_details(
        session, CUSTOMER, ProductDetailsParams(product_id=lamp.id)
    )

    [variant] = lamp.variants
    assert result.model_dump(mode="json") == {
        "product": {
            "productId": str(lamp.id),
            "name": "Desk Lamp",
            "brand": None,
            "category": "Kitchen",
            "price": 22.5,
            "currency": "USD",
            "stock": 4,
            "imageUrl": None,
            "hasVariants": False,
            "description": "x" * 599 + "y",
            "tags": [],
            "attributes": {},
            "variants": [
                {
                    "variantId": str(variant.id),
                    "sku": variant.sku,
                    "options": {},
                    "price": 22.5,
                    "stock": 4,
                }
            ],
        }
    }


def test_a_withdrawn_product_has_no_details(session: Session, make: RowFactory) -> None:
    withdrawn = make.product(is_active=False)

    with pytest.raises(ProductNotFound):
        product_details(
            session, CUSTOMER, ProductDetailsParams(product_id=withdrawn.id)
        )


class AngleEmbedder:
    """Embeds a number as a direction in a plane, in degrees; any other text as zero degrees."""

    model = "angle"

    def embed(self, texts: Sequence[str]) -> Vectors:
        vectors = np.zeros((len(texts), DIMENSIONS), np.float32)
        for vector, word in zip(vectors, texts, strict=True):
            angle = np.radians(float(word) if word.isdecimal() else 0)
            vector[:2] = np.cos(angle), np.sin(angle)
        return vectors


def add_pages(session: Session, *angles: str) -> None:
    # A new index: in the old one the rows that other tests rolled back, many with one vector, fill
    # the lists of neighbors, and a new row may not be reached until the next vacuum.
    session.execute(text("TRUNCATE chunks"))
    documents = [
        knowledge.put_document(session, slug=f"page-{angle}", title="Page", body=angle)
        for angle in angles
    ]
    session.flush()
    passages = knowledge.list_unembedded_passages(
        session, document_ids=[document.id for document in documents]
    )
    vectors = AngleEmbedder().embed([each.text.split()[-1] for each in passages])
    knowledge.store_embeddings(session, passages=passages, vectors=vectors)
    session.flush()


def find_pages(session: Session, services: ToolServices, question: str) -> list[str]:
    params = KnowledgeSearchParams(question=question)
    embedding = replace(services, embedder=AngleEmbedder())
    result = knowledge_search(session, CUSTOMER, params, services=embedding)
    return [passage.slug for passage in result.passages]


def test_the_three_nearest_passages_are_found(
    session: Session, services: ToolServices
) -> None:
    add_pages(session, "40", "10", "30", "20")

    assert find_pages(session, services, "0") == ["page-10", "page-20", "page-30"]


def test_passages_that_are_far_from_the_question_are_not_found(
    session: Session, services: ToolServices
) -> None:
    add_pages(session, "60", "80")

    assert find_pages(session, services, "0") == ["page-60"]


def test_a_passage_is_shown_with_its_page(
    session: Session, services: ToolServices
) -> None:
    knowledge.put_document(
        session,
        slug="returns",
        title="Returns",
        body="# How long\n\nReturn in 30 days.",
    )
    session.flush()
    params = KnowledgeSearchParams(question="return")
    embedding = replace(services, embedder=AngleEmbedder())

    result = knowledge_search(session, CUSTOMER, params, services=embedding)

    assert result.model_dump(mode="json") == {
        "passages": [
            {
                "slug": "returns",
                "title": "Returns",
                "heading": "How long",
                "text": "Return in 30 days.",
            }
        ]
    }
