"""Writes turns of phrase as the words that the rules know, before anything is read. Pure.

Each is a kind of wording, of whatever figures, times or names it is said: "sales comparison, May to
June" is "compare sales, May to June".
"""

import re
from collections.abc import Callable, Sequence

from agents.local.numbers import WORDS

Written = str | Callable[[re.Match[str]], str]
BUSINESS = (
    "revenue|sales|orders?|customers?|buyers?|shoppers?|returns?|refunds?|units|turnover|market|"
    "business|numbers|figures|people|clients"
)
UNITS = "day|week|weekend|month|quarter|year|season"
LEVELS = "product|category|country|state|brand|region|tag|variant|weekday|day|week|month|quarter"
RANKED = r"best(?:[- ]selling)?|top|worst|biggest|weakest|strongest|leading|bottom|(?:mo|lea)st \w+"
COUNT = rf"(?:\d+|{'|'.join(WORDS)})"
AND_ITS = r",?\s*(?:\b(?:and|plus|with|along with|as well as)\b|\+|&)\s*,?\s*"
WITHIN = r"(?:with)?in (?:it|that|that one|that category|there)\s*,?\s*"

REWORDINGS: Sequence[tuple[str, Written]] = [
    # "How many us customers", where nobody does anything to us.
    (
        (
            rf"(?:^|(?<=[,;:] )|\b(?P<before>in|from|of|for|the|our|by|and|or|vs|only|just|to"
            r"|with|total|without|excluding|all|many|much|average|monthly|weekly|daily)\s+)"
            rf"us (?=(?:{BUSINESS})\b)"
        ),
        lambda found: f"{found['before']} US " if found["before"] else "US ",
    ),
    (
        r"\b(?:a |the )?comparison (?:of|between) (?=.*\b(?:to|and|vs|versus|with)\b)",
        "compare ",
    ),
    (
        (
            r"^(?!.*\bcompare\b)(?P<what>[^,;?!]*\b(?:to|and|vs|versus)\b[^,;?!]*?)"
            r"(?:\s+comparison|,\s*compared|\s+compared)(?=\s*[.?!]*$)"
        ),
        r"compare \g<what>",
    ),
    (
        rf"\bweekday (?:{BUSINESS}) (?:only|alone)\b|\b(?:only|just) weekday (?:{BUSINESS})\b",
        "weekdays only",
    ),
    (r"\bturn(?:ed|ing|s)? over\b(?! (?:to|into)\b)", "earned"),
    (
        r"\bhow much(?: money)?(?: has| have|'s)?(?: just)? (?:come|came|comes) in\b",
        "how much did we take",
    ),
    (
        r"\blater than (?=(?:the )?(?:\d|jan|feb|mar|apr|may\b|jun|jul|aug|sep|oct|nov|dec))",
        "after ",
    ),
    (
        r"\bearlier than (?=(?:the )?(?:\d|jan|feb|mar|apr|may\b|jun|jul|aug|sep|oct|nov|dec))",
        "before ",
    ),
    (
        (
            rf"\b(?P<said>(?:last|this|the last|the past) (?P<unit>{UNITS})\b.*?"
            r"\b(?:than|versus|vs\.?|against|compared to|compared with)) "
            r"the (?:one (?:before|prior|preceding)(?: (?:it|that))?"
            r"|(?:previous|prior|preceding|earlier) one)\b"
        ),
        r"\g<said> the \g<unit> before",
    ),
    (
        (
            r"\b(?P<all>everything|anything|all|those|products|items|categories|countries|ones) "
            r"(?:(?:that|which)\s?(?:is|are|was|were|'s)|\bthat\u2019s) "
            r"(?P<sign>below|under|over|above|beneath)\b"
        ),
        r"\g<all> \g<sign>",
    ),
    (
        (
            rf"\b(?:drill|go|dive|zoom|break|split|take) (?:(?:it|that|this|them) )?"
            rf"(?:down |in )?(?:to|at|on|into) (?:the |a )?(?P<level>{LEVELS})[- ]level\b"
        ),
        r"split by \g<level>",
    ),
    (
        (
            r"\b(?:typed?|typing|types|enter(?:ed|s|ing)?|put|keyed) "
            r"(?P<text>[\"\u201c\u201e][^\"\u201c-\u201e]+"
            r"[\"\u201c\u201d]) (?:into|in to|in|on)(?: (?:our|the|your) (?:site )?search"
            r"(?: ?(?:box|bar|field))?)?"
        ),
        r"searched for \g<text>",
    ),
    (r"\bon-?site search", "search"),
    (
        (
            r"\bwhat(?: has|'s|\u2019s| is| was)? (?:moved|moving|pushed|swung|shifted|shaped) "
            r"(?=(?:our |the )?(?:net |gross )?(?:revenue|sales|orders|refunds|returns|units|"
            r"turnover|average order value|aov|return rate|refund rate|net sales)\b)"
        ),
        "what drove ",
    ),
    (
        (
            rf"(?P<first>\b(?:{RANKED}) (?:{LEVELS})\b[^.?!;]*?)"
            rf"{AND_ITS}(?:{WITHIN})?(?:its|their) (?P<count>{COUNT} )?(?P<ranked>{RANKED}) "
            rf"(?P<number>{COUNT} )?(?P<goods>products?|items?|articles?|titles?|categor(?:y|ies)"
            r"|countr(?:y|ies)|brands?|sellers?)\b"
        ),
        lambda found: (
            f"{found['first']}, and which {found['count'] or ''}{found['ranked']} "
            f"{found['number'] or ''}{found['goods']} in it"
        ),
    ),
    (
        (
            rf"{AND_ITS}{WITHIN}(?:the |its )?(?P<what>{COUNT} \w+|\w+) "
            r"(?P<rest>with the (?:highest|most|biggest|largest|best|lowest|fewest|least)\b"
            r"[^.?!,;]*)"
        ),
        r", and which \g<what> in it \g<rest>",
    ),
]
PATTERNS = [(re.compile(f"(?i){pattern}"), said) for pattern, said in REWORDINGS]


def reword_text(text: str) -> str:
    for pattern, said in PATTERNS:
        text = pattern.sub(said, text)
    return text
