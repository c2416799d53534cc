"""The real data beside the project, which is never part of it."""

import os
from pathlib import Path

import pytest

from webapp.config import PROJECT_ROOT

SHARED_DIR = Path(os.environ.get("ECOM67_SHARED", PROJECT_ROOT.parent / "shared"))


def require_shared_file(name: str) -> Path:
    """A file of `ECOM67_SHARED`; the test is skipped where there is none."""
    path = SHARED_DIR / "data" / name
    if not path.exists():
        pytest.skip(f"needs the data of ECOM67_SHARED ({name})")
    return path
