from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.support.clients import Visitor
from tests.support.platform import Platform, running_platform


@pytest.fixture(scope="session")
def platform() -> Iterator[Platform]:
    """One platform for all journeys: its first start, with the demo shop in it."""
    with (
        TemporaryDirectory(prefix="ecom67 journey ") as folder,
        # One customer orders more in these minutes than a shop would let pass unseen.
        running_platform(Path(folder) / "var", REVIEW_FROM="101") as platform,
    ):
        yield platform


@pytest.fixture
def visitor(platform: Platform) -> Iterator[Visitor]:
    with Visitor(platform.address) as visitor:
        yield visitor


@pytest.fixture
def customer(visitor: Visitor, platform: Platform) -> Visitor:
    return visitor.sign_in(**platform.accounts["customer"])


@pytest.fixture
def admin(visitor: Visitor, platform: Platform) -> Visitor:
    return visitor.sign_in(**platform.accounts["admin"])
