from webapp.kit.errors import Forbidden


class AdminsOnly(Forbidden):
    code = "ADMINS_ONLY"

    def __init__(self) -> None:
        super().__init__("This agent answers admins only")
