"""Generates eighteen months of orders, returns and refunds. Deterministic for a given `today`."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import cached_property
from itertools import groupby
from operator import attrgetter, itemgetter
from random import Random
from typing import TypeAlias

import numpy as np

from webapp.devtools.demo.catalog import DemoProduct, DemoVariant
from webapp.devtools.demo.draws import CHANNELS, OrderColumns, OrderDrawer
from webapp.devtools.demo.history_days import HistoryDays, Integers
from webapp.devtools.demo.markets import Market, Trading, load_markets
from webapp.devtools.demo.orders import (
    CANCELLED_AFTER,
    DELIVERED_AFTER,
    SHIPPED_AFTER,
    PastLine,
    PastOrder,
    PastRefund,
)
from webapp.devtools.demo.people import DemoBuyer, generate_customer, generate_guest
from webapp.devtools.demo.prices import compute_prices
from webapp.devtools.demo.purchases import GUEST
from webapp.devtools.demo.stories import BREAKAGE
from webapp.devtools.demo.supply import SupplyPlan, plan_supply
from webapp.orders.status import OrderStatus, PaymentStatus

SEED = 67
RETURN_DAYS = (8, 24)
"""After an order."""
REFUND_DAYS = (6, 16)
REFUND_REASON = "not as described"
BasketLine: TypeAlias = tuple[PastLine, bool, bool]
"""Whether it is to be returned, and whether to be refunded."""


@dataclass(frozen=True)
class History:
    buyers: Sequence[DemoBuyer]
    """Customers with an account, by their first order."""
    orders: Sequence[PastOrder]
    """Orders and returns by time, up to and including yesterday."""
    supply: SupplyPlan
    """What was out of stock when, and so was not sold."""


def generate_history(
    products: Sequence[DemoProduct],
    *,
    today: date,
    trading: Trading,
    always_available: frozenset[str] = frozenset(),
) -> History:
    """`always_available` are slugs of products that are never out of stock."""
    days = HistoryDays(today)
    generator = np.random.default_rng(SEED)
    supply = plan_supply(generator, products, days, always_available=always_available)
    columns = OrderDrawer(generator, products, days, supply).draw_orders()
    builder = OrderBuilder(
        Random(SEED),  # noqa: S311 deterministic on purpose, not a secret
        columns,
        days,
        trading,
        variants=[(each, variant) for each in products for variant in each.variants],
        prices=compute_prices(products, days),
    )
    orders = sorted(builder.iterate_orders(), key=attrgetter("placed_at"))
    return History(list(builder.buyers.values()), orders, supply)


@dataclass(frozen=True)
class OrderBuilder:
    """Makes orders of their columns."""

    random: Random
    columns: OrderColumns
    days: HistoryDays
    trading: Trading
    variants: Sequence[tuple[DemoProduct, DemoVariant]]
    prices: Integers
    """By day (row) and variant (column)."""

    @cached_property
    def buyers(self) -> dict[int, DemoBuyer]:
        """Customers with an account by their numbers."""
        _, customers, markets = self.columns.purchases
        found = dict(zip(customers.tolist(), markets.tolist(), strict=True))
        return {
            number: generate_customer(number, load_markets()[market], self.random)
            for number, market in sorted(found.items())
            if number != GUEST
        }

    def iterate_orders(self) -> Iterator[PastOrder]:
        """Orders by time, each followed by its return, if there is one."""
        baskets = self._list_baskets()
        columns = (
            *self.columns.purchases,
            self.columns.seconds,
            self.columns.channels,
            self.columns.is_cancelled,
        )
        rows = zip(*(column.tolist() for column in columns), strict=True)
        for basket, (day, customer, market, seconds, channel, is_cancelled) in zip(
            baskets, rows, strict=True
        ):
            order = self._build_order(
                load_markets()[market],
                customer,
                self._find_time(day, seconds),
                tuple(line for line, *_ in basket),
                CHANNELS[channel],
                is_cancelled=is_cancelled,
            )
            if order.status == OrderStatus.DELIVERED:
                order, returned = self._send_back(order, basket)
                yield from returned
            yield order

    def _list_baskets(self) -> Iterator[list[BasketLine]]:
        """Of each order, its lines, and whether each is to be returned and to be refunded."""
        lines, days = self.columns.lines, self.columns.purchases.days
        prices = self.prices[days[lines.orders], lines.variants]
        columns = (*lines, prices, self.columns.is_returned, self.columns.is_refunded)
        rows = zip(*(column.tolist() for column in columns), strict=True)
        for _, basket in groupby(rows, key=itemgetter(0)):
            yield [
                (self._build_line(variant, quantity, price), returned, refunded)
                for _, variant, quantity, price, returned, refunded in basket
            ]

    def _build_line(self, variant: int, quantity: int, price: int) -> PastLine:
        return PastLine(*self.variants[variant], quantity=quantity, price_minor=price)

    def _find_time(self, day: int, seconds: int) -> datetime:
        midnight = datetime.combine(self.days.dates[day], time(), UTC)
        return midnight + timedelta(seconds=seconds)

    def _build_order(
        self,
        market: Market,
        customer: int,
        placed_at: datetime,
        lines: tuple[PastLine, ...],
        channel: str,
        *,
        is_cancelled: bool,
    ) -> PastOrder:
        status = self._choose_status(placed_at, is_cancelled=is_cancelled)
        is_shipped = status in {OrderStatus.SHIPPED, OrderStatus.DELIVERED}
        currency = self.trading.choose_currency(market)
        buyer = (
            generate_guest(market, self.random)
            if customer == GUEST
            else self.buyers[customer]
        )
        return PastOrder(
            reference=f"demo:{self.random.getrandbits(48):012x}",
            buyer=buyer,
            placed_at=placed_at,
            lines=lines,
            status=status,
            payment_status=PaymentStatus.REFUNDED
            if status == OrderStatus.CANCELLED
            else PaymentStatus.PAID,
            channel=channel,
            currency=currency,
            exchange_rate=self._find_rate(currency, placed_at.date()),
            tax_percent=self._find_tax(market.country),
            tracking_number=generate_tracking_number(self.random, market.country)
            if is_shipped
            else None,
        )

    def _choose_status(self, placed_at: datetime, *, is_cancelled: bool) -> OrderStatus:
        age = self._midnight - placed_at
        if is_cancelled and age > CANCELLED_AFTER:
            return OrderStatus.CANCELLED
        if age > DELIVERED_AFTER:
            return OrderStatus.DELIVERED
        return OrderStatus.SHIPPED if age > SHIPPED_AFTER else OrderStatus.PROCESSING

    @cached_property
    def _midnight(self) -> datetime:
        """When today begins."""
        return datetime.combine(self.days.today, time(), UTC)

    def _send_back(
        self, order: PastOrder, basket: Sequence[BasketLine]
    ) -> tuple[PastOrder, list[PastOrder]]:
        """The order, with a refund if there was one, and its return; both before today."""
        returned = [line for line, is_returned, _ in basket if is_returned]
        refunded = [
            position
            for position, (_, is_returned, is_refunded) in enumerate(basket)
            if is_refunded and not is_returned
        ]
        if refunded:
            order = self._refund_lines(order, refunded)
        return order, self._list_returns(order, returned) if returned else []

    def _draw_later(self, order: PastOrder, days: tuple[int, int]) -> datetime:
        return order.placed_at + timedelta(
            days=self.random.randint(*days), minutes=self.random.randrange(180)
        )

    def _refund_lines(self, order: PastOrder, positions: Sequence[int]) -> PastOrder:
        refunded_at = self._draw_later(order, REFUND_DAYS)
        if refunded_at >= self._midnight:
            return order
        broken = any(
            order.lines[position].product.slug == BREAKAGE.slug
            for position in positions
        )
        is_whole = len(positions) == len(order.lines)
        return replace(
            order,
            payment_status=PaymentStatus.REFUNDED
            if is_whole
            else PaymentStatus.PARTIALLY_REFUNDED,
            refund=PastRefund(
                refunded_at, BREAKAGE.reason if broken else REFUND_REASON, positions
            ),
        )

    def _list_returns(
        self, order: PastOrder, lines: Sequence[PastLine]
    ) -> list[PastOrder]:
        """One, if it was before today."""
        returned_at = self._draw_later(order, RETURN_DAYS)
        if returned_at >= self._midnight:
            return []
        returned = replace(
            order,
            reference=f"{order.reference}:return",
            placed_at=returned_at,
            lines=tuple(
                replace(line, quantity=-self.random.randint(1, line.quantity))
                for line in lines
            ),
            status=OrderStatus.DELIVERED,
            payment_status=PaymentStatus.REFUNDED,
            tracking_number=None,
            refund=None,
        )
        return [returned]

    def _find_rate(self, currency: str, day: date) -> Decimal:
        key = (currency, day)
        if key not in self._rates:
            self._rates[key] = self.trading.compute_rate(
                currency, day, today=self.days.today
            )
        return self._rates[key]

    @cached_property
    def _rates(self) -> dict[tuple[str, date], Decimal]:
        """Those that were computed."""
        return {}

    def _find_tax(self, country: str) -> Decimal:
        return self._taxes[country]

    @cached_property
    def _taxes(self) -> dict[str, Decimal]:
        """Percent by country."""
        return {
            market.country: self.trading.taxes.find_percent(country=market.country)
            for market in load_markets()
        }


def generate_tracking_number(random: Random, country: str = "US") -> str:
    return f"E67{random.randrange(10**10):010}{country}"
