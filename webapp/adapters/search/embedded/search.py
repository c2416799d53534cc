"""Product search without a server: tantivy on the local disk, for one machine."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from unicodedata import normalize
from uuid import UUID

import tantivy
from tantivy import Query

from webapp.adapters.search.embedded.clauses import (
    all_of,
    any_of,
    apply_filters,
    count_matches,
    term_query,
)
from webapp.adapters.search.embedded.facets import count_facets
from webapp.adapters.search.embedded.highlight import Highlighter
from webapp.adapters.search.embedded.lexicon import LexiconCache
from webapp.adapters.search.embedded.pages import (
    read_integer_column,
    read_page,
    read_product_ids,
)
from webapp.adapters.search.embedded.query import EmbeddedQuery
from webapp.adapters.search.embedded.schema import build_tantivy_document
from webapp.adapters.search.embedded.spell_correction import correct_spelling
from webapp.adapters.search.embedded.store import IndexStore
from webapp.adapters.search.embedded.suggestions import autocomplete
from webapp.adapters.search.explanations import build_explanation
from webapp.adapters.search.port import (
    DocumentVersion,
    Explanation,
    Hit,
    ProductDocument,
    SearchFilters,
    SearchRequest,
    SearchResults,
    Sort,
    Suggestion,
)


class EmbeddedSearchEngine:
    """One index for all processes of a machine: many readers, one writer at a time."""

    def __init__(self, folder: Path) -> None:
        self._store = IndexStore(folder)
        self._lexicons = LexiconCache()

    def search(self, request: SearchRequest) -> SearchResults:
        started = perf_counter()
        query, corrected = self._analyze(request)
        snapshot = query.snapshot
        page = read_page(query, request)
        is_ranked = request.effective_sort is Sort.RELEVANCE
        highlighter = Highlighter(query)
        addresses = [hit.address for hit in page.items]
        versions = read_integer_column(snapshot.searcher, "version", addresses)
        return SearchResults(
            hits=tuple(
                Hit(
                    hit.product_id,
                    version,
                    hit.score if is_ranked else 0.0,
                    highlighter.highlight(hit.address),
                )
                for hit, version in zip(page.items, versions, strict=True)
            ),
            total=page.total,
            exact_total=_count_exact(query, request.filters, page.total),
            facets=count_facets(query, request.filters),
            took_ms=(perf_counter() - started) * 1000,
            corrected_query=corrected,
            last_key=page.last_key,
        )

    def explain(self, request: SearchRequest) -> Explanation:
        query, corrected = self._analyze(request)
        page = read_page(query, request)
        schema, searcher = query.snapshot.schema, query.snapshot.searcher
        shown = Query.const_score_query(
            any_of(term_query(schema, "id", str(hit.product_id)) for hit in page.items),
            0.0,
        )
        scores = []
        for reason, clause in query.list_scores() if page.items else ():
            hits = searcher.search(all_of([shown, clause]), len(page.items)).hits
            ids = read_product_ids(searcher, [address for _, address in hits])
            found = zip(ids, (score for score, _ in hits), strict=True)
            scores.append((reason, {each: float(score or 0) for each, score in found}))
        return build_explanation(query.query_words, query.kind, corrected, scores)

    def _analyze(self, request: SearchRequest) -> tuple[EmbeddedQuery, str | None]:
        """The query, and its text with unknown words corrected if any was."""
        is_ranked = request.sort is Sort.RELEVANCE
        query = EmbeddedQuery(
            self._store.take_snapshot(),
            normalize("NFKC", request.text),
            request.near,
            synonyms=request.synonyms,
            pinned=request.pinned if is_ranked else (),
            strict=not is_ranked,
        )
        if not request.correct_spelling:
            return query, None
        corrected = correct_spelling(query, self._lexicons)
        if corrected is None:
            return query, None
        return replace(query, text=corrected), corrected

    def suggest(self, text: str, *, limit: int) -> Sequence[Suggestion]:
        snapshot = self._store.take_snapshot()
        return autocomplete(snapshot, self._lexicons.get(snapshot), text, limit=limit)

    def upsert(self, documents: Iterable[ProductDocument]) -> None:
        with self._store.open_writer() as writer:
            for document in documents:
                writer.delete_documents_by_term("id", str(document.product_id))
                writer.add_document(build_tantivy_document(document))

    def delete(self, product_ids: Iterable[UUID]) -> None:
        with self._store.open_writer() as writer:
            for product_id in product_ids:
                writer.delete_documents_by_term("id", str(product_id))

    def rebuild(self, documents: Iterable[ProductDocument]) -> int:
        def fill(writer: tantivy.IndexWriter) -> int:
            count = 0
            for document in documents:
                writer.add_document(build_tantivy_document(document))
                count += 1
            return count

        return self._store.replace_index(fill)

    def list_versions(self) -> Mapping[UUID, DocumentVersion]:
        searcher = self._store.take_snapshot().searcher
        result = searcher.search(
            tantivy.Query.all_query(), limit=max(1, searcher.num_docs)
        )
        addresses = [address for _, address in result.hits]
        ids = read_product_ids(searcher, addresses)
        versions = read_integer_column(searcher, "version", addresses)
        in_stock = read_integer_column(searcher, "in_stock", addresses)
        return {
            product_id: DocumentVersion(version, bool(available))
            for product_id, version, available in zip(
                ids, versions, in_stock, strict=True
            )
        }

    def check(self) -> None:
        self._store.take_snapshot()


def _count_exact(query: EmbeddedQuery, filters: SearchFilters, total: int) -> int:
    exact = query.exact_query
    if exact is None:
        return total
    schema, searcher = query.snapshot.schema, query.snapshot.searcher
    return count_matches(searcher, apply_filters(schema, exact, filters))
