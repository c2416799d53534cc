"""The thing asked for comes before its accessories: the contract of every engine."""

import pytest

from tests.support.product_documents import product_document
from webapp.adapters.search.port import (
    ProductDocument,
    SearchEngine,
    SearchRequest,
    SearchResults,
)

LONG_TEXT = "Made with care, and delivered within a few days to any address. " * 8


def list_names(result: SearchResults, documents: list[ProductDocument]) -> list[str]:
    names = {document.product_id: document.name for document in documents}
    return [names[hit.product_id] for hit in result.hits]


def search_names(
    index: SearchEngine, text: str, documents: list[ProductDocument]
) -> list[str]:
    index.upsert(documents)
    return list_names(index.search(SearchRequest(text)), documents)


@pytest.mark.parametrize(
    ("text", "thing", "accessories"),
    [
        ("laptop", "Wren 14 Laptop", ["Laptop Lock", "Stand for laptop"]),
        ("laptops", "Wren 14 Laptop, 16 GB", ["Laptop Lock", "Laptop laptop sleeve"]),
        ("keyboard", "Tactile keyboard USB Black", ["Keyboard cover"]),
        ("camera", "Meadow 24 Camera with Bag", ["Camera Battery", "Camera filter"]),
        ("doll", "BABY born 829370 doll", ["Doll clothes", "Doll accessory set"]),
        ("black laptop", "Wren 14 Laptop Black", ["Black Laptop Bag"]),
        ("laptop with 16 gb", "Wren 14 Laptop, 16 GB", ["Laptop Memory 16 GB"]),
        ("coffee machine", "Drip coffee machine", ["Coffee machine filter"]),
        ("cookbook", "The Patient Loaf Cookbook", ["Cookbook stand", "Cookbook tin"]),
        ("labtop", "Wren 14 Laptop", ["Laptop Lock"]),
    ],
)
def test_the_thing_comes_before_its_accessories(
    index: SearchEngine, text: str, thing: str, accessories: list[str]
) -> None:
    documents = [product_document(name) for name in accessories]
    documents.append(product_document(thing, description=LONG_TEXT))

    assert search_names(index, text, documents)[0] == thing


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("notebook", ["Dotted Notebook", "Wren 14 Laptop"]),
        ("laptop", ["Wren 14 Laptop", "Dotted Notebook"]),
    ],
)
def test_what_is_called_so_comes_before_what_means_the_same(
    index: SearchEngine, text: str, expected: list[str]
) -> None:
    laptop = product_document("Wren 14 Laptop", popularity=2000)
    notebook = product_document("Dotted Notebook", description=LONG_TEXT)

    assert search_names(index, text, [laptop, notebook]) == expected


def test_an_accessory_asked_for_comes_before_the_thing(index: SearchEngine) -> None:
    lock, laptop = (
        product_document("Keyed Laptop Lock", description=LONG_TEXT),
        product_document("Laptop", description="With a slot for a lock"),
    )

    for text in ("laptop lock", "lock for laptop"):
        assert search_names(index, text, [lock, laptop])[0] == lock.name


def test_a_category_says_what_a_product_is_whose_name_does_not(
    index: SearchEngine,
) -> None:
    documents = [
        product_document("Notebook sleeve", category="Bags"),
        product_document(
            "ThinkBook X1", category="Computers > Notebooks", description=LONG_TEXT
        ),
        product_document("Slim Notebook", category="Notebooks", description=LONG_TEXT),
    ]

    assert search_names(index, "notebook", documents) == [
        "Slim Notebook",
        "ThinkBook X1",
        "Notebook sleeve",
    ]


def test_the_kind_asked_for_changes_the_order_and_not_what_is_found(
    index: SearchEngine,
) -> None:
    documents = [
        product_document("Wren Laptop", category="Laptops"),
        product_document("Laptop Lock", category="Locks"),
    ]
    index.upsert([*documents, product_document("Garden hose", category="Garden")])

    result = index.search(SearchRequest("laptop"))

    assert result.total == 2
    assert {facet.value for facet in result.facets.category} == {"Laptops", "Locks"}
    assert set(list_names(result, documents)) == {"Wren Laptop", "Laptop Lock"}


def test_sold_out_comes_after_what_is_equal_and_can_be_bought(
    index: SearchEngine,
) -> None:
    documents = [
        product_document("Copper kettle", in_stock=False, popularity=5000),
        product_document("Kettle of copper"),
        product_document("Kettle filter", description="For copper kettles"),
    ]

    assert search_names(index, "copper kettle", documents) == [
        "Kettle of copper",
        "Copper kettle",
        "Kettle filter",
    ]


def test_of_equals_the_most_sold_comes_first(index: SearchEngine) -> None:
    documents = [
        product_document("Red kettle", popularity=0),
        product_document("Pink kettle", popularity=9),
        product_document("Blue kettle", popularity=12),
        product_document("Kettle lid", popularity=5000),
    ]

    assert search_names(index, "kettle", documents) == [
        "Blue kettle",
        "Pink kettle",
        "Red kettle",
        "Kettle lid",
    ]


@pytest.mark.parametrize(
    "text", ["of", "17", "¡!", "& and", "x" * 200, "a b c d e f g " * 14, "भ", "椅子"]
)
def test_any_text_may_ask_for_a_kind(index: SearchEngine, text: str) -> None:
    index.upsert([product_document("Lamp")])

    assert index.search(SearchRequest(text)).total == 0
