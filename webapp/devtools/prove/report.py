"""Report of a proof, as JSON and as Markdown."""

import json
import os
import platform
from collections import Counter
from pathlib import Path
from typing import Any

import psutil

from webapp.devtools.prove.counters import Counters
from webapp.devtools.prove.run import ProofOptions, ProofOutcome

BYTES_PER_GB = 1_000_000_000


def build_report(
    options: ProofOptions, outcome: ProofOutcome, counters: Counters
) -> dict[str, Any]:
    return {
        "passed": outcome.passed,
        "seed": options.seed,
        "command": format_command(options),
        "began": outcome.started_at.isoformat(timespec="seconds"),
        "machine": describe_machine(),
        "shoppedSeconds": round(outcome.shopping_s, 1),
        "settledSeconds": round(outcome.quiescence_s, 1),
        "becameQuiet": outcome.is_quiescent,
        "counts": dict(sorted(counters.snapshot().items())),
        "killed": dict(Counter(outcome.killed).most_common()),
        "orderSeconds": {
            f"p{percent}": round(counters.latency_percentile(percent), 3)
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
    target = " --against-running" if options.against_running else ""
    return (
        f"ecom67 prove --orders {options.orders} --buyers {options.buyers}{chaos}"
        f"{target} --seed {options.seed}"
    )


def describe_machine() -> dict[str, Any]:
    return {
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "memoryGb": round(psutil.virtual_memory().total / BYTES_PER_GB, 1),
        "load": [round(load, 1) for load in psutil.getloadavg()],
    }


def render_markdown(data: dict[str, Any]) -> str:
    result = "passed" if data["passed"] else "FAILED"
    seconds, machine_info = data["orderSeconds"], data["machine"]
    environment = (
        f"{data['began']} on {machine_info['cores']} cores, {machine_info['memoryGb']} GB, "
        f"{machine_info['system']}, Python {machine_info['python']}, load {machine_info['load']}."
    )
    summary = (
        f"Buyers ordered for {data['shoppedSeconds']} s; {data['settledSeconds']} s later "
        f"the platform was {'quiescent' if data['becameQuiet'] else 'NOT quiescent'}. "
        f"An order took {seconds['p50']} s (p50), {seconds['p95']} s (p95)."
    )
    lines = [
        f"# Proof {result}, seed {data['seed']}",
        "",
        f"    {data['command']}",
        "",
        environment,
        "",
        summary,
        "",
        "| event | count |",
        "|---|---|",
        *(f"| {what} | {count} |" for what, count in data["counts"].items()),
        *(f"| killed: {what} | {count} |" for what, count in data["killed"].items()),
        "",
        "| rule | holds | statement |",
        "|---|---|---|",
        *(_format_row(rule) for rule in data["invariants"]),
        "",
    ]
    return "\n".join(lines)


def _format_row(rule: dict[str, Any]) -> str:
    violated = f"**no**: {', '.join(rule['offenders'][:3])} …"
    return (
        f"| {rule['name']} | {'yes' if rule['holds'] else violated} | {rule['says']} |"
    )


def write_report(folder: Path, data: dict[str, Any]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "proof.json").write_text(json.dumps(data, indent=2) + "\n")
    (folder / "proof.md").write_text(render_markdown(data))
