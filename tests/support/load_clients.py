"""Customers of a running shop, known by its HTTP API only, and clients that send their requests
at once."""

import json
import re
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.client import HTTPConnection
from itertools import cycle
from statistics import quantiles
from urllib.parse import urlsplit
from uuid import uuid4

import httpx

from tests.support.checkout import ADDRESS, THREE_D_SECURE, VISA
from tests.support.cloned_platform import ClonedPlatform
from tests.support.waiting import eventually

PASSWORD = "Bench-Mark-2026!"
PLENTY = 1_000_000
SETTLEMENT_PAUSE_S, SETTLEMENT_POLL_S = 0.8, 0.05
SETTLED_WITHIN_S = 60.0


class RequestFailed(Exception):
    """A response was no success: its time is not that of what is measured."""


class HttpClient:
    """A connection that is kept alive."""

    def __init__(self, address: str, token: str = "") -> None:
        self._connection = HTTPConnection(urlsplit(address).netloc, timeout=60)
        self.token = token

    def call(
        self,
        method: str,
        path: str,
        body: Mapping[str, object] | None = None,
        **headers: str,
    ) -> bytes:
        """Raises `RequestFailed`."""
        sent = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        if body is not None:
            sent["Content-Type"] = "application/json"
        content = None if body is None else json.dumps(body)
        self._connection.request(method, f"/api/v1{path}", content, {**sent, **headers})
        response = self._connection.getresponse()
        answer = response.read()
        if not 200 <= response.status < 300:
            raise RequestFailed(f"{method} {path}: {response.status} {answer[:500]!r}")
        return answer

    def close(self) -> None:
        self._connection.close()


@dataclass(frozen=True)
class LoadResult:
    """Of operations that clients repeated for some seconds."""

    rate: float
    """Operations a second, of all clients together."""
    p50_ms: float
    p95_ms: float
    count: int


Operation = Callable[[HttpClient], None]
"""One of a client's; raises `RequestFailed`."""
OperationFactory = Callable[[Sequence[str]], Operation]
"""Given the tokens of a client's customers."""


class LoadClients:
    """Customers with accounts of their own, and what they buy."""

    def __init__(self, platform: ClonedPlatform) -> None:
        self._platform = platform
        self._emails: list[str] = []
        self._tokens: list[str] = []
        self._products: list[str] = []

    def create_products(self, count: int) -> None:
        """As an admin; of each there are more than are ever sold."""
        http = HttpClient(self._platform.address)
        http.token = self._sign_in(http, **self._platform.accounts["admin"])
        for number in range(count):
            product = {
                "name": f"Kettle of steel {number}",
                "category": "Kitchen",
                "description": "Boils a litre of water. " * 8,
                "price": 20 + number % 30,
                "stock": PLENTY,
            }
            answer = json.loads(http.call("POST", "/products", product))
            self._products.append(answer["productId"])
        http.close()

    def register(self, count: int) -> None:
        """Open accounts with the codes that the shop has mailed."""
        http = HttpClient(self._platform.address)
        secrets = {}
        for _ in range(count):
            email = f"{uuid4().hex}@bench.example"
            account = {"email": email, "password": PASSWORD, "name": "Ada Bench"}
            answer = json.loads(http.call("POST", "/auth/register", account))
            secrets[email] = {
                name: value for name, value in answer.items() if name != "userId"
            }
        codes = eventually(
            lambda: found if len(found := self._read_codes()) >= count else None,
            within=120,
        )
        for email, secret in secrets.items():
            http.call(
                "POST", "/auth/verify", {"email": email, "code": codes[email]} | secret
            )
        self._emails = list(secrets)
        http.close()

    def sign_in(self) -> None:
        http = HttpClient(self._platform.address)
        self._tokens = [
            self._sign_in(http, email=email, password=PASSWORD)
            for email in self._emails
        ]
        http.close()

    def repeat(
        self,
        build: OperationFactory,
        *,
        clients: int,
        seconds: float,
    ) -> LoadResult:
        """Let clients repeat an operation at once. Raises `RequestFailed`."""
        deadline = time.monotonic() + seconds

        def run(number: int) -> list[float]:
            operation = build(self._tokens[number::clients])
            http, took = HttpClient(self._platform.address), []
            while (started := time.monotonic()) < deadline:
                operation(http)
                took.append(time.monotonic() - started)
            http.close()
            return took

        started = time.monotonic()
        with ThreadPoolExecutor(clients) as pool:
            times = [each for took in pool.map(run, range(clients)) for each in took]
        return _summarize(times, elapsed=time.monotonic() - started)

    def settle_challenges(self, *, seconds: float) -> LoadResult:
        """One client after another orders, authenticates at the bank's page, about once a second,
        and waits until the order is paid: how long that takes. Raises `RequestFailed`."""
        deadline = time.monotonic() + seconds
        buyers = zip(
            cycle(self._tokens[len(self._tokens) // 2 :]), cycle(self._products)
        )
        shop, times = HttpClient(self._platform.address), []
        while time.monotonic() < deadline:
            shop.token, product = next(buyers)
            order_id, page = self._order_with_challenge(shop, product)
            answer = httpx.post(page, data={"answer": "authenticate"})
            if not answer.is_redirect:  # to the shop
                raise RequestFailed(f"{page}: {answer.status_code} {answer.text[:500]}")
            times.append(self._wait_until_paid(shop, order_id))
            time.sleep(SETTLEMENT_PAUSE_S)
        shop.close()
        return _summarize(times, elapsed=seconds)

    def _order_with_challenge(self, shop: HttpClient, product: str) -> tuple[str, str]:
        """The id of the order and the address of the bank's page."""
        order = json.loads(_order_product(shop, product, card=THREE_D_SECURE))
        return order["orderId"], order["actionUrl"]

    def _wait_until_paid(self, shop: HttpClient, order_id: str) -> float:
        """The seconds until it is."""
        started = time.monotonic()
        while time.monotonic() - started < SETTLED_WITHIN_S:
            answer = json.loads(shop.call("GET", f"/payment/status?orderId={order_id}"))
            if answer["paymentStatus"] == "PAID":
                return time.monotonic() - started
            time.sleep(SETTLEMENT_POLL_S)
        raise RequestFailed(f"order {order_id} was not paid in {SETTLED_WITHIN_S} s")

    def build_order(self, tokens: Sequence[str]) -> Operation:
        """Put a product into the cart and order it; for half of the customers."""
        turns = zip(cycle(tokens[: len(tokens) // 2]), cycle(self._products))

        def order(http: HttpClient) -> None:
            http.token, product = next(turns)
            _order_product(http, product, card=VISA)

        return order

    def build_add(self, tokens: Sequence[str]) -> Operation:
        """Set the quantity of one of three products in the carts of customers who do not order."""
        turns = zip(
            cycle(tokens[len(tokens) // 2 :]), cycle(self._products[:3]), cycle((1, 2))
        )

        def add(http: HttpClient) -> None:
            http.token, product, quantity = next(turns)
            http.call("POST", "/cart", {"productId": product, "quantity": quantity})

        return add

    def build_list(self, _: Sequence[str]) -> Operation:
        return lambda http: _drop(http.call("GET", "/products?limit=20"))

    def build_product(self, _: Sequence[str]) -> Operation:
        products = cycle(self._products)
        return lambda http: _drop(http.call("GET", f"/products/{next(products)}"))

    def build_search(self, _: Sequence[str]) -> Operation:
        return lambda http: _drop(http.call("GET", "/search?q=steel%20kettle"))

    def _sign_in(self, http: HttpClient, *, email: str, password: str) -> str:
        credentials = {"email": email, "password": password}
        token: str = json.loads(http.call("POST", "/auth/login", credentials))[
            "accessToken"
        ]
        return token

    def _read_codes(self) -> dict[str, str]:
        codes = {}
        for file in (self._platform.var / "mail").glob("*.eml"):
            mail = file.read_text()
            to = re.search(r"^To: (\S+@bench\.example)", mail, re.MULTILINE)
            code = re.search(r"^Subject: (\d{6}) ", mail, re.MULTILINE)
            if to and code:
                codes[to[1]] = code[1]
        return codes


def _order_product(http: HttpClient, product: str, *, card: str) -> bytes:
    http.call("POST", "/cart", {"productId": product, "quantity": 1})
    body = {"paymentMethodId": card, "shippingAddress": ADDRESS}
    return http.call("POST", "/orders", body, **{"Idempotency-Key": uuid4().hex})


def _summarize(times: list[float], *, elapsed: float) -> LoadResult:
    cuts = quantiles(times, n=20) if len(times) > 1 else times * 19
    return LoadResult(len(times) / elapsed, 1000 * cuts[9], 1000 * cuts[18], len(times))


def _drop(_: bytes) -> None:
    """The answer has been read; nobody needs it."""
