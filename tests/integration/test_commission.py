"""Commissioning of virtual treadmills over the virtual radio, healthy and with each fault it must find."""

import asyncio
import json
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import pytest
from msgspec.structs import replace

from device_adapters import belt_sensor_record, commissioning
from device_adapters.belt_sensor_record import Counted
from device_adapters.ble.radio import Backends, Radio
from device_adapters.bus.memory import MemoryBroker, MemoryBus
from device_adapters.clock import SystemClock
from device_adapters.commission.course import Course, Outcome
from device_adapters.commission.findings import Check, Findings, record_of
from device_adapters.commission.ride import RideSetup
from device_adapters.config import Treadmill, UnitConfig
from device_adapters.outbox import Outbox
from device_adapters.sim.gym import Gym
from device_adapters.sim.layout import GymConfig, gym_layout
from device_adapters.sim.wheel_sensor import PER_M
from device_adapters.unit.moving_mark import MovingMark
from device_adapters.unit.reporter import Reporter
from device_adapters.unit.treadmill import TreadmillAdapter
from services.cli.demo.settings_files import write_settings

HURRY = 3
TURN_MS = 20
"""The gym looks at the clock each 8 ms: of a frame that came late, the course sees at most 60 of its 400 ms."""
TREADMILL = Treadmill(id="tm-01", address=dict(gym_layout(1, 0))["tm-01"])


class HurriedClock(SystemClock):
    """The machine's clock, but three times as fast: belts, gate and course all live by it. It stands still while the
    machine gave us no turn: in a hurry, a third of a unit's stall would be one.
    """

    def __init__(self) -> None:
        self._shown_ms = 0
        self._seen_ms = super().now_ms()

    def now_ms(self) -> int:
        now = super().now_ms()
        self._shown_ms += min(now - self._seen_ms, TURN_MS) * HURRY
        self._seen_ms = now
        return self._shown_ms

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds / HURRY)


@dataclass
class Beside:
    """Sees all checks, may do something at one of them, and pulls the cord when told that the belt does not stop."""

    gym: Gym
    at_check: str = ""
    does: Callable[[], None] = lambda: None
    counted: float | None = None
    rose: bool | None = None
    checks: list[Check] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def check(self, check: Check) -> None:
        self.checks.append(check)
        if check.name == self.at_check:
            self.at_check = ""
            self.does()

    def warn(self, text: str) -> None:
        self.warnings.append(text)
        self.gym.inject("tm-01", b"safety_key")

    async def counted_kmh(self, asked_kmh: float) -> float | None:
        return self.counted

    async def deck_rose(self) -> bool | None:
        return self.rose

    async def runs_backward(self) -> bool | None:
        raise AssertionError("asked of treadmills on a cable only")

    async def pulled(self, what: str) -> bool | None:
        raise AssertionError(f"asked of treadmills on a cable only: {what}")

    def failed(self) -> list[str]:
        return [check.name for check in self.checks if not check.good]


@dataclass
class CommissionResult:
    outcome: Outcome
    record: commissioning.Record
    seen: Beside

    @property
    def good(self) -> bool:
        return self.record.good(self.record.at_ms)


async def commissioned(
    data: Path,
    *,
    stops_on_link_loss: bool = True,
    speed_at_rest: Literal["refused", "ignored", "starts"] = "refused",
    fault: str = "",
    at_check: str = "",
    counted: float | None = None,
    rose: bool | None = None,
    wheel: float | None = None,
) -> CommissionResult:
    """Run a course; with `fault` from the beginning, or from a check on. The belt must be at rest in the end. `wheel`:
    the share of its way that a CSC sensor on its roller turns.
    """
    clock, interrupted = HurriedClock(), asyncio.Event()
    config = GymConfig(
        treadmills=1,
        straps=0,
        wheel_sensors=int(wheel is not None),
        stops_on_link_loss=stops_on_link_loss,
        speed_at_rest=speed_at_rest,
    )
    async with Gym(config, clock) as gym, asyncio.TaskGroup() as tasks:
        virtual = await gym.radio()
        radio = Radio("virtual", 5, clock, Backends(virtual.client_backend, virtual.scanner_backend))
        running = [tasks.create_task(gym.run()), tasks.create_task(radio.run())]

        def do() -> None:
            if fault == "ctrl-c":
                interrupted.set()
            elif fault:
                gym.inject("tm-01", fault.encode())
            if fault == "link_lost":
                asyncio.get_running_loop().call_later(2, gym.inject, "tm-01", b"none")

        seen = Beside(gym, at_check, do, counted, rose)
        if not at_check:
            do()
        treadmill = TREADMILL
        if (sensor := gym.station("tm-01").wheel_sensor) is not None and wheel is not None:
            sensor.share = wheel
            treadmill = replace(TREADMILL, belt_sensor_address=sensor.address)
            pulses = round(32 * PER_M)
            counted_by = Counted(treadmill="tm-01", at_ms=0, by="Kim", belt_m=3.2, turns=10, pulses=pulses)
            belt_sensor_record.write(data, counted_by, pod=True)
        place = RideSetup(treadmill, radio, clock, data / "scratch", interrupted)
        (data / "scratch").mkdir()
        outcome = await Course(place, seen, "Kim", data).run()
        gym.station("tm-01").catch_up()
        assert gym.station("tm-01").computer.belt.speed_ckmh == 0
        assert outcome.at_rest
        assert not MovingMark(data, "tm-01").is_set
        for task in reversed(running):
            task.cancel()
            await asyncio.wait([task])
        await virtual.close()
    record = record_of(
        outcome.findings, treadmill="tm-01", address=TREADMILL.address, at_ms=1, by="Kim", simulated=True
    )
    return CommissionResult(outcome, record, seen)


async def test_a_healthy_treadmill_gets_a_record_with_its_figures(tmp_path: Path) -> None:
    found = await commissioned(tmp_path, counted=2.04, rose=True)
    assert (found.outcome.cut_short, found.seen.failed(), found.seen.warnings) == ("", [], [])
    record = found.record
    assert found.good
    assert record.model == "VT-1"
    assert not record.starts_by_speed
    assert (record.speed_min_kmh, record.speed_max_kmh) == (1.0, 20.0)
    assert record.accel_kmh_s == pytest.approx(1.2, rel=0.3)
    assert record.decel_kmh_s == pytest.approx(2.0, rel=0.3)
    assert record.stop_s == pytest.approx(1.5, abs=0.7)
    assert not [note for note in record.notes if note.startswith("not proven")]
    assert "belt speed counted by hand: 2.04 km/h at 2.00 asked" in record.notes


async def test_a_belt_that_keeps_running_without_a_link_is_found_and_stopped(tmp_path: Path) -> None:
    found = await commissioned(tmp_path, stops_on_link_loss=False)
    assert found.seen.failed() == ["link loss"]
    assert not found.record.stops_on_link_loss
    assert not found.good
    assert found.record.units_right
    assert found.seen.warnings == []


@pytest.mark.parametrize("speed_at_rest", ["ignored", "starts"])
async def test_whether_a_model_needs_start_before_set_speed_is_tried_and_kept(
    tmp_path: Path, speed_at_rest: Literal["ignored", "starts"]
) -> None:
    found = await commissioned(tmp_path, speed_at_rest=speed_at_rest)
    assert (found.outcome.cut_short, found.seen.failed(), found.seen.warnings) == ("", [], [])
    assert found.good
    starts = speed_at_rest == "starts"
    assert found.record.starts_by_speed == starts
    said = next(check.text for check in found.seen.checks if check.name == "start")
    assert said == ("by Set Speed alone" if starts else "needs Start before Set Speed")


@pytest.mark.parametrize("recent", [True, False])
async def test_a_unit_goes_by_a_recent_record(tmp_path: Path, recent: bool) -> None:
    clock = SystemClock()
    shown = Findings(starts_by_speed=True, units_right=True, stops_on_link_loss=True, grade_right=True)
    at_ms = clock.wall_ms() if recent else 1
    record = record_of(
        shown, treadmill="tm-01", address=TREADMILL.address, at_ms=at_ms, by="Kim", simulated=True
    )
    commissioning.write(tmp_path, record)
    bus = MemoryBus(MemoryBroker(), client_id="unit")
    reporter = Reporter("gym", "unit-01", bus, Outbox(tmp_path / "outbox.db", bus, clock), clock)
    async with Gym(GymConfig(treadmills=1, straps=0), clock) as gym:
        virtual = await gym.radio()
        radio = Radio("virtual", 5, clock, Backends(virtual.client_backend, virtual.scanner_backend))
        adapter = TreadmillAdapter(TREADMILL, "b1", radio, reporter, clock, tmp_path)
        running = [asyncio.create_task(run()) for run in (gym.run, radio.run, adapter.run)]
        async with asyncio.timeout(60):
            while (machine := adapter.gate.envelope.machine) is None or machine.speed_max_ckmh == 0:
                await asyncio.sleep(0.05)
        assert (machine.commissioned, machine.starts_by_speed) == (recent, recent)
        for task in reversed(running):
            task.cancel()
            await asyncio.wait([task])
        await virtual.close()


async def test_mph_firmware_is_named_with_its_ratio(tmp_path: Path) -> None:
    found = await commissioned(tmp_path, fault="mph_firmware")
    assert found.seen.failed() == ["units"]
    assert any("asked 1.00, belt 1.6" in n and "mph firmware" in n for n in found.record.notes)
    assert not found.record.units_right
    assert not found.good


async def test_a_tachometer_finds_a_belt_that_lies_about_its_speed(tmp_path: Path) -> None:
    found = await commissioned(tmp_path, counted=3.2)
    assert found.seen.failed() == ["units"]
    assert not found.record.units_right
    assert any("asked 2.00, belt 3.20 km/h (counted by hand); mph firmware" in n for n in found.record.notes)


@pytest.mark.parametrize(
    ("wheel", "said"),
    [
        (1.0, "belt speed by its own sensor: 2.0"),
        (1.2, "asked 2.00, belt 2.4"),
        (1.6, "km/h (its own sensor)"),
    ],
)
async def test_the_belt_s_own_sensor_is_the_tachometer(tmp_path: Path, wheel: float, said: str) -> None:
    found = await commissioned(tmp_path, rose=True, wheel=wheel)
    assert any(said in note for note in found.record.notes)
    assert found.good is (wheel == 1.0)
    assert found.seen.failed() == ([] if wheel == 1.0 else ["units"])
    assert found.outcome.findings.counted is (wheel == 1.0)
    assert not any("not counted by hand" in note for note in found.record.notes)


async def test_a_deck_that_a_person_saw_not_rise_has_no_right_grade(tmp_path: Path) -> None:
    found = await commissioned(tmp_path, rose=False, fault="ctrl-c", at_check="grade")
    assert found.seen.failed() == ["grade"]
    assert not found.record.grade_right


async def test_a_stop_that_is_not_obeyed_is_found_and_a_person_called(tmp_path: Path) -> None:
    found = await commissioned(tmp_path, fault="ignore_stop")
    assert found.seen.failed() == ["stop"]
    assert "does not obey" in found.outcome.cut_short
    assert found.seen.warnings == ["The belt does not come to rest: use the red button or the cord NOW."]
    assert "not proven: its stop" in found.record.notes
    assert not found.good


@pytest.mark.parametrize(
    ("fault", "at_check", "cause"),
    [
        ("overspeed", "ranges", "overspeed"),
        ("control_revoked", "ramp up", "control_lost"),
        ("safety_key", "ramp up", "safety_key"),
        ("link_lost", "ramp up", "link_lost"),
        ("ctrl-c", "ramp up", "interrupted"),
    ],
)
async def test_whatever_cuts_it_short_the_belt_rests_and_the_record_says_what_is_missing(
    tmp_path: Path, fault: str, at_check: str, cause: str
) -> None:
    found = await commissioned(tmp_path, fault=fault, at_check=at_check)
    assert found.outcome.cut_short.startswith(cause)
    assert found.outcome.moved
    assert not found.good
    assert "not proven: that it stops when the link drops" in found.record.notes
    assert any(note.startswith("cut short: ") for note in found.record.notes)


@pytest.mark.timeout(300)
async def test_the_command_guards_its_promises_and_ends_by_ctrl_c_with_a_still_belt(tmp_path: Path) -> None:
    async with Gym(GymConfig(treadmills=1, straps=0), SystemClock()) as gym:
        running = asyncio.create_task(gym.run())
        port = await gym.adapters.open("127.0.0.1", 0)
        config = UnitConfig(
            unit="unit-01",
            radio=f"virtual:127.0.0.1:{port}",
            data=str(tmp_path / "unit"),
            treadmill=(TREADMILL,),
        )
        path = write_settings(tmp_path / "unit.toml", config)
        command = (sys.executable, "-m", "services.cli", "commission", "tm-01", "--config", str(path))
        pipe = asyncio.subprocess.PIPE
        asked = await asyncio.create_subprocess_exec(*command, "--by", "Kim", stdin=pipe, stdout=pipe)
        said, _ = await asyncio.wait_for(asked.communicate(b"CLEAR\nno\n"), 60)
        assert asked.returncode == 1
        assert b"Nothing was moved" in said
        assert not (tmp_path / "unit").exists()

        run = await asyncio.create_subprocess_exec(
            *command, "--by", "Kim", "--json", stdin=pipe, stdout=pipe, stderr=pipe
        )
        assert run.stdin is not None
        assert run.stderr is not None
        belt, seen = gym.station("tm-01").computer.belt, b""
        run.stdin.write(b"CLEAR\nCORD\nRED\n")
        async with asyncio.timeout(80):
            while b"Counted km/h" not in seen:
                seen += await run.stderr.read(200)
            assert belt.speed_ckmh == 200
            run.send_signal(signal.SIGINT)
            await run.wait()  # with its input still open and its question unanswered
        assert run.stdout is not None
        out, err = await run.stdout.read(), await run.stderr.read()
        run.stdin.close()
        assert run.returncode == 1
        assert belt.speed_ckmh == 0
        assert b"Cut short: interrupted" in err
        record = commissioning.read(tmp_path / "unit", "tm-01", TREADMILL.address)
        assert record is not None
        assert record.by == json.loads(out)["by"] == "Kim"
        assert record.simulated
        assert not record.good(SystemClock().wall_ms())
        running.cancel()
        await asyncio.wait([running])
