"""What the platform itself writes of results: their text as sentences, and their column labels.
Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from agents.insights.claims.analysis_tables import is_analysis
from agents.insights.claims.tables import is_query_result
from agents.insights.sentences import split_sentences
from agents.local.insights.answers.analysis_rendering import render_analysis
from agents.local.insights.answers.rendering import render_result


def render_own_text(result: Mapping[str, Any]) -> str:
    """A result in words, as far as it has figures: its title, its notes, and its rows."""
    if is_analysis(result):
        return render_analysis(dict(result))
    return render_result(dict(result)) if is_query_result(result) else ""


def render_sentences(result: Mapping[str, Any]) -> Iterator[str]:
    """The text of a result, cut as the text of an answer is."""
    return split_sentences(render_own_text(result))


def list_column_labels(results: Iterable[Mapping[str, Any]]) -> Sequence[str]:
    """How results call the columns of their figures."""
    tables = [
        table
        for result in results
        for table in (
            result,
            *(result.get("tables", ()) if is_analysis(result) else ()),
        )
    ]
    labels = dict.fromkeys(
        str(column["label"])
        for table in tables
        for column in table.get("columns", ())
        if column.get("role") != "dimension" and column.get("label")
    )
    return list(labels)
