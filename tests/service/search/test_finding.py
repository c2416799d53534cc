"""Matching, ranking and filters: the contract of every engine."""

import pytest

from tests.support.product_documents import product_document
from webapp.adapters.search.port import (
    ProductDocument,
    SearchEngine,
    SearchFilters,
    SearchRequest,
    SearchResults,
    Sort,
)


def names(result: SearchResults, *documents: ProductDocument) -> list[str]:
    names_by_id = {document.product_id: document.name for document in documents}
    return [names_by_id[hit.product_id] for hit in result.hits]


@pytest.mark.parametrize(
    "text",
    [
        "headphones",
        "HEADPHONE",
        "acme",
        "Audio",
        "noise cancelling",
        "bluetooth",
        "leather cushions",
        "café",
        "cafe",
    ],
)
def test_a_product_is_found_by_each_of_its_texts(
    index: SearchEngine, text: str
) -> None:
    match = product_document(
        "Quiet headphones Café",
        brand="Acme",
        category="Audio",
        description="Noise-cancelling, for long flights",
        tags=("bluetooth",),
        attributes="leather cushion",
    )
    other = product_document("Garden hose", brand="Wetter", category="Garden")
    index.upsert([other, match])

    result = index.search(SearchRequest(text))

    assert names(result, other, match) == ["Quiet headphones Café"]
    assert (result.total, result.corrected_query) == (1, None)


@pytest.mark.parametrize(
    ("typed", "corrected"),
    [
        ("headphnes", "headphones"),
        ("haedphones", "headphones"),
        ("quiet hedphoness", "quiet headphones"),
        ("loptop", "laptop"),
        ("eadphones", "headphones"),
    ],
)
def test_a_mistyped_word_is_corrected_and_the_correction_reported(
    index: SearchEngine, typed: str, corrected: str
) -> None:
    index.upsert(
        [product_document("Quiet headphones"), product_document("Fast laptop")]
    )

    result = index.search(SearchRequest(typed))

    assert result.corrected_query == corrected
    assert result.total == 1


def test_a_word_unlike_any_known_word_finds_nothing(index: SearchEngine) -> None:
    index.upsert([product_document("Quiet headphones")])

    result = index.search(SearchRequest("zzyzx"))

    assert (result.hits, result.total, result.corrected_query) == ((), 0, None)


@pytest.mark.parametrize("typed", ["006R90321", "006r90321", "xerox 006R90321"])
def test_a_product_code_finds_that_product_alone(
    index: SearchEngine, typed: str
) -> None:
    match = product_document("Xerox toner black", codes=("006R90321",))
    index.upsert([match, product_document("Xerox toner cyan", codes=("006R90322",))])

    result = index.search(SearchRequest(typed))

    assert [hit.product_id for hit in result.hits] == [match.product_id]
    assert result.corrected_query is None


@pytest.mark.parametrize("typed", ["dv7-1211ea", "DV71211EA", "dv7 1211ea"])
def test_hyphens_and_case_of_a_code_do_not_matter(
    index: SearchEngine, typed: str
) -> None:
    match = product_document("Pavilion notebook", codes=("dv7-1211ea",))
    index.upsert([match, product_document("Pavilion notebook", codes=("dv7-1212ea",))])

    assert [hit.product_id for hit in index.search(SearchRequest(typed)).hits] == [
        match.product_id
    ]


def test_products_with_every_word_come_first_and_near_misses_after(
    index: SearchEngine,
) -> None:
    both = product_document("Red lamp", description="A very long text " * 20)
    red, lamp = product_document("Red rug"), product_document("Lamp")
    index.upsert([red, lamp, both, product_document("Blue chair")])

    result = index.search(SearchRequest("the red lamp"))

    assert result.hits[0].product_id == both.product_id
    assert {hit.product_id for hit in result.hits[1:]} == {
        red.product_id,
        lamp.product_id,
    }


def test_near_misses_are_left_out_of_a_list_sorted_by_price(
    index: SearchEngine,
) -> None:
    both = product_document("Red lamp", price_minor=5000)
    index.upsert([product_document("Red rug", price_minor=1), both])

    result = index.search(SearchRequest("red lamp", sort=Sort.PRICE))

    assert [hit.product_id for hit in result.hits] == [both.product_id]


@pytest.mark.parametrize("typed", ["acme tn2110 toner", "tn2110 ink", "toner tn2110"])
def test_a_model_number_in_the_query_is_never_dropped(
    index: SearchEngine, typed: str
) -> None:
    match = product_document("Toner TN2110")
    index.upsert(
        [
            match,
            product_document("Acme toner TN2120"),
            product_document("Acme toner"),
            product_document("Ink"),
        ]
    )

    assert [hit.product_id for hit in index.search(SearchRequest(typed)).hits] == [
        match.product_id
    ]


def test_a_bare_number_alone_is_no_reason_to_show_a_product(
    index: SearchEngine,
) -> None:
    console = product_document("Console 4")
    index.upsert(
        [
            console,
            product_document("Pack of 4 batteries"),
            product_document("Console bag"),
        ]
    )

    ids = [hit.product_id for hit in index.search(SearchRequest("console 4")).hits]

    assert ids[0] == console.product_id
    assert len(ids) == 2


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        (Sort.PRICE, ["Lamp C", "Lamp A", "Lamp B"]),
        (Sort.PRICE_DESC, ["Lamp B", "Lamp A", "Lamp C"]),
        (Sort.NEWEST, ["Lamp A", "Lamp C", "Lamp B"]),
        (Sort.POPULAR, ["Lamp B", "Lamp C", "Lamp A"]),
    ],
)
def test_lists_are_sorted_as_requested(
    index: SearchEngine, sort: Sort, expected: list[str]
) -> None:
    lamps = [
        product_document("Lamp A", price_minor=2000, age_days=1),
        product_document("Lamp B", price_minor=3000, age_days=3, popularity=9),
        product_document("Lamp C", price_minor=1000, age_days=2, popularity=4),
    ]
    index.upsert(lamps)

    result = index.search(SearchRequest("lamp", sort=sort))

    assert names(result, *lamps) == expected
    assert [hit.score for hit in result.hits] == [0, 0, 0]


def test_an_empty_text_lists_everything_newest_first(index: SearchEngine) -> None:
    products = [product_document(f"Thing {age}", age_days=age) for age in (2, 0, 1)]
    index.upsert(products)

    result = index.search(SearchRequest("  "))

    assert names(result, *products) == ["Thing 0", "Thing 1", "Thing 2"]
    assert result.total == 3
    assert [hit.score for hit in result.hits] == [0, 0, 0]


@pytest.mark.parametrize("text", ["???", "the", "🎧", '"', "a AND (b", "name:x", "*"])
def test_a_query_without_words_finds_nothing_and_raises_nothing(
    index: SearchEngine, text: str
) -> None:
    index.upsert([product_document("Kettle")])

    assert index.search(SearchRequest(text)).total == 0


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (SearchFilters(categories=("audio",)), {"A", "B"}),
        (SearchFilters(brands=("ACME",)), {"A", "C"}),
        (SearchFilters(categories=("AUDIO", "video", "Nowhere")), {"A", "B", "C"}),
        (SearchFilters(brands=("acme", "Nobody"), categories=("Audio",)), {"A"}),
        (SearchFilters(min_price=2000), {"B", "C"}),
        (SearchFilters(max_price=2000), {"A", "B"}),
        (SearchFilters(min_price=2000, max_price=2000), {"B"}),
        (SearchFilters(in_stock=True), {"A", "C"}),
        (SearchFilters(in_stock=False), {"B"}),
        (SearchFilters(categories=("Audio",), brands=("Acme",), max_price=1500), {"A"}),
        (SearchFilters(categories=("Nowhere",)), set()),
    ],
)
def test_filters_narrow_the_results(
    index: SearchEngine, filters: SearchFilters, expected: set[str]
) -> None:
    products = [
        product_document("A", category="Audio", brand="Acme", price_minor=1000),
        product_document("B", category="Audio", price_minor=2000, in_stock=False),
        product_document("C", category="Video", brand="Acme", price_minor=3000),
    ]
    index.upsert(products)

    result = index.search(SearchRequest("", filters=filters))

    assert set(names(result, *products)) == expected
    assert result.total == len(expected)


def test_matched_words_are_marked_in_escaped_text(index: SearchEngine) -> None:
    index.upsert(
        [
            product_document(
                '<b>Red</b> "lamps" & co', description="A lamp & <script>alert(1)"
            )
        ]
    )

    [hit] = index.search(SearchRequest("lamp")).hits

    [name], [description] = hit.highlight["name"], hit.highlight["description"]
    assert name == "&lt;b&gt;Red&lt;/b&gt; &quot;<em>lamps</em>&quot; &amp; co"
    assert description.startswith("A <em>lamp</em> &amp; &lt;script&gt;")


def test_a_field_without_the_words_is_not_highlighted(index: SearchEngine) -> None:
    index.upsert(
        [
            product_document("Lamp", description="Gives light"),
            product_document("Desk", tags=("lamp",)),
        ]
    )

    marked = [dict(hit.highlight) for hit in index.search(SearchRequest("lamp")).hits]

    assert {"name": ("<em>Lamp</em>",)} in marked
    assert {} in marked


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("television", "Smart TV 55"),
        ("hard disc", "Internal Hard Drive"),
        ("rucksack", "Travel Backpack"),
        ("colour chart", "Color chart"),
    ],
)
def test_a_product_is_found_by_a_word_that_means_the_same(
    index: SearchEngine, typed: str, name: str
) -> None:
    index.upsert([product_document(name), product_document("Garden chair")])

    [hit] = index.search(SearchRequest(typed)).hits

    assert name.rsplit(maxsplit=1)[-1] in hit.highlight["name"][0].replace("</em>", "")
    assert "<em>" in hit.highlight["name"][0]


def test_the_word_that_was_typed_comes_before_one_that_means_the_same(
    index: SearchEngine,
) -> None:
    index.upsert([product_document("Sofa grey"), product_document("Couch grey")])
    index.upsert([product_document("Settee grey")])

    hits = index.search(SearchRequest("couch")).hits

    assert "Couch" in hits[0].highlight["name"][0]
    assert len(hits) == 3


@pytest.mark.parametrize(
    ("typed", "exact", "total"),
    [
        ("garden chair", 1, 3),
        ("chair", 2, 2),
        ("lawn mower", 0, 0),
        ("chair mower", 0, 2),
        ("", 3, 3),
    ],
)
def test_it_is_said_how_many_have_every_word(
    index: SearchEngine, typed: str, exact: int, total: int
) -> None:
    names = ("Garden chair", "Desk chair", "Garden hose")
    index.upsert([product_document(name) for name in names])

    found = index.search(SearchRequest(typed))

    assert (found.exact_total, found.total) == (exact, total)


def test_what_has_every_word_is_counted_with_the_filters(index: SearchEngine) -> None:
    index.upsert(
        [
            product_document("Garden chair", price_minor=10_00),
            product_document("Garden chair", price_minor=90_00),
            product_document("Garden hose", price_minor=20_00),
        ]
    )

    found = index.search(SearchRequest("garden chair", SearchFilters(max_price=50_00)))

    assert (found.exact_total, found.total) == (1, 2)
