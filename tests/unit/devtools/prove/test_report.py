import json
from pathlib import Path

from webapp.devtools.prove import report
from webapp.devtools.prove.run import Options, Outcome
from webapp.devtools.prove.tally import Tally
from webapp.devtools.prove.told import Verdict
from webapp.kit.clock import utc_now


def outcome(*offenders: str) -> Outcome:
    verdicts = [Verdict("paid-in-full", "Orders are paid", offenders)]
    return Outcome(utc_now(), quiet=True, killed=["web", "web"], verdicts=verdicts)


def test_a_report_says_how_to_run_it_again(tmp_path: Path) -> None:
    tally = Tally()
    tally.count("paid")
    tally.took(0.25)

    report.write(
        tmp_path, report.as_data(Options(chaos=True, seed=9), outcome(), tally)
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
    data = report.as_data(Options(), outcome("order-1"), Tally())

    assert data["passed"] is False
    assert "| paid-in-full | **no**: order-1" in report.as_markdown(data)


def test_a_shop_that_never_becomes_quiet_fails_the_proof() -> None:
    restless = outcome()
    restless.quiet = False

    assert report.as_data(Options(), restless, Tally())["passed"] is False
