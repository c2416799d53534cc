"""What the keys of rows are called in a result."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from analytics.semantic.dimension_keys import NAMES, key_name
from webapp.insights.query.descriptions import name_value
from webapp.insights.query.periods import Period, format_period
from webapp.insights.query.results import ResultRow


class RowLabels:
    """Of values with several spellings the latest is shown."""

    def __init__(
        self,
        dimensions: Sequence[str],
        spellings: Mapping[str, pl.DataFrame],
        zone: ZoneInfo,
    ) -> None:
        self._dimensions = dimensions
        self._zone = zone
        self._names = {
            dimension: _find_latest(spellings[dimension], NAMES[dimension][0])
            for dimension in dimensions
            if dimension in NAMES
        }

    def map_key(self, dimension: str, key: pl.Expr) -> pl.Expr:
        """The values by which rows are sorted."""
        names = self._names.get(dimension, {})
        return key.replace(list(names), list(names.values())) if names else key

    def name_key(self, dimension: str, key: Any) -> str | int:
        """What one value is called in a row."""
        name: str | int = self._names.get(dimension, {}).get(key, key)
        return name

    def say_key(self, dimension: str, key: Any) -> str:
        """What people call one value: `Germany`, `Monday`."""
        return name_value(dimension, str(self.name_key(dimension, key)))

    def build_row(self, row: Mapping[str, Any]) -> ResultRow:
        """The columns of the dimensions."""
        cells: ResultRow = {}
        for dimension in self._dimensions:
            key = row[key_name(dimension)]
            name = self._names.get(dimension, {}).get(key, key)
            match dimension:
                case "product":
                    cells |= {"product": name, "product_id": key}
                case "variant":
                    cells |= {"variant": key, "variant_name": name}
                case _ if isinstance(key, datetime):
                    cells[dimension] = self._format_period(Period(dimension), key)
                case _:
                    cells[dimension] = name
        return cells

    def _format_period(self, period: Period, start: datetime) -> str:
        if period is Period.HOUR:
            # With its offset, as an hour may come twice.
            return start.astimezone(self._zone).isoformat(timespec="minutes")
        return format_period(start, period)


def _find_latest(spellings: pl.DataFrame, label: str) -> dict[str, str]:
    name = pl.col(label).replace("", None).fill_null(pl.col("key"))
    latest = spellings.select("key", name=name).unique("key", keep="first")
    return dict(latest.iter_rows())
