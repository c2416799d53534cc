"""The days of the history as columns, the oldest first. Pure."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from webapp.devtools.demo.stories import HISTORY_DAYS

Floats: TypeAlias = NDArray[np.float64]
Integers: TypeAlias = NDArray[np.int64]
Flags: TypeAlias = NDArray[np.bool_]
AnyArray: TypeAlias = NDArray[Any]


@dataclass(frozen=True)
class HistoryDays:
    """All days up to yesterday; an index of a day counts from the oldest one."""

    today: date

    @cached_property
    def dates(self) -> list[date]:
        return [self.today - timedelta(days=int(ago)) for ago in self.days_ago]

    @cached_property
    def days_ago(self) -> Integers:
        return np.arange(HISTORY_DAYS, 0, -1)

    @cached_property
    def months(self) -> Integers:
        """0 for January."""
        return np.array([day.month - 1 for day in self.dates])

    def find_index(self, day: date) -> int:
        """Negative for a day before the history."""
        return HISTORY_DAYS - (self.today - day).days
