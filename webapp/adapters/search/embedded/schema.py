"""The tantivy schema: fields, analyzers, and the document of a product."""

from uuid import UUID

import tantivy
from tantivy import Filter, TextAnalyzer, TextAnalyzerBuilder, Tokenizer

from webapp.adapters.search.analysis import index_compounds, index_text
from webapp.adapters.search.codes import list_code_keys, list_part_keys
from webapp.adapters.search.kinds import index_category_kinds, index_name_kinds
from webapp.adapters.search.normalization import build_full_text, build_stated_text
from webapp.adapters.search.port import ProductDocument
from webapp.adapters.search.sizes import encode_size
from webapp.adapters.search.stop_words import STOP_WORDS
from webapp.kit.clock import to_unix_ms
from webapp.kit.text import label_key

SCHEMA_VERSION = 7
"""Increase it with every change to this module or to the analysis of texts and codes: an index of
another version is rebuilt."""

DISPLAYED = "displayed"
STEMMED = "stemmed"
PLAIN = "plain"

_MAX_WORD_LENGTH = 60


def _plain_builder(tokenizer: Tokenizer) -> TextAnalyzerBuilder:
    return (
        TextAnalyzerBuilder(tokenizer)
        .filter(Filter.remove_long(_MAX_WORD_LENGTH))
        .filter(Filter.lowercase())
        .filter(Filter.ascii_fold())
    )


def _build_stemmed(tokenizer: Tokenizer) -> TextAnalyzer:
    return (
        _plain_builder(tokenizer)
        .filter(Filter.custom_stopword(list(STOP_WORDS)))
        .filter(Filter.stemmer("english"))
        .build()
    )


PLAIN_ANALYZER = _plain_builder(Tokenizer.whitespace()).build()
STEMMED_ANALYZER = _build_stemmed(Tokenizer.whitespace())
"""Of texts in the words of `index_text`."""
DISPLAYED_ANALYZER = _build_stemmed(Tokenizer.simple())
"""Of texts as they are shown, whose words are marked in them."""


def build_schema() -> tantivy.Schema:
    fields = tantivy.SchemaBuilder()
    fields.add_text_field("id", tokenizer_name="raw", index_option="basic")
    for name in ("id_high", "id_low"):  # the id, readable without the stored document
        fields.add_unsigned_field(name, fast=True)
    for name in ("name", "description"):
        fields.add_text_field(name, stored=True, tokenizer_name=DISPLAYED)
    for name in ("text", "attributes", "compounds", "kinds", "category_kinds"):
        fields.add_text_field(name, tokenizer_name=STEMMED, index_option="freq")
    # What the product says that it has, for what is not wanted.
    fields.add_text_field("stated", tokenizer_name=STEMMED, index_option="basic")
    for name in ("words", "name_words"):  # for spelling and for suggestions
        fields.add_text_field(name, tokenizer_name=PLAIN, index_option="basic")
    for name in ("codes", "code_parts", "category_key", "brand_key"):
        fields.add_text_field(name, tokenizer_name="raw", index_option="basic")
    for name in ("category", "brand"):
        fields.add_text_field(
            name, fast=True, tokenizer_name="raw", index_option="basic"
        )
    for name in ("price", "created", "popularity", "version"):
        is_ranged = name in ("price", "popularity")
        fields.add_integer_field(name, indexed=is_ranged, fast=True)
    fields.add_integer_field("sizes", indexed=True, fast=True)
    fields.add_boolean_field("in_stock", indexed=True, fast=True)
    return fields.build()


def register_analyzers(index: tantivy.Index) -> None:
    """Register the analyzers in this process: the index stores only their names."""
    index.register_tokenizer(PLAIN, PLAIN_ANALYZER)
    index.register_tokenizer(STEMMED, STEMMED_ANALYZER)
    index.register_tokenizer(DISPLAYED, DISPLAYED_ANALYZER)


def build_tantivy_document(product: ProductDocument) -> tantivy.Document:
    text = index_text(build_full_text(product))
    document = tantivy.Document(
        id=str(product.product_id),
        name=product.name,
        description=product.description,
        text=text,
        attributes=index_text(product.attributes),
        compounds=index_compounds(product.name),
        stated=build_stated_text(product),
        kinds=index_name_kinds(product.name, product.brand, product.qualities),
        category_kinds=index_category_kinds(product.category),
        words=text,
        name_words=index_text(product.name),
        codes=list_code_keys(product.codes),
        code_parts=list_part_keys(product.codes),
        category=product.category,
        category_key=label_key(product.category),
        price=product.price_minor,
        created=to_unix_ms(product.created_at),
        popularity=product.popularity,
        version=product.version,
        in_stock=product.in_stock,
    )
    for size in product.sizes:
        document.add_integer("sizes", encode_size(size))
    id_high, id_low = split_uuid(product.product_id)
    document.add_unsigned("id_high", id_high)
    document.add_unsigned("id_low", id_low)
    if product.brand:
        document.add_text("brand", product.brand)
        document.add_text("brand_key", label_key(product.brand))
    return document


_LOW_64_BITS = (1 << 64) - 1


def split_uuid(product_id: UUID) -> tuple[int, int]:
    return product_id.int >> 64, product_id.int & _LOW_64_BITS


def join_uuid(high: int, low: int) -> UUID:
    return UUID(int=(high << 64) | low)
