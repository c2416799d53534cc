"""Runs one proof: setup, buyers under faults, quiescence, verdicts."""

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

RESTART_TIMEOUT_S = 60


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
    """Buyers start no scenario after this time."""
    retry_timeout_s: float = 240
    """How long a buyer retries: longer than the shop needs to restart."""
    quiescence_timeout_s: float = 1200
    """How long the pending work may take to finish."""


@dataclass
class ProofOutcome:
    started_at: datetime
    shopping_s: float = 0
    quiescence_s: float = 0
    is_quiescent: bool = False
    killed: list[str] = field(default_factory=list)
    verdicts: list[Verdict] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        return self.is_quiescent and all(verdict.holds for verdict in self.verdicts)


def run_proof(
    platform: PlatformUnderTest,
    options: ProofOptions,
    counters: Counters,
    *,
    on_progress: Callable[[str], None],
) -> ProofOutcome:
    """Run one proof on a platform. Raises `CannotProve`."""
    db = Database.from_url(platform.database_url, pool_size=2)
    try:
        return _run_proof(db, platform, options, counters, on_progress)
    except httpx.HTTPError as error:
        raise CannotProve(f"The simulator does not answer: {error}") from error
    finally:
        db.close()


def _run_proof(
    db: Database,
    platform: PlatformUnderTest,
    options: ProofOptions,
    counters: Counters,
    on_progress: Callable[[str], None],
) -> ProofOutcome:
    random = Random(options.seed)  # noqa: S311 - repeatable, not secret
    stock_levels = draw_stock_levels(random, orders=options.orders)
    scenarios = draw_scenarios(
        random, orders=options.orders, stock_levels=stock_levels, mix=options.mix
    )
    outcome = ProofOutcome(utc_now())
    simulator = SimulatorClient(
        platform.stripe_url, platform.stripe_api_key, random, options.faults
    )
    run_id = f"{outcome.started_at:%y%m%d%H%M%S}-{options.seed}"
    fixture = set_up_shop(
        db, platform, run_id=run_id, buyers=options.buyers, stock_levels=stock_levels
    )
    on_progress("running the buyers")
    observations = _run_buyers_under_faults(
        platform, options, fixture, scenarios, simulator, counters, outcome
    )
    started_at = time.monotonic()
    outcome.is_quiescent = quiescence.wait_for_quiescence(
        db,
        platform,
        simulator,
        buyers=[buyer.id for buyer in fixture.buyers],
        timeout_s=options.quiescence_timeout_s,
        on_progress=on_progress,
    )
    outcome.quiescence_s = time.monotonic() - started_at
    on_progress("checking the records")
    with db.unit_of_work() as session:
        outcome.verdicts = evaluate_invariants(
            session,
            fixture=fixture,
            observations=observations,
            mail_dir=platform.mail_dir,
            simulator=simulator,
            counters=counters,
            since=outcome.started_at,
        )
    tear_down_shop(db, fixture)
    return outcome


def _run_buyers_under_faults(
    platform: PlatformUnderTest,
    options: ProofOptions,
    fixture: ShopFixture,
    scenarios: list[Scenario],
    simulator: SimulatorClient,
    counters: Counters,
    outcome: ProofOutcome,
) -> list[Observation]:
    """Run the buyers while Stripe fails and, with chaos, parts are killed."""
    started_at = time.monotonic()
    fault_injector = FaultInjector(simulator, counters)
    random = Random(options.seed)  # noqa: S311 - repeatable, not secret
    process_killer = ProcessKiller(
        platform, random, counters, on_kill=outcome.killed.append
    )
    fault_injector.start()
    if options.chaos:
        process_killer.start()
    try:
        observations = _run_buyers(platform, options, fixture, scenarios, counters)
    finally:
        if options.chaos:
            process_killer.stop()
        _retry_until_restarted(fault_injector.stop)
    outcome.shopping_s = time.monotonic() - started_at
    return observations


def _run_buyers(
    platform: PlatformUnderTest,
    options: ProofOptions,
    fixture: ShopFixture,
    scenarios: list[Scenario],
    counters: Counters,
) -> list[Observation]:
    deadline, stop_event = time.monotonic() + options.max_shopping_s, threading.Event()
    max_concurrency = max(
        max(scenario.concurrency, len(scenario.list_attempts()))
        for scenario in scenarios
    )
    with (
        # One more connection a buyer, for concurrent cancellations.
        ThreadPoolExecutor(options.buyers * (max_concurrency + 1)) as request_executor,
        ThreadPoolExecutor(options.buyers) as buyer_executor,
    ):
        buyers = [
            SimulatedBuyer(
                account,
                fixture,
                api=platform.api_url,
                counters=counters,
                executor=request_executor,
                retry_timeout_s=options.retry_timeout_s,
                stop_event=stop_event,
            )
            for account in fixture.buyers
        ]
        futures = [
            buyer_executor.submit(
                buyer.run_scenarios,
                scenarios[index :: options.buyers],
                deadline=deadline,
            )
            for index, buyer in enumerate(buyers)
        ]
        try:
            return [
                observation for future in futures for observation in future.result()
            ]
        finally:
            # After Ctrl-C the pools would wait until every buyer's retries time out.
            stop_event.set()


def _retry_until_restarted(disarm: Callable[[], None]) -> None:
    """Call `disarm` until the simulator, which may have been killed last, is back."""
    deadline = time.monotonic() + RESTART_TIMEOUT_S
    while True:
        try:
            return disarm()
        except httpx.HTTPError:
            if time.monotonic() > deadline:
                raise
            time.sleep(1)
