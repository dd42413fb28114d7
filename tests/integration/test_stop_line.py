"""The stop line as a process of its own, its pin recorded: a unit in this process, and one that is killed or frozen."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
import tomli_w
from stop_line_rig import LinePins, fit, stop_line
from unit_world import BOOT, World, world

from device_adapters.config import Broker, Treadmill, UnitConfig
from device_adapters.contract import messages as m
from device_adapters.contract import registry
from device_adapters.safety.hazards import Cause
from device_adapters.safety.limits import Goal, Level
from device_adapters.safety.stop_line import SILENT_MS
from device_adapters.sim.layout import gym_layout
from device_adapters.stop_line.record import path_of

PIN = 23
OPEN_S = 1.0
"""SIGKILL and SIGSTOP open it within this of the last beat."""

PATIENT_MS = 10_000
"""A unit may be silent for this long where a test is not about silence: a loaded machine may hold it up."""

ADDRESS = dict(gym_layout(1, 0))["tm-01"]
AT_HAND: dict[str, dict[str, object]] = {"tm-01": {"stop_line_gpio": PIN}}


class LinePlace:
    """Where one unit and its stop line keep their things. A socket's path is short."""

    def __init__(self, data: Path, delay_s: float = 1.0, *, pulses: bool = False) -> None:
        self.data = data
        self.pins = data / "pins"
        self.settings: dict[str, object] = {
            "stop_line_socket": f"/tmp/sl-{os.getpid()}-{time.monotonic_ns() % 10**9}",  # noqa: S108
            "stop_line_delay_s": delay_s,
            "stop_line_pulses": pulses,
        }
        self.config = data / "unit.toml"
        unit = UnitConfig(
            unit="unit-01",
            data=str(data),
            radio="virtual:127.0.0.1:1",
            broker=Broker("mqtt://127.0.0.1:1"),
            treadmill=(Treadmill(id="tm-01", address=ADDRESS, stop_line_gpio=PIN),),
        )
        unit = msgspec.structs.replace(unit, **self.settings)
        self.config.write_bytes(tomli_w.dumps(msgspec.to_builtins(unit)).encode())


@pytest.fixture
def place(tmp_path: Path) -> LinePlace:
    return LinePlace(tmp_path)


@pytest.fixture
def line(place: LinePlace, request: pytest.FixtureRequest) -> Iterator[LinePins]:
    fit(place.data, "tm-01", ADDRESS)
    with stop_line(place.config, place.pins, getattr(request, "param", PATIENT_MS)) as pins:
        yield pins


def within(seconds: float, condition: Callable[[], bool]) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"not within {seconds} s"
        time.sleep(0.01)


# A unit that is a process of its own.


@pytest.fixture
def unit(place: LinePlace, line: LinePins) -> Iterator["subprocess.Popen[bytes]"]:
    """Without a broker or a radio that answers: its gate is healthy, and its belt is nobody's."""
    process = subprocess.Popen(
        [sys.executable, "-m", "services.cli", "run", "unit", "--config", str(place.config)],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        within(60, lambda: line.closed(PIN))
        yield process
    finally:
        process.kill()
        process.wait()


@pytest.mark.parametrize("line", [SILENT_MS], indirect=True)
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
def test_it_opens_within_a_second_of_a_unit_that_is_killed_or_frozen(
    line: LinePins,
    unit: "subprocess.Popen[bytes]",
    number: signal.Signals,
) -> None:
    time.sleep(2)
    assert all(line.excused(at) for at in line.openings(PIN))
    within(30, lambda: line.closed(PIN))
    unit.send_signal(number)
    within(30, lambda: not line.closed(PIN))
    took_s = line.took_s(line.openings(PIN)[-1])
    assert took_s <= OPEN_S, f"open after {took_s:.3f} s"
    if number is signal.SIGSTOP:
        unit.send_signal(signal.SIGCONT)
        within(30, lambda: line.closed(PIN))


def test_its_own_end_opens_it(line: LinePins, unit: "subprocess.Popen[bytes]") -> None:
    line.process.terminate()
    assert line.process.wait(60) == 0
    assert not line.closed(PIN)


# A unit in this process, whose belt moves.


async def closed(w: World, line: LinePins) -> None:
    await w.until(lambda: line.closed(PIN))


async def test_over_a_session_with_a_stop_a_clear_and_another_start_it_stays_closed(
    tmp_path: Path, place: LinePlace, line: LinePins
) -> None:
    async with world(tmp_path, straps=0, at_hand=AT_HAND, settings=place.settings) as w:
        await closed(w, line)
        await w.run_at(3.0)
        w.unit.treadmills["tm-01"].stop(Cause.STOP_PRESSED, "Kim")
        await w.until(lambda: w.unit.treadmills["tm-01"].at_rest)
        await w.let_go()
        assert (await w.command("clear", by="Kim")).outcome == "accepted"
        assert line.openings(PIN) == []
        assert line.closed(PIN)
    assert [e.cause for e in w.events if e.kind == "stop_line"] == []


async def test_a_stop_that_is_not_obeyed_opens_it_after_the_gates_own_turns(
    tmp_path: Path, place: LinePlace, line: LinePins
) -> None:
    async with world(tmp_path, straps=0, at_hand=AT_HAND, settings=place.settings) as w:
        await closed(w, line)
        await w.run_at(1.5)
        w.gym.inject("tm-01", b"ignore_stop")
        at = time.monotonic()
        w.unit.treadmills["tm-01"].stop(Cause.STOP_PRESSED, "Kim")
        await w.until(lambda: bool(line.openings(PIN)))
        assert line.openings(PIN)[0] - at > 2  # not before what it takes in the place of Stop was tried
        await w.until(lambda: [e.cause for e in w.events if e.kind == "stop_line"] == ["stop_not_obeyed"])
        told = next(e for e in w.events if e.kind == "stop_line")
        assert (told.severity, told.treadmill) == ("alarm", "tm-01")
        assert "abruptly" in told.text


async def test_a_link_that_stays_lost_under_a_moving_belt_opens_it_after_the_delay(
    tmp_path: Path, place: LinePlace, line: LinePins
) -> None:
    async with world(tmp_path, straps=0, at_hand=AT_HAND, settings=place.settings) as w:
        await closed(w, line)
        await w.run_at(1.5)
        at = time.monotonic()
        w.gym.inject("tm-01", b"link_lost")
        await w.until(lambda: bool(line.openings(PIN)))
        assert line.openings(PIN)[0] - at >= 1.0
        await w.until(lambda: [e.cause for e in w.events if e.kind == "stop_line"] == ["link_lost"])


async def test_a_line_whose_process_ends_stops_a_belt_and_lets_none_be_started(
    tmp_path: Path, place: LinePlace, line: LinePins
) -> None:
    async with world(tmp_path, straps=0, at_hand=AT_HAND, settings=place.settings) as w:
        await closed(w, line)
        await w.run_at(1.5)
        line.process.kill()
        await w.until(lambda: w.states["tm-01"].latched == "stop_line_open")
        await w.until(lambda: w.belt_ckmh() == 0)
        assert [e.cause for e in w.events if e.kind == "stop_line"] == ["no_answer"]
        await w.until(lambda: w.unit.treadmills["tm-01"].at_rest)
        await w.let_go()
        assert (await w.command("clear", by="Kim")).outcome == "accepted"
        await w.until(lambda: w.states["tm-01"].latched == "")
        known = len(w.events)
        again = m.Lease(
            epoch=2, beat=1, holder="again", boot=BOOT, session="s-2", goal=Goal.ATHLETIC, level=Level.NOVICE
        )  # fmt: skip
        await w.bus.publish(registry.LEASE, again, "tm-01")
        await w.until(lambda: any(e.cause == "stop_line_open" for e in w.events[known:]))


@pytest.mark.parametrize("lacks", ["record", "recent", "rest", "readable"])
async def test_without_a_record_that_holds_it_is_never_closed(
    tmp_path: Path, place: LinePlace, lacks: str
) -> None:
    if lacks != "record":
        fit(place.data, "tm-01", ADDRESS, stays_at_rest=lacks != "rest", days_ago=200 * (lacks == "recent"))
    if lacks == "readable":
        path_of(place.data, "tm-01").write_text("{")
    with stop_line(place.config, place.pins, PATIENT_MS) as line:
        async with world(tmp_path, straps=0, at_hand=AT_HAND, settings=place.settings) as w:
            await w.until(lambda: [e.cause for e in w.events if e.kind == "stop_line"] == ["not_armed"])
            await w.ready()
            assert [high for _, high in line.changes(PIN)] == [False]


async def test_a_pulsing_line_has_edges_while_it_is_closed_and_none_once_it_is_open(tmp_path: Path) -> None:
    place = LinePlace(tmp_path, pulses=True)
    fit(place.data, "tm-01", ADDRESS)
    with stop_line(place.config, place.pins, PATIENT_MS) as line:
        async with world(tmp_path, straps=0, at_hand=AT_HAND, settings=place.settings) as w:
            await w.until(lambda: len(line.changes(PIN)) > 20)
        await asyncio.sleep(2)
        edges = len(line.changes(PIN))
        await asyncio.sleep(1)
        assert len(line.changes(PIN)) == edges
        assert not line.closed(PIN)
