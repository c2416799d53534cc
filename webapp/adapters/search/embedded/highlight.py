"""Highlights the query words in passages of a product, as safe HTML."""

from collections.abc import Mapping, Sequence

from tantivy import DocAddress, SnippetGenerator

from webapp.adapters.search.embedded.query import EmbeddedQuery

MAX_PASSAGE_LENGTHS = {"name": 1000, "description": 200}
"""Maximum characters of a passage by field; names are rarely cut."""


class Highlighter:
    """Tantivy escapes the text and marks words with `<b>`, so every `<b>` left is a mark."""

    def __init__(self, query: EmbeddedQuery) -> None:
        snapshot = query.snapshot
        self._searcher = snapshot.searcher
        words = query.build_highlight_query()
        self._generators = {}
        for field, length in MAX_PASSAGE_LENGTHS.items():
            generator = SnippetGenerator.create(
                snapshot.searcher, words, snapshot.schema, field
            )
            generator.set_max_num_chars(length)
            self._generators[field] = generator

    def highlight(self, address: DocAddress) -> Mapping[str, Sequence[str]]:
        """Passages by field; only fields with a match."""
        document = self._searcher.doc(address)
        passages = {}
        for field, generator in self._generators.items():
            html = generator.snippet_from_doc(document).to_html()
            if "<b>" in html:
                html = html.replace("<b>", "<em>").replace("</b>", "</em>")
                passages[field] = (html,)
        return passages
