"""The metrics and dimensions of the shop: what each is called, what it means, how it adds up.

Data, in `metrics.toml`, `dimensions.toml`, and `facts.toml` for what they are recorded by. The API
shows them, `docs/analytics.md` is generated from them, and people's words are matched with their
labels and synonyms. How they are computed is in `analytics.semantic`.
"""

import tomllib
from collections.abc import Iterable, Mapping
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
    SEARCH = "search"
    """The searches for one query on one day."""
    STOCK = "stock"
    """The units of a variant at a time."""


class FactFamily(BaseModel):
    """Facts that are recorded together."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    singular: str
    """What people call one of them."""
    plural: str
    rows: str
    """What a receipt counts."""
    grains: Mapping[Grain, str]
    """From the coarsest to the finest, which has the dimensions of those before it, too; with what
    people call a fact of each."""
    is_daily: bool = False
    """Whether they are counted by days of the shop's zone: there are no hours, nor days of another
    zone."""
    has_unrecorded: bool = False
    """Whether the shop traded before it recorded them: what was before the first one is unknown,
    not zero."""


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
    LEVEL = "level"
    """What there is at the end of a time: parts by products add up to the whole, times do not."""
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


class Metric(TermDefinition):
    grain: Grain
    """The finest facts that it is recorded in: it can be split by the dimensions of these. One that
    is recorded by order cannot be split by a dimension of lines."""
    unit: Unit
    additivity: Additivity
    ratio_of: tuple[str, str] | None = None
    """Names of the numerator and the denominator."""

    @property
    def components(self) -> tuple[str, ...]:
        """The metrics that it is computed from: itself, if it is no ratio."""
        return self.ratio_of or (self.name,)

    @property
    def family(self) -> FactFamily:
        return find_family(self.grain)


class Dimension(TermDefinition):
    grains: tuple[Grain, ...]
    """The coarsest facts that have it, of each family with such ones."""
    plural: str
    kind: DimensionKind
    values: tuple[str, ...] = ()
    """All that there are, where the shop decides it; else what the orders have."""
    has_unrecorded: bool = False
    """Whether there are orders from before it was recorded: they are `NOT_RECORDED`."""
    is_multivalued: bool = False
    """Whether a line may have several values, and counts for each of them."""

    @property
    def is_of_lines(self) -> bool:
        """Whether the lines of one order may differ in it."""
        return Grain.LINE in self.grains

    def is_in(self, grain: Grain) -> bool:
        """Whether facts of this grain have it."""
        depths = list(find_family(grain).grains)
        return any(each in depths[: depths.index(grain) + 1] for each in self.grains)


DefinitionT = TypeVar("DefinitionT", bound=TermDefinition | FactFamily)


def _read_definitions(
    file_name: str, kind: type[DefinitionT]
) -> Mapping[str, DefinitionT]:
    entries = tomllib.loads((FOLDER / file_name).read_text(encoding="utf-8"))
    return {name: kind(name=name, **entry) for name, entry in entries.items()}


ORDERS = "orders"
"""The family of facts that there always are; its facts are order lines."""
SEARCHES = "searches"
STOCK = "stock"
"""The family of facts that are levels: what there is at a time."""
FAMILIES = _read_definitions("facts.toml", FactFamily)
METRICS = _read_definitions("metrics.toml", Metric)
DIMENSIONS = _read_definitions("dimensions.toml", Dimension)
NUMBERS: Mapping[str, range] = {"hour_of_day": range(24), "weekday": range(1, 8)}
"""All values of the dimensions that are numbers."""
PERIODS = tuple(
    name for name, each in DIMENSIONS.items() if each.kind is DimensionKind.PERIOD
)
"""Names of the dimensions that are periods, the shortest first."""


def list_families(metrics: Iterable[str]) -> list[str]:
    """Names of the families of facts that metrics are of."""
    return list(dict.fromkeys(METRICS[name].family.name for name in metrics))


def find_family(grain: Grain) -> FactFamily:
    return next(each for each in FAMILIES.values() if grain in each.grains)


def list_dimensions_of(metric: Metric) -> list[str]:
    """Names of the dimensions that a metric can be grouped and filtered by."""
    return [name for name, each in DIMENSIONS.items() if each.is_in(metric.grain)]


def list_shared_dimensions(metrics: Iterable[str]) -> list[str]:
    """Names of the dimensions that all of the metrics can be grouped and filtered by."""
    grains = {METRICS[name].grain for name in metrics}
    return [name for name, each in DIMENSIONS.items() if all(map(each.is_in, grains))]
