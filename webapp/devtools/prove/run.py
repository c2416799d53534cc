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
from webapp.devtools.prove import quiescence
from webapp.devtools.prove.buyer import SimulatedBuyer
from webapp.devtools.prove.chaos import ProcessKiller
from webapp.devtools.prove.counters import Counters
from webapp.devtools.prove.faults import FAULTS, FaultInjector, SimulatorClient
from webapp.devtools.prove.observations import Observation, Verdict
from webapp.devtools.prove.platform import CannotProve, PlatformUnderTest
from webapp.devtools.prove.scenarios import (
    DEFAULT_MIX,
    Scenario,
    WorkloadMix,
    draw_scenarios,
    draw_stock_levels,
)
from webapp.devtools.prove.setup import ShopFixture, set_up_shop, tear_down_shop
from webapp.devtools.prove.verdicts import evaluate_invariants
from webapp.kit.clock import utc_now

BACK_SECONDS = 60


@dataclass(frozen=True)
class ProofOptions:
    orders: int = 2000
    buyers: int = 32
    chaos: bool = False
    against_running: bool = False
    seed: int = 1
    mix: WorkloadMix = DEFAULT_MIX
    faults: tuple[dict[str, Any], ...] = FAULTS
    max_shopping_s: float = 1800
    """Buyers begin no new errand after this long."""
    retry_timeout_s: float = 240
    """How long a buyer tries again: longer than the shop needs to come back."""
    quiescence_timeout_s: float = 1200
    """How long what is under way may take to come to an end."""


@dataclass
class ProofOutcome:
    started_at: datetime
    shopped_seconds: float = 0
    settled_seconds: float = 0
    is_quiescent: bool = False
    killed: list[str] = field(default_factory=list)
    verdicts: list[Verdict] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        return self.is_quiescent and all(verdict.holds for verdict in self.verdicts)


def run_proof(
    platform: PlatformUnderTest,
    options: ProofOptions,
    tally: Counters,
    *,
    on_progress: Callable[[str], None],
) -> ProofOutcome:
    """Raises `CannotProve`."""
    db = Database.from_url(platform.database_url, pool_size=2)
    try:
        return _prove(db, platform, options, tally, on_progress)
    except httpx.HTTPError as problem:
        raise CannotProve(f"The simulator does not answer: {problem}") from problem
    finally:
        db.close()


def _prove(
    db: Database,
    platform: PlatformUnderTest,
    options: ProofOptions,
    tally: Counters,
    note: Callable[[str], None],
) -> ProofOutcome:
    random = Random(options.seed)  # noqa: S311 - repeatable, not secret
    units = draw_stock_levels(random, orders=options.orders)
    errands = draw_scenarios(
        random, orders=options.orders, stock_levels=units, mix=options.mix
    )
    outcome = ProofOutcome(utc_now())
    stripe = SimulatorClient(platform.stripe_url, random, options.faults)
    name = f"{outcome.started_at:%y%m%d%H%M%S}-{options.seed}"
    scene = set_up_shop(
        db, platform, run_id=name, buyers=options.buyers, stock_levels=units
    )
    note("buyers buy")
    told = _shop(platform, options, scene, errands, stripe, tally, outcome)
    began = time.monotonic()
    outcome.is_quiescent = quiescence.wait_for_quiescence(
        db,
        platform,
        stripe,
        buyers=[buyer.id for buyer in scene.buyers],
        timeout_s=options.quiescence_timeout_s,
        on_progress=note,
    )
    outcome.settled_seconds = time.monotonic() - began
    note("looking at the books")
    with db.unit_of_work() as session:
        outcome.verdicts = evaluate_invariants(
            session,
            fixture=scene,
            observations=told,
            mail_dir=platform.mail_dir,
            simulator=stripe,
            counters=tally,
            since=outcome.started_at,
        )
    tear_down_shop(db, scene)
    return outcome


def _shop(
    platform: PlatformUnderTest,
    options: ProofOptions,
    scene: ShopFixture,
    errands: list[Scenario],
    stripe: SimulatorClient,
    tally: Counters,
    outcome: ProofOutcome,
) -> list[Observation]:
    """Buyers buy while Stripe fails and, with chaos, parts are killed."""
    began = time.monotonic()
    breaker = FaultInjector(stripe, tally)
    chance = Random(options.seed)  # noqa: S311 - repeatable, not secret
    killer = ProcessKiller(platform, chance, tally, on_kill=outcome.killed.append)
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
    platform: PlatformUnderTest,
    options: ProofOptions,
    scene: ShopFixture,
    errands: list[Scenario],
    tally: Counters,
) -> list[Observation]:
    until, halt = time.monotonic() + options.max_shopping_s, threading.Event()
    most = max(errand.concurrency for errand in errands)
    with (
        # And one that cancels.
        ThreadPoolExecutor(options.buyers * (most + 1)) as hands,
        ThreadPoolExecutor(options.buyers) as pool,
    ):
        buyers = [
            SimulatedBuyer(
                person,
                scene,
                api=platform.api_url,
                counters=tally,
                executor=hands,
                retry_timeout_s=options.retry_timeout_s,
                stop_event=halt,
            )
            for person in scene.buyers
        ]
        shopping = [
            pool.submit(
                buyer.run_scenarios, errands[number :: options.buyers], until=until
            )
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
