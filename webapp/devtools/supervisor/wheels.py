"""Where the programs of the embedded servers lie. The packages themselves are not imported."""

import importlib.util
from pathlib import Path

from webapp.devtools.supervisor.errors import PartFailed


def find_package_folder(package: str, *, alternative_setting: str) -> Path:
    """The installed package's folder. `instead` names the setting that does without it."""
    found = importlib.util.find_spec(package)
    if found is None or found.origin is None:
        raise PartFailed(
            f"The package {package} is not installed here: install "
            f"requirements/platform.txt, or set {alternative_setting}"
        )
    return Path(found.origin).parent
