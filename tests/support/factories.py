"""Factory of database rows: a test gives the values that matter, the factory the rest."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from webapp.accounts.models import Customer
from webapp.catalog.drafts import ProductDetails
from webapp.catalog.labels.service import unify_spellings
from webapp.catalog.models import Product, Variant
from webapp.kit.clock import utc_now
from webapp.kit.ids import new_id
from webapp.kit.money import Currency
from webapp.orders.models import Order, OrderItem

# An argon2id hash is slow on purpose; tests that sign in hash their own password.
NO_PASSWORD = "!"


class RowFactory:
    def __init__(self, session: Session) -> None:
        self._session = session

    def customer(
        self, *, email: str | None = None, name: str = "Ada", admin: bool = False
    ) -> Customer:
        customer = Customer(
            id=new_id(),
            email=email or f"{new_id()}@example.com",
            name=name,
            password_hash=NO_PASSWORD,
            groups=["admin"] if admin else [],
            verified_at=utc_now(),
        )
        self._session.add(customer)
        self._session.flush()
        return customer

    def product(
        self,
        *,
        name: str = "Kettle",
        price_minor: int = 2500,
        stock: int = 10,
        category: str = "Kitchen",
        brand: str | None = None,
        tags: Sequence[str] = (),
        currency: str = "USD",
        is_active: bool = True,
        variants: int = 1,
    ) -> Product:
        details = ProductDetails(
            name=name,
            description=f"{name} for a test",
            category=category,
            brand=brand,
            tags=list(tags),
            currency=Currency(currency),
            is_active=is_active,
        )
        spellings = unify_spellings(self._session, [details])
        product = Product(
            id=new_id(),
            **spellings.respell(details.list_columns()),
            variants=[
                self._variant(position, price_minor=price_minor, stock=stock)
                for position in range(variants)
            ],
        )
        self._session.add(product)
        self._session.flush()
        return product

    def order(self, *, items: Sequence[OrderItem] = (), **values: Any) -> Order:
        """An order of 29.00 without events; values as columns of `Order`."""
        order = Order(
            **{
                "id": new_id(),
                "status": "SHIPPED",
                "payment_status": "PAID",
                "currency": "USD",
                "subtotal_minor": 2900,
                "tax_minor": 0,
                "total_minor": 2900,
                "items": list(items),
                "events": [],
                **values,
            }
        )
        self._session.add(order)
        self._session.flush()
        return order

    def _variant(self, position: int, *, price_minor: int, stock: int) -> Variant:
        return Variant(
            id=new_id(),
            position=position,
            sku=f"SKU-{new_id()}",
            options={"Size": "SML"[position]} if position else {},
            price_minor=price_minor,
            on_hand=stock,
            held=0,
        )

    def variant_id(self, **product: object) -> UUID:
        return self.product(**product).variants[0].id  # type: ignore[arg-type]
