import json
from pathlib import Path

from webapp.devtools.prove import report
from webapp.devtools.prove.counters import Counters
from webapp.devtools.prove.observations import Verdict
from webapp.devtools.prove.run import ProofOptions, ProofOutcome
from webapp.kit.clock import utc_now


def build_outcome(*offenders: str) -> ProofOutcome:
    verdicts = [Verdict("paid-in-full", "Orders are paid", offenders)]
    return ProofOutcome(
        utc_now(), is_quiescent=True, killed=["web", "web"], verdicts=verdicts
    )


def test_a_report_contains_the_command_that_repeats_it(tmp_path: Path) -> None:
    counters = Counters()
    counters.increment("paid")
    counters.record_latency(0.25)

    report.write_report(
        tmp_path,
        report.build_report(
            ProofOptions(chaos=True, seed=9), build_outcome(), counters
        ),
    )

    data = json.loads((tmp_path / "proof.json").read_text())
    assert data["passed"] is True
    assert data["command"] == (
        "ecom67 prove --orders 2000 --buyers 32 --chaos --seed 9"
    )
    assert (data["counts"], data["killed"]) == ({"paid": 1}, {"web": 2})
    assert data["orderSeconds"] == {"p50": 0.25, "p95": 0.25}
    assert "# Proof passed, seed 9" in (tmp_path / "proof.md").read_text()


def test_one_offender_fails_the_proof_and_is_named() -> None:
    data = report.build_report(ProofOptions(), build_outcome("order-1"), Counters())

    assert data["passed"] is False
    assert "| paid-in-full | **no**: order-1" in report.render_markdown(data)


def test_a_shop_that_never_becomes_quiescent_fails_the_proof() -> None:
    not_quiescent = build_outcome()
    not_quiescent.is_quiescent = False

    assert (
        report.build_report(ProofOptions(), not_quiescent, Counters())["passed"]
        is False
    )
