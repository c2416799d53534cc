"""Formatting of the cells of a report: amounts with their currency, percent, names. Pure."""

import re
from unicodedata import category

from webapp.insights.query.definitions import DIMENSIONS, Unit
from webapp.insights.query.descriptions import name_value
from webapp.insights.query.results import ResultColumn, ResultRow
from webapp.kit.money import Currency, format_money

NONE = "–"  # noqa: RUF001
"""Where there is no figure, such as a change on nothing."""
CHANGE = re.compile(r"(^|_)(change|effect)(_percent)?$")
"""Names of columns that are shown with a sign."""
CURRENCIES = frozenset(Currency)


def format_cell(column: ResultColumn, row: ResultRow, currency: str | None) -> str:
    value = row.get(column.name)
    if value is None:
        return NONE
    if isinstance(value, str) or column.unit is None:
        text = str(value)
        is_known = column.name in DIMENSIONS
        return clean_text(name_value(column.name, text) if is_known else text)
    text = format_figure(
        value, column.unit, currency, signed=bool(CHANGE.search(column.name))
    )
    is_of_rate = column.unit is Unit.PERCENT and column.name.endswith("_change")
    return f"{text.rstrip('%')} pp" if is_of_rate else text


def format_figure(
    value: float, unit: Unit, currency: str | None, *, signed: bool = False
) -> str:
    """`$1,234.50`, `1,234`, `12.5%`; with a plus where it is a rise, if `signed`."""
    text = _format_size(abs(value), unit, currency)
    if not any(digit in text for digit in "123456789"):
        return text
    if value < 0:
        return f"-{text}"
    return f"+{text}" if signed else text


def _format_size(value: float, unit: Unit, currency: str | None) -> str:
    if unit is Unit.MONEY and currency in CURRENCIES:
        return format_money(round(value * 100), Currency(currency))
    if unit is Unit.PERCENT:
        return f"{value:,.1f}%"
    is_whole = unit is Unit.COUNT and float(value).is_integer()
    return f"{value:,.0f}" if is_whole else f"{value:,.2f}"


def clean_text(text: str) -> str:
    """Of one line, and without the characters that would turn the text around them."""
    shown = "".join(each for each in text if each.isspace() or not _is_control(each))
    return " ".join(shown.split())


def _is_control(character: str) -> bool:
    """Joiners, which emoji and some scripts are written with, are none."""
    is_format = category(character) == "Cf" and character not in "\u200c\u200d"
    return is_format or category(character) in {"Cc", "Cs"}
