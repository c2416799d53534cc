"""Classifies products without a category by the rules of a mapping. Pure."""

from collections.abc import Iterable, Iterator

from webapp.imports.columns import RowValues
from webapp.imports.mapping import CategoryRule


class CategoryClassifier:
    def __init__(
        self,
        rules: tuple[CategoryRule, ...],
        *,
        fallback_columns: tuple[str, ...] = (),
        other: str,
    ) -> None:
        self._rules = rules
        self._fallback_columns = fallback_columns
        self._other = other

    def classify(self, name: str, row: RowValues) -> str:
        """Return the first rule that matches its columns, else the fallback columns."""
        fallback_texts = list(_iter_texts(row, self._fallback_columns))
        for rule in self._rules:
            if rule.matches(_iter_texts(row, rule.columns) if rule.columns else [name]):
                return rule.name
        matching = (rule.name for rule in self._rules if rule.matches(fallback_texts))
        return next(matching, self._other)


def _iter_texts(row: RowValues, columns: Iterable[str]) -> Iterator[str]:
    return (str(value) for column in columns if (value := row.get(column)))
