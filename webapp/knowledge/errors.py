from webapp.kit.errors import NotFound


class DocumentNotFound(NotFound):
    code = "DOCUMENT_NOT_FOUND"

    def __init__(self, slug: str) -> None:
        super().__init__("There is no such article", slug=slug)
