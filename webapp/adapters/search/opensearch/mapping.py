"""The OpenSearch mapping: analyzers, fields, and the document of a product."""

from typing import Any

from webapp.adapters.search.analysis import index_compounds, index_text
from webapp.adapters.search.codes import list_code_keys, list_part_keys
from webapp.adapters.search.kinds import index_category_kinds, index_name_kinds
from webapp.adapters.search.normalization import build_full_text, build_stated_text
from webapp.adapters.search.port import ProductDocument
from webapp.adapters.search.sizes import encode_size
from webapp.adapters.search.stop_words import STOP_WORDS
from webapp.kit.clock import to_unix_ms
from webapp.kit.text import label_key

MAPPING_VERSION = 6
"""Increase it with every change to this module or to the analysis of texts and codes. It is part
of the alias, so that old and new processes each find the index they understand during a
deployment."""

_ANALYSIS = {
    "tokenizer": {
        "words": {
            "type": "char_group",
            "tokenize_on_chars": ["whitespace", "punctuation", "symbol"],
        }
    },
    "filter": {
        "stop": {"type": "stop", "stopwords": sorted(STOP_WORDS)},
        "stem": {"type": "stemmer", "language": "porter2"},
        "beginnings": {"type": "edge_ngram", "min_gram": 1, "max_gram": 20},
    },
    "analyzer": {
        "displayed": {
            "tokenizer": "words",
            "filter": ["lowercase", "asciifolding", "stop", "stem"],
        },
        # Of texts in the words of `index_text`.
        "stemmed": {
            "tokenizer": "whitespace",
            "filter": ["asciifolding", "stop", "stem"],
        },
        "plain": {"tokenizer": "whitespace", "filter": ["asciifolding"]},
        "beginnings": {
            "tokenizer": "whitespace",
            "filter": ["asciifolding", "beginnings"],
        },
    },
}
_DISPLAYED = {"type": "text", "analyzer": "displayed"}
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
            "name": _DISPLAYED,
            "name_words": _PLAIN | {"fields": {"beginnings": _PREFIXES}},
            "description": _DISPLAYED,
            "text": _STEMMED | {"fields": {"words": _PLAIN}},
            "attributes": _STEMMED,
            "compounds": _STEMMED,
            "stated": _STEMMED,
            "kinds": _STEMMED,
            "category_kinds": _STEMMED,
            "codes": _KEYWORD,
            "code_parts": _KEYWORD,
            "category": _KEYWORD,
            "category_words": _PREFIXES,
            "brand": _KEYWORD,
            "brand_words": _PREFIXES,
            "category_key": _KEYWORD,
            "brand_key": _KEYWORD,
            "price": {"type": "long"},
            "sizes": {"type": "long"},
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
        "name_words": index_text(product.name),
        "text": index_text(build_full_text(product)),
        "attributes": index_text(product.attributes),
        "compounds": index_compounds(product.name),
        "stated": build_stated_text(product),
        "kinds": index_name_kinds(product.name, product.brand, product.qualities),
        "category_kinds": index_category_kinds(product.category),
        "codes": list_code_keys(product.codes),
        "code_parts": list_part_keys(product.codes),
        "category": product.category,
        "category_words": index_text(product.category),
        "category_key": label_key(product.category),
        "brand": product.brand,
        "brand_words": index_text(product.brand or ""),
        "brand_key": label_key(product.brand) if product.brand else None,
        "price": product.price_minor,
        "sizes": [encode_size(size) for size in product.sizes],
        "created": to_unix_ms(product.created_at),
        "popularity": product.popularity,
        "version": product.version,
        "in_stock": product.in_stock,
    }
