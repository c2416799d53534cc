"""The second start of this version beside another's: `python -m tests.bench.starts CHECKOUT`.

CHECKOUT is a clone of another version. The two are started by their own `make run` and stopped in
turns, each on a folder of its own, whose first start fills the demo shop and does not count.
Seconds until the shop answers and until *Ready* are printed, with the medians of their ratios.
"""

import argparse
import tempfile
from pathlib import Path

from tests.support.cloned_platform import (
    WITHOUT_RAY,
    ClonedPlatform,
    running_clone,
)
from tests.support.comparison import Figures, format_table, measure_in_turns
from webapp.config import PROJECT_ROOT


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkout", type=Path, help="a clone of another version")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument(
        "--without-ray", action="store_true", help="start no Ray, and no agents"
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ecom67-bench-") as folder:
        Path(folder).chmod(0o711)  # PostgreSQL may run as a user of its own
        platforms = [
            ClonedPlatform(
                checkout.resolve(strict=True),
                Path(folder, name),
                disabled_parts=WITHOUT_RAY if options.without_ray else "",
            )
            for name, checkout in (("this", PROJECT_ROOT), ("other", options.checkout))
        ]
        for platform in platforms:
            platform.var.mkdir()
            measure_start(platform)
        rounds = []
        for this, other in measure_in_turns(
            platforms, measure_start, rounds=options.rounds
        ):
            rounds.append((this, other))
            print(f"ready: {this['ready']:.1f} and {other['ready']:.1f} s", flush=True)
    print(format_table(rounds))


def measure_start(platform: ClonedPlatform) -> Figures:
    """Start it and stop it."""
    with running_clone(platform) as took:
        return {"answers": took.answers_s, "ready": took.ready_s}


if __name__ == "__main__":
    main()
