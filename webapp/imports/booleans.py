"""Parses yes and no in the languages that spreadsheets and shops write. Pure."""

import re
import tomllib
from importlib import resources
from typing import Any

from webapp.imports.errors import RowRejected
from webapp.kit.text import label_key

NUMBER = re.compile(r"([01])(?:[.,]0+)?")


def _read_words() -> dict[str, bool]:
    text = resources.files("webapp.imports").joinpath("boolean_words.toml")
    languages = tomllib.loads(text.read_text("utf-8")).values()
    return {
        label_key(word): meaning
        for meaning in (True, False)
        for language in languages
        for word in language[str(meaning).lower()].split()
    }


WORDS = _read_words()


def parse_bool(value: Any, field: str) -> bool | None:
    """Return `None` for an empty value, which says nothing.

    Raises `RowRejected` for what is not understood.
    """
    if isinstance(value, bool) or value is None:
        return value
    word = label_key(str(value))
    if not word:
        return None
    number = NUMBER.fullmatch(word)
    meaning = WORDS.get(word if number is None else number[1])
    if meaning is None:
        raise RowRejected(
            f"{field}: {str(value).strip():.40} is not understood; write true or false, or "
            "leave it empty"
        )
    return meaning
