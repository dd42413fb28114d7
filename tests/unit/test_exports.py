"""Files of sessions for the console: made elsewhere, one at a time, bounded, and told truly when they cannot be."""

import asyncio
import os
import sys
from pathlib import Path

import pytest
from recorded_session import recorded
from session_rig import programme, step
from waiting import until

from device_adapters.config import HubConfig
from device_adapters.errors import RecordError, StorageError
from services.cli.roles import exports
from services.cli.roles.exports import Exports, command_of
from services.metrics.history import history_of
from services.programme.model import ForTime
from services.records.busy import BusyError
from services.records.export import export
from services.records.form import Format
from services.records.stores import read

MAKER = """
import os, pathlib, sys, time
log, gate = pathlib.Path({log!r}), pathlib.Path({gate!r})
form, session = sys.argv[2], sys.argv[4]
if session == "gone":
    sys.exit("error {rec}: no such session; backstride sessions lists them")
if session == "broken":
    sys.exit("error {store}: disk")
with log.open("a") as told:
    told.write(f"begin {{os.getpid()}}\\n")
while not gate.exists():
    time.sleep(0.01)
with log.open("a") as told:
    told.write("end\\n")
sys.stdout.write(session + form)
"""


class House:
    def __init__(self, folder: Path) -> None:
        self.log, self.gate = folder / "log", folder / "gate"
        self.log.touch()
        code = MAKER.format(
            log=str(self.log), gate=str(self.gate), rec=RecordError.code, store=StorageError.code
        )
        self.command = (sys.executable, "-c", code)
        self.exports = Exports(self.command)

    def makers(self) -> list[int]:
        """The processes that were begun."""
        return [
            int(line.split()[1]) for line in self.log.read_text().splitlines() if line.startswith("begin")
        ]

    def ask(self, session: str) -> "asyncio.Task[bytes]":
        return asyncio.create_task(self.exports(session, "csv"))


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def cancelled(task: "asyncio.Task[bytes]") -> None:
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_one_at_a_time_and_what_is_asked_for_again_is_made_once(house: House) -> None:
    asked = [house.ask(session) for session in ("a", "b", "a", "a", "b")]
    await until(lambda: len(house.makers()) == 1)
    house.gate.touch()
    assert await asyncio.gather(*asked) == [b"acsv", b"bcsv", b"acsv", b"acsv", b"bcsv"]
    assert [line.split()[0] for line in house.log.read_text().splitlines()] == ["begin", "end"] * 2


async def test_one_that_nobody_waits_for_any_more_is_ended_and_the_next_has_its_turn(house: House) -> None:
    first, second = house.ask("a"), house.ask("b")
    await until(lambda: len(house.makers()) == 1)
    await cancelled(first)
    await until(lambda: len(house.makers()) == 2)
    assert not there(house.makers()[0])
    house.gate.touch()
    assert await second == b"bcsv"


async def test_one_that_still_waits_for_its_turn_is_never_begun_when_it_is_cancelled(house: House) -> None:
    first, second = house.ask("a"), house.ask("b")
    await until(lambda: len(house.makers()) == 1)
    await cancelled(second)
    house.gate.touch()
    assert await first == b"acsv"
    assert await house.ask("c") == b"ccsv"
    assert len(house.makers()) == 2


async def test_it_is_made_to_its_end_as_long_as_one_of_those_who_asked_waits(house: House) -> None:
    first, second = house.ask("a"), house.ask("a")
    await until(lambda: len(house.makers()) == 1)
    await cancelled(first)
    house.gate.touch()
    assert await second == b"acsv"
    assert len(house.makers()) == 1


async def test_who_asks_again_at_once_after_cancelling_has_a_file(house: House) -> None:
    first = house.ask("a")
    await until(lambda: len(house.makers()) == 1)
    first.cancel()
    again = house.ask("a")
    await asyncio.wait([first])
    house.gate.touch()
    assert await again == b"acsv"


async def test_pressed_and_cancelled_many_times_leaves_nothing_running(house: House) -> None:
    for _ in range(20):
        pressed = house.ask("a")
        await asyncio.sleep(0.01)
        await cancelled(pressed)
    house.gate.touch()
    assert await house.ask("b") == b"bcsv"
    await until(lambda: not any(there(pid) for pid in house.makers()))


async def test_too_many_are_asked_to_come_back(house: House) -> None:
    asked = [house.ask(f"s-{n}") for n in range(exports.WAITING_MAX)]
    await until(lambda: len(house.makers()) == 1)
    with pytest.raises(BusyError, match="try again in a minute"):
        await house.exports("s-more", "csv")
    house.gate.touch()
    assert len(set(await asyncio.gather(*asked))) == exports.WAITING_MAX
    assert await house.exports("s-more", "csv") == b"s-morecsv"


async def test_one_that_takes_too_long_is_ended_and_the_next_is_made(tmp_path: Path) -> None:
    house = House(tmp_path)
    slow = Exports(house.command, made_max_s=0.5)
    with pytest.raises(BusyError, match=r"more than 0.5 s; make it on the hub: backstride session export a"):
        await slow("a", "fit")
    assert "end" not in house.log.read_text()
    house.gate.touch()
    assert await house.exports("b", "fit") == b"bfit"


async def test_why_there_is_none_is_told(house: House) -> None:
    with pytest.raises(RecordError, match=r"^no such session; backstride sessions lists them$"):
        await house.exports("gone", "fit")
    with pytest.raises(StorageError, match="disk"):
        await house.exports("broken", "fit")


async def test_the_real_command_makes_the_file_of_a_recorded_session(tmp_path: Path) -> None:
    recorded(tmp_path, programme(step(200, ForTime(20))))
    (tmp_path / "hub.toml").write_text(f'data = "{tmp_path}"\n')
    made = Exports(command_of(tmp_path / "hub.toml"))
    assert (await made("s-1", "csv")).startswith(b"time,elapsed_s,")
    assert await made("s-1", "json") == export(
        read(tmp_path, "s-1", history_of(HubConfig(data=str(tmp_path)))), Format("json")
    )
    with pytest.raises(RecordError, match=r"has no session 's-9'"):
        await made("s-9", "csv")
