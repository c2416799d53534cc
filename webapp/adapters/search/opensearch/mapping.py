"""The OpenSearch mapping: analyzers, fields, and the document of a product."""

from typing import Any

from webapp.adapters.search.normalization import (
    STOP_WORDS,
    build_full_text,
    code_key,
    label_key,
)
from webapp.adapters.search.port import ProductDocument
from webapp.kit.clock import to_unix_ms

MAPPING_VERSION = 1
"""Increase it with every change to this module. It is part of the alias, so that old and
new processes each find the index they understand during a deployment."""

_ANALYSIS = {
    "tokenizer": {
        "words": {
            "type": "char_group",
            "tokenize_on_chars": ["whitespace", "punctuation", "symbol"],
        }
    },
    "filter": {
        "stop": {"type": "stop", "stopwords": list(STOP_WORDS)},
        "stem": {"type": "stemmer", "language": "porter2"},
        "beginnings": {"type": "edge_ngram", "min_gram": 1, "max_gram": 20},
    },
    "analyzer": {
        "stemmed": {
            "tokenizer": "words",
            "filter": ["lowercase", "asciifolding", "stop", "stem"],
        },
        "plain": {"tokenizer": "words", "filter": ["lowercase", "asciifolding"]},
        "beginnings": {
            "tokenizer": "words",
            "filter": ["lowercase", "asciifolding", "beginnings"],
        },
    },
}
_STEMMED = {"type": "text", "analyzer": "stemmed"}
_PLAIN = {"type": "text", "analyzer": "plain"}
_PREFIXES = {"type": "text", "analyzer": "beginnings", "search_analyzer": "plain"}
_KEYWORD = {"type": "keyword"}

INDEX_BODY: dict[str, Any] = {
    "settings": {"analysis": _ANALYSIS, "number_of_shards": 1},
    "mappings": {
        "dynamic": "strict",
        "properties": {
            "id": _KEYWORD,
            "name": _STEMMED | {"fields": {"words": _PLAIN, "beginnings": _PREFIXES}},
            "description": _STEMMED,
            "text": _STEMMED | {"fields": {"words": _PLAIN}},
            "attributes": _STEMMED,
            "codes": _KEYWORD,
            "category": _KEYWORD | {"fields": {"beginnings": _PREFIXES}},
            "brand": _KEYWORD | {"fields": {"beginnings": _PREFIXES}},
            "category_key": _KEYWORD,
            "brand_key": _KEYWORD,
            "price": {"type": "long"},
            "created": {"type": "long"},
            "popularity": {"type": "long"},
            "version": {"type": "long"},
            "in_stock": {"type": "boolean"},
        },
    },
}


def build_opensearch_document(product: ProductDocument) -> dict[str, Any]:
    return {
        "id": str(product.product_id),
        "name": product.name,
        "description": product.description,
        "text": build_full_text(product),
        "attributes": product.attributes,
        "codes": [code_key(code) for code in product.codes],
        "category": product.category,
        "category_key": label_key(product.category),
        "brand": product.brand,
        "brand_key": label_key(product.brand) if product.brand else None,
        "price": product.price_minor,
        "created": to_unix_ms(product.created_at),
        "popularity": product.popularity,
        "version": product.version,
        "in_stock": product.in_stock,
    }
