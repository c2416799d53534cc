"""Product search without a server: tantivy on the local disk, for one machine."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from time import perf_counter
from uuid import UUID

import tantivy

from webapp.adapters.search.embedded.correction import correct
from webapp.adapters.search.embedded.facets import count_facets
from webapp.adapters.search.embedded.highlight import Highlighter
from webapp.adapters.search.embedded.lexicon import LexiconShelf
from webapp.adapters.search.embedded.pages import (
    identifiers,
    integers,
    read_page,
)
from webapp.adapters.search.embedded.question import Question
from webapp.adapters.search.embedded.schema import document_of
from webapp.adapters.search.embedded.store import Store
from webapp.adapters.search.embedded.suggestions import complete
from webapp.adapters.search.port import (
    Hit,
    ProductEntry,
    Query,
    Result,
    Sort,
    Stamp,
    Suggestion,
)


class EmbeddedSearch:
    """One index for all processes of a machine: many read, one at a time writes."""

    def __init__(self, folder: Path) -> None:
        self._store = Store(folder)
        self._lexicons = LexiconShelf()

    def search(self, query: Query) -> Result:
        started = perf_counter()
        reader = self._store.reader()
        corrected = correct(reader, query.text, self._lexicons)
        question = Question(
            reader, corrected or query.text, strict=query.sort is not Sort.RELEVANCE
        )
        page = read_page(question, query)
        highlighter = Highlighter(question)
        return Result(
            hits=tuple(
                Hit(
                    found.product_id,
                    found.version,
                    found.score,
                    highlighter.mark(found.address),
                )
                for found in page.items
            ),
            total=page.total,
            facets=count_facets(question, query.filters),
            took_ms=(perf_counter() - started) * 1000,
            corrected_query=corrected,
            last_key=page.last_key,
        )

    def suggest(self, text: str, *, limit: int) -> Sequence[Suggestion]:
        reader = self._store.reader()
        return complete(reader, self._lexicons.of(reader), text, limit=limit)

    def put(self, entries: Iterable[ProductEntry]) -> None:
        with self._store.writing() as writer:
            for entry in entries:
                writer.delete_documents_by_term("id", str(entry.product_id))
                writer.add_document(document_of(entry))

    def remove(self, product_ids: Iterable[UUID]) -> None:
        with self._store.writing() as writer:
            for product_id in product_ids:
                writer.delete_documents_by_term("id", str(product_id))

    def rebuild(self, entries: Iterable[ProductEntry]) -> int:
        def fill(writer: tantivy.IndexWriter) -> int:
            count = 0
            for entry in entries:
                writer.add_document(document_of(entry))
                count += 1
            return count

        return self._store.replace(fill)

    def stamps(self) -> Mapping[UUID, Stamp]:
        searcher = self._store.reader().searcher
        found = searcher.search(
            tantivy.Query.all_query(), limit=max(1, searcher.num_docs)
        )
        addresses = [address for _, address in found.hits]
        ids = identifiers(searcher, addresses)
        versions = integers(searcher, "version", addresses)
        in_stock = integers(searcher, "in_stock", addresses)
        return {
            product_id: Stamp(version, bool(available))
            for product_id, version, available in zip(
                ids, versions, in_stock, strict=True
            )
        }

    def check(self) -> None:
        self._store.reader()
