"""What is odd about a unit's devices reaches the doctor by a file: written when it changes, readable or nothing."""

import asyncio
from pathlib import Path

from waiting import until

from device_adapters.clock import ManualClock
from device_adapters.unit import odd_file
from services.cli.unit.doctor_checks import oddities

PATIENCE_S = 60.0


async def test_it_is_written_when_it_changes_and_the_doctor_says_what_to_do(tmp_path: Path) -> None:
    odd: dict[str, tuple[str, ...]] = {"hr-01": ("battery_unreadable", "silent")}
    clock = ManualClock()
    keeping = asyncio.create_task(odd_file.keep(tmp_path, lambda: dict(odd), clock))
    await until(lambda: odd_file.read(tmp_path) == {"hr-01": ("battery_unreadable", "silent")})
    first, second = oddities(odd_file.read(tmp_path))
    assert (first.verdict, first.text.split(":")[0]) == ("warning", "hr-01")
    assert "battery level" in first.text
    assert "moisten" in second.fix
    odd.clear()
    await asyncio.sleep(0.05)
    await clock.advance(5_000)
    await until(lambda: odd_file.read(tmp_path) == {})
    assert not keeping.done()
    keeping.cancel()
    await asyncio.wait([keeping])


async def test_a_disk_that_will_not_have_it_ends_nothing(tmp_path: Path) -> None:
    clock = ManualClock()
    keeping = asyncio.create_task(odd_file.keep(tmp_path / "gone", lambda: {"x": ("silent",)}, clock))
    await asyncio.sleep(0.1)
    assert not keeping.done()
    keeping.cancel()
    await asyncio.wait([keeping])


def test_no_file_and_another_file_say_nothing(tmp_path: Path) -> None:
    assert odd_file.read(tmp_path) == {}
    odd_file.path_of(tmp_path).write_text("{")
    assert odd_file.read(tmp_path) == {}
