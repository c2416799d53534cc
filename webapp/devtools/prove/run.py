"""One proof from its seed to its verdicts."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import Any

import httpx

from webapp.db.session import Database
from webapp.devtools.prove import quiet
from webapp.devtools.prove.buyer import Buyer
from webapp.devtools.prove.chaos import Killer
from webapp.devtools.prove.errands import (
    EVERYTHING,
    Errand,
    Mix,
    draw_errands,
    stock_of_shelves,
)
from webapp.devtools.prove.faults import FAULTS, Breaker, Stripe
from webapp.devtools.prove.platform import CannotProve, Platform
from webapp.devtools.prove.scene import Scene, clear_scene, set_scene
from webapp.devtools.prove.tally import Tally
from webapp.devtools.prove.told import Told, Verdict
from webapp.devtools.prove.verdicts import judge
from webapp.kit.clock import utc_now

BACK_SECONDS = 60


@dataclass(frozen=True)
class Options:
    orders: int = 2000
    buyers: int = 32
    chaos: bool = False
    against_running: bool = False
    seed: int = 1
    mix: Mix = EVERYTHING
    faults: tuple[dict[str, Any], ...] = FAULTS
    shop_seconds: float = 1800
    """Buyers begin no new errand after this long."""
    patience_seconds: float = 240
    """How long a buyer tries again: longer than the shop needs to come back."""
    settle_seconds: float = 1200
    """How long what is under way may take to come to an end."""


@dataclass
class Outcome:
    began: datetime
    shopped_seconds: float = 0
    settled_seconds: float = 0
    quiet: bool = False
    killed: list[str] = field(default_factory=list)
    verdicts: list[Verdict] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        return self.quiet and all(verdict.holds for verdict in self.verdicts)


def prove(
    platform: Platform, options: Options, tally: Tally, *, note: Callable[[str], None]
) -> Outcome:
    """Raises `CannotProve`."""
    db = Database.at(platform.database_url, pool_size=2)
    try:
        return _prove(db, platform, options, tally, note)
    except httpx.HTTPError as problem:
        raise CannotProve(f"The simulator does not answer: {problem}") from problem
    finally:
        db.close()


def _prove(
    db: Database,
    platform: Platform,
    options: Options,
    tally: Tally,
    note: Callable[[str], None],
) -> Outcome:
    random = Random(options.seed)  # noqa: S311 - repeatable, not secret
    units = stock_of_shelves(random, orders=options.orders)
    errands = draw_errands(
        random, orders=options.orders, shelves=units, mix=options.mix
    )
    outcome = Outcome(utc_now())
    stripe = Stripe(platform.stripe, random, options.faults)
    name = f"{outcome.began:%y%m%d%H%M%S}-{options.seed}"
    scene = set_scene(db, platform, run=name, buyers=options.buyers, units=units)
    note("buyers buy")
    told = _shop(platform, options, scene, errands, stripe, tally, outcome)
    began = time.monotonic()
    outcome.quiet = quiet.wait_for_quiet(
        db,
        platform,
        stripe,
        buyers=[buyer.id for buyer in scene.buyers],
        within=options.settle_seconds,
        note=note,
    )
    outcome.settled_seconds = time.monotonic() - began
    note("looking at the books")
    with db.unit_of_work() as session:
        outcome.verdicts = judge(
            session,
            scene=scene,
            told=told,
            mails=platform.mails,
            stripe=stripe,
            tally=tally,
            since=outcome.began,
        )
    clear_scene(db, scene)
    return outcome


def _shop(
    platform: Platform,
    options: Options,
    scene: Scene,
    errands: list[Errand],
    stripe: Stripe,
    tally: Tally,
    outcome: Outcome,
) -> list[Told]:
    """Buyers buy while Stripe fails and, with chaos, parts are killed."""
    began = time.monotonic()
    breaker = Breaker(stripe, tally)
    chance = Random(options.seed)  # noqa: S311 - repeatable, not secret
    killer = Killer(platform, chance, tally, note=outcome.killed.append)
    breaker.start()
    if options.chaos:
        killer.start()
    try:
        told = _all_buy(platform, options, scene, errands, tally)
    finally:
        if options.chaos:
            killer.stop()
        _until_back(breaker.stop)
    outcome.shopped_seconds = time.monotonic() - began
    return told


def _all_buy(
    platform: Platform,
    options: Options,
    scene: Scene,
    errands: list[Errand],
    tally: Tally,
) -> list[Told]:
    until, halt = time.monotonic() + options.shop_seconds, threading.Event()
    most = max(errand.at_once for errand in errands)
    with (
        # And one that cancels.
        ThreadPoolExecutor(options.buyers * (most + 1)) as hands,
        ThreadPoolExecutor(options.buyers) as pool,
    ):
        buyers = [
            Buyer(
                person,
                scene,
                api=platform.api,
                tally=tally,
                hands=hands,
                patience=options.patience_seconds,
                halt=halt,
            )
            for person in scene.buyers
        ]
        shopping = [
            pool.submit(buyer.shop, errands[number :: options.buyers], until=until)
            for number, buyer in enumerate(buyers)
        ]
        try:
            return [one for done in shopping for one in done.result()]
        finally:
            # After Ctrl-C the pools would wait for everybody's patience to end.
            halt.set()


def _until_back(lift: Callable[[], None]) -> None:
    """The last thing killed may have been the simulator."""
    deadline = time.monotonic() + BACK_SECONDS
    while True:
        try:
            return lift()
        except httpx.HTTPError:
            if time.monotonic() > deadline:
                raise
            time.sleep(1)
