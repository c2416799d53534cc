"""How well and how fast the embedded engine finds: `python -m tests.bench.search`.

nDCG@10 over human judgements of 19,406 real products, beside plain BM25 on the same index
library (title and description in one field, any word), and the time of a search. The data
lie beside the project (`ECOM67_SHARED`, see its `data/README.md`). With `OPENSEARCH_URL` that
engine is measured too.
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
"""Ranks read: what is judged may stand far down among what is not."""
Judgements = Mapping[str, Mapping[UUID, int]]
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
    entries = list(read_products(folder / "products.jsonl.gz"))
    judgements = read_judgements(folder / "judgments_dev.csv")
    with tempfile.TemporaryDirectory() as scratch:
        engine = EmbeddedSearchEngine(Path(scratch))
        started = time.perf_counter()
        engine.rebuild(entries)
        took = time.perf_counter() - started
        print(f"{len(entries)} products indexed in {took:.1f} s")
        print(f"{'nDCG@10':24}unjudged as 0   judged only   judged of first 10")
        report("plain BM25", evaluate(plain_ranking(entries), judgements))
        measure("embedded engine", engine, judgements)
    if url := os.environ.get("OPENSEARCH_URL"):
        cluster = OpenSearchEngine(f"{url}/bench")
        cluster.rebuild(entries)
        measure("OpenSearch", cluster, judgements)


def measure(name: str, engine: SearchEngine, judgements: Judgements) -> None:
    report(name, evaluate(engine_ranking(engine), judgements))
    time_searches(engine, list(judgements))


def report(name: str, score: Score) -> None:
    print(
        f"{name:24}{score.unjudged_as_zero:^15.3f}{score.judged_only:^14.3f}"
        f"{score.judged_share:^18.2f}"
    )


def read_products(path: Path) -> Iterable[ProductDocument]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield entry_of(json.loads(line))


def entry_of(row: dict[str, Any]) -> ProductDocument:
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


def read_judgements(path: Path) -> Judgements:
    """Queries with at least one product that is any good."""
    ratings: dict[str, dict[UUID, int]] = defaultdict(dict)
    with path.open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            ratings[row["query"]][UUID(int=int(row["docid"]))] = int(row["rating"])
    return {query: rated for query, rated in ratings.items() if max(rated.values())}


def plain_ranking(entries: Sequence[ProductDocument]) -> Ranking:
    fields = tantivy.SchemaBuilder()
    fields.add_text_field("text", tokenizer_name=STEMMED)
    fields.add_integer_field("place", fast=True)
    schema = fields.build()
    index = tantivy.Index(schema)
    index.register_tokenizer(STEMMED, STEMMED_ANALYZER)
    writer = index.writer(64_000_000, 1)
    for place, entry in enumerate(entries):
        text = f"{entry.name}\n{entry.description}"
        writer.add_document(tantivy.Document(text=text, place=place))
    writer.commit()
    writer.wait_merging_threads()
    index.reload()
    searcher = index.searcher()

    def rank(query: str) -> Sequence[UUID]:
        words = [
            (tantivy.Occur.Should, tantivy.Query.term_query(schema, "text", word))
            for word in STEMMED_ANALYZER.analyze(query)
        ]
        hits = searcher.search(tantivy.Query.boolean_query(words), DEPTH).hits
        places = searcher.fast_field_values("place", [hit[1] for hit in hits])
        return [entries[int(place or 0)].product_id for place in places]

    return rank


def engine_ranking(engine: SearchEngine) -> Ranking:
    def rank(query: str) -> Sequence[UUID]:
        found = engine.search(SearchRequest(query, limit=DEPTH))
        return [hit.product_id for hit in found.hits]

    return rank


def evaluate(rank: Ranking, judgements: Judgements) -> Score:
    scores = [score(rank(query), rated) for query, rated in judgements.items()]
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
    return sum(
        rating / math.log2(place + 2) for place, rating in enumerate(ratings[:10])
    )


def time_searches(engine: SearchEngine, queries: Sequence[str]) -> None:
    kinds = {
        "words": [SearchRequest(text) for text in queries],
        "words, filters": [
            SearchRequest(text, SearchFilters(max_price=100_00, in_stock=True))
            for text in queries
        ],
        "mistyped": [SearchRequest(f"{text[:2]}x{text[2:]}") for text in queries],
    }
    for kind, asked in kinds.items():
        times = sorted(timed(engine, query) for query in asked * 3)
        p50, p95 = times[len(times) // 2], times[len(times) * 95 // 100]
        print(f"search, {kind:18} p50 {p50:5.1f} ms   p95 {p95:5.1f} ms")


def timed(engine: SearchEngine, query: SearchRequest) -> float:
    started = time.perf_counter()
    engine.search(query)
    return (time.perf_counter() - started) * 1000


if __name__ == "__main__":
    main()
