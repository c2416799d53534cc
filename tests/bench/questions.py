"""Seconds from a question to its answer over many order lines: `python -m tests.bench.questions`.

The platform is started by its own `make run`, and its dataset replaced by one of so many lines, of
the three years until now. An admin asks over the chat socket, as a browser does; each answer comes
with its figures and its chart. No question is asked twice, so that no result is cached; the first
ones, with which processes start, do not count. `--lines 10` is in millions.
"""

import argparse
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles

from analytics.facts.changes import take_snapshot
from tests.bench.analytics import write_dataset
from tests.support.cloned_platform import ClonedPlatform, running_clone
from webapp.adapters.storage.filesystem import FileSystemStorage
from webapp.cli.authentication import AccessTokenProvider, LoginCredentials
from webapp.cli.chat_client import Event, TerminalChatClient
from webapp.cli.known_devices import KnownDevices
from webapp.config import PROJECT_ROOT, Settings
from webapp.db.session import Database

WARM_UP = (
    "revenue by channel",
    "units of Category 3 by country this year",
    "orders by weekday",
)
QUESTIONS = (
    "net revenue by month",
    "revenue by category this year",
    "orders by week last year",
    "units by product last month",
    "top 10 products by revenue this year",
    "average order value by month last year",
    "revenue by country and quarter",
    "customers by month",
    "new customers by country this year",
    "refund rate by category",
    "revenue by day last quarter, only Germany",
    "orders by hour of the day this year",
    "cancellation rate by month",
    "tax by year",
    "revenue this month compared with last month by category",
    "revenue this year vs last year by month",
    "share of revenue by category last year",
    "running total of orders by day this month",
    "units per order by category last month",
    "Category 7 revenue by month and country this year",
    "return rate by product last quarter, top 20",
    "revenue by brand last year",
    "revenue by tag this year",
    "which category fell most last month?",
    "average order value by weekday",
    "orders from France and Canada by month since 2025",
    "gross sales by week in the last 12 weeks",
    "returning customers by quarter",
    "products with less than 50 units last year",
    "revenue by channel and month",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=float, default=10, help="in millions")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        platform = ClonedPlatform(PROJECT_ROOT, Path(name) / "var", disabled_parts="")
        with running_clone(platform):
            replace_dataset(platform, round(options.lines * 1_000_000))
            with signed_in_admin(platform) as client:
                for question in WARM_UP:
                    ask_question(client, question)
                print("| question | s |\n|---|---|")
                took = []
                for question in QUESTIONS:
                    took.append(ask_question(client, question))
                    print(f"| {question} | {took[-1]:.2f} |", flush=True)
    print(f"p50 {median(took):.2f} s, p95 {quantiles(took, n=20)[-1]:.2f} s")


def replace_dataset(platform: ClonedPlatform, count: int) -> None:
    """As if an export had just found so many lines in the database."""
    database = Database.from_url(platform.addresses["DATABASE_URL"], pool_size=1)
    with database.unit_of_work() as session:
        snapshot = take_snapshot(session)
    database.close()
    settings = Settings(var_dir=platform.var)
    folder = Path(settings.absolute_storage_url.removeprefix("file:"))
    for path in FileSystemStorage(folder).list_paths("orders"):
        FileSystemStorage(folder).delete(path)
    write_dataset(folder, count, snapshot=snapshot)


@contextmanager
def signed_in_admin(platform: ClonedPlatform) -> Iterator[TerminalChatClient]:
    tokens = AccessTokenProvider(
        platform.address,
        LoginCredentials(**platform.accounts["admin"]),
        KnownDevices(platform.var / "known-devices.json"),
        ask_code=lambda: "",
    )
    client = TerminalChatClient(
        platform.address, "/ws/insights", tokens, session_id=None
    )
    for _ in client.connect():
        pass
    try:
        yield client
    finally:
        client.close()


def ask_question(client: TerminalChatClient, question: str) -> float:
    started = time.monotonic()
    *_, answer = client.send_message(question)
    took = time.monotonic() - started
    if not has_chart(answer):
        raise AssertionError(question, answer)
    return took


def has_chart(answer: Event) -> bool:
    results = answer.get("data", {}).get("analytics", {}).get("results", [])
    # One figure needs none.
    return bool(results) and all(
        len(each["rows"]) == 1 or each["chart"] for each in results
    )


if __name__ == "__main__":
    main()
