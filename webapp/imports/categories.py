"""A category for what comes without one, by the rules of a mapping. Pure."""

from collections.abc import Iterable, Iterator

from webapp.imports.columns import Row
from webapp.imports.mapping import CategoryRule


class Categories:
    def __init__(
        self,
        rules: tuple[CategoryRule, ...],
        *,
        again: tuple[str, ...] = (),
        other: str,
    ) -> None:
        self._rules = rules
        self._again = again
        self._other = other

    def of(self, name: str, row: Row) -> str:
        """The first rule that fits the columns it names, else the further columns."""
        further = list(_texts(row, self._again))
        for rule in self._rules:
            if rule.fits(_texts(row, rule.columns) if rule.columns else [name]):
                return rule.name
        fitting = (rule.name for rule in self._rules if rule.fits(further))
        return next(fitting, self._other)


def _texts(row: Row, columns: Iterable[str]) -> Iterator[str]:
    return (str(value) for column in columns if (value := row.get(column)))
