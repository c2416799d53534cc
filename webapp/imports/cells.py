"""Cells of a product file. Pure; reading a written cell gives the exact same text."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic_core import to_json

# A spreadsheet runs a cell that begins so as a formula; full-width characters too.
FORMULA = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")  # noqa: RUF001


def escape_formula(text: str) -> str:
    """Prefix text that a spreadsheet would run as a formula with an apostrophe.

    Text that already looks escaped gets one more, so that `unescape_formula` always returns
    `text`.
    """
    return f"'{text}" if FORMULA.match(text) else text


def unescape_formula(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and FORMULA.match(cell) else cell


def format_cell(value: Any) -> str:
    """Format a cell: text as it is, lists and objects as JSON, an empty cell for `None`."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping | Sequence) and not isinstance(value, str):
        return to_json(value, inf_nan_mode="constants").decode() if value else ""
    return escape_formula(str(value))
