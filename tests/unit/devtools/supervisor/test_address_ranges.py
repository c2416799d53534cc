from pathlib import Path

import pytest

from webapp.config import Settings, Stage
from webapp.devtools.supervisor.address_ranges import (
    IS_GLOBAL,
    list_misjudged_addresses,
)
from webapp.devtools.supervisor.health_report import CHECKS


def judge_as_before(address: str) -> bool:
    """By the ranges that were missing, and those with exceptions that were not known."""
    if address in {"192.0.0.254", "64:ff9b:1::1", "2002:7f00:1::1"}:
        return True
    return not address.startswith("2001:") and IS_GLOBAL[address]


def test_a_python_that_knows_the_ranges_misjudges_none() -> None:
    assert list_misjudged_addresses(IS_GLOBAL.__getitem__) == []


def test_an_outdated_python_is_known_by_what_it_misjudges() -> None:
    assert list_misjudged_addresses(judge_as_before) == [
        "192.0.0.254",
        "64:ff9b:1::1",
        "2001:1::1",
        "2001:20::1",
        "2002:7f00:1::1",
    ]


@pytest.mark.parametrize("stage", [Stage.STAGING, Stage.PRODUCTION])
def test_doctor_says_it_of_this_python(stage: Stage) -> None:
    """A remark on a laptop, where a private address is no danger."""
    [check] = [check for check in CHECKS if check.part == "python"]
    misjudged = list_misjudged_addresses()

    result = check.run(Settings(stage=stage, var_dir=Path("/nowhere")))
    on_laptop = check.run(Settings(var_dir=Path("/nowhere")))

    assert on_laptop.is_healthy
    assert result.is_healthy == (not misjudged)
    for address in misjudged:
        assert address in result.message
        assert "mended in Python 3.11.10, 3.12.4, 3.13 or newer" in on_laptop.message
