"""Domain errors, raised on purpose and answered with their HTTP status.

CommerceError
├── Invalid               the request contradicts itself or a rule           HTTP 400
├── Unauthenticated       the caller is not authenticated                    HTTP 401
├── PaymentRefused        the payment failed                                 HTTP 402
├── Forbidden             the caller is not authorized                       HTTP 403
├── NotFound              does not exist, or is not visible to the caller    HTTP 404
├── Conflict              the current state does not allow it                HTTP 409
├── IdempotencyKeyReused  same idempotency key, another request              HTTP 422
├── Unprocessable         understood, but cannot be done whatever the state  HTTP 422
├── TooManyRequests       rate limited; `retry_after` seconds                HTTP 429
└── Unavailable           an external service failed; a retry may succeed    HTTP 503

Any other exception is a bug and is reported as one.
"""

from typing import ClassVar


class CommerceError(Exception):
    """A domain error with a stable `code` for programs, a `message` for people, and details."""

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


class Unprocessable(CommerceError):
    code = "UNPROCESSABLE"


class TooManyRequests(CommerceError):
    code = "TOO_MANY_REQUESTS"

    def __init__(self, message: str, *, retry_after: int, **details: object) -> None:
        super().__init__(message, retry_after=retry_after, **details)
        self.retry_after = retry_after


class Unavailable(CommerceError):
    code = "UNAVAILABLE"
