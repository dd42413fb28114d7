"""A sensor on the belt at a unit's pins (gpiozero's mock pins), pulsed at the belt's true speed or at another."""

import asyncio
import contextlib
import threading
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import tomli_w
from gpiozero import Device
from keyboard import enters, no_keys
from mock_pins import OpenContact, Wires, wired
from unit_world import CLOCK, World, world

from device_adapters.belt_sensor_record import Counted, path_of, read, write
from device_adapters.errors import ConfigError
from services.cli.typed import typed
from services.cli.unit.belt_sensor import belt_sensor

PIN, PER_M = 24, 6.0
AT_HAND: dict[str, dict[str, object]] = {"tm-01": {"belt_sensor_gpio": PIN}}


@pytest.fixture
def pins() -> Iterator[Wires]:
    with wired(OpenContact) as wires:
        yield wires


def count(data: Path, pulses: int = 192) -> None:
    write(data, Counted(treadmill="tm-01", at_ms=0, by="Kim", belt_m=3.2, turns=10, pulses=pulses))


class Roller:
    """Gives the pulses of the true belt, times `share`."""

    def __init__(self, world: World, pins: Wires) -> None:
        self.share = 1.0
        self._world = world
        self._pin = pins(PIN)

    async def run(self) -> None:
        way_m, before_ms = 0.0, CLOCK.now_ms()
        while True:
            await asyncio.sleep(0.01)
            now_ms = CLOCK.now_ms()
            was = int(way_m * PER_M)
            way_m += self._world.belt_ckmh() * self.share * (now_ms - before_ms) / 360_000
            before_ms = now_ms
            if int(way_m * PER_M) > was:
                self._pin.drive_low()
                self._pin.drive_high()


@contextlib.asynccontextmanager
async def rolling(tmp_path: Path, pins: Wires) -> AsyncIterator[tuple[World, Roller]]:
    count(tmp_path)
    async with world(tmp_path, straps=0, at_hand=AT_HAND) as w:
        roller = Roller(w, pins)
        turns = asyncio.create_task(roller.run())
        yield w, roller
        turns.cancel()
        await asyncio.wait([turns])


async def test_a_true_belt_is_left_alone_and_one_that_runs_half_faster_is_stopped(
    tmp_path: Path, pins: Wires
) -> None:
    async with rolling(tmp_path, pins) as (w, roller):
        await w.run_at(3.0)
        await asyncio.sleep(3)
        assert [e.cause for e in w.events if e.kind == "hazard"] == []
        roller.share = 1.5
        await w.until(lambda: w.states["tm-01"].latched == "overspeed")
        await w.until(lambda: w.belt_ckmh() == 0)


async def test_a_sensor_that_fails_under_way_stops_the_belt(tmp_path: Path, pins: Wires) -> None:
    async with rolling(tmp_path, pins) as (w, roller):
        await w.run_at(3.0)
        roller.share = 0
        await w.until(lambda: w.states["tm-01"].latched == "belt_stands")
        await w.until(lambda: w.belt_ckmh() == 0)


@pytest.mark.parametrize("lacks", ["count", "pins", "readable"])
async def test_without_pins_or_a_count_it_is_told_and_the_machines_word_stands_alone(
    tmp_path: Path, pins: Wires, monkeypatch: pytest.MonkeyPatch, lacks: str
) -> None:
    if lacks != "count":
        count(tmp_path)
    if lacks == "readable":
        path_of(tmp_path, "tm-01").write_text("{")
    if lacks == "pins":
        monkeypatch.setattr(Device, "pin_factory", None)
    async with world(tmp_path, straps=0, at_hand=AT_HAND) as w:
        await w.until(lambda: any(e.cause == "belt_sensor" for e in w.events))
        told = next(e for e in w.events if e.cause == "belt_sensor")
        assert (told.kind, told.severity, told.treadmill) == ("settings", "alarm", "tm-01")
        await w.run_at(1.5)


def test_pulses_are_counted_against_turns_and_a_sensor_of_no_use_is_refused(
    tmp_path: Path, pins: Wires, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    questions = threading.Semaphore(0)

    async def asked() -> str | None:
        questions.release()
        return await typed()

    monkeypatch.setattr("services.cli.unit.belt_sensor.typed", asked)
    config = tmp_path / "unit.toml"
    config.write_text(
        tomli_w.dumps(
            {
                "unit": "unit-01",
                "data": str(tmp_path),
                "treadmill": [{"id": "tm-01", "address": "F1:00:00:00:00:01", "belt_sensor_gpio": PIN}],
            }
        )
    )

    def came(pulses: int) -> None:
        for _ in range(2):  # it counts from the first Enter on
            assert questions.acquire(timeout=60)
        for _ in range(pulses):
            pins(PIN).drive_low()
            pins(PIN).drive_high()
            time.sleep(0.005)

    with enters(lambda: came(96)):
        assert belt_sensor("tm-01", config, 3.2, 5, "Kim") == 0
    assert "per metre" in capsys.readouterr().out
    found = read(tmp_path, "tm-01")
    assert found is not None
    assert found.pulses in (95, 96)  # what is the first edge, gpiozero cannot know
    assert found.pulses_per_m == pytest.approx(6, rel=0.02)
    with enters(lambda: came(12)), pytest.raises(ConfigError, match="pulses per metre"):
        belt_sensor("tm-01", config, 10, 5, "Kim")
    assert read(tmp_path, "tm-01") == found
    with no_keys():
        assert belt_sensor("tm-01", config, 3.2, 5, "Kim") == 1
