"""Paths of the real data sets, which are stored outside of the project."""

import os
import sys
from pathlib import Path

import pytest

from webapp.config import PROJECT_ROOT

SHARED_DIR = Path(os.environ.get("ECOM67_SHARED", PROJECT_ROOT.parent / "shared"))


def require_shared_file(name: str) -> Path:
    """Return the path of a data file in `ECOM67_SHARED`; skip the test if it is missing."""
    path = SHARED_DIR / "data" / name
    if not path.exists():
        pytest.skip(f"needs the data of ECOM67_SHARED ({name})")
    return path


def find_shared_file(name: str) -> Path:
    """Return the path of a data file in `ECOM67_SHARED`; end the program if it is missing."""
    path = SHARED_DIR / "data" / name
    if not path.exists():
        sys.exit(
            f"{path} does not exist: set ECOM67_SHARED to the folder that has data/{name}"
        )
    return path
