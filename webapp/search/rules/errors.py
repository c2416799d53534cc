from collections.abc import Sequence
from uuid import UUID

from webapp.kit.errors import Conflict, NotFound, Unprocessable


class SearchRuleNotFound(NotFound):
    code = "SEARCH_RULE_NOT_FOUND"

    def __init__(self, rule_id: UUID) -> None:
        super().__init__("There is no such search rule", rule_id=rule_id)


class RuleQueryTaken(Conflict):
    code = "SEARCH_RULE_EXISTS"

    def __init__(self, query: str) -> None:
        super().__init__(
            f"There is a rule of this type for {query!r}: change that one", query=query
        )


class StaleRule(Conflict):
    code = "SEARCH_RULE_CHANGED"

    def __init__(self, rule_id: UUID, *, sent: int, current: int) -> None:
        super().__init__(
            "The rule was changed in the meantime: read it again and repeat the change",
            rule_id=rule_id,
            sent_version=sent,
            current_version=current,
        )


class TooManyRules(Conflict):
    code = "TOO_MANY_SEARCH_RULES"

    def __init__(self, limit: int) -> None:
        super().__init__(
            f"There are {limit:,} search rules, and no more are kept: delete some",
            limit=limit,
        )


class BadRuleTerm(Unprocessable):
    code = "BAD_SYNONYM"

    def __init__(self, term: str) -> None:
        super().__init__(
            f"{term!r} cannot be a synonym: it is to have one to three words that are"
            " searched, and such as 'the' are not",
            term=term,
        )


class UnknownRuleProducts(Unprocessable):
    code = "UNKNOWN_PRODUCTS"

    def __init__(self, ids: Sequence[UUID]) -> None:
        names = ", ".join(map(str, ids))
        super().__init__(f"There are no products {names}", product_ids=list(ids))
