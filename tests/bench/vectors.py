"""Speed of vectors of products: `python -m tests.bench.vectors [PRODUCTS]`.

Embeds 971 real products (outside of the repository, see `tests/bench/search.py`), generates
others near them, and finds the nearest of judged queries: among 19,406 products, then among so many
(200,000). Says how many of the 200 nearest products the index finds.
"""

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from uuid import UUID

import numpy as np
from sqlalchemy import func, insert, select, text
from sqlalchemy.orm import Session

from tests.bench.search import read_products
from tests.support.postgres import migrated_postgres
from tests.support.shared_data import find_shared_file
from webapp.adapters.embeddings.build import LocalEmbedder
from webapp.adapters.embeddings.port import DIMENSIONS, Vectors
from webapp.adapters.search.port import ProductDocument, SearchFilters
from webapp.catalog.labels.models import LabelKind, ProductLabel
from webapp.catalog.models import Product, Variant
from webapp.db.session import Database
from webapp.kit.ids import new_id
from webapp.kit.text import label_key
from webapp.search.evaluation.judgments import read_judgments
from webapp.search.vectors import service
from webapp.search.vectors.models import ProductVector
from webapp.search.vectors.repository import find_nearest

BATCH, CATALOG = 1000, 19_406
NOISE = 0.5
"""Of a generated product, beside the real one that it is near."""
DROP_INDEX = text("DROP INDEX IF EXISTS ix_product_vectors_embedding")
CREATE_INDEX = text(
    "CREATE INDEX ix_product_vectors_embedding ON product_vectors"
    " USING hnsw (embedding halfvec_cosine_ops) WITH (ef_construction = 200)"
)


def main() -> None:
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
    documents = list(read_products(find_shared_file("icecat/products.jsonl.gz")))[::20]
    queries = list(
        read_judgments(find_shared_file("icecat/judgments_dev.csv")).ratings
    )[::3]
    embedder = LocalEmbedder()
    query_vectors = [embedder.embed([query])[0] for query in queries]
    with (
        migrated_postgres() as url,
        closing(Database.from_url(url, pool_size=1)) as db,
    ):
        ids = add_products(db, documents)
        embed_products(db, embedder, ids)
        for more in (CATALOG - len(ids), wanted - CATALOG):
            generate_products(db, documents, ids, more)
            time_queries(db, query_vectors)


def add_products(db: Database, documents: Sequence[ProductDocument]) -> list[UUID]:
    ids = [new_id() for _ in documents]
    labels = {(LabelKind.CATEGORY, each.category) for each in documents}
    labels |= {(LabelKind.BRAND, each.brand) for each in documents if each.brand}
    rows = {(kind.value, label_key(name)): name for kind, name in sorted(labels)}
    with db.unit_of_work() as session:
        session.execute(
            insert(ProductLabel),
            [
                {"kind": kind, "key": key, "spelling": name}
                for (kind, key), name in rows.items()
            ],
        )
        insert_products(session, ids, documents, rows)
    return ids


def insert_products(
    session: Session,
    ids: Sequence[UUID],
    documents: Sequence[ProductDocument],
    spellings: dict[tuple[str, str], str] | None = None,
) -> None:
    def spell(kind: LabelKind, name: str) -> str:
        return (spellings or {}).get((kind.value, label_key(name)), name)

    for start in range(0, len(ids), BATCH):
        batch = list(zip(ids, documents, strict=True))[start : start + BATCH]
        session.execute(
            insert(Product),
            [
                {
                    "id": product_id,
                    "name": each.name,
                    "description": each.description,
                    "category": spell(LabelKind.CATEGORY, each.category),
                    "brand": spell(LabelKind.BRAND, each.brand or "none"),
                    "currency": "USD",
                }
                for product_id, each in batch
            ],
        )
        session.execute(
            insert(Variant),
            [
                {
                    "product_id": product_id,
                    "sku": str(product_id),
                    "price_minor": each.price_minor,
                    "on_hand": int(product_id.int % 10 > 0),
                }
                for product_id, each in batch
            ],
        )


def embed_products(db: Database, embedder: LocalEmbedder, ids: list[UUID]) -> None:
    started, processor = time.perf_counter(), time.process_time()
    for start in range(0, len(ids), 200):
        service.embed_products(db, embedder, ids[start : start + 200])
    took, busy = time.perf_counter() - started, time.process_time() - processor
    print(
        f"{len(ids):,} products embedded in {took:.0f} s: {len(ids) / took:.0f}/s,"
        f" {len(ids) / busy:.0f} for a second of the processor",
        flush=True,
    )


def generate_products(
    db: Database, documents: Sequence[ProductDocument], ids: list[UUID], count: int
) -> None:
    """Build the index afterwards, which is several times faster."""
    random = np.random.default_rng(3)
    with db.unit_of_work() as session:
        session.execute(DROP_INDEX)
        rows = session.execute(
            select(ProductVector.product_id, ProductVector.embedding)
        )
        stored = {row.product_id: row.embedding for row in rows}
        for size in _iter_batches(count):
            chosen = random.integers(len(ids), size=size)
            new_ids = [new_id() for _ in chosen]
            insert_products(session, new_ids, [documents[each] for each in chosen])
            noise = random.normal(size=(size, DIMENSIONS)) / DIMENSIONS**0.5
            real = np.array([stored[ids[each]] for each in chosen])
            vectors = real + NOISE * noise
            vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
            session.execute(
                insert(ProductVector),
                [
                    {
                        "product_id": product_id,
                        "text_hash": bytes(32),
                        "model": "generated",
                        "embedding": vector,
                    }
                    for product_id, vector in zip(new_ids, vectors, strict=True)
                ],
            )
    with db.unit_of_work() as session:
        started = time.perf_counter()
        session.execute(text("SET LOCAL maintenance_work_mem = '1GB'"))
        session.execute(CREATE_INDEX)
        print(f"index built in {time.perf_counter() - started:.0f} s")


def _iter_batches(count: int) -> Iterator[int]:
    for start in range(0, count, BATCH):
        yield min(BATCH, count - start)


def time_queries(db: Database, vectors: Sequence[Vectors]) -> None:
    with db.unit_of_work() as session:
        session.execute(text("ANALYZE products, variants, product_vectors"))
        count = session.scalar(select(func.count()).select_from(ProductVector)) or 0
        sizes = session.execute(
            text(
                "SELECT pg_table_size('product_vectors'),"
                " pg_relation_size('ix_product_vectors_embedding')"
            )
        ).one()
        popular = [
            session.execute(
                select(column).group_by(column).order_by(func.count().desc())
            ).scalars()
            for column in (Product.category, Product.brand)
        ]
        [categories, brands] = [list(filter(None, each)) for each in popular]
        print(
            f"{count:,} products; bytes a vector: {sizes[0] / count:.0f} in the table,"
            f" {sizes[1] / count:.0f} in the index"
        )
        kinds = {
            "no filters": SearchFilters(),
            "largest category": SearchFilters(categories=(categories[0],)),
            "small category": SearchFilters(
                categories=(categories[len(categories) // 2],)
            ),
            "largest brand": SearchFilters(brands=(brands[0],)),
            "small brand": SearchFilters(brands=(brands[len(brands) // 2],)),
            "category and brand": SearchFilters((categories[0],), (brands[1],)),
            "prices 20 to 100": SearchFilters(min_price=20_00, max_price=100_00),
            "prices below 2": SearchFilters(max_price=2_00),
            "in stock": SearchFilters(in_stock=True),
            "sold out": SearchFilters(in_stock=False),
        }
        for name, filters in kinds.items():
            for least in (-1.0, 0.3):
                print_times(session, vectors, name, filters, least)


def print_times(
    session: Session,
    vectors: Sequence[Vectors],
    name: str,
    filters: SearchFilters,
    least: float,
) -> None:
    times, found, recalls = [], [], []
    for vector in vectors:
        started = time.perf_counter()
        near = find_nearest(session, vector, filters, min_similarity=least)
        times.append((time.perf_counter() - started) * 1000)
        found.append(len(near))
        with session.begin_nested() as exact:
            session.execute(text("SET LOCAL enable_indexscan = off"))
            all_near = find_nearest(session, vector, filters, min_similarity=least)
            exact.rollback()
        if all_near:
            ids = {each.product_id for each in all_near}
            recalls.append(len(ids & {each.product_id for each in near}) / len(ids))
    p50, p95 = np.percentile(times, [50, 95])
    recall = f"{np.mean(recalls):.3f}" if recalls else "-"
    print(
        f"  {name:<20} least {least:>4}: p50 {p50:6.1f} ms  p95 {p95:6.1f} ms"
        f"  found {np.median(found):3.0f}  recall {recall}",
        flush=True,
    )


if __name__ == "__main__":
    main()
