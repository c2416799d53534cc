"""Demo data for a first start: `python -m webapp.devtools.demo.seed`.

Fills a shop in which nobody has sold, bought or registered anything, and touches no other:
a shop that has been filled once, by this or by its owner, is not empty any more. All of it
goes in with one transaction, so that an interrupted start leaves an empty shop behind.
"""

import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from webapp.adapters.storage.build import build_storage
from webapp.adapters.storage.port import Storage
from webapp.config import Settings, Stage, WrongSetting
from webapp.db.session import Database
from webapp.devtools.demo import repository, service
from webapp.devtools.demo.accounts import (
    ADMIN,
    load_or_create_passwords,
    publish_accounts,
)
from webapp.devtools.demo.catalog import DemoProduct, load_catalog
from webapp.devtools.demo.pictures import render_picture
from webapp.kit.clock import utc_now

Say = Callable[[str], None]
HANDS = 8


def seed_shop(
    db: Database, storage: Storage, *, settings: Settings, now: datetime, report: Say
) -> bool:
    """Whether the shop was filled; not when it is in production or has been used."""
    if settings.stage is Stage.PRODUCTION:
        report("No demo data in production")
        return False
    with db.unit_of_work() as session:
        untouched = repository.is_shop_empty(session)
    if untouched:
        draw_pictures(storage, say=report)
        secrets = load_or_create_passwords(settings.var_dir)
        with db.unit_of_work() as session:
            untouched = repository.is_shop_empty(session)
            if untouched:
                service.fill_shop(
                    session, secrets, settings=settings, now=now, report=report
                )
    with db.unit_of_work() as session:
        if repository.has_account(session, ADMIN.email):
            publish_accounts(settings.var_dir)
    if not untouched:
        report("The shop is in use: nothing to do")
    return untouched


def draw_pictures(storage: Storage, *, say: Say) -> None:
    """Before the transaction, because a storage can be across a network; several at once,
    because each waits for a disk or for a reply."""
    products = load_catalog()

    def draw(product: DemoProduct) -> None:
        storage.put(product.picture_path, render_picture(product).encode())

    with ThreadPoolExecutor(HANDS) as hands:
        list(hands.map(draw, products))
    say(f"{len(products)} pictures")


def tell(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


def main() -> int:
    try:
        settings = Settings.load()
        db = Database.from_url(settings.require_database_url())
        storage = build_storage(settings)
    except WrongSetting as problem:
        sys.stderr.write(f"{problem}\n")
        return 2
    seed_shop(db, storage, settings=settings, now=utc_now(), report=tell)
    return 0


if __name__ == "__main__":
    sys.exit(main())
