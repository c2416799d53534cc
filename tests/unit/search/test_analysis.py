import pytest

from webapp.adapters.search.analysis import index_text, split_query, split_words
from webapp.adapters.search.codes import list_part_keys, list_typed_codes


@pytest.mark.parametrize(
    ("text", "indexed"),
    [
        ("The Red lamp", "the red lamp"),
        ("Wi-Fi", "wi fi wifi"),
        ("10-20 cm", "10 20 cm"),
        ("C++", "c cplusplus"),
        ("USB充电", "usb 充 电 充电"),
        ("5 °C | 🎁", "5 c u1f381"),
        ("x ray of a bag", "x ray xray of a bag"),
        ("snake_case", "snake case"),
    ],
)
def test_a_text_is_indexed_by_its_words_and_compounds(text: str, indexed: str) -> None:
    assert index_text(text) == indexed


def test_a_compound_of_a_query_is_one_word_in_several_forms() -> None:
    [wifi, router] = split_query("the Wi-Fi router router")

    assert wifi.forms == (("wifi",), ("wi", "fi"))
    assert router.forms == (("router",),)
    assert wifi.parts == ("wifi", "wi", "fi")


def test_letters_that_are_too_common_are_no_form_of_a_compound() -> None:
    assert [word.forms for word in split_query("H&M AT&T")] == [
        (("hm",),),
        (("att",),),
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("something so nobody can steal my laptop", ["can", "steal", "laptop"]),
        ("what do i need for a camping trip", ["camping", "trip"]),
        ("how does it work", ["how", "does", "work"]),
        ("my phone", ["my", "phone"]),
        ("green watering can", ["green", "watering", "can"]),
        ("us keyboard layout", ["us", "keyboard", "layout"]),
        ("the", []),
    ],
)
def test_words_of_mere_sentences_are_left_out_where_others_say_what_is_wanted(
    text: str, words: list[str]
) -> None:
    assert [word.text for word in split_query(text)] == words


def test_what_is_typed_is_split_into_plain_words() -> None:
    assert split_words("Wi-Fi ro") == ["wi", "fi", "ro"]


def test_parts_of_a_code_in_a_row_are_keys_without_leading_zeros() -> None:
    assert list_part_keys(("NOR.0707-60",)) == [
        *("nor0707", "nor070760"),
        *("0707", "707", "070760", "70760"),
    ]


def test_among_others_a_word_of_letters_is_a_code_only_if_it_is_written_like_one() -> (
    None
):
    keys = [code.key for code in list_typed_codes("aprons APRON-S")]
    assert keys == ["apronsaprons", "aprons"]
    assert [code.key for code in list_typed_codes("red aprons")] == ["redaprons"]


def test_the_parts_of_a_very_long_code_are_bounded() -> None:
    assert len(list_part_keys(("-".join("1234567890" * 40),))) < 100
