import ast
from pathlib import Path

import pytest

from webapp.devtools.prove.mutants import MUTANTS, Mutant, Mutation, build_mutant_copy
from webapp.devtools.prove.platform import CannotProve
from webapp.integrity.invariants import INVARIANTS

TOLD = {"nothing-oversold", "one-key-one-order", "no-order-unasked"}


@pytest.mark.parametrize("sabotage", MUTANTS, ids=lambda each: each.guard)
def test_each_guard_can_still_be_taken_away(sabotage: Mutant, tmp_path: Path) -> None:
    copy = build_mutant_copy(tmp_path, sabotage.mutations)

    for change in sabotage.mutations:
        text = (copy / change.file).read_text()
        ast.parse(text)
        assert change.after in text
    assert sabotage.detected_by <= TOLD | {rule.name for rule in INVARIANTS}


def test_a_text_that_is_gone_stops_the_self_test(tmp_path: Path) -> None:
    change = Mutation("webapp/db/outbox.py", "no such line\n", "")

    with pytest.raises(CannotProve, match=r"webapp/db/outbox\.py has changed"):
        build_mutant_copy(tmp_path, (change,))
