"""Refusals the shop makes on purpose.

CommerceError
├── Invalid          the request contradicts itself or a rule     HTTP 400
├── Unauthenticated  we do not know who is asking                 HTTP 401
├── PaymentRefused   the money did not come                       HTTP 402
├── Forbidden        the caller may not do this                   HTTP 403
├── NotFound         no such thing, or not theirs to see          HTTP 404
├── Conflict         true a moment ago, not any more              HTTP 409
├── KeyReused        same idempotency key, another request        HTTP 422
├── TooMany          slow down; `retry_after` seconds             HTTP 429
└── Unavailable      a supplier failed; trying again may work     HTTP 503

Anything else that escapes is a bug and is reported as one.
"""

from typing import ClassVar


class CommerceError(Exception):
    """A refusal: a stable `code` for programs, a `message` for people, and details."""

    code: ClassVar[str]

    def __init__(self, message: str, **details: object) -> None:
        super().__init__(message)
        self.message = message
        self.details = details


class Invalid(CommerceError):
    code = "INVALID"


class Unauthenticated(CommerceError):
    code = "UNAUTHENTICATED"


class PaymentRefused(CommerceError):
    code = "PAYMENT_REFUSED"


class Forbidden(CommerceError):
    code = "FORBIDDEN"


class NotFound(CommerceError):
    code = "NOT_FOUND"


class Conflict(CommerceError):
    code = "CONFLICT"


class IdempotencyKeyReused(CommerceError):
    code = "IDEMPOTENCY_KEY_REUSED"


class TooManyRequests(CommerceError):
    code = "TOO_MANY_REQUESTS"

    def __init__(self, message: str, *, retry_after: int, **details: object) -> None:
        super().__init__(message, retry_after=retry_after, **details)
        self.retry_after = retry_after


class Unavailable(CommerceError):
    code = "UNAVAILABLE"
