import pytest

from webapp.adapters.search.analysis import QueryWord
from webapp.adapters.search.kinds import (
    choose_kind,
    index_category_kinds,
    index_name_kinds,
    split_phrases,
)


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        # Electronics
        ("MicroSaver Keyed Laptop Lock — Single", {"lock"}),
        ("WetEx Keyboard cover", {"cover"}),
        ("Camera Battery", {"battery"}),
        ("Wren 14 Laptop", {"laptop", "wren"}),
        ("Laptop 15.6 inch", {"laptop", "inch"}),
        ("Laptop 40 cm, 16 GB", {"laptop"}),
        ("FireWire for Laptop (3 ports)", {"firewire"}),
        ("Laptop with bag", {"laptop"}),
        ("Laptop w/ LED light", {"laptop"}),
        ('London Laptop Bag 15.6", Top Loader, Black', {"bag"}),
        ("USB to HDMI Adapter", {"adapter"}),
        ("15 in Laptop Privacy Screen - 16:10 - For MacBooks", {"screen"}),
        ("HDMI cable 2 m", {"cable"}),
        ("SHP1900 headphones/headset", {"headphones", "headset"}),
        ('4X40 notebook case 35.6 cm (14") Sleeve case', {"case"}),
        ("803 doll accessory Doll clothes set", {"accessory", "set"}),
        # Fashion and the house
        ("Men's Cotton T-Shirt", {"t", "shirt", "tshirt"}),
        ("Gel Pens, Set of 10", {"pens"}),
        ("Set of 3 Glass Jars", {"set", "jars"}),
        ("Salt & Pepper Mill", {"mill"}),
        ("Wireless Keyboard and Mouse", {"keyboard", "mouse"}),
        ("Fjell Enamel Stovetop Kettle 2 l", {"kettle"}),
        ("Rote kabellose Maus für Laptops", {"kabellose", "maus"}),
        # Books
        ("Bruno the Bear", {"bear"}),
        ("The Salt Road Home", {"home"}),
        ("1984", set()),
        ("", set()),
        # No spaces, and vowels that are marks
        ("चाय की केतली", {"केतली"}),
    ],
)
def test_the_last_word_of_a_phrase_is_the_thing(name: str, kinds: set[str]) -> None:
    assert set(index_name_kinds(name).split()) == kinds


@pytest.mark.parametrize(
    ("name", "brand", "qualities", "kinds"),
    [
        ("Lens case Gray", None, ("Gray",), "case"),
        ("Cotton Socks Black", None, ("Black", "M"), "socks"),
        ("Lamp Black", None, (), "black"),
        ("Acme Lamp 12 Black", "ACME", ("Black",), "lamp"),
        ("Acmeware Pot", "Acme", (), "pot"),
        ("Black", None, ("Black",), ""),
        ("L.O.L. (new) Surprise Doll", "L.O.L. (new)", (), "doll"),
        ("Candylocks, Surprise Doll and 2 Pets", "Spin", (), "candylocks doll pets"),
    ],
)
def test_neither_a_brand_nor_a_quality_is_the_thing(
    name: str, brand: str | None, qualities: tuple[str, ...], kinds: str
) -> None:
    assert index_name_kinds(name, brand, qualities) == kinds


@pytest.mark.parametrize(
    ("category", "kinds"),
    [
        ("Notebooks", "notebooks"),
        ("Keyboards & mice", "keyboards mice"),
        ("Phones, tablets and watches", "phones tablets watches"),
        ("Mobile Phone Cases", "cases"),
        ("Electronics > Phones > Phone cases", "cases"),
        ("Garden / Hoses", "hoses"),
        ("", ""),
    ],
)
def test_a_category_has_the_things_that_its_last_level_names(
    category: str, kinds: str
) -> None:
    assert index_category_kinds(category) == kinds


NAMES = {
    "kinds": {"laptop": 30, "case": 40, "black": 2, "hp": 1, "machine": 9, "cm": 3},
    "category_kinds": {"bag": 20},
    "name": {"laptop": 60, "case": 50, "black": 90, "hp": 99, "machine": 10, "bag": 5}
    | {"phone": 40, "cm": 80},
}


def ask_kind(text: str) -> str | None:
    kind = choose_kind(
        split_phrases(text),
        count_products=lambda field, part: NAMES[field].get(part, 0),
    )
    return kind.word.text if kind else None


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("laptop", "laptop"),
        ("black laptop", "laptop"),
        ("laptop black", "laptop"),
        ("laptop hp", "laptop"),
        ("16 gb laptop", "laptop"),
        ("laptop 17 inch", "laptop"),
        ("phone case", "case"),
        ("case for phone", "case"),
        ("case without laptop", "case"),
        ("laptop case 40 cm", "case"),
        ("laptop bag", "bag"),
        ("black hp", "black"),
        ("phone", None),
        ("17", None),
        ("", None),
    ],
)
def test_the_thing_asked_for_is_the_last_word_that_names_things(
    text: str, kind: str | None
) -> None:
    assert ask_kind(text) == kind


def test_of_two_words_that_some_product_has_as_one_the_second_names_the_thing() -> None:
    coffee_machine = QueryWord(
        "coffeemachine", (("coffeemachine",), ("coffee", "machine"))
    )

    kind = choose_kind(
        [[coffee_machine]],
        count_products=lambda field, part: NAMES[field].get(part, 0),
    )

    assert kind is not None
    assert kind.word is coffee_machine


@pytest.mark.parametrize(
    ("text", "is_own"), [("black case", True), ("laptop", True), ("black", False)]
)
def test_whether_the_catalog_itself_calls_the_thing_so(text: str, is_own: bool) -> None:
    kind = choose_kind(
        split_phrases(text),
        count_products=lambda field, part: NAMES[field].get(part, 0),
    )

    assert kind is not None
    assert kind.is_own is is_own
