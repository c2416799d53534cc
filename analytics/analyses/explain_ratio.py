"""Explains the change of a quotient: its numerator and its denominator, and by every dimension what
changed ratios and what a changed mix did."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from analytics.analyses.context import AnalysisContext
from analytics.analyses.explained_facts import (
    ExplainedFacts,
    MeasureValues,
    iterate_value_notes,
)
from analytics.analyses.explained_windows import (
    REST,
    UNSEEN,
    ExplainedWindows,
)
from analytics.analyses.presentation import (
    AnalysisReport,
    Row,
    build_table,
    dimension_column,
    figure_column,
    round_share,
    to_figure,
)
from analytics.analyses.ratio_effects import (
    Quotient,
    RatioChange,
    add_quotients,
    divide_quotient,
    round_parts,
    split_quotient,
    split_ratio,
)
from analytics.semantic.labels import RowLabels
from analytics.semantic.result_table import DECIMALS
from webapp.insights.analyses.charts import Bars, Waterfall
from webapp.insights.analyses.errors import NotEnoughData
from webapp.insights.analyses.requests import ExplainChangeRequest
from webapp.insights.analyses.results import (
    AnalysisResult,
    AnalysisTable,
    ExplainChangeFindings,
    Figure,
)
from webapp.insights.analyses.validation import (
    list_chosen_dimensions,
    list_overlapping_dimensions,
)
from webapp.insights.query.definitions import (
    DIMENSIONS,
    METRICS,
    Metric,
    Unit,
)
from webapp.insights.query.descriptions import join_words
from webapp.kit.money import divide_rounded

STEPS: int = 10**DECIMALS


@dataclass(frozen=True)
class RatioScale:
    """The steps in which figures of a metric are shown: minor units, or hundredths."""

    unit: Unit

    @property
    def _factor(self) -> int:
        """Steps in a quotient of 1."""
        if self.unit is Unit.MONEY:
            return 1
        return STEPS * 100 if self.unit is Unit.PERCENT else STEPS

    def scale(self, exact: Fraction) -> Fraction:
        return exact * self._factor

    def round_ratio(self, quotient: Quotient) -> int | None:
        """In steps; none where there is no denominator."""
        exact = divide_quotient(quotient)
        if exact is None:
            return None
        scaled = self.scale(exact)
        return divide_rounded(scaled.numerator, scaled.denominator)

    def show(self, steps: int | None) -> float | None:
        """As a table has it: amounts stay in minor units."""
        if steps is None or self.unit is Unit.MONEY:
            return steps
        return steps / STEPS

    def to_figure(self, steps: int) -> Figure:
        """As findings have it."""
        figure: Figure = to_figure(self.show(steps), self.unit)
        return figure


@dataclass(frozen=True)
class ShownPart:
    """A value of a dimension as it is shown, in steps."""

    key: Any
    before: Quotient
    now: Quotient
    share_before: Fraction
    share_now: Fraction
    rate_effect: int
    mix_effect: int

    @property
    def effect(self) -> int:
        return self.rate_effect + self.mix_effect


@dataclass(frozen=True)
class ShownChange:
    """A change by the values of one dimension, whose effects add up to it in steps."""

    exact: RatioChange
    parts: Sequence[ShownPart]
    scale: RatioScale

    @classmethod
    def from_exact(
        cls, exact: RatioChange, scale: RatioScale, change: int
    ) -> "ShownChange":
        effects = [
            scale.scale(effect)
            for part in exact.parts
            for effect in (part.rate_effect, part.mix_effect)
        ]
        rounded = round_parts(effects, change)
        parts = [
            ShownPart(
                part.key, part.before, part.now, part.share_before, part.share_now, *pair
            )
            for part, pair in zip(
                exact.parts, zip(rounded[::2], rounded[1::2], strict=True), strict=True
            )
        ]  # fmt: skip
        return cls(exact, parts, scale)

    @property
    def dimension(self) -> str:
        return self.exact.dimension

    @property
    def score(self) -> float:
        return self.exact.score

    @property
    def strongest(self) -> ShownPart | None:
        strongest = self.exact.strongest
        return next(
            (p for p in self.parts if strongest and p.key == strongest.key), None
        )

    @property
    def rate_effect(self) -> int:
        return sum(part.rate_effect for part in self.parts)

    @property
    def mix_effect(self) -> int:
        return sum(part.mix_effect for part in self.parts)

    @property
    def is_reversed(self) -> bool:
        """Whether the ratio of each value that has one in both windows went one way, and the whole
        the other: Simpson's paradox."""
        change = self.rate_effect + self.mix_effect
        moved = [
            now - before
            for part in self.parts
            for before in [self.scale.round_ratio(part.before)]
            for now in [self.scale.round_ratio(part.now)]
            if before is not None and now is not None
        ]
        is_opposite = all(each * change < 0 for each in moved)
        return len(moved) > 1 and is_opposite and self.rate_effect * change < 0


@dataclass(frozen=True)
class RatioFigures:
    """The figures of both windows, and the effects of which the change consists, in steps."""

    metric: Metric
    before: Quotient
    now: Quotient
    scale: RatioScale
    by_dimension: Sequence[ShownChange]

    @property
    def change(self) -> int:
        before, now = map(self.scale.round_ratio, (self.before, self.now))
        return (now or 0) - (before or 0)

    @property
    def change_percent(self) -> float | None:
        """Of the exact figures."""
        before, now = Fraction(*self.before), Fraction(*self.now)
        return round_share(float(now - before), float(before)) if before > 0 else None

    @property
    def component_effects(self) -> tuple[int, int]:
        """Of the numerator and the denominator."""
        effects = map(self.scale.scale, split_quotient(self.before, self.now))
        numerator, denominator = round_parts(list(effects), self.change)
        return numerator, denominator


def explain_ratio(
    context: AnalysisContext,
    request: ExplainChangeRequest,
    windows: ExplainedWindows,
) -> AnalysisResult:
    """Raises `NotEnoughData`, `ImpossibleQuery`."""
    metric = METRICS[request.metric]
    names = list_chosen_dimensions(metric, request.dimensions)
    facts = ExplainedFacts.from_request(context, request, windows, names)
    figures = _compute_figures(metric, names, facts)
    labels = context.read_labels(names)
    main = windows.find_main(figures.by_dimension)
    return AnalysisReport(
        context,
        request,
        lead=f"Change of {metric.label} explained",
        findings=_build_findings(figures, main, labels),
        tables=[
            _build_overview(figures, labels),
            _build_components(figures),
            *(
                _build_parts(each, figures, labels, request)
                for each in figures.by_dimension
            ),
        ],
        money=facts.money,
        metrics=[metric.name, *metric.components],
        notes=_iterate_notes(windows, figures, request),
        compared=windows.before,
        charts={
            "components": Waterfall("component", "effect"),
            **{each: Bars((each,), ("rate_effect", "mix_effect")) for each in names},
        },
    ).build_result()


def _compute_figures(
    metric: Metric, names: Sequence[str], facts: ExplainedFacts
) -> RatioFigures:
    groups = (None, *names)
    values = facts.read_values(
        [(name, measure) for name in groups for measure in metric.components]
    )
    quotients = {
        name: [
            _pair_values(
                values[name, numerator][window], values[name, denominator][window]
            )
            for window in (0, 1)
        ]
        for numerator, denominator in [metric.components]
        for name in groups
    }
    before, now = (each[""] for each in quotients[None])
    _check_denominators(metric, before, now)
    total = RatioFigures(metric, before, now, RatioScale(metric.unit), ())
    changes = [
        ShownChange.from_exact(
            split_ratio(name, *quotients[name]), total.scale, total.change
        )
        for name in names
    ]
    return replace(total, by_dimension=changes)


def _pair_values(
    numerators: MeasureValues, denominators: MeasureValues
) -> Mapping[Any, Quotient]:
    return {
        key: (numerators.get(key, 0), denominators.get(key, 0))
        for key in {**numerators, **denominators}
    }


def _check_denominators(metric: Metric, before: Quotient, now: Quotient) -> None:
    _, denominator = metric.components
    for quotient, time in ((now, "the window"), (before, "the time compared with")):
        if quotient[1] <= 0:
            raise NotEnoughData(
                f"{METRICS[denominator].label} are zero in {time}, so that there is no "
                f"{metric.label} of it"
            )


def _build_findings(
    figures: RatioFigures, main: ShownChange | None, labels: RowLabels
) -> ExplainChangeFindings:
    scale, metric = figures.scale, figures.metric
    strongest = None if main is None else main.strongest
    by_components: dict[str, Any] = {}
    for place, part in enumerate(("numerator", "denominator")):
        component_unit = METRICS[metric.components[place]].unit
        before, now = figures.before[place], figures.now[place]
        by_components |= {
            f"{part}_before": to_figure(before, component_unit),
            f"{part}_now": to_figure(now, component_unit),
            f"{part}_change": to_figure(now - before, component_unit),
            f"{part}_change_percent": round_share(now - before, before),
            f"{part}_effect": scale.to_figure(figures.component_effects[place]),
        }
    by_main: dict[str, Any] = {}
    if main is not None and strongest is not None:
        by_main = {
            "main_dimension": main.dimension,
            "main_value": labels.say_key(main.dimension, strongest.key),
            "main_change": scale.to_figure(strongest.effect),
            "main_score": round(main.score, 3),
            "main_rate_effect": scale.to_figure(strongest.rate_effect),
            "main_mix_effect": scale.to_figure(strongest.mix_effect),
        }
    return ExplainChangeFindings(
        before=scale.to_figure(scale.round_ratio(figures.before) or 0),
        now=scale.to_figure(scale.round_ratio(figures.now) or 0),
        change=scale.to_figure(figures.change),
        change_percent=figures.change_percent,
        reversal=_say_reversal(figures),
        **by_components,
        **by_main,
    )


def _say_reversal(figures: RatioFigures) -> str | None:
    """Simpson's paradox, in a sentence."""
    reversed_by = [
        DIMENSIONS[each.dimension].label
        for each in figures.by_dimension
        if each.is_reversed
    ]
    if not reversed_by:
        return None
    ways = ("rose", "fell", "low") if figures.change < 0 else ("fell", "rose", "high")
    return (
        f"Within each {join_words(reversed_by, 'or')} that has figures of both times the "
        f"{figures.metric.label} {ways[0]}, and yet it {ways[1]} as a whole, as those where it is "
        f"{ways[2]} became a greater part (Simpson's paradox)"
    )


def _build_overview(figures: RatioFigures, labels: RowLabels) -> AnalysisTable:
    """What ratios and mix did by each dimension, the one that explains most first."""
    unit, show = figures.metric.unit, figures.scale.show
    rows = []
    for each in sorted(figures.by_dimension, key=lambda each: -each.score):
        strongest = each.strongest
        if strongest is not None:
            rows.append(
                {
                    "dimension": DIMENSIONS[each.dimension].label,
                    "value": labels.say_key(each.dimension, strongest.key),
                    "effect": show(strongest.effect),
                    "rate_effect": show(strongest.rate_effect),
                    "mix_effect": show(strongest.mix_effect),
                    "score": round(each.score, 3),
                    "rate_effect_of_all": show(each.rate_effect),
                    "mix_effect_of_all": show(each.mix_effect),
                }
            )
    columns = [
        dimension_column("dimension"),
        dimension_column("value", "value that stands out most"),
        *(
            figure_column(name, unit)
            for name in ("effect", "rate_effect", "mix_effect")
        ),
        figure_column("score", Unit.RATIO, "score from 0 to 1"),
        figure_column("rate_effect_of_all", unit, "rate effect of all values"),
        figure_column("mix_effect_of_all", unit, "mix effect of all values"),
    ]
    return build_table("dimensions", "How much each dimension explains", columns, rows)


def _build_components(figures: RatioFigures) -> AnalysisTable:
    """What of the change is that of the numerator, and what that of the denominator."""
    columns = [
        dimension_column("component"),
        figure_column("effect", figures.metric.unit),
        figure_column("share_percent", Unit.PERCENT, "share of the change in percent"),
    ]
    rows = [
        {
            "component": METRICS[name].label,
            "effect": figures.scale.show(effect),
            "share_percent": round_share(effect, figures.change),
        }
        for name, effect in zip(
            figures.metric.components, figures.component_effects, strict=True
        )
    ]
    return build_table("components", "Numerator and denominator", columns, rows)


def _build_parts(
    change: ShownChange,
    figures: RatioFigures,
    labels: RowLabels,
    request: ExplainChangeRequest,
) -> AnalysisTable:
    """The values of a dimension; those beyond the limit are one row, so that all add up."""
    name, metric = change.dimension, figures.metric
    shown, rest = change.parts[: request.limit], change.parts[request.limit :]
    rows = [
        {name: labels.name_key(name, part.key), **_build_row(part, figures.scale)}
        for part in shown
    ]
    if rest:
        rows.append({name: REST, **_build_row(_add_parts(rest), figures.scale)})
    denominator = METRICS[metric.components[1]].label
    columns = [
        dimension_column(name, DIMENSIONS[name].label),
        *(figure_column(each, metric.unit) for each in ("before", "now", "change")),
        figure_column("rate_effect", metric.unit),
        figure_column("mix_effect", metric.unit),
        figure_column("effect", metric.unit),
        figure_column(
            "part_before", Unit.PERCENT, f"part of all {denominator} before in percent"
        ),
        figure_column(
            "part_now", Unit.PERCENT, f"part of all {denominator} in percent"
        ),
    ]
    return build_table(
        name,
        f"Change of {metric.label} by {DIMENSIONS[name].label}",
        columns,
        rows,
        row_count=len(change.parts),
    )


def _build_row(part: ShownPart, scale: RatioScale) -> Row:
    before, now = map(scale.round_ratio, (part.before, part.now))
    change = None if before is None or now is None else now - before
    return {
        "before": scale.show(before),
        "now": scale.show(now),
        "change": scale.show(change),
        "rate_effect": scale.show(part.rate_effect),
        "mix_effect": scale.show(part.mix_effect),
        "effect": scale.show(part.effect),
        "part_before": round_share(float(part.share_before), 1),
        "part_now": round_share(float(part.share_now), 1),
    }


def _add_parts(parts: Sequence[ShownPart]) -> ShownPart:
    return ShownPart(
        REST,
        add_quotients([part.before for part in parts]),
        add_quotients([part.now for part in parts]),
        sum((part.share_before for part in parts), Fraction()),
        sum((part.share_now for part in parts), Fraction()),
        sum(part.rate_effect for part in parts),
        sum(part.mix_effect for part in parts),
    )


def _iterate_notes(
    windows: ExplainedWindows, figures: RatioFigures, request: ExplainChangeRequest
) -> Iterator[str]:
    yield from windows.note_running()
    yield from iterate_value_notes(
        part.key for each in figures.by_dimension for part in each.parts
    )
    left_out = list_overlapping_dimensions(figures.metric)
    if left_out and not request.dimensions:
        words = join_words([DIMENSIONS[name].label for name in left_out], "or")
        yield (
            f"It is not split by {words}: an order may be of several, so that the parts would not "
            "add up"
        )
    denominator = METRICS[figures.metric.components[1]].label
    yield (
        "A rate effect is what the change of a value's own figure did, a mix effect what the "
        f"change of its part of all {denominator} did; they are rounded so that they add up to the "
        "change"
    )
    yield UNSEEN
