"""How many products each further choice would leave."""

from typing import Any

from tantivy import Query

from webapp.adapters.search.embedded.clauses import filtered
from webapp.adapters.search.embedded.question import Question
from webapp.adapters.search.embedded.store import Reader
from webapp.adapters.search.facets import AGGREGATIONS, facets_of, labels_of
from webapp.adapters.search.port import Facets, FacetValue, Filters

MAX_LABELS = 1000


def count_facets(question: Question, filters: Filters) -> Facets:
    """One count for all facets whose own filter is not set, and one for each that is."""
    reader = question.reader
    others_of = filters.others()
    counted: dict[str, Any] = {}
    for others in dict.fromkeys(others_of.values()):
        wanted = {
            name: aggregation
            for name, aggregation in AGGREGATIONS.items()
            if others_of[name] == others
        }
        narrowed = filtered(reader.schema, question.found, others)
        counted |= reader.searcher.aggregate(narrowed, wanted)
    return facets_of(counted)


def count_labels(reader: Reader, field: str) -> tuple[FacetValue, ...]:
    """The categories or brands of the whole shop, the largest first."""
    wanted = {"labels": {"terms": {"field": field, "size": MAX_LABELS}}}
    answer = reader.searcher.aggregate(Query.all_query(), wanted)
    return labels_of(answer["labels"]["buckets"])
