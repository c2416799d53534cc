"""Cells of text that a spreadsheet would run as formulas. Pure; reading an escaped cell gives the
exact same text."""

import re

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
