import ast
from pathlib import Path

import pytest

from webapp.devtools.prove.mutants import MUTANTS, Mutant, Mutation, build_mutant_copy
from webapp.devtools.prove.platform import CannotProve
from webapp.integrity.invariants import INVARIANTS

PROOF_RULES = {
    "nothing-oversold",
    "one-cart-one-charge",
    "one-key-one-order",
    "no-order-unasked",
}


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.guard)
@pytest.mark.slow
def test_each_guard_can_still_be_removed(mutant: Mutant, tmp_path: Path) -> None:
    copy = build_mutant_copy(tmp_path, mutant.mutations)

    for mutation in mutant.mutations:
        text = (copy / mutation.file).read_text()
        ast.parse(text)
        assert mutation.after in text
    assert mutant.detected_by <= PROOF_RULES | {rule.name for rule in INVARIANTS}


def test_a_text_that_is_gone_stops_the_self_test(tmp_path: Path) -> None:
    mutation = Mutation("webapp/db/outbox.py", "no such line\n", "")

    with pytest.raises(CannotProve, match=r"webapp/db/outbox\.py has changed"):
        build_mutant_copy(tmp_path, (mutation,))
