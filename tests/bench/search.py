"""Relevance and speed of the embedded search engine: `python -m tests.bench.search`.

Measures nDCG@10 over human judgments of 19,406 real products, compared with plain BM25 on the
same index library (title and description in one field, any word), and the time of a search.
The data are outside the repository (`ECOM67_SHARED`, see its `data/README.md`). With
`OPENSEARCH_URL` that engine is measured, too.
"""

import csv
import gzip
import json
import math
import os
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import tantivy

from tests.support.shared_data import SHARED_DIR
from webapp.adapters.search.embedded.schema import STEMMED, STEMMED_ANALYZER
from webapp.adapters.search.embedded.search import EmbeddedSearchEngine
from webapp.adapters.search.opensearch.search import OpenSearchEngine
from webapp.adapters.search.port import (
    ProductDocument,
    SearchEngine,
    SearchFilters,
    SearchRequest,
)

DEPTH = 400
"""Number of hits read: judged products may rank far below unjudged ones."""
Judgments = Mapping[str, Mapping[UUID, int]]
Ranking = Callable[[str], Sequence[UUID]]


@dataclass(frozen=True)
class Score:
    unjudged_as_zero: float
    judged_only: float
    judged_share: float


def main() -> None:
    folder = SHARED_DIR / "data" / "icecat"
    if not folder.is_dir():
        sys.exit(f"no data in {folder}: set ECOM67_SHARED")
    documents = list(read_products(folder / "products.jsonl.gz"))
    judgments = read_judgments(folder / "judgments_dev.csv")
    with tempfile.TemporaryDirectory() as scratch:
        engine = EmbeddedSearchEngine(Path(scratch))
        started = time.perf_counter()
        engine.rebuild(documents)
        took = time.perf_counter() - started
        print(f"{len(documents)} products indexed in {took:.1f} s")
        print(f"{'nDCG@10':24}unjudged as 0   judged only   judged of first 10")
        report("plain BM25", evaluate(plain_ranking(documents), judgments))
        measure("embedded engine", engine, judgments)
    if url := os.environ.get("OPENSEARCH_URL"):
        cluster = OpenSearchEngine(f"{url}/bench")
        cluster.rebuild(documents)
        measure("OpenSearch", cluster, judgments)


def measure(name: str, engine: SearchEngine, judgments: Judgments) -> None:
    report(name, evaluate(engine_ranking(engine), judgments))
    time_searches(engine, list(judgments))


def report(name: str, score: Score) -> None:
    print(
        f"{name:24}{score.unjudged_as_zero:^15.3f}{score.judged_only:^14.3f}"
        f"{score.judged_share:^18.2f}"
    )


def read_products(path: Path) -> Iterable[ProductDocument]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield build_document(json.loads(line))


def build_document(row: dict[str, Any]) -> ProductDocument:
    words = [value for value in row["attrs"].values() if isinstance(value, str)]
    return ProductDocument(
        product_id=UUID(int=int(row["id"])),
        version=1,
        name=row["title"],
        brand=row["brand"],
        description=row["description"] or "",
        category=row["product_type"] or "",
        tags=(),
        attributes=" ".join(words),
        codes=(row["name"], *row["ean"]),
        price_minor=row["price_cents"],
        in_stock=True,
        created_at=datetime.fromisoformat(row["date_released"]),
    )


def read_judgments(path: Path) -> Judgments:
    """Read the ratings by query; only queries with at least one relevant product."""
    ratings: dict[str, dict[UUID, int]] = defaultdict(dict)
    with path.open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            ratings[row["query"]][UUID(int=int(row["docid"]))] = int(row["rating"])
    return {query: rated for query, rated in ratings.items() if max(rated.values())}


def plain_ranking(documents: Sequence[ProductDocument]) -> Ranking:
    fields = tantivy.SchemaBuilder()
    fields.add_text_field("text", tokenizer_name=STEMMED)
    fields.add_integer_field("position", fast=True)
    schema = fields.build()
    index = tantivy.Index(schema)
    index.register_tokenizer(STEMMED, STEMMED_ANALYZER)
    writer = index.writer(64_000_000, 1)
    for position, document in enumerate(documents):
        text = f"{document.name}\n{document.description}"
        writer.add_document(tantivy.Document(text=text, position=position))
    writer.commit()
    writer.wait_merging_threads()
    index.reload()
    searcher = index.searcher()

    def rank(query: str) -> Sequence[UUID]:
        terms = [
            (tantivy.Occur.Should, tantivy.Query.term_query(schema, "text", term))
            for term in STEMMED_ANALYZER.analyze(query)
        ]
        hits = searcher.search(tantivy.Query.boolean_query(terms), DEPTH).hits
        positions = searcher.fast_field_values("position", [hit[1] for hit in hits])
        return [documents[int(position or 0)].product_id for position in positions]

    return rank


def engine_ranking(engine: SearchEngine) -> Ranking:
    def rank(query: str) -> Sequence[UUID]:
        result = engine.search(SearchRequest(query, limit=DEPTH))
        return [hit.product_id for hit in result.hits]

    return rank


def evaluate(rank: Ranking, judgments: Judgments) -> Score:
    scores = [score(rank(query), rated) for query, rated in judgments.items()]
    return Score(
        statistics.mean(each.unjudged_as_zero for each in scores),
        statistics.mean(each.judged_only for each in scores),
        statistics.mean(each.judged_share for each in scores),
    )


def score(ranked: Sequence[UUID], rated: Mapping[UUID, int]) -> Score:
    judged = [product for product in ranked if product in rated]
    ideal = gain(sorted(rated.values(), reverse=True))
    return Score(
        gain([rated.get(product, 0) for product in ranked]) / ideal,
        gain([rated[product] for product in judged]) / ideal,
        sum(product in rated for product in ranked[:10]) / 10,
    )


def gain(ratings: Sequence[int]) -> float:
    return sum(rating / math.log2(rank + 2) for rank, rating in enumerate(ratings[:10]))


def time_searches(engine: SearchEngine, queries: Sequence[str]) -> None:
    kinds = {
        "words": [SearchRequest(text) for text in queries],
        "words, filters": [
            SearchRequest(text, SearchFilters(max_price=100_00, in_stock=True))
            for text in queries
        ],
        "mistyped": [SearchRequest(f"{text[:2]}x{text[2:]}") for text in queries],
    }
    for kind, requests in kinds.items():
        times = sorted(time_search(engine, request) for request in requests * 3)
        p50, p95 = times[len(times) // 2], times[len(times) * 95 // 100]
        print(f"search, {kind:18} p50 {p50:5.1f} ms   p95 {p95:5.1f} ms")


def time_search(engine: SearchEngine, request: SearchRequest) -> float:
    started = time.perf_counter()
    engine.search(request)
    return (time.perf_counter() - started) * 1000


if __name__ == "__main__":
    main()
