"""Speed and memory of the analyses over many order lines: `python -m tests.bench.analyses`.

Six of them first, in turns with SQL by DuckDB and, where that is installed, pandas, which come to
the same figures (`tests.support.analysis_figures`): the shop also writes tables, notes and labels,
and of a change what became of orders, and price, volume and mix. Then all, each in a process of its
own, whose peak is that of all its memory, libraries included. `--lines 10` is in millions.
"""

import argparse
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from analytics.analyses.execution import run_analysis
from tests.bench.analytics import print_figures, write_dataset
from tests.support.analysis_figures import REQUESTS as COMPARED
from tests.support.analysis_figures import check_agreement
from tests.support.figure_engines import (
    ZONE,
    Engine,
    analyze_duckdb,
    analyze_pandas,
    analyze_shop,
    has_pandas,
    load_facts,
)
from webapp.insights.analyses.requests import AnalysisBody, AnalysisRequest

REQUESTS: Sequence[dict[str, Any]] = (
    {"analysis": "explain_change", "window": {"unit": "month", "offset": 1}},
    {"analysis": "explain_change", "window": {"unit": "year", "offset": 1}},
    {"analysis": "anomalies"},
    {"analysis": "forecast", "period": "day", "steps": 14},
    {"analysis": "retention"},
    {"analysis": "rfm"},
    {"analysis": "lifetime_value"},
    {"analysis": "basket_pairs"},
    {"analysis": "price_effect"},
    {"analysis": "concentration"},
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=float, default=1, help="in millions")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_dataset(folder, round(options.lines * 1_000_000))
        print(f"{options.lines:g} million lines")
        compare_engines(folder, rounds=options.rounds)
        print("| analysis | s | peak MB |\n|---|---|---|")
        for request in REQUESTS:
            with get_context("spawn").Pool(1) as pool:
                took, peak = pool.apply(measure_analysis, (request, folder))
            window = request.get("window", {}).get("unit", "")
            print(
                f"| {request['analysis']} {window} | {took:.2f} | {peak} |", flush=True
            )


def compare_engines(folder: Path, *, rounds: int) -> None:
    """Raises `AssertionError` where the figures of one are not those of the shop."""
    runs = {"shop": analyze_shop, "DuckDB": analyze_duckdb}
    if has_pandas():
        runs["pandas"] = analyze_pandas
    bodies = [AnalysisBody.model_validate(fields).root for fields in COMPARED]
    requests: dict[str, AnalysisRequest] = {each.analysis: each for each in bodies}
    with ExitStack() as stack:
        engines = {name: Engine(run, folder) for name, run in runs.items()}
        for engine in engines.values():
            stack.callback(engine.close)
        for request in requests.values():
            figures = [engine.compute(request) for engine in engines.values()]
            check_agreement(request, figures)
        print_figures(engines, requests, rounds=rounds)


def measure_analysis(request: dict[str, Any], folder: Path) -> tuple[float, int]:
    """Seconds, and the peak of resident memory."""
    body = AnalysisBody.model_validate(request).root
    started = time.perf_counter()
    run_analysis(body, load_facts(folder), home_currency="USD", zone=ZONE)
    took = time.perf_counter() - started
    status = Path("/proc/self/status").read_text(encoding="ascii")
    peak = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return took, int(peak.split()[1]) // 1024


if __name__ == "__main__":
    main()
