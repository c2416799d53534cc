"""Chooses what words of figures are by what stands beside them: "refunds paid in June", "orders we
shipped to Oregon", "80 books or records", "for each one". Pure."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise

from agents.local.insights.figure_senses import KINDS_OF_GOODS, SUBJECTS
from agents.local.insights.lexicon import Meaning, Role
from agents.local.insights.mentions import Mention
from webapp.insights.query.definitions import METRICS, Unit
from webapp.insights.query.values import MatchKind

FILLER = (Meaning(Role.FILLER),)
DIMENSION_ROLES = (Role.DIMENSION, Role.DIMENSIONS)
REQUESTED = frozenset({"you", "we", "i", "please", "let's", "lets"})
""" "Could you set", "please list": what follows is a verb."""
SETTING = frozenset({"set", "put"})
EACH = frozenset({"each", "every"})
POINTING = frozenset(
    {"one", "of them", "of those", "of these", "one of them", "single one"}
)
RANKS = frozenset(
    {"behind", "ahead of", "ahead", "in front of", "below", "above", "beneath"}
)
INTAKE = frozenset({"came in", "come in", "comes in", "coming in"})
SHIPMENTS = frozenset({"shipment", "shipments", "parcels", "deliveries", "delivery"})
GOODS_NOUNS = KINDS_OF_GOODS | {"book", "vinyl", "vinyls", "piece of music"}
ANY_OF = frozenset({"any", "every", "each", "all", "the", "our", "all the", "all our"})
MONEY_NOUNS = frozenset(
    name for name, each in METRICS.items() if each.unit is Unit.MONEY
)
Settle = Callable[[Sequence[Mention]], list[Mention]]


def settle_places(mentions: Sequence[Mention]) -> list[Mention]:
    settled = list(mentions)
    for settle in SETTLING:
        settled = settle(settled)
    return settled


def _read_word(mention: Mention) -> str:
    return mention.text.casefold().replace("\u2019", "'")


def _replace_meanings(mention: Mention, *meanings: Meaning) -> Mention:
    return replace(mention, meanings=meanings or FILLER, values=(), number=None)


def _find_metric(mention: Mention) -> str:
    meaning = mention.find(Role.METRIC)
    return "" if meaning is None else meaning.name


def _list_dimensions(mention: Mention) -> set[str]:
    value = mention.find(Role.VALUE)
    named = {each.dimension for each in mention.values}
    return named | ({value.of} if value is not None else set())


# What is done


def _settle_paid(mentions: Sequence[Mention]) -> list[Mention]:
    """ "Refunds paid in June", "the tax we paid": no status of orders."""
    settled = list(mentions)
    for index, mention in enumerate(mentions):
        before = [each for each in mentions[:index] if _read_word(each) not in SUBJECTS]
        is_of_money = bool(before) and _find_metric(before[-1]) in MONEY_NOUNS
        if _read_word(mention) == "paid" and is_of_money:
            settled[index] = _replace_meanings(mention)
    return settled


def _settle_shipped(mentions: Sequence[Mention]) -> list[Mention]:
    """ "Orders we shipped this year to Oregon", "shipped in May to France": where they go."""
    settled = list(mentions)
    for index, mention in enumerate(mentions):
        if _read_word(mention) not in {"shipped", "delivered"} or not mention.has(
            Role.VALUE
        ):
            continue
        before = _read_word(mentions[index - 1]) if index else ""
        behind = [each for each in mentions[index + 1 :] if each.time is None]
        goes_to = bool(behind) and _read_word(behind[0]) == "to"
        if before in SUBJECTS or before.endswith((" we", " you")) or goes_to:
            settled[index] = _replace_meanings(mention)
    return settled


def _settle_requests(mentions: Sequence[Mention]) -> list[Mention]:
    """ "Could you set May against June": nothing that is called a set."""
    settled = list(mentions)
    for index, (before, mention) in enumerate(pairwise(mentions), 1):
        is_part = bool(mention.values) and all(
            each.kind is MatchKind.PART for each in mention.values
        )
        if is_part and _read_word(before) in REQUESTED and mention.text.islower():
            kept = FILLER if _read_word(mention) in SETTING else ()
            settled[index] = replace(mention, meanings=kept, values=())
    return settled


def _settle_shipments(mentions: Sequence[Mention]) -> list[Mention]:
    """ "Revenue, shipments to Wales": where orders go; alone, they are counted."""
    settled = list(mentions)
    has_metric = any(each.has(Role.METRIC) for each in mentions)
    for index, (mention, after) in enumerate(pairwise(mentions)):
        if _read_word(mention) in SHIPMENTS and _read_word(after) == "to":
            meanings = () if has_metric else (Meaning(Role.METRIC, "orders"),)
            settled[index] = _replace_meanings(mention, *meanings)
    return settled


def _settle_put_together(mentions: Sequence[Mention]) -> list[Mention]:
    """ "How many pieces customers put into one order": counted by order, not bought together."""
    settled = list(mentions)
    is_of_units = any(_find_metric(each) == "units" for each in mentions)
    for index, mention in enumerate(mentions):
        is_one = _read_word(mention).split()[-1] in {"order", "basket", "purchase"}
        if is_of_units and is_one and mention.has(Role.ANALYSIS):
            settled[index] = _replace_meanings(mention, Meaning(Role.METRIC, "orders"))
    return settled


def _settle_sums(mentions: Sequence[Mention]) -> list[Mention]:
    """ "Could you add up the revenue of": one figure, and no running total."""
    settled = list(mentions)
    for index, mention in enumerate(mentions):
        before = _read_word(mentions[index - 1]) if index else "please"
        is_request = before in REQUESTED | {"to", "just", "and"}
        if (
            mention.has(Role.RUNNING_TOTAL)
            and _read_word(mention) == "add up"
            and is_request
        ):
            settled[index] = _replace_meanings(mention)
    return settled


def _settle_qualities(mentions: Sequence[Mention]) -> list[Mention]:
    """ "The slow categories", "our strong months": those with the lowest and highest figures."""
    settled = list(mentions)
    if any(
        each.has(Role.ANALYSIS, Role.OVERVIEW, Role.SUPERLATIVE) for each in mentions
    ):
        return settled
    for index, (mention, after) in enumerate(pairwise(mentions)):
        is_quality = (
            mention.has(Role.HIGH, Role.LOW) and len(_read_word(mention).split()) == 1
        )
        is_plain = not mention.has(Role.DIMENSION) and not mention.values
        if (
            is_quality
            and is_plain
            and after.has(Role.DIMENSIONS)
            and not after.has(Role.METRIC)
        ):
            direction = "ascending" if mention.has(Role.LOW) else "descending"
            settled[index] = _replace_meanings(
                mention, Meaning(Role.SUPERLATIVE, "any", direction)
            )
    return settled


def _settle_intake(mentions: Sequence[Mention]) -> list[Mention]:
    """ "What came in during October": money, where nothing else is named."""
    settled = list(mentions)
    if any(each.has(Role.METRIC, Role.DIMENSION, Role.WHICH) for each in mentions):
        return settled
    for index, (before, mention) in enumerate(pairwise(mentions), 1):
        is_asked = _read_word(before) == "what" or before.has(Role.HOW_MUCH)
        if _read_word(mention) in INTAKE and is_asked:
            settled[index] = _replace_meanings(
                mention, Meaning(Role.METRIC_VERB, "net_revenue")
            )
    return settled


def _settle_units(mentions: Sequence[Mention]) -> list[Mention]:
    """ "Any sales, in units": the figure is the second one."""
    settled = list(mentions)
    for index, mention in enumerate(mentions):
        is_unit = (
            _find_metric(mention) == "units" and _read_word(mentions[index - 1]) == "in"
        )
        for place in range(index if is_unit else 0):
            if _find_metric(mentions[place]) == "net_revenue":
                settled[place] = _replace_meanings(mentions[place])
    return settled


def _settle_coming_back(mentions: Sequence[Mention]) -> list[Mention]:
    """ "What percentage of the units comes back to us": goods do, no customers."""
    settled = list(mentions)
    metrics = set(map(_find_metric, mentions)) - {""}
    if metrics != {"units"}:
        return settled
    for index, mention in enumerate(mentions):
        words = _read_word(mention).split()
        if mention.has(Role.ANALYSIS) and {"back", "again"} & set(words[1:]):
            settled[index] = _replace_meanings(
                mention, Meaning(Role.METRIC_VERB, "returned_units")
            )
    return settled


def _settle_combined(mentions: Sequence[Mention]) -> list[Mention]:
    """ "Austria plus Switzerland revenue combined" is one figure: countries are in no basket."""
    settled = list(mentions)
    places = {"country", "state", "currency", "customer_status", "customer_type"}
    named = [each for each in mentions if each.is_value]
    is_summed = bool(named) and all(_list_dimensions(each) & places for each in named)
    if not is_summed or not any(each.has(Role.METRIC) for each in mentions):
        return settled
    for index, mention in enumerate(mentions):
        if Meaning(Role.ANALYSIS, "basket_pairs") in mention.meanings:
            words = set(_read_word(mention).split())
            is_sum = not words.isdisjoint({"combined", "together", "plus"})
            settled[index] = _replace_meanings(mention) if is_sum else mention
    return settled


# What is compared


def _settle_differences(mentions: Sequence[Mention]) -> list[Mention]:
    """ "A difference in basket size between guests and members": of two values, not two times."""
    settled = list(mentions)
    values = [n for n, each in enumerate(mentions) if each.is_value]
    for index, mention in enumerate(mentions):
        behind = [n for n in values if n > index]
        pairs = _list_dimensions(mentions[behind[0]]) if behind else set()
        same = [n for n in behind if _list_dimensions(mentions[n]) & pairs]
        is_between = any(_read_word(each) == "between" for each in mentions[index:])
        is_difference = mention.has(Role.CHANGE) and _read_word(mention).startswith(
            "differ"
        )
        is_pair = len(same) > 1 or any(map(_names_statuses, mentions[index:]))
        if is_difference and is_between and is_pair:
            settled[index] = _replace_meanings(mention, Meaning(Role.COMPARE))
    return settled


def _names_statuses(mention: Mention) -> bool:
    """ "New and returning customers"."""
    is_status = any(
        each.name == "customer_status" and each.role in DIMENSION_ROLES
        for each in mention.meanings
    )
    return is_status and " and " in mention.text


def _settle_ranks(mentions: Sequence[Mention]) -> list[Mention]:
    """ "Is Garden behind Kitchen": the two are compared."""
    settled = list(mentions)
    for index, mention in enumerate(mentions[:-1]):
        after = _list_dimensions(mentions[index + 1])
        before = [each for each in mentions[:index] if each.is_value]
        is_pair = bool(before) and not after.isdisjoint(_list_dimensions(before[-1]))
        if _read_word(mention) in RANKS and is_pair:
            settled[index] = _replace_meanings(mention, Meaning(Role.COMPARE))
    return settled


def _settle_listed(mentions: Sequence[Mention]) -> list[Mention]:
    """ "Three categories: Vinyl, Jazz and Classical": as many as are named, not of rows."""
    settled = list(mentions)
    for index, (mention, after) in enumerate(pairwise(mentions)):
        if mention.number is None or not after.has(Role.DIMENSIONS):
            continue
        names = {each.name for each in after.meanings if each.role is Role.DIMENSIONS}
        values = [
            each
            for each in mentions[index + 2 :]
            if not names.isdisjoint(_list_dimensions(each))
        ]
        if len(values) == mention.number.value:
            settled[index] = _replace_meanings(mention)
    return settled


# What rows are of


def _settle_nouns(mentions: Sequence[Mention]) -> list[Mention]:
    """ "Which books or records", "any book with more than 80 units", "the top 5 toys": products."""
    settled = list(mentions)
    for index, mention in enumerate(mentions):
        is_second = bool(index) and mentions[index - 1].has(Role.JOIN)
        is_record = _read_word(mention) == "record" and is_second
        if not (is_record or _is_noun_of_goods(mention)):
            continue
        before = settled[index - 1] if index else None
        if (
            before is not None
            and before.has(Role.JOIN)
            and _is_product(settled, index - 2)
        ):
            settled[index - 1], settled[index] = (
                _replace_meanings(before),
                _replace_meanings(mention),
            )
        elif _lists_rows(settled, index):
            role = (
                Role.DIMENSIONS if _read_word(mention).endswith("s") else Role.DIMENSION
            )
            settled[index] = _replace_meanings(mention, Meaning(role, "product"))
    return settled


def _settle_descriptions(mentions: Sequence[Mention]) -> list[Mention]:
    """ "The crime novel “Dead in December”": what stands before the whole name describes it."""
    settled = list(mentions)
    for index, mention in enumerate(mentions):
        is_product = any(
            each.dimension == "product" and each.kind is MatchKind.WHOLE
            for each in mention.values
        )
        place = index
        while is_product and place and _is_kind(mentions[place - 1]):
            place -= 1
        if 0 < place < index and _read_word(mentions[place - 1]) in {
            "the",
            "our",
            "a",
            "of the",
        }:
            settled[place:index] = [
                _replace_meanings(each) for each in mentions[place:index]
            ]
    return settled


def _is_kind(mention: Mention) -> bool:
    kinds = {each.dimension for each in mention.values}
    return mention.text.islower() and (
        "category" in kinds or _read_word(mention) in GOODS_NOUNS
    )


def _is_noun_of_goods(mention: Mention) -> bool:
    is_part = bool(mention.values) and {each.dimension for each in mention.values} == {
        "product"
    }
    return _read_word(mention) in GOODS_NOUNS and (mention.is_unknown or is_part)


def _is_product(mentions: Sequence[Mention], index: int) -> bool:
    return index >= 0 and any(
        each.name == "product" and each.role in DIMENSION_ROLES
        for each in mentions[index].meanings
    )


def _lists_rows(mentions: Sequence[Mention], index: int) -> bool:
    before = mentions[index - 1] if index else None
    bounds = (
        Role.OVER,
        Role.UNDER,
        Role.AT_LEAST,
        Role.AT_MOST,
        Role.OR_MORE,
        Role.OR_LESS,
    )
    is_bounded = any(each.has(*bounds) for each in mentions)
    if before is None:
        return is_bounded
    is_ranked = before.has(Role.WHICH, Role.SUPERLATIVE, Role.BY)
    number = mentions[index - 2] if index > 1 else None
    is_counted = before.number is not None and (
        number is not None and number.has(Role.SUPERLATIVE)
    )
    return is_ranked or is_counted or (is_bounded and _read_word(before) in ANY_OF)


def _settle_anaphors(mentions: Sequence[Mention]) -> list[Mention]:
    """ "Go through the categories and tell me for each one which product": for each of these."""
    settled = list(mentions)
    for index, mention in enumerate(mentions):
        is_each = mention.has(Role.BY) and not EACH.isdisjoint(
            _read_word(mention).split()
        )
        behind = mentions[index + 1] if index + 1 < len(mentions) else None
        if not is_each or not (behind is None or _follows_each(behind)):
            continue
        named = [n for n in range(1, index) if mentions[n].has(Role.DIMENSIONS)]
        if not named or not mentions[named[-1] - 1].has(Role.FILLER):
            continue
        settled[named[-1] - 1] = _replace_meanings(
            mentions[named[-1] - 1], Meaning(Role.BY)
        )
        settled[index] = _replace_meanings(mention)
        if behind is not None and _read_word(behind) in POINTING:
            settled[index + 1] = _replace_meanings(behind)
        for place in range(named[-1] + 1, index):
            if mentions[place].has(Role.JOIN) and not mentions[place + 1].is_value:
                settled[place] = _replace_meanings(mentions[place])
    return settled


def _follows_each(mention: Mention) -> bool:
    return _read_word(mention) in POINTING or mention.has(
        Role.JOIN, Role.WHICH, Role.SUPERLATIVE, Role.BY, Role.ONLY
    )


def _settle_conditions(mentions: Sequence[Mention]) -> list[Mention]:
    """ "Orders where status is shipped": which they are, and not where."""
    settled = list(mentions)
    for index, (mention, after) in enumerate(pairwise(mentions)):
        if _read_word(mention) == "where" and index and after.has(Role.DIMENSION):
            silent = (Role.FILLER, Role.EXCLUDE, Role.ONLY)
            behind = [each for each in mentions[index + 2 :] if not each.has(*silent)]
            named = {each.name.removeprefix("current_") for each in after.meanings}
            if behind and not named.isdisjoint(_list_dimensions(behind[0])):
                settled[index] = _replace_meanings(mention)
    return settled


SETTLING: Sequence[Settle] = (
    _settle_paid,
    _settle_shipped,
    _settle_requests,
    _settle_sums,
    _settle_qualities,
    _settle_shipments,
    _settle_put_together,
    _settle_intake,
    _settle_units,
    _settle_coming_back,
    _settle_combined,
    _settle_differences,
    _settle_ranks,
    _settle_listed,
    _settle_nouns,
    _settle_descriptions,
    _settle_anaphors,
    _settle_conditions,
)
