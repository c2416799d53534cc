"""Checks after quiescence: the shop's and Stripe's records, mails and client responses."""

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

# A scheduled job may be due at the time of the check.
GRACE_PERIOD = timedelta(seconds=10)
CONFIRMATION_SUBJECT = re.compile(r"Thank you for order (\d+)")


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
    findings = integrity.check_invariants(
        session,
        stripe_ledger=simulator.read_ledger(),
        now=utc_now(),
        since=since,
        grace=GRACE_PERIOD,
    )
    buyers = [buyer.id for buyer in fixture.buyers]
    stored_orders = repository.list_orders(session, buyers)
    paid_numbers = repository.list_paid_order_numbers(session, buyers)
    return [
        *(
            Verdict(
                finding.invariant.name, finding.invariant.description, finding.sample
            )
            for finding in findings
        ),
        *check_observations(observations, stored_orders),
        _check_stock(session, fixture),
        *(
            _check_mails(session, mail_dir, paid_numbers)
            if mail_dir is not None
            else []
        ),
        Verdict(
            "no-server-error-stored",
            "No 5xx was stored under an Idempotency-Key",
            repository.list_stored_server_errors(session),
        ),
        Verdict(
            "no-internal-error",
            "No request ended in an unhandled error (500)",
            ["500"] * counters.snapshot().get(INTERNAL_ERRORS, 0),
        ),
        Verdict(
            "webhooks-are-taken",
            "The shop has accepted every webhook that reached it",
            ["waiting"] * simulator.count_waiting_webhooks(),
        ),
    ]


def _check_stock(session: Session, fixture: ShopFixture) -> Verdict:
    variants = [product.variant_id for product in fixture.products]
    on_hand = repository.find_units_on_hand(session, variants)
    sold = repository.sum_units_sold(session, variants)
    offenders = [
        str(product.variant_id)
        for product in fixture.products
        if on_hand[product.variant_id] + sold.get(product.variant_id, 0)
        != product.initial_units
    ]
    return Verdict(
        "nothing-oversold",
        "Units of paid orders and units on hand add up to the initial stock",
        offenders,
    )


def _check_mails(
    session: Session, mail_dir: Path, paid_numbers: Sequence[int]
) -> tuple[Verdict, Verdict]:
    """Compare the mail files with paid orders (one confirmation each) and sent notifications."""
    mails = {path.stem: _read_subject(path) for path in mail_dir.glob("*.eml")}
    confirmed = Counter(
        int(match[1])
        for subject in mails.values()
        if (match := CONFIRMATION_SUBJECT.match(subject))
    )
    expected_mail_ids = {
        str(build_mail_id(key)) for key in repository.list_mail_event_keys(session)
    }
    return (
        Verdict(
            "mailed-once",
            "Each paid order was confirmed by exactly one mail, and no other order",
            [
                str(number)
                for number in sorted(confirmed.keys() | set(paid_numbers))
                if confirmed[number] != (number in paid_numbers)
            ],
        ),
        Verdict(
            "notified-means-mailed",
            "Each mail notification is stored as a mail file, and there is no other mail",
            sorted(expected_mail_ids ^ mails.keys()),
        ),
    )


def _read_subject(path: Path) -> str:
    mail = message_from_bytes(path.read_bytes(), policy=policy.default)
    return str(mail["Subject"])
