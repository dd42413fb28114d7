"""A demo whose unit has stop lines. The pins are recorded by the lines' own process."""

import os
import signal
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import tomli_w
from demo_process import RunningDemo, end_demo, start_demo
from stop_line_rig import LinePins, fit, stop_line

PINS = {"tm-01": 22, "tm-02": 23}


@contextmanager
def lined_demo(folder: Path) -> Iterator[tuple[RunningDemo, LinePins]]:
    """Its unit is given the lines when it has run, and begins again with them."""
    demo = start_demo(folder, "--treadmills", str(len(PINS)))
    settings = demo.data / "unit.toml"
    raw = tomllib.loads(settings.read_text())
    socket = Path(f"/tmp/sl-demo-{os.getpid()}")  # noqa: S108 — a socket's path is short
    raw["stop_line_socket"] = str(socket)
    for treadmill in raw["treadmill"]:
        treadmill["stop_line_gpio"] = PINS[treadmill["id"]]
        fit(demo.data / "unit", treadmill["id"], treadmill["address"])
    settings.write_text(tomli_w.dumps(raw))
    try:
        with stop_line(settings, folder / "pins") as line:
            os.kill(demo.pids["unit"], signal.SIGKILL)
            yield demo, line
    finally:
        end_demo(demo)
        socket.unlink(missing_ok=True)
