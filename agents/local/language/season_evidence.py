"""Says whether the name of a holiday is a time: "Halloween revenue", but not "gifts for Christmas".
Pure."""

from agents.local.language.grammar import TokenReader

FIGURES = frozenset({
    "revenue", "revenues", "sales", "turnover", "takings", "income", "orders", "order", "units",
    "customers", "customer", "buyers", "shoppers", "refunds", "refund", "discounts", "discount",
    "tax", "vat", "aov", "average", "avg", "median", "profit", "gross", "net", "total", "totals",
    "figures", "figure", "numbers", "number", "results", "result", "performance", "count", "counts",
    "receipts", "money", "volume", "volumes", "purchases", "transactions", "basket", "checkouts",
    "trade", "trading", "business", "earnings", "proceeds", "cash", "statistics", "stats", "kpis",
    "report", "summary", "overview", "hours", "hourly", "guest", "new", "returning", "repeat",
    "what", "how", "which",
})  # fmt: skip
"""Behind or before the name of a holiday, are what is counted on it."""
BEHIND = frozenset({
    "was", "were", "did", "do", "does", "had", "has", "have", "go", "went", "bring", "brought",
    "make", "made", "compare", "compared", "versus", "vs", "against", "than", "by", "per", "in",
    "for", "from", "and", "or", "only", "alone", "please", "pls", "plz", "this", "last", "with",
    "without", "on", "at", "to", "too", "again", "instead", "so", "perform", "performed", "look",
    "looked", "when", "we", "i", "you", "it", "better", "worse", "beat", "yield", "earn", "earned",
    "just", "thanks", "thx", "over", "not", "rather", "as", "also", "itself", "generate", "of",
    "generated", "deliver", "delivered", "produce", "produced", "give", "gave", "get", "got",
})  # fmt: skip
"""Behind a holiday, say that nothing else is named after it."""
COMING = frozenset({
    "coming", "approaching", "near", "nearing", "soon", "around", "ahead", "here", "over",
})  # fmt: skip
"""Of a holiday that is spoken of: "Christmas is coming"."""
BEFORE = frozenset({
    "did", "do", "does", "was", "were", "the", "this", "our", "your", "their", "that", "how", "me",
    "only", "just", "compare", "comparing", "than", "versus", "vs", "against", "between", "then",
    "there", "us", "please", "show", "use", "take", "try", "want", "meant", "mean", "need", "when",
    "day", "be", "compared", "got", "made", "took", "not", "sell", "sold", "in",
})  # fmt: skip
LINKED = frozenset({"and", "or", "but", "with", "to", "by"})
"""Before a holiday, go on with what was said before: at the beginning, with the question before."""
EARNING = frozenset({
    "get", "got", "make", "made", "do", "did", "have", "had", "take", "took", "taken", "earn",
    "earned", "see", "saw", "it", "that", "this", "one", "same", "ones", "look", "looks", "now",
    "and", "in", "up", "us", "we", "there", "day", "date", "them", "be", "out", "but", "again",
})  # fmt: skip
"""Before "for Halloween", say that figures are those of it."""
ASKING_ABOUT = frozenset({"what", "how"})


def names_day(reader: TokenReader, start: int, end: int, preposition: str) -> bool:
    """Whether the words around a holiday make it a time: figures, the words of a question, or none
    at all."""
    if not _ends_there(reader, end):
        return False
    if preposition in {"for", "of", "around"}:
        before = reader.get_word(start - 1)
        is_first = start == 0 or not reader.tokens[start - 1].is_alphanumeric
        return is_first or before in FIGURES or before in EARNING
    return not preposition and _begins_there(reader, start)


def _ends_there(reader: TokenReader, end: int) -> bool:
    if end >= len(reader.tokens) or not reader.tokens[end].is_alphanumeric:
        return True
    word, following = reader.get_word(end), reader.get_word(end + 1)
    is_spoken_of = following in COMING or word in COMING
    return word in FIGURES or (word in BEHIND and not is_spoken_of)


def _begins_there(reader: TokenReader, start: int) -> bool:
    at = start - (2 if reader.get_word(start - 1) == "the" else 1)
    if at < 0:
        return True
    word, before = reader.get_word(at), reader.get_word(at - 1)
    if not reader.tokens[at].is_alphanumeric:
        return word not in QUOTES
    is_first = at == 0 or not reader.tokens[at - 1].is_alphanumeric
    return (
        word in FIGURES | BEFORE
        or (word == "about" and before in ASKING_ABOUT)
        or (word in LINKED and is_first)
    )


QUOTES = frozenset("\"'\u201c\u201e\u00ab\u2018\u201d\u2019")
