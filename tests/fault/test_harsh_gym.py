"""What befalls the harsh gym befalls it, when it is asked for and only then."""

import subprocess
import sys
from pathlib import Path

import pytest
from harsh_gym import DEATHS, environment
from slow_line import DELAY_MAX_S, SlowLine

CALLS = {
    "strap": "from device_adapters.codecs import heart_rate; heart_rate.decode(bytes((0, 90)))",
    "treadmill": "from device_adapters.codecs.ftms import treadmill_data as t; t.decode(bytes(4), t.AS_SPECIFIED)",
    "outbox": "from device_adapters.outbox.disk import OutboxDisk as D; D.commit(None, [], []).close()",
}


@pytest.mark.parametrize("part", sorted(CALLS))
@pytest.mark.parametrize("asked", [True, False])
def test_a_part_breaks_when_it_is_asked_to(part: str, asked: bool, tmp_path: Path) -> None:
    if asked:
        (tmp_path / part).touch()
    code = f"from pathlib import Path as P; {CALLS[part]}"
    done = subprocess.run(
        [sys.executable, "-c", code, "unit"],
        cwd=tmp_path, env=environment(tmp_path, 1), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ("BrokenError" in done.stderr) is asked
    assert (done.returncode != 0) is asked
    assert not (tmp_path / part).exists()


def test_every_part_that_a_row_breaks_is_one_that_can_be() -> None:
    assert {row.how for row in DEATHS if row.way == "break"} == set(CALLS)


@pytest.mark.parametrize(("steps_s", "found"), [("3600", "True"), ("", "False")])
def test_the_hubs_clock_is_set(steps_s: str, found: str, tmp_path: Path) -> None:
    if steps_s:
        (tmp_path / "clock_s").write_text(steps_s)
    code = (
        "import os, time; real = os.stat(open('now', 'w').name).st_mtime; "
        "print(time.time() > real + 3000, time.time_ns() > (real + 3000) * 1e9)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "session"],
        cwd=tmp_path, env=environment(tmp_path, 1), capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.split() == [found, found]


def test_a_disk_hangs_until_it_is_well_again(tmp_path: Path) -> None:
    (tmp_path / "disk").touch()
    (tmp_path / "moving").mkdir()
    code = "from pathlib import Path; Path('moving/tm-01').resolve().touch(); print('written')"
    with subprocess.Popen(
        [sys.executable, "-c", code, "unit"],
        cwd=tmp_path, env=environment(tmp_path, 1), stdout=subprocess.PIPE, text=True,
    ) as writing:  # fmt: skip
        with pytest.raises(subprocess.TimeoutExpired):
            writing.wait(3)
        assert not (tmp_path / "moving" / "tm-01").exists()
        (tmp_path / "disk").unlink()
        said, _ = writing.communicate(timeout=60)
    assert said.strip() == "written"


async def test_the_line_to_a_unit_fills_up_and_the_line_from_it_does_not(tmp_path: Path) -> None:
    line = SlowLine(0, tmp_path / "delay")
    assert line.delay_s == 0
    (tmp_path / "delay").touch()
    assert line.delay_s < 1
    line.since_s = -1000.0
    assert line.delay_s == DELAY_MAX_S
    (tmp_path / "delay").unlink()
    assert line.delay_s == 0
