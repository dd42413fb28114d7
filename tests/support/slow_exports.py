"""Exports of a console under test that take until they are let through: each is a process that waits for a file."""

import os
from pathlib import Path

import pytest

WAITING = """
import os, sys, time
from pathlib import Path
if "export" in sys.orig_argv:
    place = Path({place!r})
    with (place / "begun").open("a") as told:
        told.write(f"{{os.getpid()}}\\n")
    while not (place / "gate").exists():
        time.sleep(0.02)
"""


class SlowExports:
    """`gate.touch()` lets them through."""

    def __init__(self, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.place, self.gate = place, place / "gate"
        code = place / "code"
        code.mkdir(parents=True)
        (code / "sitecustomize.py").write_text(WAITING.format(place=str(place)))
        path = os.pathsep.join(filter(None, (str(code), os.environ.get("PYTHONPATH", ""))))
        monkeypatch.setenv("PYTHONPATH", path)

    def begun(self) -> list[int]:
        """Process ids, in the order in which they began."""
        told = self.place / "begun"
        return [int(line) for line in told.read_text().split()] if told.exists() else []

    def running(self) -> list[int]:
        """Those that are there now."""
        return [pid for pid in self.begun() if _alive(pid)]


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
