"""The second start of this version beside another's: `python -m tests.bench.starts CHECKOUT`.

CHECKOUT is a clone of another version in which `make test` has installed `.venv`. The two are
started and stopped in turns, each on a folder of its own, whose first start fills the demo shop
and does not count. Seconds until *Ready* are printed, and the median of the ratios.
"""

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from webapp.config import PROJECT_ROOT

TABLE = """\
| round | this, seconds | other, seconds | ratio |
|---|---|---|---|"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkout", type=Path, help="a clone of another version")
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    other = options.checkout.resolve(strict=True)
    ratios = []
    with tempfile.TemporaryDirectory() as folder:
        data = {PROJECT_ROOT: Path(folder, "this"), other: Path(folder, "other")}
        for checkout, var in data.items():
            start_once(checkout, var)
        print(TABLE, flush=True)
        for turn in range(1, options.rounds + 1):
            # Every other round is reversed, so that neither always follows the other.
            order = list(data) if turn % 2 else list(reversed(data))
            took = {
                checkout: start_once(checkout, data[checkout]) for checkout in order
            }
            ratios.append(took[PROJECT_ROOT] / took[other])
            print(
                f"| {turn} | {took[PROJECT_ROOT]:.1f} | {took[other]:.1f} "
                f"| {ratios[-1]:.2f} |",
                flush=True,
            )
    print(f"| median | | | {median(ratios):.2f} |")


def start_once(checkout: Path, data: Path) -> float:
    """Start the shop of a checkout and stop it; return the seconds until it was ready."""
    started = time.monotonic()
    shop = subprocess.Popen(
        [str(checkout / ".venv/bin/python"), "-u", "-m", "webapp.cli.main", "run"],
        cwd=checkout,
        env={**os.environ, "VAR_DIR": str(data)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert shop.stdout is not None
    output = []
    try:
        for line in shop.stdout:
            output.append(line)
            if line.startswith("Ready in"):
                return time.monotonic() - started
    finally:
        shop.send_signal(signal.SIGINT)
        shop.communicate()
    sys.exit(f"{checkout} did not start:\n{''.join(output)}")


if __name__ == "__main__":
    main()
