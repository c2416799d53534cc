"""What a proof has shown, as JSON for programs and Markdown for people."""

import json
import os
import platform
from collections import Counter
from pathlib import Path
from typing import Any

import psutil

from webapp.devtools.prove.counters import Counters
from webapp.devtools.prove.run import ProofOptions, ProofOutcome

GB = 1_000_000_000


def build_report(
    options: ProofOptions, outcome: ProofOutcome, tally: Counters
) -> dict[str, Any]:
    return {
        "passed": outcome.passed,
        "seed": options.seed,
        "command": format_command(options),
        "began": outcome.started_at.isoformat(timespec="seconds"),
        "machine": machine(),
        "shoppedSeconds": round(outcome.shopped_seconds, 1),
        "settledSeconds": round(outcome.settled_seconds, 1),
        "becameQuiet": outcome.is_quiescent,
        "counts": dict(sorted(tally.snapshot().items())),
        "killed": dict(Counter(outcome.killed).most_common()),
        "orderSeconds": {
            f"p{percent}": round(tally.latency_percentile(percent), 3)
            for percent in (50, 95)
        },
        "invariants": [
            {
                "name": verdict.name,
                "says": verdict.statement,
                "holds": verdict.holds,
                "offenders": list(verdict.offenders),
            }
            for verdict in outcome.verdicts
        ],
    }


def format_command(options: ProofOptions) -> str:
    chaos = " --chaos" if options.chaos else ""
    whose = " --against-running" if options.against_running else ""
    return (
        f"ecom67 prove --orders {options.orders} --buyers {options.buyers}{chaos}"
        f"{whose} --seed {options.seed}"
    )


def machine() -> dict[str, Any]:
    return {
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "memoryGb": round(psutil.virtual_memory().total / GB, 1),
        "load": [round(load, 1) for load in psutil.getloadavg()],
    }


def render_markdown(data: dict[str, Any]) -> str:
    word = "passed" if data["passed"] else "FAILED"
    seconds, about = data["orderSeconds"], data["machine"]
    place = (
        f"{data['began']} on {about['cores']} cores, {about['memoryGb']} GB, "
        f"{about['system']}, Python {about['python']}, load {about['load']}."
    )
    course = (
        f"Buyers bought for {data['shoppedSeconds']} s; {data['settledSeconds']} s later "
        f"all was {'quiet' if data['becameQuiet'] else 'STILL NOT quiet'}. An order took "
        f"{seconds['p50']} s (p50), {seconds['p95']} s (p95)."
    )
    lines = [
        f"# Proof {word}, seed {data['seed']}",
        "",
        f"    {data['command']}",
        "",
        place,
        "",
        course,
        "",
        "| what | how often |",
        "|---|---|",
        *(f"| {what} | {count} |" for what, count in data["counts"].items()),
        *(f"| killed: {what} | {count} |" for what, count in data["killed"].items()),
        "",
        "| rule | holds | what it says |",
        "|---|---|---|",
        *(_row(rule) for rule in data["invariants"]),
        "",
    ]
    return "\n".join(lines)


def _row(rule: dict[str, Any]) -> str:
    broken = f"**no**: {', '.join(rule['offenders'][:3])} …"
    return f"| {rule['name']} | {'yes' if rule['holds'] else broken} | {rule['says']} |"


def write_report(folder: Path, data: dict[str, Any]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "proof.json").write_text(json.dumps(data, indent=2) + "\n")
    (folder / "proof.md").write_text(render_markdown(data))
