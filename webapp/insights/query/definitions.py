"""The metrics and dimensions of the shop: what each is called, what it means, how it adds up.

Data, in `metrics.toml` and `dimensions.toml`. The API shows them, `docs/analytics.md` is generated
from them, and people's words are matched with their labels and synonyms. How they are computed is
in `analytics.semantic`.
"""

import tomllib
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ConfigDict

FOLDER = Path(__file__).parent


class Grain(StrEnum):
    """What one row of the facts is about."""

    ORDER = "order"
    LINE = "line"
    """A line of an order, or a refund of it."""


class Unit(StrEnum):
    MONEY = "money"
    """In the currency of the row."""
    COUNT = "count"
    PERCENT = "percent"
    RATIO = "ratio"
    """A number with decimals."""


class Additivity(StrEnum):
    SUM = "sum"
    """The parts of a whole add up to it."""
    BY_ORDER = "by_order"
    """A number of orders: parts add up to it, but for those by a dimension of lines, as an order
    is in each row that has one of its lines."""
    DISTINCT = "distinct"
    """Each is counted once in each row: parts may add up to more than the whole."""
    RATIO = "ratio"
    """A quotient of two metrics: parts neither add up nor average to the whole."""


class DimensionKind(StrEnum):
    PERIOD = "period"
    """Periods of time, which follow each other without a gap."""
    NUMBER = "number"
    """Whole numbers, in their order; can be filtered by a range."""
    TEXT = "text"


NOT_ATTRIBUTED = "(not attributed)"
"""Value of a refund that names no lines: it belongs to its order, and to no product."""
NOT_RECORDED = "(not recorded)"
"""Value of what happened before the shop recorded it."""
NONE = "(none)"
"""Value of what has none: an address without a state."""


class TermDefinition(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    label: str
    synonyms: tuple[str, ...] = ()
    definition: str
    grain: Grain
    """Of a metric, the finest facts that it is recorded in; of a dimension, the coarsest that have
    it. A metric by order cannot be split by a dimension of lines."""


class Metric(TermDefinition):
    unit: Unit
    additivity: Additivity
    ratio_of: tuple[str, str] | None = None
    """Names of the numerator and the denominator."""

    @property
    def components(self) -> tuple[str, ...]:
        """The metrics that it is computed from: itself, if it is no ratio."""
        return self.ratio_of or (self.name,)


class Dimension(TermDefinition):
    plural: str
    kind: DimensionKind
    values: tuple[str, ...] = ()
    """All that there are, where the shop decides it; else what the orders have."""
    has_unrecorded: bool = False
    """Whether there are orders from before it was recorded: they are `NOT_RECORDED`."""
    is_multivalued: bool = False
    """Whether a line may have several values, and counts for each of them."""


DefinitionT = TypeVar("DefinitionT", bound=TermDefinition)


def _read_definitions(
    file_name: str, kind: type[DefinitionT]
) -> Mapping[str, DefinitionT]:
    entries = tomllib.loads((FOLDER / file_name).read_text(encoding="utf-8"))
    return {name: kind(name=name, **entry) for name, entry in entries.items()}


METRICS = _read_definitions("metrics.toml", Metric)
DIMENSIONS = _read_definitions("dimensions.toml", Dimension)
PERIODS = tuple(
    name for name, each in DIMENSIONS.items() if each.kind is DimensionKind.PERIOD
)
"""Names of the dimensions that are periods, the shortest first."""


def list_dimensions_of(metric: Metric) -> list[str]:
    """Names of the dimensions that a metric can be grouped and filtered by."""
    return [
        name
        for name, dimension in DIMENSIONS.items()
        if metric.grain is Grain.LINE or dimension.grain is Grain.ORDER
    ]
