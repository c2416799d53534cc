"""Who buys and what there is to buy, put straight into the shop by its own services."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from argon2 import PasswordHasher
from flask import Flask
from sqlalchemy.orm import Session

from webapp.accounts import service as accounts
from webapp.accounts.gate import Gate
from webapp.accounts.passwords import random_password
from webapp.catalog import service as catalog
from webapp.catalog.service import ProductDraft, VariantDraft
from webapp.db.session import Database
from webapp.devtools.prove.platform import Platform
from webapp.http import access
from webapp.kit.clock import utc_now
from webapp.kit.hashing import Passwords
from webapp.kit.roles import ADMIN

CATEGORY = "Proof"
PRICES_MINOR = (499, 1250, 3999)


@dataclass(frozen=True)
class Person:
    id: UUID
    token: str


@dataclass(frozen=True)
class Shelf:
    product_id: UUID
    variant_id: UUID
    units: int
    """At the beginning."""


@dataclass(frozen=True)
class Scene:
    admin: Person
    buyers: Sequence[Person]
    shelves: Sequence[Shelf]


def set_scene(
    db: Database, platform: Platform, *, run: str, buyers: int, units: Sequence[int]
) -> Scene:
    """`run` keeps the names of one run apart from those of another."""
    # Nobody signs in with these: their tokens are made here. So the cheapest hash will do.
    passwords = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    mint = Flask(__name__)
    access.install(mint, secret=platform.jwt_secret, gate=Gate(db))
    with db.unit_of_work() as session, mint.app_context():
        people = [
            _person(session, passwords, name=f"proof-{run}-{number}", groups=[])
            for number in range(buyers)
        ]
        admin = _person(session, passwords, name=f"proof-{run}-admin", groups=[ADMIN])
        shelves = [_shelf(session, place, count) for place, count in enumerate(units)]
    return Scene(admin, people, shelves)


def clear_scene(db: Database, scene: Scene) -> None:
    """Take the products off sale and the admin's rights away; the books keep all."""
    with db.unit_of_work() as session:
        for shelf in scene.shelves:
            catalog.withdraw_product(session, product_id=shelf.product_id)
        accounts.require_customer(session, customer_id=scene.admin.id).groups = []


def _person(
    session: Session, passwords: Passwords, *, name: str, groups: list[str]
) -> Person:
    customer = accounts.create_verified(
        session,
        email=f"{name}@example.com",
        password=random_password(),
        name=name,
        groups=groups,
        passwords=passwords,
        now=utc_now(),
    )
    return Person(customer.id, access.issue_token(customer.id, groups=groups))


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
