"""How a product lies in OpenSearch: analysers, fields, and the document of an entry."""

from typing import Any

from webapp.adapters.search.normalization import (
    STOP_WORDS,
    build_full_text,
    code_key,
    label_key,
)
from webapp.adapters.search.port import ProductDocument

MAPPING_VERSION = 1
"""Raise it with every change of this module. It is part of the alias, so that old and new
processes each find the index they understand during a deployment."""

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
_BEGINNINGS = {"type": "text", "analyzer": "beginnings", "search_analyzer": "plain"}
_KEYWORD = {"type": "keyword"}

INDEX_BODY: dict[str, Any] = {
    "settings": {"analysis": _ANALYSIS, "number_of_shards": 1},
    "mappings": {
        "dynamic": "strict",
        "properties": {
            "id": _KEYWORD,
            "name": _STEMMED | {"fields": {"words": _PLAIN, "beginnings": _BEGINNINGS}},
            "description": _STEMMED,
            "text": _STEMMED | {"fields": {"words": _PLAIN}},
            "attributes": _STEMMED,
            "codes": _KEYWORD,
            "category": _KEYWORD | {"fields": {"beginnings": _BEGINNINGS}},
            "brand": _KEYWORD | {"fields": {"beginnings": _BEGINNINGS}},
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


def build_opensearch_document(entry: ProductDocument) -> dict[str, Any]:
    return {
        "id": str(entry.product_id),
        "name": entry.name,
        "description": entry.description,
        "text": build_full_text(entry),
        "attributes": entry.attributes,
        "codes": [code_key(code) for code in entry.codes],
        "category": entry.category,
        "category_key": label_key(entry.category),
        "brand": entry.brand,
        "brand_key": label_key(entry.brand) if entry.brand else None,
        "price": entry.price_minor,
        "created": int(entry.created_at.timestamp() * 1000),
        "popularity": entry.popularity,
        "version": entry.version,
        "in_stock": entry.in_stock,
    }
