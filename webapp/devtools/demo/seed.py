"""Demo data for a first start: `python -m webapp.devtools.demo.seed`.

Fills a shop in which nobody has sold, bought or registered anything, and touches no other:
a shop that has been filled once, by this or by its owner, is not empty any more. All of it
goes in with one transaction, so that an interrupted start leaves an empty shop behind.
"""

import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from webapp.adapters.storage.build import open_storage
from webapp.adapters.storage.port import Storage
from webapp.config import Settings, Stage, WrongSetting
from webapp.db.session import Database
from webapp.devtools.demo import repository, service
from webapp.devtools.demo.accounts import ADMIN, passwords, publish
from webapp.devtools.demo.catalogue import DemoProduct, load_catalogue
from webapp.devtools.demo.pictures import picture_of
from webapp.kit.clock import utc_now

Say = Callable[[str], None]
HANDS = 8


def seed(
    db: Database, storage: Storage, *, settings: Settings, now: datetime, say: Say
) -> bool:
    """Whether the shop was filled; not when it is in production or has been used."""
    if settings.stage is Stage.PRODUCTION:
        say("No demo data in production")
        return False
    with db.unit_of_work() as session:
        untouched = repository.is_untouched(session)
    if untouched:
        draw_pictures(storage, say=say)
        secrets = passwords(settings.var_dir)
        with db.unit_of_work() as session:
            untouched = repository.is_untouched(session)
            if untouched:
                service.fill(session, secrets, settings=settings, now=now, say=say)
    with db.unit_of_work() as session:
        if repository.has_account(session, ADMIN.email):
            publish(settings.var_dir)
    if not untouched:
        say("The shop is in use: nothing to do")
    return untouched


def draw_pictures(storage: Storage, *, say: Say) -> None:
    """Before the transaction, because a storage can be across a network; several at once,
    because each waits for a disk or for a reply."""
    products = load_catalogue()

    def draw(product: DemoProduct) -> None:
        storage.put(product.picture_path, picture_of(product).encode())

    with ThreadPoolExecutor(HANDS) as hands:
        list(hands.map(draw, products))
    say(f"{len(products)} pictures")


def tell(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


def main() -> int:
    try:
        settings = Settings.load()
        db = Database.at(settings.require_database_url())
        storage = open_storage(settings)
    except WrongSetting as problem:
        sys.stderr.write(f"{problem}\n")
        return 2
    seed(db, storage, settings=settings, now=utc_now(), say=tell)
    return 0


if __name__ == "__main__":
    sys.exit(main())
