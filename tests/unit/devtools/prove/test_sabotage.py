import ast
from pathlib import Path

import pytest

from webapp.devtools.prove.platform import CannotProve
from webapp.devtools.prove.sabotage import SABOTAGES, Change, Sabotage, sabotaged_copy
from webapp.integrity.invariants import INVARIANTS

TOLD = {"nothing-oversold", "one-key-one-order", "no-order-unasked"}


@pytest.mark.parametrize("sabotage", SABOTAGES, ids=lambda each: each.guard)
def test_each_guard_can_still_be_taken_away(sabotage: Sabotage, tmp_path: Path) -> None:
    copy = sabotaged_copy(tmp_path, sabotage.changes)

    for change in sabotage.changes:
        text = (copy / change.file).read_text()
        ast.parse(text)
        assert change.after in text
    assert sabotage.found_by <= TOLD | {rule.name for rule in INVARIANTS}


def test_a_text_that_is_gone_stops_the_self_test(tmp_path: Path) -> None:
    change = Change("webapp/db/outbox.py", "no such line\n", "")

    with pytest.raises(CannotProve, match=r"webapp/db/outbox\.py has changed"):
        sabotaged_copy(tmp_path, (change,))
