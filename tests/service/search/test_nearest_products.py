"""The nearest products of a vector, beside what comparing all of them finds."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

import numpy as np
import pytest
from sqlalchemy import Engine, delete, insert, text, update
from sqlalchemy.orm import Session

from webapp.adapters.embeddings.port import DIMENSIONS, Vectors
from webapp.adapters.search.port import SearchFilters
from webapp.catalog.labels.models import LabelKind, ProductLabel
from webapp.catalog.models import Product, Variant
from webapp.kit.ids import new_id
from webapp.search.vectors.models import ProductVector
from webapp.search.vectors.repository import find_nearest

PRODUCTS = 3000
CLUSTERS = 30
BATCH = 500
QUERIES = 5
MIN_RECALL = 0.95

Catalog = dict[UUID, "StoredProduct"]


@dataclass(frozen=True)
class StoredProduct:
    id: UUID
    vector: Vectors
    category: str
    brand: str
    price_minor: int
    in_stock: bool
    is_active: bool

    def passes(self, filters: SearchFilters) -> bool:
        """`SearchFilters`, said once more."""
        return (
            self.is_active
            and (not filters.categories or self.category.lower() in filters.categories)
            and (not filters.brands or self.brand.lower() in filters.brands)
            and (filters.min_price or 0) <= self.price_minor
            and self.price_minor <= (filters.max_price or self.price_minor)
            and filters.in_stock in (None, self.in_stock)
        )


def normalize(vectors: Vectors) -> Vectors:
    unit: Vectors = vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)
    return unit.astype(np.float32)


def make_vectors(kind: str, random: np.random.Generator) -> Vectors:
    noise = random.normal(size=(PRODUCTS, DIMENSIONS)).astype(np.float32)
    if kind == "random":
        return normalize(noise)
    centers = random.normal(size=(CLUSTERS, DIMENSIONS)).astype(np.float32)
    return normalize(centers[np.arange(PRODUCTS) % CLUSTERS] + 0.7 * noise)


def make_products(kind: str) -> list[StoredProduct]:
    """A cluster is one of ten categories, as products of one meaning mostly are; a brand has 60
    products, and 1 % of the products are sold out."""
    random = np.random.default_rng(5)
    return [
        StoredProduct(
            id=new_id(),
            vector=vector,
            category=f"Category {number % 10}",
            brand=f"Brand {random.integers(50)}",
            price_minor=int(random.integers(1, 100_000)),
            in_stock=bool(random.integers(100)),
            is_active=bool(random.integers(20)),
        )
        for number, vector in enumerate(make_vectors(kind, random))
    ]


def insert_products(session: Session, products: list[StoredProduct]) -> None:
    labels = {(LabelKind.CATEGORY, each.category) for each in products}
    labels |= {(LabelKind.BRAND, each.brand) for each in products}
    session.execute(
        insert(ProductLabel),
        [
            {"kind": kind.value, "key": name.lower(), "spelling": name}
            for kind, name in sorted(labels)
        ],
    )
    for start in range(0, len(products), BATCH):
        batch = products[start : start + BATCH]
        session.execute(
            insert(Product),
            [
                {
                    "id": each.id,
                    "name": "A product",
                    "category": each.category,
                    "brand": each.brand,
                    "currency": "USD",
                    "is_active": each.is_active,
                }
                for each in batch
            ],
        )
        session.execute(insert(Variant), [*_iter_variants(batch)])
        session.execute(
            insert(ProductVector),
            [
                {
                    "product_id": each.id,
                    "text_hash": b"",
                    "model": "random",
                    "embedding": each.vector,
                }
                for each in batch
            ],
        )


def _iter_variants(products: list[StoredProduct]) -> Iterator[dict[str, object]]:
    """The cheaper of two is the price of the product; the dearer one has its units."""
    for each in products:
        stock = 3 if each.in_stock else 2
        for position, (price, on_hand) in enumerate(
            ((each.price_minor, 2), (each.price_minor + 50_000, stock))
        ):
            yield {
                "product_id": each.id,
                "position": position,
                "sku": f"{each.id}-{position}",
                "price_minor": price,
                "on_hand": on_hand,
                "held": 2,
            }


@pytest.fixture(scope="module", params=["random", "clustered"])
def stored(request: pytest.FixtureRequest, engine: Engine) -> Iterator[Catalog]:
    products = make_products(request.param)
    with Session(engine) as session:
        insert_products(session, products)
        session.execute(text("ANALYZE products, variants, product_vectors"))
        session.commit()
    yield {each.id: each for each in products}
    with Session(engine) as session:
        session.execute(delete(Product))
        session.execute(delete(ProductLabel))
        session.commit()


def make_queries(catalog: Catalog) -> list[Vectors]:
    """Near products, as queries mostly are."""
    random = np.random.default_rng(11)
    products = list(catalog.values())
    return [
        normalize(
            products[random.integers(len(products))].vector
            + normalize(random.normal(size=DIMENSIONS).astype(np.float32))
        )
        for _ in range(QUERIES)
    ]


def compare_all(
    catalog: Catalog, query: Vectors, filters: SearchFilters, *, limit: int
) -> list[tuple[UUID, float]]:
    similarities = [
        (each.id, float(each.vector @ query))
        for each in catalog.values()
        if each.passes(filters)
    ]
    return sorted(similarities, key=lambda pair: -pair[1])[:limit]


FILTERS = {
    "none": SearchFilters(),
    "a category": SearchFilters(categories=("category 3",)),
    "a brand": SearchFilters(brands=("brand 7",)),
    "a brand in a category": SearchFilters(
        categories=("category 3",), brands=("brand 7",)
    ),
    "some categories": SearchFilters(categories=("category 3", "category 5", "none")),
    "prices": SearchFilters(min_price=20_000, max_price=60_000),
    "few prices": SearchFilters(max_price=1_000),
    "in stock": SearchFilters(in_stock=True),
    "sold out": SearchFilters(in_stock=False),
    "all": SearchFilters(("category 3",), ("brand 7",), 1_000, 90_000, in_stock=True),
}


@pytest.mark.slow
@pytest.mark.parametrize("filters", FILTERS.values(), ids=FILTERS)
@pytest.mark.parametrize("limit", [10, 200])
def test_nearly_all_of_the_nearest_products_are_found(
    stored: Catalog, session: Session, filters: SearchFilters, limit: int
) -> None:
    recalls = []
    for query in make_queries(stored):
        expected = compare_all(stored, query, filters, limit=limit)

        found = find_nearest(session, query, filters, limit=limit, min_similarity=-1)

        assert all(stored[each.product_id].passes(filters) for each in found)
        assert len(found) == len(expected)
        similarities = [each.similarity for each in found]
        assert similarities == sorted(similarities, reverse=True)
        for each in found:
            similarity = float(stored[each.product_id].vector @ query)
            assert each.similarity == pytest.approx(similarity, abs=0.002)
        ids = {product_id for product_id, _ in expected}
        recalls.append(len(ids & {each.product_id for each in found}) / len(ids))

    assert np.mean(recalls) >= MIN_RECALL


@pytest.mark.slow
@pytest.mark.parametrize("filters", [SearchFilters(), FILTERS["a category"]])
def test_a_product_that_is_less_similar_is_left_out(
    stored: Catalog, session: Session, filters: SearchFilters
) -> None:
    [query, *_] = make_queries(stored)
    expected = compare_all(stored, query, filters, limit=200)
    border = (expected[4][1] + expected[5][1]) / 2

    found = find_nearest(session, query, filters, min_similarity=border)

    assert {each.product_id for each in found} == {each for each, _ in expected[:5]}


@pytest.mark.slow
def test_the_index_is_walked_on_until_enough_products_pass(
    stored: Catalog, session: Session, statements: list[str]
) -> None:
    """A twentieth are withdrawn: of the first candidates not enough pass."""
    session.execute(text("SET LOCAL enable_seqscan = off"))
    session.execute(text("SET LOCAL enable_sort = off"))
    [query, *_] = make_queries(stored)

    found = find_nearest(session, query, SearchFilters(), min_similarity=-1)

    assert len(found) == 200
    assert len([each for each in statements if "<=>" in each]) == 1


@pytest.mark.slow
def test_products_that_the_index_does_not_reach_are_compared_one_by_one(
    stored: Catalog, session: Session
) -> None:
    """Three of 3,000 pass, and the planner believes that it were many."""
    few = [each for each in stored.values() if each.is_active][:3]
    session.execute(
        update(Product)
        .where(Product.id.in_([each.id for each in few]))
        .values(category="Category of few")
        .execution_options(synchronize_session=False)
    )
    session.add(
        ProductLabel(
            kind=LabelKind.CATEGORY, key="category of few", spelling="Category of few"
        )
    )
    session.execute(text("SET LOCAL enable_seqscan = off"))
    session.execute(text("SET LOCAL enable_sort = off"))
    session.execute(text("SET LOCAL hnsw.max_scan_tuples = 1"))

    found = find_nearest(
        session,
        make_queries(stored)[0],
        SearchFilters(categories=("Category of few",)),
        limit=3,
        min_similarity=-1,
    )

    assert {each.product_id for each in found} == {each.id for each in few}


def test_a_category_or_brand_that_there_is_not_has_no_products(
    session: Session,
) -> None:
    query = np.ones(DIMENSIONS, np.float32)

    for filters in (SearchFilters(categories=("x",)), SearchFilters(brands=("x",))):
        assert find_nearest(session, query, filters, min_similarity=-1) == []
