from webapp.kit.errors import Invalid


class NotEnoughData(Invalid):
    """Understood, but there is too little to compute it from: says what is needed."""

    code = "NOT_ENOUGH_DATA"
