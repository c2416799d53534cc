from webapp.kit.errors import Invalid


class BadPriceRange(Invalid):
    code = "BAD_PRICE_RANGE"

    def __init__(self) -> None:
        super().__init__("The lowest price must not be above the highest")


class SearchTextTooLong(Invalid):
    code = "SEARCH_TEXT_TOO_LONG"

    def __init__(self, *, limit: int) -> None:
        super().__init__(f"A search text has at most {limit} characters", limit=limit)
