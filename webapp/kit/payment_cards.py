"""Masks card numbers and security codes (CVC) in texts of people. Pure.

A card number has an issuer's prefix, one of the issuer's lengths and a valid check digit (Luhn);
alone, the check digit would mask every tenth order number. Digits may be of any script or form,
and in groups between any signs.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Any

MIN_DIGITS, MAX_DIGITS = 13, 19
EAN_LENGTH = 13
MAX_PHONE_DIGITS = 15
"""Of a number in international form (E.164)."""
# Prefixes, from and to, with the lengths of their numbers.
ISSUERS: tuple[tuple[int, int, frozenset[int]], ...] = (
    (4, 4, frozenset({13, 16, 18, 19})),  # Visa
    (51, 55, frozenset({16})),  # Mastercard
    (2221, 2720, frozenset({16})),
    (34, 34, frozenset({15})),  # American Express
    (37, 37, frozenset({15})),
    (300, 305, frozenset(range(14, 20))),  # Diners Club
    (3095, 3095, frozenset(range(14, 20))),
    (36, 36, frozenset(range(14, 20))),
    (38, 39, frozenset(range(14, 20))),
    (3528, 3589, frozenset(range(16, 20))),  # JCB
    (6011, 6011, frozenset(range(16, 20))),  # Discover
    (644, 659, frozenset(range(16, 20))),
    (62, 62, frozenset(range(16, 20))),  # UnionPay
    (81, 82, frozenset(range(16, 20))),  # UnionPay, RuPay
    (50, 50, frozenset(range(13, 20))),  # Maestro, RuPay, Elo, Verve
    (56, 58, frozenset(range(13, 20))),
    (60, 60, frozenset(range(13, 20))),
    (63, 63, frozenset(range(13, 20))),
    (67, 67, frozenset(range(13, 20))),
    (2200, 2204, frozenset(range(16, 20))),  # Mir
    (8600, 8600, frozenset({16})),  # Uzcard
    (9792, 9792, frozenset({16})),  # Troy
    (9860, 9860, frozenset({16})),  # Humo
)
SEPARATOR = r"[\W_]"
MAX_SEPARATORS = 40
"""Between two digits: a table pasted from elsewhere has many blanks."""
DIGIT_RUN = re.compile(
    rf"\d(?:{SEPARATOR}{{0,{MAX_SEPARATORS}}}\d){{{MIN_DIGITS - 1},}}"
)
GROUP = re.compile(r"\d+")
PART = re.compile(rf"{SEPARATOR}*\d(?:{SEPARATOR}|\d)*")
GROUPS = re.compile(r"\d+(?: \d+)*")
MIN_PART_DIGITS = 4
IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?:[ ]?[A-Z0-9]{1,4}){3,8}\b", re.IGNORECASE)

MASK = "\u2022\u2022\u2022\u2022"
CODE_MASK = "\u2022\u2022\u2022"
CODE_NAME = (
    r"(?:(?:card[\s_]*)?(?:(?:cvc|cvv|cav|cvd)2?|c\.\s?v\.\s?[cv]\.?2?|csc|cvn|cid)"
    r"(?:[\s_]*(?:code|number|no|value))?"
    r"|(?:three|four|[34])[\s-]*digits?(?:\s+(?:code|number))?\s+(?:on|at|from)\s+the\s+"
    r"(?:back|front|reverse|signature\s+strip)"
    r"|(?:card[\s_]*)?security[\s_]*code|card[\s_]*(?:security|verification|validation)"
    r"(?:[\s_]*(?:code|number|value))?|verification[\s_]*value|pr(?:\u00fc|ue)fnummer|pr(?:\u00fc|ue)fziffer"
    r"|sicherheitscode|kartenpr(?:\u00fc|ue)fnummer|cryptogramme(?:\s+visuel)?|c[o\u00f3]digo\s+de\s+seguridad"
    r"|codice\s+di\s+sicurezza|c[o\u00f3]digo\s+de\s+seguran[c\u00e7]a)"
)
CODE_FIELD = re.compile(CODE_NAME, re.IGNORECASE)
SPLIT_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])|[-.]")
CODE = r"(?<!\d)\d(?:[\s.-]?\d){2,3}(?!\d)"
NAMED_CODE = re.compile(
    rf"(?P<name>(?<![^\W_]){CODE_NAME}(?![^\W\d_])"
    r"(?:\s*(?:number|code|nr\.?|no\.?|is|are|was|ist|lautet|es|est|on\s+the\s+back"
    rf"|of\s+(?:the|my)\s+card)\b|[\W_])*?)(?P<code>{CODE})",
    re.IGNORECASE,
)
CODE_BEFORE_NAME = re.compile(
    rf"(?<!\u2022 )(?P<code>{CODE})"
    rf"(?P<name>\s*(?:\(|,|-)?\s*(?:(?:is|as|for|the|my|=)\s+){{0,3}}{CODE_NAME}\b)",
    re.IGNORECASE,
)
EXPIRY = r"(?:0?[1-9]|1[0-2])[\s/.,:;|-]+(?:20)?\d{2}|(?:0[1-9]|1[0-2])\d{2}"
CODE_AFTER_NUMBER = re.compile(
    rf"(?P<name>{MASK} \d{{4}}[\s,;:|/-]*"
    r"(?:(?:exp(?:ir(?:y|es|ation))?(?:\s+date)?|valid\s+(?:until|thru)"
    rf"|g(?:\u00fc|ue)ltig\s+bis)?[\s:]*(?:{EXPIRY})[\s,;:|/-]+(?:and\s+)?)?)"
    r"(?P<code>(?<![\d.])\d{3,4})(?![\d.]*\d)",
    re.IGNORECASE,
)


def mask_payment_cards(text: str) -> str:
    """The text with `•••• 4242` for each card number and `•••` for each security code."""
    masked = _mask_numbers(text)
    for pattern in (CODE_AFTER_NUMBER, NAMED_CODE):
        masked = pattern.sub(rf"\g<name>{CODE_MASK}", masked)
    return CODE_BEFORE_NAME.sub(rf"{CODE_MASK}\g<name>", masked)


def mask_number_part(before: Sequence[str], text: str) -> str:
    """The text without the rest of a card number that earlier texts began: `before` are their
    groups of digits, which `list_digit_groups` found. Words between the parts do not matter."""
    plain = _plain_digits(text)
    groups = list(GROUP.finditer(plain))
    joined = " ".join([*before, *(group[0] for group in groups)])
    run = GROUPS.fullmatch(joined)
    if not before or run is None:
        return text
    place = len(" ".join(before)) + 1
    pieces, end = [], 0
    for start, stop in _find_numbers(joined, run):
        at = place
        for group in groups:
            if start < place and start <= at < stop:
                pieces += [text[end : group.start()], MASK]
                end = group.end()
            at += len(group[0]) + 1
    return "".join([*pieces, text[end:]])


def list_digit_groups(text: str) -> list[str]:
    """The groups of digits in a text that may be a part of a card number: in one with words, not
    a few digits, such as a quantity."""
    plain = _plain_digits(text)
    groups = GROUP.findall(plain)
    is_short = sum(map(len, groups)) < MIN_PART_DIGITS
    return [] if is_short and has_words(plain) else groups


def mask_code_after(before: str, text: str) -> str:
    """The text, if it has no words, without the security code that the text before announced, by
    its name or by a card number, which is masked there."""
    start = len(before) + 1
    masked = mask_payment_cards(f"{before}\n{text}")
    is_about_text = masked[:start] == f"{before}\n"
    return masked[start:] if is_about_text and not has_words(text) else text


def has_words(text: str) -> bool:
    return any(map(str.isalpha, text))


def mask_json_values(value: Any) -> Any:
    """JSON with the texts and numbers in it masked, and the names of its fields."""
    match value:
        case dict():
            inners = _mask_split_number(list(value.values()))
            # As in {"name": "cvc", "value": "123"}.
            is_of_code = any(
                isinstance(each, str) and _names_code(each) for each in inners
            )
            masked: Any = {
                mask_payment_cards(name): _mask_code(inner)
                if is_of_code or _names_code(name)
                else mask_json_values(inner)
                for name, inner in zip(value, inners, strict=True)
            }
        case list():
            masked = [mask_json_values(inner) for inner in _mask_split_number(value)]
        case str():
            masked = mask_payment_cards(value)
        case int() | float() if abs(value) < 10**MAX_DIGITS:
            plain = f"{value:.0f}" if value == int(value) else str(value)
            shown = mask_payment_cards(plain)
            masked = value if shown == plain else shown
        case _:
            masked = value
    return masked


def _names_code(name: str) -> bool:
    return CODE_FIELD.fullmatch(SPLIT_CAMEL.sub("_", name)) is not None


def _mask_code(value: Any) -> Any:
    """Mask a value that is a security code by the name of its field, also within it."""
    if isinstance(value, dict):
        masked = mask_json_values(value)
        return {name: _mask_code(inner) for name, inner in masked.items()}
    text = "".join(map(str, value)) if isinstance(value, list) else str(value)
    if re.fullmatch(CODE, _plain_digits(text.strip())):
        return CODE_MASK
    return mask_json_values(value)


def _mask_split_number(values: list[Any]) -> list[Any]:
    """Mask the values that make a card number together."""
    places = [
        place
        for place, value in enumerate(values)
        if isinstance(value, str | int) and PART.fullmatch(_plain_digits(str(value)))
    ]
    parts = [str(values[place]) for place in places]
    joined = " ".join(parts)
    is_whole = any(_mask_numbers(part) != part for part in parts)
    if is_whole or _mask_numbers(joined) == joined:
        return values
    return [MASK if place in places else value for place, value in enumerate(values)]


def _mask_numbers(text: str) -> str:
    plain = _plain_digits(text)
    spans = [match.span() for match in IBAN.finditer(plain) if _is_iban(match[0])]
    pieces, end = [], 0
    for run in DIGIT_RUN.finditer(plain):
        if any(first <= run.start() < last for first, last in spans):
            continue
        for start, stop in _find_numbers(plain, run):
            last_digits = _read_digits(plain[start:stop])[-4:]
            pieces += [text[end:start], f"{MASK} {last_digits}"]
            end = stop
    return "".join([*pieces, text[end:]])


def _find_numbers(text: str, run: re.Match[str]) -> Iterator[tuple[int, int]]:
    """Spans of card numbers in a run of groups of digits: each is one or several whole groups,
    as an order number may stand before it and the date of expiry after it."""
    groups = [
        (run.start() + group.start(), run.start() + group.end())
        for group in GROUP.finditer(run[0])
    ]
    first = 0
    while first < len(groups):
        last = _find_last_group(text, run, groups, first)
        if last is not None:
            yield groups[first][0], groups[last][1]
        first = first + 1 if last is None else last + 1


def _find_last_group(
    text: str, run: re.Match[str], groups: list[tuple[int, int]], first: int
) -> int | None:
    """Index of the last group of the card number that begins with the group `first`; the
    shortest, as a security code may follow."""
    for last in range(first, len(groups)):
        digits = _read_digits(text[groups[first][0] : groups[last][1]])
        if len(digits) > MAX_DIGITS:
            return None
        is_all = first == 0 and last == len(groups) - 1
        if _is_card_number(digits) and (is_all or len(digits) > EAN_LENGTH):
            is_other = is_all and _is_other_number(text, run, digits, len(groups))
            return None if is_other else last
    return None


def _is_other_number(
    text: str, run: re.Match[str], digits: str, group_count: int
) -> bool:
    """Whether it is a bar code or a phone number, which have such digits by accident."""
    is_phone = text[: run.start()].endswith("+") and len(digits) <= MAX_PHONE_DIGITS
    return is_phone or (group_count == 1 and _is_ean(digits))


def _is_card_number(digits: str) -> bool:
    return (
        MIN_DIGITS <= len(digits) <= MAX_DIGITS
        and _has_issuer(digits)
        and _passes_luhn(digits)
    )


def _has_issuer(digits: str) -> bool:
    return any(
        first <= int(digits[: len(str(first))]) <= last and len(digits) in lengths
        for first, last, lengths in ISSUERS
    )


def _passes_luhn(digits: str) -> bool:
    doubled = [sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2]]
    return (sum(doubled) + sum(map(int, digits[-1::-2]))) % 10 == 0


def _is_ean(digits: str) -> bool:
    """Whether it is an EAN-13, whose digits have the weights 1 and 3 in turn."""
    weighted = sum(
        int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits)
    )
    return len(digits) == EAN_LENGTH and weighted % 10 == 0


def _is_iban(text: str) -> bool:
    plain = text.replace(" ", "").upper()
    if not plain.isascii():
        return False
    moved = plain[4:] + plain[:4]
    return int("".join(str(int(character, 36)) for character in moved)) % 97 == 1


def _read_digits(text: str) -> str:
    return "".join(filter(str.isdecimal, text))


def _plain_digits(text: str) -> str:
    """The text with its digits, of any script or form, as ASCII ones: a character for each."""
    if text.isascii():
        return text
    return "".join(
        str(unicodedata.digit(each)) if each.isdigit() else each for each in text
    )
