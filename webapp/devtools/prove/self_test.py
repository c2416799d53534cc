"""Mutation test of the proof: each guard is removed in turn and must be detected."""

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
QUIESCENCE_TIMEOUT_S = 240
MUTANT_MAX_SHOPPING_S, MUTANT_RETRY_TIMEOUT_S, MUTANT_QUIESCENCE_TIMEOUT_S = 60, 10, 60
"""Short for mutants: what they reject or leave undone does not change with time."""


def run_self_test(
    folder: Path,
    *,
    on_result: Callable[[str], None],
    mutants: tuple[Mutant, ...] = (UNMUTATED, *MUTANTS),
) -> bool:
    """Return whether the unmutated shop passed and every mutant was detected.

    Logs and data of unexpected results stay in `folder`. Raises `CannotProve`.
    """
    results = [
        _test_mutant(folder / str(number), mutant, on_result)
        for number, mutant in enumerate(mutants)
    ]
    return all(results)


def _test_mutant(
    folder: Path, mutant: Mutant, on_result: Callable[[str], None]
) -> bool:
    source = build_mutant_copy(folder / "code", mutant.mutations)
    env_overrides = {"HOLD_SECONDS": str(mutant.hold_seconds)}
    with start_platform(
        folder / "var", source=source, env_overrides=env_overrides
    ) as platform:
        outcome = run_proof(
            platform, _build_options(mutant), Counters(), on_progress=lambda _: None
        )
    violated = {verdict.name for verdict in outcome.verdicts if not verdict.holds}
    is_expected = (
        bool(violated & mutant.detected_by) if mutant.mutations else outcome.passed
    )
    on_result(_format_result(mutant, outcome, violated, is_expected=is_expected))
    if is_expected:
        shutil.rmtree(folder, ignore_errors=True)
    return is_expected


def _build_options(mutant: Mutant) -> ProofOptions:
    options = ProofOptions(
        orders=mutant.orders,
        buyers=BUYERS,
        seed=SEED,
        mix=mutant.mix,
        faults=mutant.faults,
        quiescence_timeout_s=QUIESCENCE_TIMEOUT_S,
    )
    if not mutant.mutations:
        return options
    return replace(
        options,
        max_shopping_s=MUTANT_MAX_SHOPPING_S,
        retry_timeout_s=MUTANT_RETRY_TIMEOUT_S,
        quiescence_timeout_s=MUTANT_QUIESCENCE_TIMEOUT_S,
    )


def _format_result(
    mutant: Mutant, outcome: ProofOutcome, violated: set[str], *, is_expected: bool
) -> str:
    mark = "ok " if is_expected else "BAD"
    if not mutant.mutations:
        result = (
            "passes"
            if is_expected
            else f"does not pass, quiescent: {outcome.is_quiescent}"
        )
    else:
        result = "detected" if is_expected else "NOT detected"
    return f"{mark} without {mutant.guard}: {result} {sorted(violated) or ''}"
