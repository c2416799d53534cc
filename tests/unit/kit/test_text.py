from typing import Annotated, Any

import pytest
from pydantic import Field, ValidationError

from webapp.kit.json import RequestBody
from webapp.kit.text import (
    LABEL,
    ONE_LINE,
    clean_label,
    clean_line,
    clean_lines,
    label_key,
    plain_key,
)

COMPOSED = "Kaffeem\u00fchle"
DECOMPOSED = "Kaffeemu\u0308hle"


@pytest.mark.parametrize(
    ("typed", "clean"),
    [
        ("  Mug\t", "Mug"),
        ("\u3000Mug\u00a0\u200b", "Mug"),
        ("\ufeffMug\r\n", "Mug"),
        ("Tea  for two", "Tea  for two"),
        (DECOMPOSED, COMPOSED),
        ("", ""),
        (" \u00a0\u2003\u3000", ""),
        ("\u200b\u2060\ufeff\u200e\u00ad", ""),
        ("\u3164\u2800\u115f\ufe0f", ""),
        ("\u2764\ufe0f", "\u2764\ufe0f"),
        ("\u06a9\u062a\u0627\u0628\u200c\u0647\u0627",) * 2,
    ],
)
def test_a_line_is_composed_and_without_blanks_around_it(
    typed: str, clean: str
) -> None:
    assert clean_line(typed) == clean


@pytest.mark.parametrize(
    "character", "\n\r\x0b\x0c\x85\u2028\u2029\t\0\x07\x1b\x7f\x9b\u202d\u202e"
)
def test_a_line_has_no_line_breaks_and_no_control_characters(character: str) -> None:
    with pytest.raises(ValueError, match=r"line breaks|control characters"):
        clean_line(f"Mug{character}Bcc: a@example.com")


def test_lines_end_by_lf_and_keep_tabs() -> None:
    assert clean_lines("\r\nOne\r\n\tTwo\rThree\u2028\n ") == "One\n\tTwo\nThree"


@pytest.mark.parametrize("character", "\0\x07\x1b\x7f\x9b\u202d\u202e")
def test_lines_have_no_other_control_characters(character: str) -> None:
    with pytest.raises(ValueError, match="control characters"):
        clean_lines(f"One\n{character}two")


def test_blanks_within_a_label_are_single() -> None:
    assert clean_label(" Tea \u00a0 for\u3000two ") == "Tea for two"


@pytest.mark.parametrize(
    "spelling", ["mugs", "MUGS", " Mugs ", "\uff2d\uff55\uff47\uff53"]
)
def test_spellings_of_a_label_have_one_key(spelling: str) -> None:
    assert label_key(spelling) == label_key("Mugs")


def test_keys_of_labels_fold_what_lower_case_does_not() -> None:
    assert label_key("STRASSE  1") == label_key("stra\u00dfe 1")
    assert label_key(DECOMPOSED) == label_key(COMPOSED.upper())
    assert label_key("Mugs") != label_key("Mug")


class Part(RequestBody):
    name: Annotated[str, Field(min_length=1, max_length=4), ONE_LINE]


class Body(RequestBody):
    label: Annotated[str, Field(min_length=1), LABEL] = "none"
    free: str = ""
    values: dict[str, Any] = {}
    parts: list[Part] = []
    password: str = ""


@pytest.mark.parametrize("blank", ["", " ", "\u3000", "\u200b"])
def test_a_text_of_blanks_is_too_short(blank: str) -> None:
    with pytest.raises(ValidationError, match="at least 1 character"):
        Body.model_validate({"label": blank})


def test_limits_are_those_of_the_clean_text() -> None:
    body = Body.model_validate({"parts": [{"name": "   Mugs   "}]})

    assert body.parts[0].name == "Mugs"


def test_every_text_of_a_body_is_composed_but_a_password() -> None:
    sent = {
        "free": DECOMPOSED,
        "values": {DECOMPOSED: [DECOMPOSED]},
        "password": DECOMPOSED,
    }

    body = Body.model_validate(sent)

    assert body.free == COMPOSED
    assert body.values == {COMPOSED: [COMPOSED]}
    assert body.password == DECOMPOSED


def test_two_names_that_become_one_are_rejected_and_not_lost() -> None:
    with pytest.raises(ValidationError, match="two names that are the same text"):
        Body.model_validate({"values": {COMPOSED: 1, DECOMPOSED: 2}})


@pytest.mark.parametrize(
    ("text", "key"),
    [
        (" Café  au lait ", "cafe au lait"),
        ("Küche", "kuche"),
        ("хлеб чёрный", "хлеб черныи"),
        ("हिन्दी", "हिन्दी"),
        ("sofa", "sofa"),
    ],
)
def test_accents_do_not_matter_for_what_people_type(text: str, key: str) -> None:
    assert plain_key(text) == key
