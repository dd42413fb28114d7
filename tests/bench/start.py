"""How soon things are there: the command's help, and the demo's first live tile.

python tests/bench/start.py [--demos 3]
"""

import argparse
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests/support")]

from figures import Figure, Ratio, save  # noqa: E402
from ports import free_port  # noqa: E402

ROUNDS = 15
HELP_S, TILE_S = 0.2, 2.0
PATIENCE_S = 60.0
BACKSTRIDE = (sys.executable, "-m", "services.cli")
FIRST_TILE = re.compile(r"first live tile")


def took_s(argv: tuple[str, ...]) -> float:
    """Seconds until it has ended."""
    began = time.perf_counter()
    subprocess.run(argv, check=True, stdout=subprocess.DEVNULL, timeout=PATIENCE_S)
    return time.perf_counter() - began


def first_tile_s() -> float:
    """Seconds from the demo's start until it says that a tile is live. Raises TimeoutError."""
    with tempfile.TemporaryDirectory(prefix="backstride-bench-") as folder:
        ports = ("--http-port", str(free_port()), "--mqtt-port", str(free_port()))
        log = Path(folder) / "demo.log"
        began = time.perf_counter()
        with log.open("w") as out:
            demo = subprocess.Popen(
                (*BACKSTRIDE, "demo", "--data", folder, *ports), stdout=out, stderr=subprocess.STDOUT
            )
        try:
            while not FIRST_TILE.search(log.read_text()):
                if time.perf_counter() - began > PATIENCE_S or demo.poll() is not None:
                    raise TimeoutError(f"no tile within {PATIENCE_S:.0f} s:\n{log.read_text()}")
                time.sleep(0.005)
            return time.perf_counter() - began
        finally:
            demo.send_signal(signal.SIGINT)
            demo.wait(PATIENCE_S)


def within(what: str, seconds: list[float], bound_s: float, beside: str, meaning: str) -> Figure:
    """A figure beside the time that it may take."""
    ours = f"{statistics.median(seconds):.2f} s"
    ratio = Ratio.of([bound_s] * len(seconds), seconds)
    return Figure(what, ours, beside, f"{bound_s:g} s allowed", ratio, 1, "at most", meaning)


def main() -> None:
    """Print and save."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--demos", type=int, default=3)
    options = parser.parse_args()
    nothing, helps = [], []
    for _ in range(ROUNDS):
        nothing.append(took_s((sys.executable, "-c", "pass")))
        helps.append(took_s((*BACKSTRIDE, "--help")))
    tiles = [first_tile_s() for _ in range(options.demos)]
    beside = f"`python -c pass` takes {statistics.median(nothing):.2f} s"
    save(
        "start",
        [
            within("`backstride --help`", helps, HELP_S, beside, "the command answers at once"),
            within(
                "`make demo` to the first live tile", tiles, TILE_S, "asked", "looked at within two seconds"
            ),
        ],
    )


if __name__ == "__main__":
    os.environ["PYTHONPATH"] = str(ROOT)
    main()
