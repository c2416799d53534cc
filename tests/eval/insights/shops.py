"""Shops in memory, of which the questions are asked: always the same, from a seed.

Their goods and the words that their names are made to be mistaken for are in `shops/*.toml`. A
question may be about any day of the 26 months up to `NOW`.
"""

import random
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, cached_property
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
from pydantic import BaseModel, ConfigDict

from analytics.facts.current_categories import (
    CATALOG_CATEGORIES,
    key_current_categories,
)
from analytics.facts.families import OtherFacts
from analytics.facts.order_facts import OrderFacts
from analytics.facts.schemas import LineKind
from analytics.facts.stock_facts import StockFacts
from analytics.semantic.value_catalog import ValueCatalog
from tests.support.order_lines import order_facts, order_line
from tests.support.search_facts import build_query_day, build_search_facts
from tests.support.stock import (
    sell_units,
    stock_facts,
    stock_movement,
    stock_variant,
)

FOLDER = Path(__file__).parent / "shops"
SHOPS = ("homestead", "bookshop", "toybox")
NOW = datetime(2026, 11, 18, 14, 30, tzinfo=UTC)
"""A Wednesday."""
FIRST_DAY = date(2024, 9, 18)
FIRST_SEARCH_DAY = date(2026, 2, 1)
NOT_SOLD = ("bicycle pump", "gift card", "garden gnome", "fishing rod")
"""What is searched, and not found, in all shops."""
GROWTH = 0.5
"""Orders a day at the end, more than at the beginning, as a share of these."""
WEEKDAY_FACTORS = (1.1, 0.8, 0.9, 1.0, 1.2, 1.4, 1.3)
HOURS = (*range(7, 24), *range(11, 14), *range(18, 23), *range(19, 22))
"""Of which each is as likely: evenings come up more often than mornings."""
GUEST_SHARE = 0.2
RETURNING_SHARE = 0.55
CANCELED_SHARE = 0.05
UNPAID_SHARE = 0.02
RETURNED_SHARE = 0.06
REFUNDED_SHARE = 0.05
TAX_PERCENT = 8
DAYS_UNTIL_SHIPPED = 2
DAYS_UNTIL_DELIVERED = 9


class ShippingDestination(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    country: str
    currency: str
    weight: int
    states: tuple[str, ...] = ("",)


class ShopDefinition(BaseModel):
    model_config = ConfigDict(extra="forbid")

    home_currency: str
    zone: str
    seed: int
    orders_a_day: int
    rates: Mapping[str, float]
    """Value of one unit of a currency in that of the shop."""
    catalog: Mapping[str, Mapping[str, int]]
    """Category → product → price, in minor units of the shop's currency."""
    destinations: Sequence[ShippingDestination]


@dataclass(frozen=True)
class MemoryShop:
    home_currency: str
    zone: ZoneInfo
    facts: OrderFacts
    others: Mapping[str, OtherFacts] = field(default_factory=build_search_facts)
    """Of other families, by name."""

    @cached_property
    def catalog(self) -> ValueCatalog:
        return ValueCatalog.from_lines(self.facts.lines)


@dataclass(frozen=True)
class ShopProduct:
    product_id: str
    sku: str
    name: str
    category: str
    price_minor: int
    popularity: float


@dataclass(frozen=True)
class ShopCustomer:
    number: int | None
    """None for a guest."""
    destination: ShippingDestination
    state: str


@dataclass
class OrderWriter:
    """Writes the lines of a shop's orders, day by day."""

    definition: ShopDefinition
    rng: random.Random
    customers: list[ShopCustomer] = field(default_factory=list)
    buyers: set[int] = field(default_factory=set)
    """Customers with a counted order."""
    fashions: dict[tuple[str, int, int], float] = field(default_factory=dict)
    """How much a category is wanted in a month."""
    order_count: int = 0

    def write_lines(self) -> Iterator[dict[str, Any]]:
        zone = ZoneInfo(self.definition.zone)
        last = NOW.astimezone(zone).date()
        days = (last - FIRST_DAY).days
        for number in range(days + 1):
            day = FIRST_DAY + timedelta(days=number)
            expected = self.definition.orders_a_day * (1 + GROWTH * number / days)
            expected *= WEEKDAY_FACTORS[day.weekday()]
            for _ in range(round(self.rng.gauss(expected, expected**0.5))):
                local = time(self.rng.choice(HOURS), self.rng.randrange(60))
                at = datetime.combine(day, local, zone).astimezone(UTC)
                if at < NOW:
                    yield from self._write_order(at)

    def _write_order(self, at: datetime) -> Iterator[dict[str, Any]]:
        self.order_count += 1
        customer = self._choose_customer()
        products = self._choose_products(at)
        refunded = self._choose_refund(at)
        currency = customer.destination.currency
        statuses = self._choose_statuses(at, refunded)
        order: dict[str, Any] = {
            "order_id": f"order-{self.order_count}",
            "order_number": self.order_count,
            "currency": currency,
            "customer": customer.number,
            "country": customer.destination.country,
            "state": customer.state,
            "customer_status": self._note_buyer(customer, statuses["status"]),
            **statuses,
        }
        amounts = [
            (each, self.rng.choice((1, 1, 1, 2, 2, 3)), LineKind.SALE)
            for each in products
        ]
        if self.rng.random() < RETURNED_SHARE:
            amounts.append((products[0], -1, LineKind.RETURN))
        lines = [
            self._write_line(order, at, product, quantity, kind)
            for product, quantity, kind in amounts
        ]
        total = sum(line["amount_minor"] for line in lines)
        lines[0] |= self._convert_amount(
            "tax_minor", total * TAX_PERCENT // 100, currency
        )
        yield from lines
        if refunded and refunded < NOW:
            yield self._write_refund(lines[0], refunded)

    def _choose_customer(self) -> ShopCustomer:
        is_guest = self.rng.random() < GUEST_SHARE
        if not is_guest and self.customers and self.rng.random() < RETURNING_SHARE:
            return self.rng.choice(self.customers)
        destinations = self.definition.destinations
        weights = [each.weight for each in destinations]
        [destination] = self.rng.choices(destinations, weights)
        number = None if is_guest else len(self.customers) + 1
        customer = ShopCustomer(
            number, destination, self.rng.choice(destination.states)
        )
        if not is_guest:
            self.customers.append(customer)
        return customer

    def _choose_products(self, at: datetime) -> list[ShopProduct]:
        products = list_products(self.definition)
        weights = [
            each.popularity * self._find_fashion(each.category, at) for each in products
        ]
        count = self.rng.choice((1, 1, 2, 2, 3, 4))
        return list(dict.fromkeys(self.rng.choices(products, weights, k=count)))

    def _find_fashion(self, category: str, at: datetime) -> float:
        key = (category, at.year, at.month)
        if key not in self.fashions:
            self.fashions[key] = self.rng.uniform(0.4, 1.6)
        return self.fashions[key]

    def _choose_refund(self, at: datetime) -> datetime | None:
        if self.rng.random() < REFUNDED_SHARE:
            return at + timedelta(days=self.rng.randint(1, 40))
        return None

    def _choose_statuses(
        self, at: datetime, refunded: datetime | None
    ) -> dict[str, str]:
        chance = self.rng.random()
        if chance < CANCELED_SHARE:
            return {"status": "CANCELLED", "payment_status": "VOIDED"}
        if chance < CANCELED_SHARE + UNPAID_SHARE:
            return {"status": "PAYMENT_FAILED", "payment_status": "UNPAID"}
        age = (NOW - at).days
        status = "PROCESSING"
        if age >= DAYS_UNTIL_SHIPPED:
            status = "SHIPPED" if age < DAYS_UNTIL_DELIVERED else "DELIVERED"
        is_refunded = refunded is not None and refunded < NOW
        return {
            "status": status,
            "payment_status": "PARTIALLY_REFUNDED" if is_refunded else "PAID",
        }

    def _note_buyer(self, customer: ShopCustomer, status: str) -> str:
        if customer.number is None:
            return "guest"
        is_known = customer.number in self.buyers
        if status not in {"CANCELLED", "PAYMENT_FAILED"}:
            self.buyers.add(customer.number)
        return "returning" if is_known else "new"

    def _write_line(
        self,
        order: Mapping[str, Any],
        at: datetime,
        product: ShopProduct,
        quantity: int,
        kind: LineKind,
    ) -> dict[str, Any]:
        rate = self.definition.rates[order["currency"]]
        amount = round(product.price_minor / rate) * quantity
        return order_line(
            **order,
            **self._convert_amount("amount_minor", amount, order["currency"]),
            at=at,
            kind=kind.value,
            product_id=product.product_id,
            sku=product.sku,
            name=product.name,
            category=product.category,
            quantity=quantity,
        )

    def _write_refund(
        self, line: Mapping[str, Any], refunded: datetime
    ) -> dict[str, Any]:
        """A part of a line's amount, with its share of tax."""
        amount = -round(line["amount_minor"] * self.rng.choice((0.2, 0.5, 1.0)))
        tax = amount * TAX_PERCENT // 100
        return {
            **line,
            **self._convert_amount("amount_minor", amount, line["currency"]),
            **self._convert_amount("tax_minor", tax, line["currency"]),
            "at": refunded,
            "kind": LineKind.REFUND.value,
            "quantity": 0,
        }

    def _convert_amount(self, name: str, amount: int, currency: str) -> dict[str, int]:
        home = round(amount * self.definition.rates[currency])
        return {name: amount, f"home_{name}": home}


@cache
def build_shop(name: str) -> MemoryShop:
    definition = read_shop(name)
    # A seed for sameness, not a secret.
    writer = OrderWriter(definition, random.Random(definition.seed))  # noqa: S311
    facts = order_facts(*writer.write_lines(), as_of=NOW)
    return MemoryShop(
        definition.home_currency,
        ZoneInfo(definition.zone),
        replace(facts, current_categories=list_categories(definition)),
        {
            **build_search_facts(write_searches(definition)),
            "stock": write_stock(definition),
        },
    )


def list_categories(definition: ShopDefinition) -> pl.DataFrame:
    """No product has moved."""
    products = list_products(definition)
    rows = [(each.product_id, each.category) for each in products]
    frame = pl.DataFrame(rows, schema=CATALOG_CATEGORIES, orient="row")
    return key_current_categories(frame)


def write_searches(definition: ShopDefinition) -> Iterator[dict[str, Any]]:
    """The searches of each day for some of the goods, and for what the shop does not have."""
    rng = random.Random(definition.seed)  # noqa: S311
    zone = ZoneInfo(definition.zone)
    names = [product.name.lower() for product in list_products(definition)]
    for number in range((NOW.date() - FIRST_SEARCH_DAY).days + 1):
        day = FIRST_SEARCH_DAY + timedelta(days=number)
        for query in (*rng.sample(names, 3), *rng.sample(NOT_SOLD, 1)):
            searches = rng.randrange(1, 30)
            is_sold = query not in NOT_SOLD
            clicked = rng.randrange(searches + 1) * is_sold
            known = rng.randrange(searches + 1)
            ordered = rng.randrange(min(known, clicked) + 1)
            yield build_query_day(
                *(day, query, zone),
                searches=searches,
                zero_results=searches * (not is_sold),
                clicks=clicked + rng.randrange(3) * bool(clicked),
                adds=rng.randrange(clicked + 1),
                orders=ordered,
                clicked=clicked,
                known_visitors=known,
                ordered=ordered,
            )


def write_stock(definition: ShopDefinition) -> StockFacts:
    """Of each product some units, which are sold now and then, and delivered each month."""
    rng = random.Random(definition.seed)  # noqa: S311
    opened = datetime(2026, 2, 2, 9, tzinfo=UTC)
    variants, movements = [], []
    for number, product in enumerate(list_products(definition)):
        variants.append(
            stock_variant(
                number,
                product_id=product.product_id,
                sku=product.sku,
                name=product.name,
                category=product.category,
                currency=definition.home_currency,
                price_minor=product.price_minor,
                on_hand=rng.randrange(1, 30),
                created_at=opened,
                recorded_at=opened,
            )
        )
        for day in range(1, (NOW - opened).days):
            at = opened + timedelta(days=day)
            if day % 30 == 0:
                units = rng.randrange(20, 40)
                movements.append(stock_movement(number, at, on_hand=units))
            elif rng.random() < 0.3:
                movements.append(sell_units(number, at, rng.randrange(1, 4)))
    return stock_facts(variants, movements, as_of=NOW)


def read_shop(name: str) -> ShopDefinition:
    text = (FOLDER / f"{name}.toml").read_text(encoding="utf-8")
    return ShopDefinition.model_validate(tomllib.loads(text))


def list_products(definition: ShopDefinition) -> Sequence[ShopProduct]:
    """The first ones of a category are wanted most."""
    return [
        ShopProduct(
            product_id=f"{category}/{product}",
            sku=re.sub("[^A-Z0-9]+", "-", product.upper()),
            name=product,
            category=category,
            price_minor=price,
            popularity=1 / (rank + 2),
        )
        for category, products in definition.catalog.items()
        for rank, (product, price) in enumerate(products.items(), start=1)
    ]
