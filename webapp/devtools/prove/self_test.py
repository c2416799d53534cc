"""Whether the proof can find anything: each guard is taken away in turn."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from webapp.devtools.prove.platform import own_platform
from webapp.devtools.prove.run import Options, Outcome, prove
from webapp.devtools.prove.sabotage import SABOTAGES, WHOLE, Sabotage, sabotaged_copy
from webapp.devtools.prove.tally import Tally

BUYERS = 16
SEED = 67
SETTLE_SECONDS = 240
BROKEN_SHOP_SECONDS, BROKEN_PATIENCE_SECONDS, BROKEN_SETTLE_SECONDS = 60, 10, 60
"""What a broken shop refuses or leaves undone, it does so for ever."""


def run(
    folder: Path,
    *,
    say: Callable[[str], None],
    sabotages: tuple[Sabotage, ...] = (WHOLE, *SABOTAGES),
) -> bool:
    """Whether the whole shop passed and every sabotaged one was found out.

    What was not as it should be stays in `folder`. Raises `CannotProve`.
    """
    good = [
        _found_out(folder / str(number), sabotage, say)
        for number, sabotage in enumerate(sabotages)
    ]
    return all(good)


def _found_out(folder: Path, sabotage: Sabotage, say: Callable[[str], None]) -> bool:
    source = sabotaged_copy(folder / "code", sabotage.changes)
    hold = {"HOLD_SECONDS": str(sabotage.hold_seconds)}
    with own_platform(folder / "var", source=source, changes=hold) as platform:
        outcome = prove(platform, _options(sabotage), Tally(), note=lambda _: None)
    broken = {verdict.name for verdict in outcome.verdicts if not verdict.holds}
    good = bool(broken & sabotage.found_by) if sabotage.changes else outcome.passed
    say(_line(sabotage, outcome, broken, good=good))
    if good:
        shutil.rmtree(folder, ignore_errors=True)
    return good


def _options(sabotage: Sabotage) -> Options:
    options = Options(
        orders=sabotage.orders,
        buyers=BUYERS,
        seed=SEED,
        mix=sabotage.mix,
        faults=sabotage.faults,
        settle_seconds=SETTLE_SECONDS,
    )
    if not sabotage.changes:
        return options
    return replace(
        options,
        shop_seconds=BROKEN_SHOP_SECONDS,
        patience_seconds=BROKEN_PATIENCE_SECONDS,
        settle_seconds=BROKEN_SETTLE_SECONDS,
    )


def _line(sabotage: Sabotage, outcome: Outcome, broken: set[str], *, good: bool) -> str:
    mark = "ok " if good else "BAD"
    if not sabotage.changes:
        told = "passes" if good else f"does not pass, quiet: {outcome.quiet}"
    else:
        told = "found out" if good else "NOT found out"
    return f"{mark} without {sabotage.guard}: {told} {sorted(broken) or ''}"
