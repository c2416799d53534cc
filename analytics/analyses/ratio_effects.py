"""What the change of a quotient consists of: changed ratios, and a changed mix. Pure and exact.

The decomposition of a difference between two rates (Kitagawa 1955, "Components of a Difference
Between Two Rates", Journal of the American Statistical Association 50), also called shift-share.
With n and d the numerator and the denominator of a value, r = n / d its ratio, w = d / D its share
of the denominator, R = N / D the ratio of the whole, and a prime for the later window:

    rate effect = w (r' - r)            its ratio changed, at its former weight
    mix effect  = (w' - w) (r' - R)     its weight changed, by how far its ratio is from the whole's

Over all values they add up to R' - R, as weights add up to 1. What changed in both at once,
(w' - w) (r' - r), is in the mix effect, where Kitagawa halves it: so a value that is there in one
window only has a mix effect alone, by the one ratio that it has (Foster, Haltiwanger and Krizan
2001, "Aggregate Productivity Growth", have the same terms for firms that enter and leave). A
numerator without a denominator, such as a refund of what was sold before, is a rate effect.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import floor
from typing import Any

Quotient = tuple[int, int]
"""A numerator and a denominator."""
NOTHING: Quotient = (0, 0)


@dataclass(frozen=True)
class RatioPart:
    """A value of a dimension. Effects are in units of the quotient."""

    key: Any
    before: Quotient
    now: Quotient
    share_before: Fraction
    """Of the denominator of the whole, from 0 to 1."""
    share_now: Fraction
    rate_effect: Fraction
    mix_effect: Fraction
    stands_out: float = 0.0
    """Its share of the effects in the direction of the whole change, or where it is opposed to it,
    of all without their signs; less its share of the denominator before. From -1 to 1."""

    @property
    def effect(self) -> Fraction:
        return self.rate_effect + self.mix_effect


@dataclass(frozen=True)
class RatioChange:
    """A change by the values of one dimension, the greatest effect first."""

    dimension: str
    parts: Sequence[RatioPart]

    @property
    def strongest(self) -> RatioPart | None:
        return max(self.parts, key=lambda part: part.stands_out, default=None)

    @property
    def score(self) -> float:
        strongest = self.strongest
        return 0.0 if strongest is None else max(0.0, strongest.stands_out)


def divide_quotient(quotient: Quotient) -> Fraction | None:
    """None where the denominator is not positive."""
    numerator, denominator = quotient
    return Fraction(numerator, denominator) if denominator > 0 else None


def add_quotients(quotients: Sequence[Quotient]) -> Quotient:
    return sum(n for n, _ in quotients), sum(d for _, d in quotients)


def split_quotient(before: Quotient, now: Quotient) -> tuple[Fraction, Fraction]:
    """What the numerator changed, at the former denominator, and what the denominator did then:
    together the change. Both denominators have to be positive."""
    halfway = Fraction(now[0], before[1])
    return halfway - Fraction(*before), Fraction(*now) - halfway


def split_ratio(
    dimension: str, before: Mapping[Any, Quotient], now: Mapping[Any, Quotient]
) -> RatioChange:
    """By the quotient of each value in both windows, whose sums are the whole's; the denominators
    of these have to be positive."""
    whole_before = add_quotients(list(before.values()))
    whole_now = add_quotients(list(now.values()))
    pairs = {
        key: (before.get(key, NOTHING), now.get(key, NOTHING))
        for key in {**before, **now}
    }
    parts = [
        _split_value(key, old, new, whole_before, whole_now)
        for key, (old, new) in pairs.items()
        if any((*old, *new))
    ]
    compared = _compare_parts(parts)
    compared.sort(key=lambda part: (-abs(part.effect), str(part.key)))
    return RatioChange(dimension, compared)


def _split_value(
    key: Any,
    before: Quotient,
    now: Quotient,
    whole_before: Quotient,
    whole_now: Quotient,
) -> RatioPart:
    share_before = Fraction(before[1], whole_before[1])
    share_now = Fraction(now[1], whole_now[1])
    ratio = divide_quotient(now)
    if ratio is None:
        ratio = divide_quotient(before) or Fraction()
    moved = share_now - share_before
    # Of the numerator alone what its share of the denominator does not explain.
    gained = Fraction(now[0], whole_now[1]) - Fraction(before[0], whole_before[1])
    return RatioPart(
        key,
        before,
        now,
        share_before,
        share_now,
        rate_effect=gained - moved * ratio,
        mix_effect=moved * (ratio - Fraction(*whole_before)),
    )


def _compare_parts(parts: Sequence[RatioPart]) -> list[RatioPart]:
    """A part that moved as the whole did is compared with those that did, too: the chance of many
    small values, in both directions, hides nothing."""
    effects = [part.effect for part in parts]
    change = sum(effects, Fraction())
    everything = sum(map(abs, effects), Fraction())
    along = sum((abs(each) for each in effects if each * change > 0), Fraction())
    compared = []
    for part in parts:
        movement = along if part.effect * change > 0 else everything
        share = abs(part.effect) / movement if movement else Fraction()
        compared.append(replace(part, stands_out=float(share - abs(part.share_before))))
    return compared


def round_parts(parts: Sequence[Fraction], total: int) -> list[int]:
    """Whole numbers that add up to a total, which the sum of the parts is at most 1 away from: each
    is rounded down, and what is missing goes to those that lost most by it (the method of the
    largest remainder). A part that is zero stays zero."""
    rounded = [floor(part) for part in parts]
    order = sorted(
        (n for n, part in enumerate(parts) if part),
        key=lambda n: rounded[n] - parts[n],
    )
    missing = total - sum(rounded)
    for n in order[:missing] if missing > 0 else order[missing:] if missing else []:
        rounded[n] += 1 if missing > 0 else -1
    return rounded
