"""Cells of a product file. Pure; reading a written cell gives the exact same text."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic_core import to_json

from webapp.kit.formula_cells import escape_formula


def format_cell(value: Any) -> str:
    """Format a cell: text as it is, lists and objects as JSON, an empty cell for `None`."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping | Sequence) and not isinstance(value, str):
        return to_json(value, inf_nan_mode="constants").decode() if value else ""
    return escape_formula(str(value))
