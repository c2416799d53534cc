"""A category for what comes without one, by the rules of a mapping. Pure."""

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
        self._again = fallback_columns
        self._other = other

    def classify(self, name: str, row: RowValues) -> str:
        """The first rule that fits the columns it names, else the further columns."""
        further = list(_texts(row, self._again))
        for rule in self._rules:
            if rule.matches(_texts(row, rule.columns) if rule.columns else [name]):
                return rule.name
        fitting = (rule.name for rule in self._rules if rule.matches(further))
        return next(fitting, self._other)


def _texts(row: RowValues, columns: Iterable[str]) -> Iterator[str]:
    return (str(value) for column in columns if (value := row.get(column)))
