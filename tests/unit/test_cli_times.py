"""Times on the command line: local, with the offset, and the same in every command."""

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.cli import times

CLI = Path(times.__file__).parent


PLACES = [
    ("UTC0", "2026-11-29 23:30:05 +00:00", "2026-11-29"),
    ("XYZ-5:30", "2026-11-30 05:00:05 +05:30", "2026-11-30"),
    ("XYZ3", "2026-11-29 20:30:05 -03:00", "2026-11-29"),
]


@pytest.fixture(params=PLACES)
def place(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, str]]:
    zone, told, day = request.param
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    yield told, day
    monkeypatch.undo()
    time.tzset()


def test_a_time_is_local_with_its_offset(place: tuple[str, str]) -> None:
    at_ms = 1_795_995_005_000
    assert (times.when(at_ms, seconds=True), times.day(at_ms)) == place
    assert times.when(at_ms) == place[0][:16] + place[0][19:]


def test_no_command_tells_a_time_by_itself() -> None:
    own = re.compile(r"strftime\(|fromtimestamp\(|:%H:%M")
    files = {path.name for path in CLI.glob("*.py") if own.search(path.read_text())}
    assert files == {"times.py"}
