"""How a product lies in the index: fields, analysers, and the document of an entry."""

from uuid import UUID

import tantivy
from tantivy import Filter, TextAnalyzerBuilder, Tokenizer

from webapp.adapters.search.normalization import (
    STOP_WORDS,
    build_full_text,
    code_key,
    label_key,
)
from webapp.adapters.search.port import ProductDocument

SCHEMA_VERSION = 2
"""Raise it with every change of this module: an index of another version is rebuilt."""

STEMMED = "stemmed"
PLAIN = "plain"

_LONGEST_WORD = 60


def _plain() -> TextAnalyzerBuilder:
    return (
        TextAnalyzerBuilder(Tokenizer.simple())
        .filter(Filter.remove_long(_LONGEST_WORD))
        .filter(Filter.lowercase())
        .filter(Filter.ascii_fold())
    )


PLAIN_ANALYZER = _plain().build()
STEMMED_ANALYZER = (
    _plain()
    .filter(Filter.custom_stopword(list(STOP_WORDS)))
    .filter(Filter.stemmer("english"))
    .build()
)


def build_schema() -> tantivy.Schema:
    fields = tantivy.SchemaBuilder()
    fields.add_text_field("id", tokenizer_name="raw", index_option="basic")
    for name in ("id_high", "id_low"):  # an identifier read without its document
        fields.add_unsigned_field(name, fast=True)
    for name in ("name", "description"):
        fields.add_text_field(name, stored=True, tokenizer_name=STEMMED)
    for name in ("text", "attributes"):
        fields.add_text_field(name, tokenizer_name=STEMMED, index_option="freq")
    for name in ("words", "name_words"):  # for spelling and for suggestions
        fields.add_text_field(name, tokenizer_name=PLAIN, index_option="basic")
    for name in ("codes", "category_key", "brand_key"):
        fields.add_text_field(name, tokenizer_name="raw", index_option="basic")
    for name in ("category", "brand"):
        fields.add_text_field(
            name, fast=True, tokenizer_name="raw", index_option="basic"
        )
    for name in ("price", "created", "popularity", "version"):
        fields.add_integer_field(name, indexed=name == "price", fast=True)
    fields.add_boolean_field("in_stock", indexed=True, fast=True)
    return fields.build()


def register_analyzers(index: tantivy.Index) -> None:
    """Tantivy keeps only their names in the index: every process brings its own."""
    index.register_tokenizer(PLAIN, PLAIN_ANALYZER)
    index.register_tokenizer(STEMMED, STEMMED_ANALYZER)


def build_tantivy_document(entry: ProductDocument) -> tantivy.Document:
    text = build_full_text(entry)
    document = tantivy.Document(
        id=str(entry.product_id),
        name=entry.name,
        description=entry.description,
        text=text,
        attributes=entry.attributes,
        words=text,
        name_words=entry.name,
        codes=[code_key(code) for code in entry.codes],
        category=entry.category,
        category_key=label_key(entry.category),
        price=entry.price_minor,
        created=int(entry.created_at.timestamp() * 1000),
        popularity=entry.popularity,
        version=entry.version,
        in_stock=entry.in_stock,
    )
    document.add_unsigned("id_high", entry.product_id.int >> 64)
    document.add_unsigned("id_low", entry.product_id.int & _LOW)
    if entry.brand:
        document.add_text("brand", entry.brand)
        document.add_text("brand_key", label_key(entry.brand))
    return document


_LOW = (1 << 64) - 1


def join_uuid(high: int, low: int) -> UUID:
    return UUID(int=(high << 64) | low)
