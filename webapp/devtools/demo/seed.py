"""Demo data for a first start: `python -m webapp.devtools.demo.seed`.

Fills only an empty shop: one without products, customers and orders. Everything is inserted
in one transaction, so that an interrupted start leaves the shop empty.
"""

import gc
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

ProgressReport = Callable[[str], None]
UPLOAD_THREADS = 8


def seed_shop(
    db: Database,
    storage: Storage,
    *,
    settings: Settings,
    now: datetime,
    report: ProgressReport,
) -> bool:
    """Whether the shop was filled: never in production, nor when it is in use."""
    if settings.stage is Stage.PRODUCTION:
        report("No demo data in production")
        return False
    with db.unit_of_work() as session:
        is_empty = repository.is_shop_empty(session)
    if is_empty:
        upload_pictures(storage, report=report)
        passwords = load_or_create_passwords(settings.var_dir)
        with db.unit_of_work() as session:
            is_empty = repository.is_shop_empty(session)
            if is_empty:
                service.fill_shop(
                    session, passwords, settings=settings, now=now, report=report
                )
    with db.unit_of_work() as session:
        if repository.has_account(session, ADMIN.email):
            publish_accounts(settings.var_dir)
    if not is_empty:
        report("The shop is in use: nothing to do")
    return is_empty


def upload_pictures(storage: Storage, *, report: ProgressReport) -> None:
    """Render and store all pictures, in threads because each write waits for disk or network.

    Called outside the transaction, because a remote storage is slow.
    """
    products = load_catalog()

    def upload(product: DemoProduct) -> None:
        storage.put(product.picture_path, render_picture(product).encode())

    with ThreadPoolExecutor(UPLOAD_THREADS) as executor:
        list(executor.map(upload, products))
    report(f"{len(products)} pictures")


def print_progress(message: str) -> None:
    sys.stdout.write(f"{message}\n")
    sys.stdout.flush()


def main() -> int:
    # All rows are kept until they are inserted: collections would find nothing among them.
    gc.disable()
    try:
        settings = Settings.load()
        db = Database.from_url(settings.require_database_url())
        storage = build_storage(settings)
    except WrongSetting as error:
        sys.stderr.write(f"{error}\n")
        return 2
    seed_shop(db, storage, settings=settings, now=utc_now(), report=print_progress)
    return 0


if __name__ == "__main__":
    sys.exit(main())
