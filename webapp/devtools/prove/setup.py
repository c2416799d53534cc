"""Fixture of a proof: accounts and products, created by the shop's own services."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from argon2 import PasswordHasher
from flask import Flask
from sqlalchemy.orm import Session

from webapp.accounts import service as accounts
from webapp.accounts.passwords import generate_password
from webapp.catalog import service as catalog
from webapp.catalog.drafts import ProductDraft, VariantDraft
from webapp.db.session import Database
from webapp.devtools.prove.platform import PlatformUnderTest
from webapp.http import access
from webapp.kit.clock import utc_now
from webapp.kit.hashing import BoundedPasswordHasher
from webapp.kit.money import Currency
from webapp.kit.roles import ADMIN

CATEGORY = "Proof"
PRICES_MINOR = (499, 1250, 3999)


@dataclass(frozen=True)
class ProofAccount:
    id: UUID
    token: str


@dataclass(frozen=True)
class ProofProduct:
    product_id: UUID
    variant_id: UUID
    initial_units: int


@dataclass(frozen=True)
class ShopFixture:
    admin: ProofAccount
    buyers: Sequence[ProofAccount]
    products: Sequence[ProofProduct]


def set_up_shop(
    db: Database,
    platform: PlatformUnderTest,
    *,
    run_id: str,
    buyers: int,
    stock_levels: Sequence[int],
) -> ShopFixture:
    """Create accounts and products; `run_id` makes their names unique to a run."""
    # No one signs in with these passwords: the tokens are issued here. So the hash is cheap.
    passwords = BoundedPasswordHasher(
        PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    )
    token_app = Flask(__name__)
    access.install(token_app, secret=platform.jwt_secret)
    with db.unit_of_work() as session, token_app.app_context():
        buyer_accounts = [
            _create_account(
                session, passwords, name=f"proof-{run_id}-{number}", groups=[]
            )
            for number in range(buyers)
        ]
        admin = _create_account(
            session, passwords, name=f"proof-{run_id}-admin", groups=[ADMIN]
        )
        products = [
            _create_product(session, index, count)
            for index, count in enumerate(stock_levels)
        ]
    return ShopFixture(admin, buyer_accounts, products)


def tear_down_shop(db: Database, fixture: ShopFixture) -> None:
    """Withdraw the products and revoke the admin's role; accounts and orders remain."""
    with db.unit_of_work() as session:
        for product in fixture.products:
            catalog.withdraw_product(session, product_id=product.product_id)
        accounts.require_customer(session, customer_id=fixture.admin.id).groups = []


def _create_account(
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


def _create_product(session: Session, index: int, units: int) -> ProofProduct:
    price = PRICES_MINOR[index % len(PRICES_MINOR)]
    product = catalog.create_product(
        session,
        draft=ProductDraft(
            name=f"Proof {index}",
            category=CATEGORY,
            currency=Currency.USD,
            variants=[VariantDraft(price_minor=price, stock=units)],
        ),
    )
    return ProofProduct(product.id, product.variants[0].id, units)
