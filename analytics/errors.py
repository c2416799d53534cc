from webapp.kit.errors import Invalid


class TooManyPeriods(Invalid):
    code = "TOO_MANY_PERIODS"

    def __init__(self, count: int) -> None:
        super().__init__(f"That would be {count} periods; ask by week or by month")
