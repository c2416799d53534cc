"""Cells of the product sheet. Pure; what is read is what was written, to the character."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic_core import to_json

# A spreadsheet takes what begins so for a formula, and runs it: in the wide forms too.
FORMULA = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")  # noqa: RUF001


def escape_formula(text: str) -> str:
    """With an apostrophe in front of what a spreadsheet would run.

    What already looks guarded gets one more, so that `unguarded` always gives back `text`.
    """
    return f"'{text}" if FORMULA.match(text) else text


def unescape_formula(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and FORMULA.match(cell) else cell


def format_cell(value: Any) -> str:
    """A cell: texts as they are, lists and objects as JSON, nothing for `None`."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping | Sequence) and not isinstance(value, str):
        return to_json(value, inf_nan_mode="constants").decode() if value else ""
    return escape_formula(str(value))
