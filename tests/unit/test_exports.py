"""Files of sessions for the console: made elsewhere, one at a time, bounded, and told truly when they cannot be."""

import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from recorded_session import recorded
from session_rig import programme, step

from device_adapters.config import HubConfig
from device_adapters.errors import RecordError, StorageError
from services.cli import exports
from services.cli.exports import Exports, command_of
from services.cli.session_export import file_of
from services.programme.model import ForTime

MAKER = """
import pathlib, sys, time
log, gate = pathlib.Path({log!r}), pathlib.Path({gate!r})
form, session = sys.argv[2], sys.argv[4]
if session == "gone":
    sys.exit("error {rec}: no such session; backstride sessions lists them")
if session == "broken":
    sys.exit("error {store}: disk")
with log.open("a") as told:
    told.write("begin\\n")
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

    def begun(self) -> int:
        return self.log.read_text().count("begin")


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def until(fact: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not fact():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_one_at_a_time_and_what_is_asked_for_again_is_made_once(house: House) -> None:
    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(house.exports, session, "csv") for session in ("a", "b", "a", "a", "b")]
        until(lambda: house.begun() == 1)
        house.gate.touch()
        assert [one.result(60) for one in asked] == [b"acsv", b"bcsv", b"acsv", b"acsv", b"bcsv"]
    assert house.log.read_text().split() == ["begin", "end"] * 2


def test_too_many_are_asked_to_come_back(house: House) -> None:
    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(house.exports, f"s-{n}", "csv") for n in range(exports.WAITING_MAX)]
        until(lambda: len(house.exports._under_way) == exports.WAITING_MAX)
        with pytest.raises(RecordError, match="try again in a minute"):
            house.exports("s-more", "csv")
        house.gate.touch()
        assert len({one.result(60) for one in asked}) == exports.WAITING_MAX
    assert house.exports._under_way == {}


def test_one_that_takes_too_long_is_ended_and_the_next_is_made(tmp_path: Path) -> None:
    house = House(tmp_path)
    slow = Exports(house.command, made_max_s=0.5)
    with pytest.raises(
        StorageError, match=r"took more than 0.5 s; make it on the hub: backstride session export a"
    ):
        slow("a", "fit")
    assert "end" not in house.log.read_text()
    house.gate.touch()
    assert house.exports("b", "fit") == b"bfit"


def test_why_there_is_none_is_told(house: House) -> None:
    with pytest.raises(RecordError, match=r"^no such session; backstride sessions lists them$"):
        house.exports("gone", "fit")
    with pytest.raises(StorageError, match="disk"):
        house.exports("broken", "fit")


def test_the_real_command_makes_the_file_of_a_recorded_session(tmp_path: Path) -> None:
    recorded(tmp_path, programme(step(200, ForTime(20))))
    (tmp_path / "hub.toml").write_text(f'data = "{tmp_path}"\n')
    made = Exports(command_of(tmp_path / "hub.toml"))
    assert made("s-1", "csv").startswith(b"time,elapsed_s,")
    assert made("s-1", "json") == file_of(HubConfig(data=str(tmp_path)), "s-1", "json")
    with pytest.raises(RecordError, match=r"has no session 's-9'"):
        made("s-9", "csv")
