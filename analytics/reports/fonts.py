"""The fonts of reports, which wheels bring along, and the characters that none of them has.

What the machine has installed plays no part: a report looks the same wherever it is rendered.
"""

import re
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from pathlib import Path
from unicodedata import category, name

from fontTools.ttLib import TTFont

from analytics.reports.figures import clean_text

FONT_DIRS = (
    Path(str(files("fontpkg_noto_sans"))) / "files",
    Path(str(files("noto_cjk_sans_otc"))),
)
LATIN_FONT = FONT_DIRS[0] / "NotoSans[wdth,wght].ttf"
"""With Greek, Cyrillic and Devanagari."""
CJK_FONT, CJK_NUMBER = FONT_DIRS[1] / "NotoSansCJK-Regular.ttc", 2
"""Of a collection, the one with the Chinese shapes of characters that are written in several."""
FAMILIES = (
    "Noto Sans",
    "Noto Sans CJK SC",
    "Libertinus Serif",
    "DejaVu Sans Mono",
)
"""In which a character is looked for, in this order; the last two are part of Typst."""
TYPST_LETTERS = re.compile("[\u05d0-\u05ea\u0621-\u063a\u0641-\u064a\u0660-\u0669]")
"""Letters that these two have: Hebrew and Arabic."""
INVISIBLE = {"Cf", "Mn", "Zs"}
"""Categories of characters without a shape of their own."""


@cache
def _read_latin() -> frozenset[int]:
    with TTFont(str(LATIN_FONT), lazy=True) as font:
        return frozenset(font.getBestCmap())


@cache
def _read_cjk() -> frozenset[int]:
    with TTFont(str(CJK_FONT), fontNumber=CJK_NUMBER, lazy=True) as font:
        return frozenset(font.getBestCmap())


def has_glyph(character: str) -> bool:
    code = ord(character)
    return (
        code in _read_latin()
        or TYPST_LETTERS.match(character) is not None
        or code in _read_cjk()
    )


def replace_missing(text: str) -> str:
    """The text with names in brackets where no font has the characters: `[wrapped present]`,
    `[5 Thai letters]`."""
    if text.isascii():
        return text
    parts: list[str] = []
    run: list[str] = []
    for character in text:
        is_part = bool(run) and category(character) in INVISIBLE
        if (is_part and character != " ") or not has_glyph(character):
            run.append(character)
            continue
        parts += [*_name_run(run), character]
        run = []
    return "".join([*parts, *_name_run(run)])


def _name_run(run: Iterable[str]) -> Iterable[str]:
    shown = [each for each in run if category(each) not in INVISIBLE]
    letters = [each for each in shown if category(each).startswith(("L", "N", "M"))]
    for symbol in shown:
        if symbol not in letters:
            yield f"[{name(symbol, f'U+{ord(symbol):04X}').lower()}]"
    if letters:
        script = name(letters[0], "unknown").split()[0].capitalize()
        yield f"[{len(letters)} {script} letter{'s' * (len(letters) > 1)}]"


def replace_distinct(texts: Iterable[str]) -> dict[str, str]:
    """For each text how it is drawn: differently from the others, as a chart would take two for
    one."""
    replaced: dict[str, str] = {}
    used: set[str] = set()
    for text in dict.fromkeys(texts):
        shown = replace_missing(clean_text(text))
        number = 1
        candidate = shown
        while candidate in used:
            number += 1
            candidate = f"{shown} ({number})"
        used.add(candidate)
        replaced[text] = candidate
    return replaced
