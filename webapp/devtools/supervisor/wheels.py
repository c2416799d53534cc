"""Locate the wheels that contain the embedded servers, without importing them."""

import importlib.util
from pathlib import Path

from webapp.devtools.supervisor.errors import PartFailed


def find_package_folder(package: str, *, alternative_setting: str) -> Path:
    """The installed package's folder. `alternative_setting` replaces the embedded server.

    Raises `PartFailed` when the package is not installed.
    """
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise PartFailed(
            f"The package {package} is not installed here: install "
            f"requirements/platform.txt, or set {alternative_setting}"
        )
    return Path(spec.origin).parent
