"""Evaluate the relevance of product search: `python -m tests.eval.search`.

Imports the catalog into a private database as `ecom67 import products` does, indexes it, and
measures nDCG@10 over human judgments, compared with plain BM25 on the same index library (name
and description in one field, any word). Then the answers to queries of shoppers are judged, in
this catalog and in the demo shop, by what their first products are; `--failures` prints the wrong
ones. The data are outside the repository (`ECOM67_SHARED`, see its `data/README.md`). With
`OPENSEARCH_URL` that engine is measured, too. Embedding the catalog takes some minutes: `--words`
leaves meaning out, `--vectors FILE` keeps the vectors for the next run.
"""

import argparse
import os
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import tantivy
from sqlalchemy import select

from tests.eval.search.judged_queries import (
    FoundProduct,
    JudgedAnswer,
    JudgedQuery,
    ShownProducts,
    build_figures,
    describe_failures,
    read_queries,
)
from tests.eval.search.vectors import KeptEmbedder, embed_catalog
from tests.support.postgres import migrated_postgres
from tests.support.scoreboard import Figure, format_scoreboard
from tests.support.shared_data import find_shared_file
from webapp.adapters.search.build import build_near_cache
from webapp.adapters.search.embedded.schema import DISPLAYED, DISPLAYED_ANALYZER
from webapp.adapters.search.embedded.search import EmbeddedSearchEngine
from webapp.adapters.search.opensearch.search import OpenSearchEngine
from webapp.adapters.search.port import SearchEngine, SearchRequest
from webapp.catalog.models import Product
from webapp.catalog.read_models import ProductRow
from webapp.config import Settings
from webapp.db.session import Database
from webapp.devtools.demo.catalog import load_catalog
from webapp.devtools.demo.service import add_products
from webapp.imports import mapping, runner
from webapp.imports.mapping import ProductMapping
from webapp.imports.progress import NullProgress
from webapp.kit.clock import utc_now
from webapp.kit.money import Currency
from webapp.search import indexing, service
from webapp.search.evaluation.judgments import Judgments, read_judgments
from webapp.search.evaluation.scores import estimate_mean, score_ranking
from webapp.search.meaning import MeaningSearch

DEPTH = 400
"""Number of hits read: judged products may rank far below unjudged ones."""
Ranking = Callable[[str], Sequence[str]]
"""Ids of the catalog, the best first."""


@dataclass(frozen=True)
class CatalogProduct:
    product_id: UUID
    catalog_id: str
    text: str


def main() -> None:
    parser = argparse.ArgumentParser(description="Evaluate the relevance of search.")
    parser.add_argument("--failures", action="store_true", help="print them")
    parser.add_argument("--words", action="store_true", help="leave meaning out")
    parser.add_argument("--vectors", type=Path, help="a file that keeps them")
    options = parser.parse_args()
    catalog = find_shared_file("icecat/products.jsonl.gz")
    judgments = read_judgments(find_shared_file("icecat/judgments_dev.csv"))
    verdicts: dict[str, list[JudgedAnswer]] = defaultdict(list)
    embedder = None if options.words else KeptEmbedder(options.vectors)
    with tempfile.TemporaryDirectory() as scratch, open_database() as db:
        import_catalog(db, catalog, rejects=Path(scratch) / "rejects.jsonl")
        products = read_products(db)
        meaning = prepare_meaning(db, embedder)
        figures = evaluate("plain BM25", build_baseline(products), judgments)
        for name, engine in build_engines(Path(scratch)).items():
            indexing.rebuild_index(db, engine)
            figures += evaluate(
                name, build_ranking(db, engine, meaning, products), judgments
            )
            verdicts[name] += judge_catalog(db, engine, meaning, "icecat")
    with tempfile.TemporaryDirectory() as scratch, open_database() as db:
        add_demo_products(db)
        meaning = prepare_meaning(db, embedder)
        for name, engine in build_engines(Path(scratch)).items():
            indexing.rebuild_index(db, engine)
            verdicts[name] += judge_catalog(db, engine, meaning, "demo")
    for name, judged in verdicts.items():
        figures += build_figures(name, judged)
        if options.failures:
            print("\n".join([f"{name}:", *describe_failures(judged), ""]))
    print(f"{len(products):,} products\n\n{format_scoreboard(figures)}")


def add_demo_products(db: Database) -> None:
    with db.unit_of_work() as session:
        add_products(
            session, load_catalog(), settings=Settings(), today=utc_now().date()
        )


def prepare_meaning(
    db: Database, embedder: KeptEmbedder | None
) -> MeaningSearch | None:
    if embedder is None:
        return None
    embed_catalog(db, embedder)
    return MeaningSearch(db, embedder, build_near_cache())


def judge_catalog(
    db: Database, engine: SearchEngine, meaning: MeaningSearch | None, catalog: str
) -> list[JudgedAnswer]:
    return [
        JudgedAnswer(query, answer_query(db, engine, meaning, query))
        for query in read_queries(catalog)
    ]


def answer_query(
    db: Database,
    engine: SearchEngine,
    meaning: MeaningSearch | None,
    query: JudgedQuery,
) -> ShownProducts:
    request = SearchRequest(query.text, limit=query.first)
    with db.unit_of_work() as session:
        found = service.search_products(
            session, engine=engine, request=request, meaning=meaning
        )
        return ShownProducts(
            [build_found(hit.product) for hit in found.hits],
            found.results.total,
            found.results.exact_total,
        )


def build_found(product: ProductRow) -> FoundProduct:
    return FoundProduct(
        name=product.name,
        brand=product.brand or "",
        category=product.category,
        description=product.description,
        prices=[variant.price_minor / 100 for variant in product.variants],
    )


@contextmanager
def open_database() -> Iterator[Database]:
    with migrated_postgres() as url, closing(Database.from_url(url)) as db:
        yield db


def import_catalog(db: Database, file: Path, *, rejects: Path) -> None:
    parsed = mapping.load_mapping("products", "icecat")
    assert isinstance(parsed, ProductMapping)
    request = runner.ImportRequest(file, Currency.USD, rejects, is_dry_run=False)
    summary = runner.import_products(db, request, parsed, NullProgress())
    if summary.counts.rejected:
        sys.exit(f"{summary.counts.rejected} products of {file} were rejected")


def read_products(db: Database) -> Sequence[CatalogProduct]:
    columns = Product.id, Product.external_ref, Product.name, Product.description
    with db.unit_of_work() as session:
        return [
            CatalogProduct(
                product_id,
                (external_ref or "").removeprefix("icecat:"),
                f"{name}\n{description}",
            )
            for product_id, external_ref, name, description in session.execute(
                select(*columns)
            )
        ]


def build_engines(folder: Path) -> Mapping[str, SearchEngine]:
    engines: dict[str, SearchEngine] = {
        "embedded engine": EmbeddedSearchEngine(folder / "search")
    }
    if url := os.environ.get("OPENSEARCH_URL"):
        engines["OpenSearch"] = OpenSearchEngine(f"{url}/eval")
    return engines


def build_baseline(products: Sequence[CatalogProduct]) -> Ranking:
    fields = tantivy.SchemaBuilder()
    fields.add_text_field("text", tokenizer_name=DISPLAYED)
    fields.add_integer_field("position", fast=True)
    schema = fields.build()
    index = tantivy.Index(schema)
    index.register_tokenizer(DISPLAYED, DISPLAYED_ANALYZER)
    writer = index.writer(64_000_000, 1)
    for position, product in enumerate(products):
        writer.add_document(tantivy.Document(text=product.text, position=position))
    writer.commit()
    writer.wait_merging_threads()
    index.reload()
    searcher = index.searcher()

    def rank(query: str) -> Sequence[str]:
        terms = [
            (tantivy.Occur.Should, tantivy.Query.term_query(schema, "text", term))
            for term in DISPLAYED_ANALYZER.analyze(query)
        ]
        hits = searcher.search(tantivy.Query.boolean_query(terms), DEPTH).hits
        positions = searcher.fast_field_values("position", [hit[1] for hit in hits])
        return [products[int(position or 0)].catalog_id for position in positions]

    return rank


def build_ranking(
    db: Database,
    engine: SearchEngine,
    meaning: MeaningSearch | None,
    products: Sequence[CatalogProduct],
) -> Ranking:
    """By the path of the API, as far as it ranks."""
    catalog_ids = {product.product_id: product.catalog_id for product in products}

    def rank(query: str) -> Sequence[str]:
        request = SearchRequest(query, limit=DEPTH)
        with db.unit_of_work() as session:
            found = service.search_products(
                session, engine=engine, request=request, meaning=meaning
            )
        return [catalog_ids[hit.product_id] for hit in found.results.hits]

    return rank


def evaluate(name: str, rank: Ranking, judgments: Judgments) -> list[Figure]:
    scores = [
        score_ranking(rank(query), rated) for query, rated in judgments.ratings.items()
    ]
    values = {
        "nDCG@10, unjudged as 0": [score.unjudged_as_zero for score in scores],
        "nDCG@10, judged only": [score.judged_only for score in scores],
        "judged of the first 10": [score.judged_share for score in scores],
    }
    return [
        Figure(f"{name}: {label}", estimate.mean, len(scores), interval=estimate)
        for label, each in values.items()
        for estimate in [estimate_mean(each)]
    ]


if __name__ == "__main__":
    main()
