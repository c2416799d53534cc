"""How each analysis is computed, in words. Data, in `methods.toml`."""

import tomllib
from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict

FILE = Path(__file__).parent / "methods.toml"


class AnalysisMethod(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    label: str
    method: str


METHODS: Mapping[str, AnalysisMethod] = {
    name: AnalysisMethod(**entry)
    for name, entry in tomllib.loads(FILE.read_text(encoding="utf-8")).items()
}
"""By the name of the analysis."""
