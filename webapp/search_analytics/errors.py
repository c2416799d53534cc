from webapp.kit.errors import NotFound


class SearchNotFound(NotFound):
    code = "SEARCH_NOT_FOUND"

    def __init__(self, search_id: str) -> None:
        super().__init__(
            "There is no such search, or it is older than a day: send the searchId that "
            "GET /search answered with",
            search_id=search_id,
        )
