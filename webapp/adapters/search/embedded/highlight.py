"""The passages of a product in which the words were found, as safe HTML."""

from collections.abc import Mapping, Sequence

from tantivy import DocAddress, SnippetGenerator

from webapp.adapters.search.embedded.query import EmbeddedQuery

LENGTHS = {"name": 1000, "description": 200}
"""Letters of a passage, so many that a name is rarely cut."""


class Highlighter:
    """Tantivy escapes the text and marks words with `<b>`: every `<b>` left is a mark."""

    def __init__(self, question: EmbeddedQuery) -> None:
        reader = question.snapshot
        self._searcher = reader.searcher
        self._generators = {}
        for field, length in LENGTHS.items():
            generator = SnippetGenerator.create(
                reader.searcher, question.build_highlight_query(), reader.schema, field
            )
            generator.set_max_num_chars(length)
            self._generators[field] = generator

    def highlight(self, address: DocAddress) -> Mapping[str, Sequence[str]]:
        """Only the fields in which something was found."""
        document = self._searcher.doc(address)
        marked = {}
        for field, generator in self._generators.items():
            html = generator.snippet_from_doc(document).to_html()
            if "<b>" in html:
                html = html.replace("<b>", "<em>").replace("</b>", "</em>")
                marked[field] = (html,)
        return marked
