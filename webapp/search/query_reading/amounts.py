"""Amounts of money, and the words that bound a number: "under 500 €", "between $100 and $150"."""

import re

from webapp.kit.quantities import read_number

CURRENCY = (
    r"(?:€|\$|£|¥|eur|euros?|usd|us\$|dollars?|bucks|gbp|quid|pounds?|cad|aud|chf)"
)
NUMBER = r"\d{1,9}(?:[.,]\d{1,9})*"
AMOUNT = rf"(?:{CURRENCY}\s?)?{NUMBER}\s?k?(?:\s?{CURRENCY}(?!\w))?"
COUNTED = (
    r"(?:pcs|pieces?|parts|pages?|years?|yrs?|months?|days?|hours?|people|persons?|players?|ports?"
    r"|cells?|sheets?|packs?|pairs?|cups?|stars?|percent|%|lumens?|rpm|dpi|pixels?|p\b|hz|degrees?"
    r"|watts?|channels?|keys|colou?rs|inch(?:es)?|\"|x\b)"
)
"""What a number may count: it is no price then."""
BELOW = (
    r"(?:under|below|less\s+than|cheaper\s+than|lower\s+than|beneath|no\s+more\s+than|"
    r"not\s+(?:more|higher)\s+than|not\s+(?:over|above)|max(?:imum|\.)?(?:\s+of)?|up\s+to|"
    r"at\s+most|within|<=|=<|≤|<)"
)
ABOVE = (
    r"(?:over|above|more\s+than|higher\s+than|greater\s+than|no\s+less\s+than|not\s+less\s+than|"
    r"not\s+(?:under|below)|min(?:imum|\.)?(?:\s+of)?|at\s+least|starting\s+(?:at|from)|from|"
    r">=|=>|≥|>)"
)
_VALUE = re.compile(rf"({NUMBER})\s?(k)?", re.IGNORECASE)
_CURRENCY = re.compile(CURRENCY, re.IGNORECASE)


def read_minor(text: str) -> int:
    """In minor units of two decimals: `$1.5k` is 150000."""
    [(number, thousands), *_] = _VALUE.findall(text)
    return round(read_number(number) * (100_000 if thousands else 100))


def has_currency(text: str) -> bool:
    return _CURRENCY.search(text) is not None
