"""All that is looked at when it is quiet: both books, and what clients were told."""

import re
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path

from sqlalchemy.orm import Session

from webapp.devtools.prove import repository
from webapp.devtools.prove.faults import Stripe
from webapp.devtools.prove.line import INTERNAL_ERROR
from webapp.devtools.prove.scene import Scene
from webapp.devtools.prove.tally import Tally
from webapp.devtools.prove.told import Told, Verdict, check_told
from webapp.integrity import service as integrity
from webapp.kit.clock import utc_now
from webapp.notifications.service import mail_id

# A job of the schedule may be due just now.
GRACE = timedelta(seconds=10)
CONFIRMS = re.compile(r"Thank you for order (\d+)")


def judge(
    session: Session,
    *,
    scene: Scene,
    told: Sequence[Told],
    mails: Path | None,
    stripe: Stripe,
    tally: Tally,
    since: datetime,
) -> list[Verdict]:
    state = stripe.state()
    findings = integrity.check(
        session, stripe=state["orders"], now=utc_now(), since=since, grace=GRACE
    )
    buyers = [buyer.id for buyer in scene.buyers]
    booked = repository.booked(session, buyers)
    paid = repository.numbers_of_paid(session, buyers)
    return [
        *(Verdict(f.invariant.name, f.invariant.says, f.sample) for f in findings),
        *check_told(told, booked),
        _shelves(session, scene),
        *(_mailed(session, mails, paid) if mails is not None else []),
        Verdict(
            "no-server-error-stored",
            "No 5xx was stored under an Idempotency-Key",
            repository.stored_server_errors(session),
        ),
        Verdict(
            "no-internal-error",
            "No request ended in an error that nobody had thought of (500)",
            ["500"] * tally.counts().get(INTERNAL_ERROR, 0),
        ),
        Verdict(
            "webhooks-are-taken",
            "The shop has taken every webhook that reached it",
            ["waiting"] * state["deliveries"].get("waiting", 0),
        ),
    ]


def _shelves(session: Session, scene: Scene) -> Verdict:
    variants = [shelf.variant_id for shelf in scene.shelves]
    left = repository.units_left(session, variants)
    sold = repository.units_sold(session, variants)
    wrong = [
        str(shelf.variant_id)
        for shelf in scene.shelves
        if left[shelf.variant_id] + sold.get(shelf.variant_id, 0) != shelf.units
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
    told = {str(mail_id(key)) for key in repository.told_by_mail(session)}
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
