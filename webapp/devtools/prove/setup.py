"""Who buys and what there is to buy, put straight into the shop by its own services."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from argon2 import PasswordHasher
from flask import Flask
from sqlalchemy.orm import Session

from webapp.accounts import service as accounts
from webapp.accounts.account_status import AccountStatusCache
from webapp.accounts.passwords import generate_password
from webapp.catalog import service as catalog
from webapp.catalog.service import ProductDraft, VariantDraft
from webapp.db.session import Database
from webapp.devtools.prove.platform import PlatformUnderTest
from webapp.http import access
from webapp.kit.clock import utc_now
from webapp.kit.hashing import BoundedPasswordHasher
from webapp.kit.roles import ADMIN

CATEGORY = "Proof"
PRICES_MINOR = (499, 1250, 3999)


@dataclass(frozen=True)
class ProofAccount:
    id: UUID
    token: str


@dataclass(frozen=True)
class Shelf:
    product_id: UUID
    variant_id: UUID
    initial_units: int
    """At the beginning."""


@dataclass(frozen=True)
class ShopFixture:
    admin: ProofAccount
    buyers: Sequence[ProofAccount]
    products: Sequence[Shelf]


def set_up_shop(
    db: Database,
    platform: PlatformUnderTest,
    *,
    run_id: str,
    buyers: int,
    stock_levels: Sequence[int],
) -> ShopFixture:
    """`run` keeps the names of one run apart from those of another."""
    # Nobody signs in with these: their tokens are made here. So the cheapest hash will do.
    passwords = BoundedPasswordHasher(
        PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    )
    mint = Flask(__name__)
    access.install(
        mint, secret=platform.jwt_secret, account_status=AccountStatusCache(db)
    )
    with db.unit_of_work() as session, mint.app_context():
        people = [
            _person(session, passwords, name=f"proof-{run_id}-{number}", groups=[])
            for number in range(buyers)
        ]
        admin = _person(
            session, passwords, name=f"proof-{run_id}-admin", groups=[ADMIN]
        )
        shelves = [
            _shelf(session, place, count) for place, count in enumerate(stock_levels)
        ]
    return ShopFixture(admin, people, shelves)


def tear_down_shop(db: Database, scene: ShopFixture) -> None:
    """Take the products off sale and the admin's rights away; the books keep all."""
    with db.unit_of_work() as session:
        for shelf in scene.products:
            catalog.withdraw_product(session, product_id=shelf.product_id)
        accounts.require_customer(session, customer_id=scene.admin.id).groups = []


def _person(
    session: Session, passwords: BoundedPasswordHasher, *, name: str, groups: list[str]
) -> ProofAccount:
    customer = accounts.create_verified_customer(
        session,
        email=f"{name}@example.com",
        password=generate_password(),
        name=name,
        groups=groups,
        passwords=passwords,
        now=utc_now(),
    )
    return ProofAccount(
        customer.id, access.issue_access_token(customer.id, groups=groups)
    )


def _shelf(session: Session, place: int, units: int) -> Shelf:
    price = PRICES_MINOR[place % len(PRICES_MINOR)]
    product = catalog.create_product(
        session,
        draft=ProductDraft(
            name=f"Proof {place}",
            category=CATEGORY,
            currency="USD",
            variants=[VariantDraft(price_minor=price, stock=units)],
        ),
    )
    return Shelf(product.id, product.variants[0].id, units)
