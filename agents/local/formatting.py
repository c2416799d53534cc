"""Formatting of amounts, counts and lists for answers. Pure."""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from agents.local.dialogue_state import Json
from webapp.kit.money import format_money, to_minor


def format_amount(amount: float, currency: str) -> str:
    return format_money(to_minor(Decimal(str(amount))), currency)


def format_numbered_list(lines: Iterable[str]) -> str:
    return "\n".join(f"{number}. {line}" for number, line in enumerate(lines, 1))


def format_count(number: int, one: str) -> str:
    return f"{number} {one}" if number == 1 else f"{number:,} {one}s"


def join_list(parts: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    *rest, last = parts
    return f"{', '.join(rest)} and {last}" if rest else last


def format_stock(item: Json) -> str:
    left = item["stock"]
    if left <= 0:
        return "out of stock"
    return f"only {left} left" if left <= 3 else "in stock"
