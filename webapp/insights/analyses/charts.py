"""The charts of analyses' tables, as Vega-Lite specifications. Pure.

An analysis says of a table which columns are drawn, and in which form; whether there is enough to
draw, and how (scales, colors, labels), follows from the columns and the rows.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

from webapp.insights.analyses.results import AnalysisTable
from webapp.insights.analyses.small_groups import FEWER
from webapp.insights.query.definitions import Unit
from webapp.insights.query.results import ResultColumn
from webapp.insights.query.vega_lite import (
    ACCENT,
    BAR_SIZE,
    COLORS,
    CONTRAST,
    FIGURE,
    MAX_BARS,
    MUTED,
    PALE,
    PLACE,
    SIZE,
    VALUE,
    Json,
    encode_colors,
    encode_figure,
    encode_heat,
    encode_keys,
    fold_figures,
    frame_chart,
    key_rows,
    measure_bars,
    name_unit,
    note_first,
    number_rows,
    take_first,
)

MIN_ROWS = 2
MAX_COHORTS = 36
MAX_WRITTEN = 13
"""Columns of a heat map whose cells have room for their figures."""
OFFSET_STEP = 11
"""Pixels of a bar that is one of several of its row."""
DARK_SHARE = 0.55
"""Of the greatest figure of a heat map: darker cells have white text."""


@dataclass(frozen=True)
class DrawnTable:
    """A table, and what its columns are."""

    table: AnalysisTable
    currency: str | None

    def find_column(self, name: str) -> ResultColumn:
        return next(each for each in self.table.columns if each.name == name)

    def find_unit(self, name: str) -> Unit:
        return self.find_column(name).unit or Unit.RATIO

    def list_numbered(self, prefix: str) -> list[str]:
        return [
            each.name for each in self.table.columns if each.name.startswith(prefix)
        ]

    def count_figures(self, name: str) -> int:
        """In how many rows a column has a number."""
        return sum(
            isinstance(row.get(name), int | float) and not isinstance(row[name], bool)
            for row in self.table.rows
        )

    def encode(self, name: str) -> Json:
        label = self.find_column(name).label
        return encode_figure(name, label, self.find_unit(name), self.currency)

    def encode_folded(self, names: Sequence[str]) -> Json:
        """Figures of one unit on one axis, which names only that if they are several."""
        axis = {**self.encode(names[0]), "field": VALUE}
        if len(names) > 1:
            axis["title"] = name_unit(self.find_unit(names[0]), self.currency)
        return axis

    def color_folded(self, names: Sequence[str]) -> Json:
        if len(names) == 1:
            return {"value": ACCENT}
        return encode_colors({name: self.find_column(name).label for name in names})


class ChartForm(ABC):
    """Which columns of a table are drawn, and how."""

    @property
    @abstractmethod
    def required(self) -> Sequence[str]:
        """The figures without which there is nothing to draw."""

    def can_draw(self, drawn: DrawnTable) -> bool:
        return all(map(drawn.count_figures, self.required))

    @abstractmethod
    def draw(self, drawn: DrawnTable) -> Json:
        """All but the frame."""

    def note_rows(self, drawn: DrawnTable) -> list[str]:
        """What a reader must know of it."""
        return note_first(len(drawn.table.rows))


def build_chart(
    table: AnalysisTable, form: ChartForm, *, subtitle: str, currency: str | None
) -> Json | None:
    """`subtitle` says what the figures are of. `None` where there are no two rows to compare, or no
    figures of what is drawn."""
    drawn = DrawnTable(table, currency)
    if len(table.rows) < MIN_ROWS or not form.can_draw(drawn):
        return None
    notes = form.note_rows(drawn)
    return frame_chart(table.title, form.draw(drawn), subtitle=[subtitle, *notes])


@dataclass(frozen=True)
class Bars(ChartForm):
    """A bar for each row; with several figures of one unit, one for each of them."""

    names: tuple[str, ...]
    figures: tuple[str, ...]

    @property
    def required(self) -> Sequence[str]:
        return self.figures

    def draw(self, drawn: DrawnTable) -> Json:
        rows = [*take_first(MAX_BARS), key_rows(self.names)]
        if len(self.figures) == 1:
            return {
                **measure_bars(len(self.names)),
                "transform": rows,
                "mark": "bar",
                "encoding": {
                    "y": encode_keys(len(self.names)),
                    "x": drawn.encode(self.figures[0]),
                    "color": _color_signs(self.figures[0]),
                },
            }
        return {
            **BAR_SIZE,
            "height": {"step": OFFSET_STEP, "for": "offset"},
            "transform": [*rows, fold_figures(self.figures)],
            "mark": "bar",
            "encoding": {
                "y": encode_keys(len(self.names)),
                "yOffset": {"field": FIGURE, "sort": list(self.figures)},
                "x": drawn.encode_folded(self.figures),
                "color": drawn.color_folded(self.figures),
            },
        }


@dataclass(frozen=True)
class Waterfall(ChartForm):
    """Bars that each begin where the one before ended; together they are the whole."""

    name: str
    figure: str

    @property
    def required(self) -> Sequence[str]:
        return (self.figure,)

    def note_rows(self, drawn: DrawnTable) -> list[str]:
        how = "Each bar begins where the one above ends; the dashed line is the whole"
        return [how, *super().note_rows(drawn)]

    def draw(self, drawn: DrawnTable) -> Json:
        figure = drawn.encode(self.figure)
        bars = {
            "y": encode_keys(),
            "x": {**figure, "field": "from"},
            "x2": {"field": "to"},
            "color": _color_signs(self.figure),
        }
        whole = {**figure, "field": "to", "aggregate": {"argmax": PLACE}}
        return {
            **BAR_SIZE,
            "transform": [
                *take_first(MAX_BARS),
                key_rows([self.name]),
                {"window": [{"op": "sum", "field": self.figure, "as": "to"}]},
                {"calculate": f"datum.to - datum['{self.figure}']", "as": "from"},
            ],
            "layer": [
                _draw_zero(),
                {"mark": "bar", "encoding": bars},
                {
                    "mark": {"type": "rule", "strokeDash": [4, 3], "color": "black"},
                    "encoding": {"x": whole},
                },
            ],
        }


@dataclass(frozen=True)
class Pareto(ChartForm):
    """A bar for each row, the greatest first, and the line of their share so far."""

    name: str
    figure: str
    running: str
    """In percent."""

    @property
    def required(self) -> Sequence[str]:
        return self.figure, self.running

    def draw(self, drawn: DrawnTable) -> Json:
        amount, running = drawn.encode(self.figure), drawn.encode(self.running)
        amount["axis"] |= {"titleColor": ACCENT, "orient": "bottom"}
        running["scale"] = {"domain": [0, 100]}
        running["axis"] |= {"titleColor": CONTRAST, "orient": "top", "grid": False}
        line = {"type": "line", "color": CONTRAST, "point": {"color": CONTRAST}}
        order = {"field": PLACE, "type": "quantitative"}
        y = encode_keys()
        return {
            **BAR_SIZE,
            "transform": [*take_first(MAX_BARS), key_rows([self.name])],
            "layer": [
                {
                    "mark": {"type": "bar", "color": ACCENT},
                    "encoding": {"y": y, "x": amount},
                },
                {"mark": line, "encoding": {"y": y, "x": running, "order": order}},
            ],
            "resolve": {"scale": {"x": "independent"}},
        }


@dataclass(frozen=True)
class Intervals(ChartForm):
    """A dot for each row, on the line of its interval. Those that contain zero are muted."""

    names: tuple[str, ...]
    figure: str
    low: str
    high: str

    @property
    def required(self) -> Sequence[str]:
        return self.figure, self.low, self.high

    def draw(self, drawn: DrawnTable) -> Json:
        figure = drawn.encode(self.figure)
        is_clear = f"datum['{self.low}'] > 0 || datum['{self.high}'] < 0"
        shared = {
            "y": encode_keys(len(self.names)),
            "color": _choose_color(is_clear, ACCENT, MUTED),
        }
        interval = {
            "x": {**figure, "field": self.low},
            "x2": {"field": self.high},
        }
        dot = {"type": "point", "filled": True, "size": 70, "opacity": 1}
        return {
            **measure_bars(len(self.names)),
            "transform": [*take_first(MAX_BARS), key_rows(self.names)],
            "layer": [
                _draw_zero(),
                {
                    "mark": {"type": "rule", "strokeWidth": 2},
                    "encoding": {**shared, **interval},
                },
                {"mark": dot, "encoding": {**shared, "x": figure}},
            ],
        }


@dataclass(frozen=True)
class HeatMap(ChartForm):
    """A cell for each row and each of the columns that are numbered."""

    name: str
    prefix: str
    """Of the columns' names, before their numbers."""
    label: str
    """Of what they number."""

    @property
    def required(self) -> Sequence[str]:
        return ()

    def can_draw(self, drawn: DrawnTable) -> bool:
        """Some columns may be of too few customers alone."""
        return any(map(drawn.count_figures, drawn.list_numbered(self.prefix)))

    def note_rows(self, drawn: DrawnTable) -> list[str]:
        rows, cells = drawn.table.rows, drawn.list_numbered(self.prefix)
        has_few = any(row[name] == FEWER for row in rows for name in cells)
        notes = [f"Grey: {FEWER} customers"] if has_few else []
        if len(rows) > MAX_COHORTS:
            notes.append(f"The last {MAX_COHORTS} of {len(rows)} rows")
        return notes

    def draw(self, drawn: DrawnTable) -> Json:
        names = drawn.list_numbered(self.prefix)
        unit = name_unit(drawn.find_unit(names[0]), drawn.currency)
        return {
            **BAR_SIZE,
            "transform": [
                number_rows(),
                {"joinaggregate": [{"op": "count", "as": "row_count"}]},
                {"filter": f"datum.{PLACE} > datum.row_count - {MAX_COHORTS}"},
                fold_figures(names),
                {
                    "calculate": f"toNumber(slice(datum.{FIGURE}, {len(self.prefix)}))",
                    "as": "number",
                },
            ],
            "encoding": {
                "x": {
                    "field": "number",
                    "type": "ordinal",
                    "title": self.label,
                    "axis": {"labelAngle": 0, "labelOverlap": True},
                },
                "y": {
                    "field": self.name,
                    "type": "ordinal",
                    "sort": None,
                    "title": None,
                },
            },
            "layer": [
                # Rows and columns without any figure keep their places.
                {"mark": {"type": "rect", "opacity": 0}},
                {
                    "transform": [{"filter": f"isString(datum.{VALUE})"}],
                    "mark": {"type": "rect", "color": PALE},
                },
                {
                    "transform": [{"filter": f"isNumber(datum.{VALUE})"}],
                    "mark": "rect",
                    "encoding": {"color": encode_heat(VALUE, unit)},
                },
                *([_write_cells()] if len(names) <= MAX_WRITTEN else []),
            ],
        }


def _write_cells() -> Json:
    """Short figures: 12, 340, 1.2k."""
    value = f"datum.{VALUE}"
    short = f"abs({value}) < 999.5 ? format({value}, '.0f') : format({value}, '.2~s')"
    is_dark = f"{value} > {DARK_SHARE} * datum.most"
    return {
        "transform": [
            {"filter": f"isNumber({value})"},
            {"joinaggregate": [{"op": "max", "field": VALUE, "as": "most"}]},
            {"calculate": short, "as": "written"},
        ],
        "mark": {"type": "text", "fontSize": 9},
        "encoding": {
            "text": {"field": "written"},
            "color": _choose_color(is_dark, "white", "black"),
        },
    }


@dataclass(frozen=True)
class Course(ChartForm):
    """Lines of figures along periods or numbers, with the band that the last of them lies in."""

    along: str
    figures: tuple[str, ...]
    low: str | None = None
    high: str | None = None
    marked: str | None = None
    """A column with a text in the rows whose first figure is marked."""

    @property
    def required(self) -> Sequence[str]:
        return self.figures

    def note_rows(self, drawn: DrawnTable) -> list[str]:
        shown, of = len(drawn.table.rows), drawn.table.row_count
        return [f"The last {shown} of {of} rows"] if shown < of else []

    def draw(self, drawn: DrawnTable) -> Json:
        x = {
            "field": self.along,
            "type": "ordinal",
            "sort": None,
            "title": drawn.find_column(self.along).label,
            "axis": {"labelAngle": 0, "labelOverlap": True, "labelSeparation": 8},
        }
        lines = {
            "transform": [
                fold_figures(self.figures),
                {"filter": f"isNumber(datum.{VALUE})"},
            ],
            "mark": {"type": "line", "point": {"size": 16}},
            "encoding": {
                "y": drawn.encode_folded(self.figures),
                "color": drawn.color_folded(self.figures),
            },
        }
        return {
            **SIZE,
            "encoding": {"x": x},
            "layer": [
                # All periods in their order, also those without a figure.
                {"mark": {"type": "point", "opacity": 0}},
                *self._draw_band(drawn),
                lines,
                *self._mark_rows(),
            ],
        }

    def _draw_band(self, drawn: DrawnTable) -> list[Json]:
        if self.low is None or self.high is None:
            return []
        # The band of a single period has no area.
        mark: Json = (
            {"type": "area", "opacity": 0.2}
            if drawn.count_figures(self.low) > 1
            else {"type": "rule", "strokeWidth": 3, "opacity": 0.4}
        )
        return [
            {
                "transform": [{"filter": f"isNumber(datum['{self.low}'])"}],
                "mark": {**mark, "color": COLORS[len(self.figures) - 1]},
                "encoding": {
                    "y": {"field": self.low, "type": "quantitative"},
                    "y2": {"field": self.high},
                },
            }
        ]

    def _mark_rows(self) -> list[Json]:
        if self.marked is None:
            return []
        ring = {"type": "point", "color": "black", "size": 130, "strokeWidth": 2}
        return [
            {
                "transform": [{"filter": f"isString(datum['{self.marked}'])"}],
                "mark": {**ring, "opacity": 1},
                "encoding": {"y": {"field": self.figures[0], "type": "quantitative"}},
            }
        ]


def _draw_zero() -> Json:
    return {
        "mark": {"type": "rule", "color": MUTED},
        "encoding": {"x": {"datum": 0, "type": "quantitative"}},
    }


def _color_signs(figure: str) -> Json:
    return _choose_color(f"datum['{figure}'] < 0", CONTRAST, ACCENT)


def _choose_color(test: str, color: str, otherwise: str) -> Json:
    """By an expression."""
    return {"condition": {"test": test, "value": color}, "value": otherwise}
