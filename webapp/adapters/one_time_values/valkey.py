"""In Valkey, which reads and deletes in one command."""

from webapp.adapters.one_time_values.port import ValueStoreUnavailable
from webapp.kit.valkey import ValkeyClient, ValkeyUnavailable

PREFIX = "ecom67:once"


class ValkeyOneTimeValues:
    def __init__(self, url: str) -> None:
        self._valkey = ValkeyClient(url)

    def put(self, key: str, value: str, *, lifetime_s: int) -> None:
        try:
            self._valkey.call(
                lambda redis: redis.set(f"{PREFIX}:{key}", value, ex=lifetime_s)
            )
        except ValkeyUnavailable as error:
            raise ValueStoreUnavailable from error

    def take(self, key: str) -> str | None:
        try:
            value = self._valkey.call(lambda redis: redis.getdel(f"{PREFIX}:{key}"))
        except ValkeyUnavailable as error:
            raise ValueStoreUnavailable from error
        return value.decode() if isinstance(value, bytes) else value
