"""Words that mean the same."""

import pytest

from webapp.adapters.search.analysis import split_query
from webapp.adapters.search.same_words import build_groups, find_same, load_groups


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("mice", "mouse"),
        ("mouse", "mice"),
        ("tvs", "television"),
        ("televisions", "tv"),
        ("colour", "color"),
        ("grey", "gray"),
        ("hard disc", "hdd"),
        ("hard disks", "hard drive"),
        ("hdd", "hard disk"),
        ("bicycle", "bike"),
        ("rucksacks", "backpack"),
        ("notebooks", "laptop"),
        ("usb-sticks", "flash drive"),
        ("usb sticks", "usb flash drive"),
        ("head phones", "headphone"),
        ("wi-fi", "wireless"),
        ("t shirts", "tshirt"),
        ("tyre", "tire"),
    ],
)
def test_a_word_means_what_others_do(text: str, other: str) -> None:
    [word] = split_query(text)

    assert tuple(other.split()) in word.all_forms


@pytest.mark.parametrize("text", ["kettle", "disk brake", "harddrives x", "glass"])
def test_other_words_keep_their_own_meaning(text: str) -> None:
    assert "drive" not in [part for word in split_query(text) for part in word.parts]


def test_words_around_one_thing_stay_words() -> None:
    words = split_query("fast hard discs black")

    assert [word.text for word in words] == ["fast", "hard discs", "black"]
    assert [bool(word.same) for word in words] == [False, True, False]


def test_what_was_typed_is_a_form_of_its_own() -> None:
    [word] = split_query("rucksacks")

    assert word.forms == (("rucksacks",),)
    assert ("rucksacks",) not in word.same
    assert "backpack" in word.same_parts


def test_the_longest_entry_counts() -> None:
    groups = build_groups([["usb stick", "flash drive"], ["usb", "serial bus"]])

    length, same = find_same(["usb", "stick", "red"], groups)

    assert length == 2
    assert ("serial", "bus") not in same


def test_an_entry_of_two_groups_means_all_of_them() -> None:
    groups = build_groups([["a", "b"], ["a", "c"]])

    assert [entry for entry in groups[("a",)] if entry != ("a",)] == [("b",), ("c",)]


def test_no_entry_is_longer_than_is_looked_for() -> None:
    assert max(map(len, load_groups())) <= 3
