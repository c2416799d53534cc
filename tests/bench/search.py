"""Speed of product search over 19,406 real products: `python -m tests.bench.search`.

The data are outside the repository (`ECOM67_SHARED`, see its `data/README.md`). With
`OPENSEARCH_URL` that engine is measured, too. For relevance see `tests/eval/search`.
"""

import gzip
import json
import os
import tempfile
import time
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from tests.support.shared_data import find_shared_file
from tests.support.valkey import private_valkey
from webapp.adapters.event_buffers.build import MAX_EVENTS
from webapp.adapters.event_buffers.valkey import ValkeyEventBuffer
from webapp.adapters.search.embedded.search import EmbeddedSearchEngine
from webapp.adapters.search.opensearch.search import OpenSearchEngine
from webapp.adapters.search.port import (
    ProductDocument,
    SearchEngine,
    SearchFilters,
    SearchRequest,
)
from webapp.kit.clock import utc_now
from webapp.search.evaluation.judgments import read_judgments
from webapp.search_analytics.service import record_search


def main() -> None:
    documents = list(read_products(find_shared_file("icecat/products.jsonl.gz")))
    queries = list(read_judgments(find_shared_file("icecat/judgments_dev.csv")).ratings)
    with tempfile.TemporaryDirectory() as scratch:
        engine = EmbeddedSearchEngine(Path(scratch))
        started = time.perf_counter()
        engine.rebuild(documents)
        took = time.perf_counter() - started
        print(f"{len(documents)} products indexed in {took:.1f} s")
        time_searches(engine, queries)
    if url := os.environ.get("OPENSEARCH_URL"):
        cluster = OpenSearchEngine(f"{url}/bench")
        cluster.rebuild(documents)
        print("OpenSearch")
        time_searches(cluster, queries)
    with private_valkey() as url:
        time_recording(url, queries)


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


def time_recording(valkey_url: str, queries: Sequence[str]) -> None:
    """What it adds to a request that its search is recorded."""
    buffer = ValkeyEventBuffer(valkey_url, name="bench", max_events=MAX_EVENTS)
    times = []
    for text in [*queries] * 3:
        started = time.perf_counter()
        record_search(
            buffer,
            SearchRequest(text),
            results=1,
            visitor=None,
            secret="a secret of the bench",
            now=utc_now(),
        )
        times.append((time.perf_counter() - started) * 1000)
    times.sort()
    p50, p95 = times[len(times) // 2], times[len(times) * 95 // 100]
    print(f"recording a search         p50 {p50:5.2f} ms   p95 {p95:5.2f} ms")


if __name__ == "__main__":
    main()
