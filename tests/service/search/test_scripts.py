"""Every script, and every way to write a word: the contract of every engine."""

# ruff: noqa: RUF001 - letters that look like others are what is tested

from unicodedata import normalize

import pytest

from tests.support.product_documents import product_document
from webapp.adapters.search.port import SearchEngine, SearchRequest, SuggestionType

OTHERS = [
    product_document("Red lamp"),
    product_document("Kitchen table"),
    product_document("电视"),
    product_document("رف خشبي"),
    product_document("At a table for t"),
]


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        (normalize("NFD", "Kaffeemühle"), "Kaffeemühle"),
        ("Kaffeemühle", normalize("NFD", "Kaffeemühle")),
        ("Kaffeemühle", "kaffeemuhle"),
        ("Große Straße", "GROSSE STRASSE"),
        ("Grosse Strasse", "große straße"),
        ("Łódź Øre Æbler", "lodz ore aebler"),
        ("IŞIK ışık", "isik"),
        ("ﬁlter Ⅳ", "filter iv"),
        ("Ｗｉｄｅ ｌｅｔｔｅｒｓ １２", "wide letters 12"),
        ("Soft\u00adhyphen", "softhyphen"),
        ("Zero\u200bwidth", "zerowidth"),
        ("LEGO™ bricks®", "lego bricks"),
        ("无线蓝牙耳机", "耳机"),
        ("无线蓝牙耳机", "蓝牙耳机"),
        ("无线蓝牙耳机", "机"),
        ("USB充电器", "充电器"),
        ("USB充电器", "usb 充电"),
        ("ワイヤレスイヤホン", "イヤホン"),
        ("ワイヤレスイヤホン", "ｲﾔﾎﾝ"),
        ("ｲﾔﾎﾝ", "イヤホン"),
        ("ワイヤレスイヤホン", "いやほん"),
        ("무선이어폰", "이어폰"),
        ("หูฟังไร้สาย", "หูฟัง"),
        ("سَمَّاعَات لاسلكية", "سماعات"),
        ("سماعات لاسلكية", "لاسلكيه"),
        ("أحمر", "احمر"),
        ("كتـــاب", "كتاب"),
        ("שָׁלוֹם", "שלום"),
        ("Тёплый свитер", "теплый"),
        ("ΚΑΦΈΣ ελληνικός", "καφεσ"),
        ("हिन्दी किताब", "किताब"),
        ("Größe ٣٥", "35"),
        ("Wi-Fi router", "wifi"),
        ("Wifi router", "wi-fi"),
        ("Wi-Fi router", "wi fi"),
        ("Wi Fi router", "wifi"),
        ("T-shirt", "tshirt"),
        ("Tshirt", "t-shirt"),
        ("Tshirt", "t shirt"),
        ("T shirt", "tshirt"),
        ("USB-C cable", "usbc"),
        ("Blu\u2011ray player", "bluray"),
        ("Bluray player", "blu-ray"),
        ("Blu ray player", "bluray"),
        ("Blu ray player", "blu-ray"),
        ("Bluray player", "blu ray"),
        ("Bluray player", "blu ray player"),
        ("Water proof jacket", "waterproof"),
        ("Waterproof jacket", "water proof jackets"),
        ("USB C cable", "usbc cable"),
        ("Power Bank", "powerbanks"),
        ("Men's boots", "mens"),
        ("Mens boots", "men’s"),
        ("Gift 🎁 box", "🎁"),
        ("Love ❤️", "❤"),
        ("Love ❤", "❤️"),
        ("Thumb 👍🏽", "👍"),
        ("C++ by example", "c++"),
        ("C# by example", "C#"),
        ("AT&T phone", "at&t"),
        (".NET guide", ".net"),
    ],
)
def test_a_word_is_found_as_others_write_it(
    index: SearchEngine, name: str, typed: str
) -> None:
    match = product_document(name)
    index.upsert([*OTHERS, match])

    result = index.search(SearchRequest(typed))

    assert [hit.product_id for hit in result.hits] == [match.product_id]
    assert result.corrected_query is None


@pytest.mark.parametrize(
    ("name", "typed", "similar"),
    [
        ("سماعات بلوتوث", "سَمَّاعات", "ساعات"),
        ("Замок", "замо\u0301к", "зам"),
        ("Spinal guitar", "Spin\u0308al", "Skin"),
        ("Kaffeemaschine", "Kaffee\u00admaschine", "Coffee machine"),
        ("Zerowidth", "Zero\u200bwidth", "Aero"),
    ],
)
def test_a_mark_or_a_hidden_character_in_a_word_is_no_mistake(
    index: SearchEngine, name: str, typed: str, similar: str
) -> None:
    match = product_document(name)
    index.upsert([product_document(similar), match])

    result = index.search(SearchRequest(typed))

    assert [hit.product_id for hit in result.hits] == [match.product_id]
    assert result.corrected_query is None


def test_a_mistyped_word_with_marks_is_corrected_as_a_whole(
    index: SearchEngine,
) -> None:
    match = product_document("سماعات بلوتوث")
    index.upsert([*OTHERS, match])

    result = index.search(SearchRequest("سَمَّاعاتت"))

    assert [hit.product_id for hit in result.hits] == [match.product_id]
    assert result.corrected_query == "سماعات"


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("Vitamin C", "c++"),
        ("C++ by example", "c#"),
        ("Weiter Weg", "耳机"),
        ("耳朵", "耳机"),
        ("H moll, m", "H&M"),
        ("Gift box", "🎁"),
        ("5 °C", "°"),
        ("Kettle", "?!…"),
        ("Kettle", "👍"),
    ],
)
def test_what_is_not_there_is_not_found(
    index: SearchEngine, name: str, typed: str
) -> None:
    index.upsert([*OTHERS, product_document(name)])

    assert index.search(SearchRequest(typed)).total == 0


@pytest.mark.parametrize(
    ("typed", "name"),
    [("wif", "Wi-Fi router"), ("耳", "无线耳机"), ("καφ", "Καφές"), ("كت", "كُتُب")],
)
def test_what_is_typed_is_completed_in_every_script(
    index: SearchEngine, typed: str, name: str
) -> None:
    index.upsert([*OTHERS, product_document(name)])

    suggestions = index.suggest(typed, limit=5)

    assert [(each.text, each.type) for each in suggestions] == [
        (name, SuggestionType.PRODUCT)
    ]


def test_a_word_is_marked_in_the_text_as_it_is_shown(index: SearchEngine) -> None:
    index.upsert([product_document("Wi-Fi Kaffeemühle")])

    [hit] = index.search(SearchRequest("kaffeemuhle")).hits

    assert hit.highlight["name"] == ("Wi-Fi <em>Kaffeemühle</em>",)
