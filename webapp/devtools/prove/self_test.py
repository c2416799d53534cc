"""Whether the proof can find anything: each guard is taken away in turn."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from webapp.devtools.prove.counters import Counters
from webapp.devtools.prove.mutants import MUTANTS, UNMUTATED, Mutant, build_mutant_copy
from webapp.devtools.prove.platform import start_platform
from webapp.devtools.prove.run import ProofOptions, ProofOutcome, run_proof

BUYERS = 16
SEED = 67
SETTLE_SECONDS = 240
BROKEN_SHOP_SECONDS, BROKEN_PATIENCE_SECONDS, BROKEN_SETTLE_SECONDS = 60, 10, 60
"""What a broken shop refuses or leaves undone, it does so for ever."""


def run_self_test(
    folder: Path,
    *,
    on_result: Callable[[str], None],
    mutants: tuple[Mutant, ...] = (UNMUTATED, *MUTANTS),
) -> bool:
    """Whether the whole shop passed and every sabotaged one was found out.

    What was not as it should be stays in `folder`. Raises `CannotProve`.
    """
    good = [
        _found_out(folder / str(number), sabotage, on_result)
        for number, sabotage in enumerate(mutants)
    ]
    return all(good)


def _found_out(folder: Path, sabotage: Mutant, say: Callable[[str], None]) -> bool:
    source = build_mutant_copy(folder / "code", sabotage.mutations)
    hold = {"HOLD_SECONDS": str(sabotage.hold_seconds)}
    with start_platform(folder / "var", source=source, env_overrides=hold) as platform:
        outcome = run_proof(
            platform, _options(sabotage), Counters(), on_progress=lambda _: None
        )
    broken = {verdict.name for verdict in outcome.verdicts if not verdict.holds}
    good = bool(broken & sabotage.detected_by) if sabotage.mutations else outcome.passed
    say(_line(sabotage, outcome, broken, good=good))
    if good:
        shutil.rmtree(folder, ignore_errors=True)
    return good


def _options(sabotage: Mutant) -> ProofOptions:
    options = ProofOptions(
        orders=sabotage.orders,
        buyers=BUYERS,
        seed=SEED,
        mix=sabotage.mix,
        faults=sabotage.faults,
        quiescence_timeout_s=SETTLE_SECONDS,
    )
    if not sabotage.mutations:
        return options
    return replace(
        options,
        max_shopping_s=BROKEN_SHOP_SECONDS,
        retry_timeout_s=BROKEN_PATIENCE_SECONDS,
        quiescence_timeout_s=BROKEN_SETTLE_SECONDS,
    )


def _line(
    sabotage: Mutant, outcome: ProofOutcome, broken: set[str], *, good: bool
) -> str:
    mark = "ok " if good else "BAD"
    if not sabotage.mutations:
        told = "passes" if good else f"does not pass, quiet: {outcome.is_quiescent}"
    else:
        told = "found out" if good else "NOT found out"
    return f"{mark} without {sabotage.guard}: {told} {sorted(broken) or ''}"
