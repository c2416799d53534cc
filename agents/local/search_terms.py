"""Extracts search terms from an utterance: the words that name the product."""

import re

from agents.local.prices import strip_prices
from agents.local.references import ORDER_PATTERN, POSITION_PATTERN, QUANTITY_PATTERN

FILLERS = frozenset({
    "who", "loves", "love", "likes", "father", "mother", "dad", "mom", "sister", "brother",
    "friend", "wife", "husband", "trip", "birthday", "compare", "won't", "very", "every",
    "a", "able", "about", "add", "again", "all", "also", "am", "an", "and", "another", "any",
    "any-more", "anymore", "anything", "are", "as", "at", "available", "bag", "basket", "be",
    "been", "best", "browse", "but", "buy", "by", "can", "carry", "cart", "change", "cheap",
    "cheaper", "cheapest", "color", "colors", "colour", "colours", "come", "comes", "cool",
    "could", "dear", "dearest", "delete", "describe", "description", "details", "did", "do",
    "does", "dollars", "don't", "drop", "else", "expensive", "find", "first", "for", "from",
    "get", "gift", "gimme", "give", "good", "got", "great", "had", "has", "have", "hello",
    "help", "hey", "hi", "how", "i", "i'd", "i'll", "i'm", "in", "info", "information",
    "instead", "interested", "into", "is", "it", "items", "just", "keep", "kind", "last", "let",
    "like", "list", "look", "looking", "lowest", "made", "make", "many", "may", "me", "more",
    "most", "much", "my", "need", "new", "nice", "not", "number", "of", "offer", "ok", "on",
    "one", "ones", "only", "options", "or", "order", "other", "others", "our", "out", "over",
    "piece", "please", "possibly", "present", "price", "priced", "products", "purchase", "put",
    "quantity", "really", "recommend", "remove", "results", "sale", "search", "see", "sell",
    "selling", "send", "set", "shop", "show", "size", "sizes", "so", "some", "something",
    "sort", "specifications", "specs", "stock", "store", "suggest", "sure", "take", "tell",
    "than", "thanks", "that", "the", "them", "then", "there", "these", "they", "thing",
    "things", "this", "those", "to", "too", "top", "two", "type", "under", "up", "update", "us",
    "want", "wanted", "was", "we", "well", "were", "what", "what's", "where", "which", "will",
    "with", "within", "would", "x", "you", "your", "yourself",
})  # fmt: skip
ATTRIBUTES = frozenset({
    "bamboo", "beige", "big", "bigger", "black", "blue", "brown", "ceramic", "cotton",
    "foldable", "glass", "gold", "gray", "green", "grey", "heavy", "l", "large", "larger",
    "leather", "lightweight", "linen", "long", "m", "medium", "metal", "navy", "orange", "pink",
    "plastic", "portable", "purple", "red", "s", "short", "silk", "silver", "small", "smaller",
    "soft", "steel", "tiny", "turquoise", "violet", "warm", "waterproof", "white", "wireless",
    "wood", "wooden", "wool", "xl", "xs", "xxl", "yellow",
})  # fmt: skip
WORD = re.compile(r"\w[\w'-]*")


def extract_search_terms(text: str) -> str:
    """`"Can you show me warm jackets under $80?"` → `"warm jackets"`."""
    plain = text.replace("\u2019", "'")
    for pattern in (ORDER_PATTERN, POSITION_PATTERN, QUANTITY_PATTERN):
        plain = pattern.sub(" ", strip_prices(plain))
    words = (word for word in WORD.findall(plain) if word.casefold() not in FILLERS)
    return " ".join(words)


def has_only_attributes(words: str) -> bool:
    """Whether these words only describe a product already named ("in blue, waterproof")."""
    return all(word.casefold() in ATTRIBUTES for word in words.split())
