"""Detects the encoding of a text file, or refuses to guess.

A file that is read in a wrong encoding is stored with broken texts, and most encodings of one byte
a character read any file without an error. So an encoding is only taken where all plausible
readings of the sample are the same text; otherwise the error shows two of them.
"""

import codecs
import re
import unicodedata
from collections.abc import Iterator, Sequence

from charset_normalizer import from_bytes

from webapp.imports.column_names import make_printable
from webapp.imports.errors import UnreadableFile
from webapp.imports.file_types import NO_TEXT
from webapp.kit.text import capitalize_first

UTF8 = "utf-8"
# UTF-32 first: its mark begins with that of UTF-16.
BYTE_ORDER_MARKS = {
    codecs.BOM_UTF8: UTF8,
    codecs.BOM_UTF32_LE: "utf-32-le",
    codecs.BOM_UTF32_BE: "utf-32-be",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
CANDIDATES = {
    "cp1252": "windows-1252",
    "cp1250": "windows-1250",
    "cp1251": "windows-1251",
    "cp1253": "windows-1253",
    "cp1254": "windows-1254",
    "cp1255": "windows-1255",
    "cp1256": "windows-1256",
    "cp1257": "windows-1257",
    "iso8859_15": "iso-8859-15",
    "iso8859_2": "iso-8859-2",
    "iso8859_5": "iso-8859-5",
    "iso8859_7": "iso-8859-7",
    "iso8859_9": "iso-8859-9",
    "koi8_r": "koi8-r",
    "mac_roman": "mac-roman",
    "mac_cyrillic": "mac-cyrillic",
    "cp437": "cp437",
    "cp850": "cp850",
    "cp852": "cp852",
    "cp866": "cp866",
    "cp932": "shift_jis",
    "euc_jp": "euc_jp",
    "gb18030": "gb18030",
    "big5": "big5",
    "cp949": "euc_kr",
}
"""Python's names of what is tried, in the order of preference → the names that people use."""
PREFERENCE = {encoding: place for place, encoding in enumerate(CANDIDATES)}
EAST_ASIAN = ("cp932", "euc_jp", "gb18030", "big5", "cp949")
WIDER = {"shift_jis": "cp932", "euc_kr": "cp949", "gb2312": "gb18030", "gbk": "gb18030"}
"""Encodings by the name of a smaller one, as Windows and the web use it."""
NOT_FOR_FILES = ("idna", "punycode", "escape", "utf_7", "undefined", "mbcs", "oem")
MAX_SAMPLED_BYTES = 64 * 1024
MAX_MESS = 0.5
"""Of a reading, from 0 to 1 as charset-normalizer measures it. Above its default, .2, so that the
right reading of a few strange words is never the one that is dropped."""
MAX_MESS_ABOVE = 0.2
"""By how much that of an East Asian reading may exceed the best of these: they differ clearly."""
WORD = re.compile(r"[^\s,;|\t\"(){}\[\]/:.!?<>=&*+#@0-9_-]+")
NOT_LATIN = re.compile("CYRILLIC|GREEK|HEBREW|ARABIC|THAI")
REMEDY = (
    "name it (`--encoding` of the command, the parameter `encoding` of the API), or save "
    "the file as UTF-8"
)


def find_byte_order_mark(start: bytes) -> bytes:
    """Return the byte order mark that a file begins with, empty if there is none."""
    return next((mark for mark in BYTE_ORDER_MARKS if start.startswith(mark)), b"")


def resolve_encoding(name: str) -> str:
    """Return Python's name of an encoding that was asked for. Raises `UnreadableFile`."""
    asked = name.strip().lower().replace("-", "_")
    try:
        found = codecs.lookup(WIDER.get(asked, asked)).name
        "".encode(found)  # raises for what encodes no text, such as base64
    except (LookupError, ValueError) as error:
        raise UnreadableFile(
            f"encoding: {name:.40} is not known; windows-1250 and shift_jis are, for example"
        ) from error
    if any(word in found.replace("-", "_") for word in NOT_FOR_FILES):
        raise UnreadableFile(f"encoding: {name:.40} is not one of files")
    return found


def name_encoding(encoding: str) -> str:
    """Return the usual name of one of Python's encodings."""
    return CANDIDATES.get(encoding, encoding)


def detect_encoding(sample: bytes, *, is_whole: bool) -> str:
    """Detect the encoding of a file without a byte order mark by its beginning.

    `is_whole` says that the sample is the whole file. Raises `UnreadableFile` when it is not
    certain.
    """
    wide = _detect_wide(sample)
    if wide is not None:
        return wide
    if 20 * sample.count(0) > len(sample):
        raise UnreadableFile(NO_TEXT)
    lines = sample.splitlines(keepends=True)
    if not is_whole and len(lines) > 1:
        lines.pop()  # the sample may end within a character
    telling = [line for line in lines if not line.isascii()]
    legacy = [line for line in telling if not _is_utf8(line)]
    # A line that happens to be UTF-8 is rare: then others are damaged, and rejected by row.
    if 2 * len(legacy) <= len(telling):
        return UTF8
    return _detect_legacy(b"".join(_take_lines(telling)))


def _detect_wide(sample: bytes) -> str | None:
    """Detect UTF-16 and UTF-32 by the zero bytes of delimiters, digits and Latin letters."""
    zeros = [_share_of_zeros(sample[offset::4]) for offset in range(4)]
    even, odd = _share_of_zeros(sample[::2]), _share_of_zeros(sample[1::2])
    signs = {
        "utf-32-le": min(zeros[2:]) > 0.9,
        "utf-32-be": min(zeros[:2]) > 0.9,
        "utf-16-le": odd > 0.1 and even < 0.01,
        "utf-16-be": even > 0.1 and odd < 0.01,
    }
    return next((encoding for encoding, is_so in signs.items() if is_so), None)


def _share_of_zeros(data: bytes) -> float:
    return data.count(0) / max(len(data), 1)


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


def _take_lines(lines: Sequence[bytes]) -> Iterator[bytes]:
    taken = 0
    for line in lines:
        yield line
        taken += len(line)
        if taken > MAX_SAMPLED_BYTES:
            return


def _detect_legacy(sample: bytes) -> str:
    readings = _list_plausible_readings(sample)
    if not readings:
        unknown = f"The encoding of the file is not recognized: {REMEDY}"
        raise UnreadableFile(NO_TEXT if 0 in sample else unknown)
    if len(readings) > 1:
        raise UnreadableFile(_describe_ambiguity(readings))
    [encoding] = readings.values()
    return encoding


def _list_plausible_readings(sample: bytes) -> dict[str, str]:
    """List the texts that the sample may be, the best first, each with its encoding."""
    matches = from_bytes(
        sample,
        cp_isolation=list(CANDIDATES),
        enable_fallback=False,
        threshold=MAX_MESS,
    )
    mess = {
        name: match.chaos
        for match in matches
        for name in (match.encoding, *match.could_be_from_charset)
    }
    mess = dict.fromkeys(EAST_ASIAN, 1.0) | mess  # they decode by chance only if short
    best = min(mess[encoding] for encoding in EAST_ASIAN)
    readings: dict[str, str] = {}
    for encoding in sorted(mess, key=lambda name: (mess[name], PREFERENCE[name])):
        if encoding in EAST_ASIAN and mess[encoding] > best + MAX_MESS_ABOVE:
            continue
        text = _decode_sample(sample, encoding)
        if text is not None and _is_plausible(text):
            readings.setdefault(text, encoding)
    return readings


def _decode_sample(sample: bytes, encoding: str) -> str | None:
    try:
        return sample.decode(encoding)
    except UnicodeDecodeError:
        return None


def _describe_ambiguity(readings: dict[str, str]) -> str:
    (text, encoding), (other_text, other_encoding), *_ = readings.items()
    words = zip(WORD.findall(text), WORD.findall(other_text), strict=False)
    word, other = next(
        ((a, b) for a, b in words if a != b), (text.strip(), other_text.strip())
    )
    return (
        f"The encoding of the file is not certain: a text may be "
        f"“{make_printable(word)}” ({name_encoding(encoding)}) or "
        f"“{make_printable(other)}” ({name_encoding(other_encoding)}). "
        f"{capitalize_first(REMEDY)}"
    )


def _is_plausible(text: str) -> bool:
    """Whether words look like words; a wrong encoding puts symbols and other scripts in them."""
    words = [word for word in WORD.findall(text) if not word.isascii()]
    strange = sum(map(_is_strange_word, words))
    return 10 * strange <= len(words)


def _is_strange_word(word: str) -> bool:
    kinds = "".join(map(_classify_character, word))
    return bool(
        # a control, private or unassigned character; a symbol within a word
        re.search(r"[?]|[lLoOhcm]s+[lLoOhcm]", kinds)
        # two alphabets in a word; an ideograph within a Latin one
        or re.search(r"[lL].*[oO]|[oO].*[lL]|[lL][hc]+[lL]", kinds)
        # Korean and Chinese characters in a word
        or re.search(r"hc|ch", kinds)
        # a capital letter after a small one
        or re.search(r"[lo][LO]", kinds)
    )


def _classify_character(character: str) -> str:
    """Return l, L: Latin small, capital; o, O: of another alphabet; h: Korean; c: another letter;
    m: mark; p: apostrophe; s: symbol; ?: no character of a text."""
    category = unicodedata.category(character)
    if category in {"Cc", "Co", "Cn", "Cs"}:
        return "?"
    if category[0] == "M":
        return "m"
    if category[0] == "L":
        return _classify_letter(character, category)
    return "p" if character in "'’‘´`\u00ad" else "s"  # noqa: RUF001


def _classify_letter(character: str, category: str) -> str:
    name = unicodedata.name(character, "")
    if name.startswith("LATIN"):
        return "L" if category == "Lu" else "l"
    if NOT_LATIN.match(name):
        return "O" if category == "Lu" else "o"
    return "h" if name.startswith("HANGUL") else "c"
