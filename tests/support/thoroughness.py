"""How much the tests of many cases try: a part of them each time, more by hand."""

import os
from collections.abc import Sequence
from typing import TypeVar

Case = TypeVar("Case")

THOROUGHNESS = int(os.environ.get("ECOM67_THOROUGHNESS", "1"))
"""Times as many cases as `.ci/run` has time for."""


def take_part(cases: Sequence[Case], *, one_in: int, offset: int = 0) -> Sequence[Case]:
    """Every `one_in`-th case, or more by thoroughness; the offset says which is the first, so
    that callers that count up try all of them together."""
    step = max(1, one_in // THOROUGHNESS)
    return cases[offset % step :: step]
