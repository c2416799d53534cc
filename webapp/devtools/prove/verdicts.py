"""All that is looked at when it is quiet: both books, and what clients were told."""

import re
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path

from sqlalchemy.orm import Session

from webapp.devtools.prove import repository
from webapp.devtools.prove.counters import Counters
from webapp.devtools.prove.faults import SimulatorClient
from webapp.devtools.prove.observations import Observation, Verdict, check_observations
from webapp.devtools.prove.setup import ShopFixture
from webapp.devtools.prove.shop_client import INTERNAL_ERRORS
from webapp.integrity import service as integrity
from webapp.kit.clock import utc_now
from webapp.notifications.service import build_mail_id

# A job of the schedule may be due just now.
GRACE = timedelta(seconds=10)
CONFIRMS = re.compile(r"Thank you for order (\d+)")


def evaluate_invariants(
    session: Session,
    *,
    fixture: ShopFixture,
    observations: Sequence[Observation],
    mail_dir: Path | None,
    simulator: SimulatorClient,
    counters: Counters,
    since: datetime,
) -> list[Verdict]:
    state = simulator.read_state()
    findings = integrity.check_invariants(
        session, stripe_ledger=state["orders"], now=utc_now(), since=since, grace=GRACE
    )
    buyers = [buyer.id for buyer in fixture.buyers]
    booked = repository.list_orders(session, buyers)
    paid = repository.list_paid_order_numbers(session, buyers)
    return [
        *(
            Verdict(f.invariant.name, f.invariant.description, f.sample)
            for f in findings
        ),
        *check_observations(observations, booked),
        _shelves(session, fixture),
        *(_mailed(session, mail_dir, paid) if mail_dir is not None else []),
        Verdict(
            "no-server-error-stored",
            "No 5xx was stored under an Idempotency-Key",
            repository.list_stored_server_errors(session),
        ),
        Verdict(
            "no-internal-error",
            "No request ended in an error that nobody had thought of (500)",
            ["500"] * counters.snapshot().get(INTERNAL_ERRORS, 0),
        ),
        Verdict(
            "webhooks-are-taken",
            "The shop has taken every webhook that reached it",
            ["waiting"] * state["deliveries"].get("waiting", 0),
        ),
    ]


def _shelves(session: Session, scene: ShopFixture) -> Verdict:
    variants = [shelf.variant_id for shelf in scene.products]
    left = repository.find_units_on_hand(session, variants)
    sold = repository.sum_units_sold(session, variants)
    wrong = [
        str(shelf.variant_id)
        for shelf in scene.products
        if left[shelf.variant_id] + sold.get(shelf.variant_id, 0) != shelf.initial_units
    ]
    return Verdict(
        "nothing-oversold",
        "What paid orders took and what is left is what there was at the beginning",
        wrong,
    )


def _mailed(
    session: Session, folder: Path, numbers: Sequence[int]
) -> tuple[Verdict, Verdict]:
    """`numbers` of the orders whose buyers are to have one confirmation each."""
    mails = {path.stem: _subject(path) for path in folder.glob("*.eml")}
    confirmed = Counter(
        int(found[1])
        for subject in mails.values()
        if (found := CONFIRMS.match(subject))
    )
    told = {str(build_mail_id(key)) for key in repository.list_mail_event_keys(session)}
    return (
        Verdict(
            "mailed-once",
            "Each paid order was confirmed by exactly one mail, and no other order",
            [
                str(number)
                for number in sorted(confirmed.keys() | set(numbers))
                if confirmed[number] != (number in numbers)
            ],
        ),
        Verdict(
            "told-means-mailed",
            "Whatever somebody was to be told lies there as a mail, and no other mail",
            sorted(told ^ mails.keys()),
        ),
    )


def _subject(path: Path) -> str:
    mail = message_from_bytes(path.read_bytes(), policy=policy.default)
    return str(mail["Subject"])
