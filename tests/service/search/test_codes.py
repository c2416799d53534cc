"""Codes come first, however they are typed: the contract of every engine."""

# ruff: noqa: RUF001 - letters that look like others are what is tested

import pytest

from tests.support.product_documents import product_document
from webapp.adapters.search.port import SearchEngine, SearchRequest

OTHERS = [
    product_document("Apron", description="An apron, S, M or L", codes=("LIN-77",)),
    product_document("Box of 12 cups", description="A12 paper, 4217 sheets"),
    product_document("Norwegian lamp", description="42 315 NOR 0707 60"),
    *(product_document(f"Series {n}", codes=(f"SER-4000-{n}",)) for n in range(30)),
]


@pytest.mark.parametrize(
    ("code", "typed"),
    [
        ("APRON-S", "APRON-S"),
        ("APRON-S", "apron-s"),
        ("APRON_S", "apron_s"),
        ("A12", "A12"),
        ("A12", "a-12"),
        ("A12", "a12 paper"),
        ("42-315/B", "42-315"),
        ("42-315/B", "42-315/b"),
        ("42-315/B", "42 315 B"),
        ("42-315/B", "４２－３１５"),
        ("0004217", "4217"),
        ("0004217", "0004217"),
        ("NOR.0707-60", "NOR0707"),
        ("NOR.0707-60", "nor 0707"),
        ("NOR.0707-60", "NOR 0707 60"),
        ("NOR.0707-60", "0707-60"),
        ("NOR.0707-60", "lamp NOR0707"),
        ("4006381333931", "4006381333931"),
        ("4006381333931", "4 006381 333931"),
        ("978-3-16-148410-0", "9783161484100"),
        ("Ж-150", "ж150"),
        ("SER-4000-X", "SER-4000-X"),
        ("DV7-1211EA", "dv71211"),
        ("DV7-1211EA", "DV7-121"),
        ("NOR.0707-60", "nor070"),
        ("4006381333931", "400638133"),
    ],
)
def test_the_product_of_a_code_is_the_first_hit(
    index: SearchEngine, code: str, typed: str
) -> None:
    match = product_document("Thing without a name for it", codes=("Z-1", code))
    index.upsert([*OTHERS, match])

    result = index.search(SearchRequest(typed))

    assert result.hits[0].product_id == match.product_id
    assert result.corrected_query is None


def test_a_code_as_it_is_written_comes_before_one_with_other_separators(
    index: SearchEngine,
) -> None:
    dashed = product_document("Dashed", codes=("A-12",))
    plain = product_document("Plain", codes=("A12",))
    part = product_document("Part", codes=("A12-900",))
    words = product_document("A12 a12 a12")
    index.upsert([part, words, dashed, plain])

    def list_hits(text: str) -> list[object]:
        return [hit.product_id for hit in index.search(SearchRequest(text)).hits]

    assert list_hits("A12") == [
        found.product_id for found in (plain, dashed, part, words)
    ]
    assert list_hits("A-12")[0] == dashed.product_id


def test_a_code_is_shown_with_the_longer_codes_that_contain_it(
    index: SearchEngine,
) -> None:
    exact = product_document("Exact", codes=("DV7-1211",))
    part = product_document("Part", codes=("HP-DV7-1211-S",))
    longer = product_document("Longer", codes=("DV7-1211EA",))
    index.upsert([*OTHERS, longer, part, product_document("DV7 case"), exact])

    for typed in ("DV7-1211", "dv71211"):
        hits = [hit.product_id for hit in index.search(SearchRequest(typed)).hits]
        assert hits[:2] == [exact.product_id, part.product_id]
        assert set(hits[2:]) == {longer.product_id}


def test_the_beginning_of_many_codes_floods_no_list(index: SearchEngine) -> None:
    lamp = product_document("Lamp SER40")
    index.upsert([*OTHERS, lamp])

    hits = index.search(SearchRequest("ser40")).hits

    assert [hit.product_id for hit in hits] == [lamp.product_id]


def test_words_stay_apart_that_no_product_has_as_one(index: SearchEngine) -> None:
    both = product_document("Red kitchen lamp")
    index.upsert([both, product_document("Redkitchen"), product_document("Red table")])

    result = index.search(SearchRequest("kitchen lamp"))

    assert [hit.product_id for hit in result.hits] == [both.product_id]


def test_a_number_of_many_codes_floods_no_list(index: SearchEngine) -> None:
    lamp = product_document("Lamp 4000 kelvin")
    index.upsert([*OTHERS, lamp])

    hits = index.search(SearchRequest("4000")).hits

    assert [hit.product_id for hit in hits] == [lamp.product_id]


def test_a_short_number_next_to_words_is_no_part_of_a_code(index: SearchEngine) -> None:
    phone = product_document("Phone 100")
    index.upsert([phone, product_document("Screw", codes=("SCR-100-7",))])

    hits = index.search(SearchRequest("phone 100")).hits

    assert [hit.product_id for hit in hits] == [phone.product_id]


@pytest.mark.parametrize("typed", ["QWERTS-Z", "qwerts-z"])
def test_a_code_is_not_corrected(index: SearchEngine, typed: str) -> None:
    match = product_document("Thing", codes=("QWERTS-Z",))
    index.upsert([match, product_document("Qwerty keyboard"), *OTHERS])

    result = index.search(SearchRequest(typed))

    assert result.corrected_query is None
    assert result.hits[0].product_id == match.product_id


@pytest.mark.parametrize(
    ("code", "typed"),
    [
        ("APRON-S", "aprons"),
        ("APRON-S", "APRON S"),
        ("NORDIC", "nordic"),
        ("12", "12"),
        ("4217", "0004217"),
        ("4006381333931", "04006381333931"),
        ("04006381333931", "4006381333931"),
    ],
)
def test_alone_any_code_is_first_whatever_texts_have_its_words(
    index: SearchEngine, code: str, typed: str
) -> None:
    match = product_document("Thing", codes=(code,))
    others = [
        product_document(f"{text} {text}", description=f"Fits {text}. " * 5)
        for text in (typed, code)
    ]
    index.upsert([others[0], match, others[1]])

    result = index.search(SearchRequest(typed))

    assert result.hits[0].product_id == match.product_id
    assert result.corrected_query is None


@pytest.mark.parametrize("typed", ["blue lamp", "lamp for 12 people", "the lamp"])
def test_among_other_words_a_word_or_count_is_no_code(
    index: SearchEngine, typed: str
) -> None:
    lamp = product_document("Blue lamp for 12 people")
    others = [product_document("Rug", codes=(code,)) for code in ("BLUE", "12", "FOR")]
    index.upsert([*others, lamp])

    assert index.search(SearchRequest(typed)).hits[0].product_id == lamp.product_id


@pytest.mark.parametrize("typed", ["APRON-S", "apro-n", "42-3", "42315", "NOR.07"])
def test_a_code_being_typed_suggests_its_product(
    index: SearchEngine, typed: str
) -> None:
    product = product_document("Thing", codes=("APRON-S", "42-315/B", "NOR.0707-60"))
    index.upsert([product, product_document("Other", codes=("ZZ-1",))])

    assert [each.product_id for each in index.suggest(typed, limit=3)] == [
        product.product_id
    ]


def test_an_indic_letter_is_found_with_and_without_its_dot(index: SearchEngine) -> None:
    phone = product_document("फ़ोन")
    index.upsert([phone, product_document("Kettle")])

    [hit] = index.search(SearchRequest("फोन")).hits
    assert hit.product_id == phone.product_id
