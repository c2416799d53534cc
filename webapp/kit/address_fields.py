"""Fields of an address in a request: text in one line, trimmed and NFC, and known countries."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from webapp.kit.countries import parse_country
from webapp.kit.text import ONE_LINE

PHONE = re.compile(r"\+?[\d\s().\-/]+(?:(?:ext\.?|x|#)\s*\d{1,6})?", re.IGNORECASE)


def check_phone(line: str) -> str:
    """Raises `ValueError` for what nobody can dial."""
    digits = sum(map(str.isdecimal, line))
    if line and not (PHONE.fullmatch(line) and 5 <= digits <= 21):
        msg = f"{line} is no phone number; write it like +49 30 123456-7"
        raise ValueError(msg)
    return line


OptionalLine = Annotated[str, Field(max_length=200), ONE_LINE]
"""Without anything to see it is empty."""
Line = Annotated[str, Field(min_length=1, max_length=200), ONE_LINE]
Country = Annotated[Line, AfterValidator(parse_country)]
"""Any name or ISO code of a country in, its code of two letters inside."""
PostalCode = Annotated[str, Field(max_length=20), ONE_LINE]
Phone = Annotated[str, Field(max_length=40), ONE_LINE, AfterValidator(check_phone)]
