from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.support.platform import PlatformProcess, running_platform
from tests.support.platform_client import PlatformClient


@pytest.fixture(scope="session")
def platform() -> Iterator[PlatformProcess]:
    """One platform for all journeys: its first start, with the demo shop in it."""
    with (
        TemporaryDirectory(prefix="ecom67 journey ") as folder,
        # One customer places more orders in these minutes than the risk score allows.
        running_platform(Path(folder) / "var", REVIEW_THRESHOLD="101") as platform,
    ):
        yield platform


@pytest.fixture
def visitor(platform: PlatformProcess) -> Iterator[PlatformClient]:
    with PlatformClient(platform.address) as visitor:
        yield visitor


@pytest.fixture
def customer(visitor: PlatformClient, platform: PlatformProcess) -> PlatformClient:
    return visitor.sign_in(**platform.accounts["customer"])


@pytest.fixture
def admin(visitor: PlatformClient, platform: PlatformProcess) -> PlatformClient:
    return visitor.sign_in(**platform.accounts["admin"])
