"""A Woodway treadmill on its cable, from the bus down to its belt, in virtual time; its faults, each with time to rest.

The rig holds every byte that was ever on the line to the allowed ones.
"""

import asyncio
from pathlib import Path

import pytest
from memory_woodway import PATH, woodway_gym
from virtual_time import virtual
from waiting import until

from device_adapters.safety.hazards import Cause
from device_adapters.sim.reversible_belt import ReversibleBelt, ReversibleSpec
from device_adapters.sim.woodway import WoodwayQuirks
from device_adapters.unit.moving_mark import MovingMark


@virtual
async def test_a_reversed_belt_is_found_leased_started_and_stopped(tmp_path: Path) -> None:
    async with woodway_gym(tmp_path) as w:
        await w.gym.ready()
        said = w.gym.states["tm-01"]
        assert (said.arrangement, said.profile, said.firmware) == (
            "belt_reversed",
            "Woodway (serial)",
            "2.14",
        )
        assert (said.radio, said.rssi_dbm, said.link) == ("virtual:memory", None, "connected")
        assert (said.speed_min_kmh, said.speed_max_kmh, said.speed_step_kmh) == (0.86, 9.98, 0.16)
        assert {frame[0] for frame in w.frames} == {0xC0, 0xC1, 0xC2, 0xC3}
        await w.moving(2.0)
        orders = [frame for frame in w.frames if frame[0] >= 0xA0 and frame[0] < 0xC0]
        assert orders[:3] == [b"\xaa", b"\xa33005", b"\xa0"]
        assert -2.0 <= w.kmh < -1.7
        await asyncio.sleep(2)
        frame = w.gym.telemetry[-1]
        assert frame.speed_kmh == pytest.approx(-w.kmh, abs=0.05)
        assert (frame.belt_kmh, frame.retro_kmh) == (-(frame.speed_kmh or 0), frame.speed_kmh)
        await w.gym.press_stop()
        assert await w.rest() < 4
        await until(lambda: w.gym.states["tm-01"].belt == "still")
        assert w.gym.states["tm-01"].latched == Cause.STOP_PRESSED
        assert w.machine.trips == 0


@virtual
async def test_a_belt_that_runs_forward_is_told_so(tmp_path: Path) -> None:
    async with woodway_gym(tmp_path, arrangement="member_turned") as w:
        await w.moving(2.0)
        assert w.kmh > 1.7


@virtual
async def test_a_pause_and_a_resume_begin_with_the_first_speed_and_no_older_one(tmp_path: Path) -> None:
    async with woodway_gym(tmp_path) as w:
        await w.moving(4.0)
        assert (await w.gym.command("stop")).outcome == "accepted"
        await w.rest()
        await until(lambda: w.gym.states["tm-01"].belt == "still")
        w.line.sent.clear()
        await asyncio.sleep(2)
        assert (await w.gym.command("start")).outcome == "accepted"
        await until(lambda: w.kmh < 0)
        for _ in range(30):
            await asyncio.sleep(0.1)
            assert w.kmh > -1.1
        assert [frame for frame in w.frames if frame[0] < 0xC0] == [b"\xaa", b"\xa33005", b"\xa0"]


@virtual
async def test_the_machine_s_own_timer_sees_silence_when_nothing_judges(tmp_path: Path) -> None:
    async with woodway_gym(tmp_path) as w:
        await w.moving(3.0)
        adapter = w.gym.unit.treadmills["tm-01"]
        adapter.tick = lambda: True  # type: ignore[method-assign]
        sent = len(w.line.sent)
        await asyncio.sleep(0.65)
        w.line.catch_up()
        assert w.machine.trips == 1
        assert await w.rest() < 3
        assert len(w.line.sent) - sent <= 3


FAULTS = {
    "cable cut": (Cause.LINE_SILENT, 2.4, 3.4),
    "answers lost": (Cause.LINE_SILENT, 2.8, 3.4),
    "adapter pulled": (Cause.LINK_LOST, 2.4, 3.4),
    "garbage": (Cause.LINE_GARBLED, 2.1, 3.4),
    "echo": (Cause.LINE_GARBLED, 2.1, 3.4),
    "timer ran out": (Cause.WATCHDOG_TRIPPED, 1.9, 3.4),
    "stopped at its console": (Cause.WATCHDOG_TRIPPED, 1.8, 3.4),
    "other way": (Cause.WRONG_DIRECTION, 1.8, 6.0),
    "deck rises": (Cause.DECK_MOVED, 2.9, 6.0),
    "answers late": (Cause.LINE_SILENT, 2.8, 3.4),
    "status never told": (Cause.LINE_SILENT, 2.9, 5.5),
    "speed never told": (Cause.LINE_SILENT, 2.9, 4.0),
    "deck never told": (Cause.LINE_SILENT, 5.1, 5.5),
    "speed out of range": (Cause.LINE_GARBLED, 2.1, 3.4),
    "deck out of range": (Cause.LINE_GARBLED, 2.9, 3.4),
    "answer to something else": (Cause.LINE_GARBLED, 2.1, 3.4),
    "another writer": (Cause.LINE_GARBLED, 1.8, 3.4),
    "another reader": (Cause.LINE_GARBLED, 1.8, 3.4),
    "tells the other way": (Cause.WRONG_DIRECTION, 2.1, 3.4),
}
"""What is latched, seconds until the belt rests, and the longest that it may take, from 3 km/h at a machine's 1.5 km/h
per second. The table of docs/safety-evidence.md is of these.
"""


DIALECT = (Cause.LINE_GARBLED, 6.0, 9.0)
"""Of a Trackmaster in the place of a Woodway that runs forward, at its first speed: likewise, since it moved."""


@pytest.mark.parametrize("fault", FAULTS)
@virtual
async def test_each_fault_of_a_line_ends_at_rest(tmp_path: Path, fault: str) -> None:
    cause, told_s, longest_s = FAULTS[fault]
    async with woodway_gym(tmp_path) as w:
        await w.moving(3.0)
        match fault:
            case "cable cut":
                w.line.cut = True
            case "answers lost":
                w.line.deaf = True
            case "adapter pulled":
                w.ports.pull(PATH)
            case "garbage":
                w.line.garbage = True
            case "echo":
                w.line.echoes = True
            case "timer ran out":
                w.machine.quirks.timer_ms = 20
            case "stopped at its console":
                w.machine.press_stop()
            case "other way":
                w.machine.belt.target = 300
            case "deck rises":
                w.machine.belt.target_dpct = 20
            case "answers late":
                w.line.late_s = 0.3
            case "status never told":
                w.line.loses.add(0xC0)
            case "speed never told":
                w.line.loses.add(0xC1)
            case "deck never told":
                w.line.loses.add(0xC2)
            case "speed out of range":
                w.line.instead[0xC1] = b"\xd13999"
            case "deck out of range":
                w.line.instead[0xC2] = b"\xd29999"
            case "answer to something else":
                w.line.instead[0xC1] = b"\xd20001"
            case "another writer":
                w.hears(w.machine.take(b"\xa33050"))
            case "another reader":
                w.hears(w.machine.take(b"\xc4\xc2\xc1"))
            case "tells the other way":
                w.machine.quirks.tells_wrong_way = True
        rest_s = await w.rest()
        assert rest_s == pytest.approx(told_s, abs=0.1)
        assert rest_s <= longest_s
        await until(lambda: w.gym.states["tm-01"].latched == cause, seconds=5)
        w.line.mend()
        w.machine.quirks.timer_ms = 500
        w.machine.quirks.tells_wrong_way = False
        w.ports.plug(PATH)
        await asyncio.sleep(10)
        assert w.kmh == 0
        assert w.gym.states["tm-01"].link == "connected"
        assert w.gym.states["tm-01"].latched == cause


@virtual
async def test_answers_that_come_twice_stop_nobody(tmp_path: Path) -> None:
    async with woodway_gym(tmp_path) as w:
        w.line.doubles = True
        await w.moving(3.0)
        await asyncio.sleep(10)
        assert w.gym.states["tm-01"].latched == ""
        assert w.kmh < -2.7
        await w.gym.press_stop()
        assert await w.rest() < 4


@virtual
async def test_a_machine_that_never_hears_a_stop_is_left_to_its_own_timer(tmp_path: Path) -> None:
    """Each stop feeds that timer: silence is what stops it."""
    async with woodway_gym(tmp_path) as w:
        await w.moving(3.0)
        w.line.loses |= {0xAA, 0xA2}
        await w.gym.press_stop()
        assert await w.rest() < 8
        assert w.machine.trips >= 1


@virtual
async def test_a_machine_that_refuses_each_stop_has_its_motor_cut(tmp_path: Path) -> None:
    async with woodway_gym(tmp_path) as w:
        await w.moving(2.0)
        w.machine.quirks.refuses_stop = True
        await w.gym.press_stop()
        assert await w.rest() < 8
        assert w.frames.count(b"\xa2") >= 1


@virtual
async def test_an_adapter_put_back_under_a_moving_belt_stops_it(tmp_path: Path) -> None:
    async with woodway_gym(tmp_path, WoodwayQuirks(timer_off=True)) as w:
        await w.moving(3.0)
        w.ports.pull(PATH)
        await asyncio.sleep(8)
        assert w.kmh < -2.5
        w.ports.plug(PATH)
        assert await w.rest() < 4
        assert w.gym.states["tm-01"].latched == Cause.LINK_LOST


@virtual
async def test_a_wall_clock_that_jumps_moves_and_stops_nothing(tmp_path: Path) -> None:
    async with woodway_gym(tmp_path) as w:
        await w.moving(3.0)
        for jump_ms in (3_600_000, -7_200_000):
            w.gym.clock.ahead_ms += jump_ms
            await asyncio.sleep(3)
            assert w.gym.states["tm-01"].latched == ""
            assert w.kmh < -2.7
        w.line.cut = True
        assert await w.rest() < 3.4


@virtual
async def test_a_machine_that_is_switched_off_is_told_once_and_again_after_it_was_on(tmp_path: Path) -> None:
    async with woodway_gym(tmp_path) as w:
        await w.gym.ready()
        for times in (1, 2):
            w.line.cut = True
            await asyncio.sleep(120)
            assert [event.cause for event in w.gym.events].count(Cause.LINE_SILENT) == times
            w.line.cut = False
            await until(lambda: w.gym.states["tm-01"].link == "connected")
            await asyncio.sleep(5)
        assert w.gym.states["tm-01"].latched == ""


@virtual
async def test_a_cut_line_is_lost_within_a_second_and_the_stop_goes_out_on_return(tmp_path: Path) -> None:
    async with woodway_gym(tmp_path, WoodwayQuirks(timer_off=True)) as w:
        await w.moving(3.0)
        w.line.cut = True
        began_ms = w.gym.clock.now_ms()
        await until(lambda: w.gym.states["tm-01"].latched == Cause.LINE_SILENT)
        assert w.gym.clock.now_ms() - began_ms <= 1_000
        await asyncio.sleep(8)
        assert w.kmh < -2.5  # nobody stops it: its timer is off, and its cable is cut
        w.line.cut = False
        assert await w.rest() < 5


@virtual
async def test_a_bit_that_flips_in_a_speed_is_stopped_by_what_is_measured(tmp_path: Path) -> None:
    """Ten mph more, acknowledged: the worst that one bit can do."""
    async with woodway_gym(tmp_path) as w:
        await w.moving(2.0)
        await asyncio.sleep(3)
        w.machine.quirks.flips = 0x01
        fastest = 0.0
        await w.gym.command("target", speed_kmh=2.25)
        while w.gym.states["tm-01"].latched == "":
            await asyncio.sleep(0.05)
            fastest = max(fastest, -w.kmh)
        assert w.gym.states["tm-01"].latched in (Cause.OVERSPEED, Cause.OFF_RAMP)
        assert await w.rest() < 5
        assert fastest < 5.5


@virtual
async def test_a_trackmaster_in_the_place_of_a_woodway_does_not_run_backward(tmp_path: Path) -> None:
    async with woodway_gym(tmp_path, WoodwayQuirks(dialect="trackmaster")) as w:
        await w.gym.ready()
        await w.gym.hold()
        await w.gym.command("start")
        await until(lambda: w.gym.states["tm-01"].latched == Cause.CONTROL_FAILED)
        await asyncio.sleep(5)
        assert w.kmh == 0


@virtual
async def test_a_trackmaster_that_runs_forward_as_a_woodway_is_found_by_its_status(tmp_path: Path) -> None:
    quirks = WoodwayQuirks(dialect="trackmaster")
    async with woodway_gym(tmp_path, quirks, arrangement="member_turned") as w:
        await w.gym.ready()
        await w.gym.hold()
        await w.gym.command("start")
        cause, told_s, longest_s = DIALECT
        await until(lambda: w.kmh > 0)
        moved_ms = w.gym.clock.now_ms()
        await until(lambda: w.gym.states["tm-01"].latched == cause, seconds=12)
        await w.rest()
        rest_s = (w.gym.clock.now_ms() - moved_ms) / 1000
        assert rest_s == pytest.approx(told_s, abs=0.1)
        assert rest_s <= longest_s


@virtual
async def test_a_machine_that_takes_no_speed_before_its_start_is_not_started(tmp_path: Path) -> None:
    async with woodway_gym(tmp_path, WoodwayQuirks(refuses_speed_at_rest=True)) as w:
        await w.gym.ready()
        await w.gym.hold()
        await w.gym.command("start")
        await until(lambda: w.gym.states["tm-01"].latched == Cause.CONTROL_FAILED)
        assert b"\xa0" not in w.frames
        assert w.kmh == 0


@virtual
async def test_a_machine_whose_motor_is_wired_the_other_way_is_stopped_at_its_first_step(
    tmp_path: Path,
) -> None:
    async with woodway_gym(tmp_path, WoodwayQuirks(wrong_way=True)) as w:
        await w.gym.ready()
        await w.gym.hold()
        await w.gym.command("start")
        await until(lambda: w.gym.states["tm-01"].latched == Cause.WRONG_DIRECTION)
        assert w.kmh < 1.0
        assert await w.rest() < 2


@virtual
async def test_a_belt_that_obeys_no_stop_is_tried_otherwise(tmp_path: Path) -> None:
    async with woodway_gym(tmp_path) as w:
        await w.moving(2.0)
        w.machine.belt.ignores = True
        await w.gym.press_stop()
        await until(lambda: w.gym.states["tm-01"].hazard == Cause.STOP_NOT_OBEYED)
        await until(lambda: b"\xa2" in w.frames)
        assert await w.rest() < 8


@virtual
async def test_a_tilted_deck_is_not_started_under_a_reversed_belt(tmp_path: Path) -> None:
    belt = ReversibleBelt()
    belt.target_dpct = 20
    async with woodway_gym(tmp_path, belt=belt) as w:
        await asyncio.sleep(5)
        await w.gym.ready()
        await w.gym.hold()
        refused = await w.gym.command("start")
        assert (refused.outcome, refused.cause) == ("refused", "grade_out_of_limits")


@pytest.mark.parametrize(("proven", "capped"), [(False, 3.0), (True, 6.0)])
@virtual
async def test_without_a_proven_timer_it_goes_3_km_h(tmp_path: Path, proven: bool, capped: float) -> None:
    async with woodway_gym(tmp_path, proven=proven) as w:
        await w.moving(1.0)
        answer = await w.gym.command("target", speed_kmh=8.0)
        assert answer.speed_kmh is not None
        assert capped - 0.16 < answer.speed_kmh <= capped


@virtual
async def test_a_unit_that_restarts_stops_the_belt_that_was_its_own(tmp_path: Path) -> None:
    MovingMark(tmp_path, "tm-01").set(moving=True)
    belt = ReversibleBelt(ReversibleSpec())
    async with woodway_gym(tmp_path, belt=belt) as w:
        w.machine.take(b"\xa33020\xa1")
        await until(lambda: w.gym.states)
        assert w.gym.states["tm-01"].latched == Cause.UNIT_RESTARTED
        assert await w.rest() < 6
        await until(lambda: b"\xaa" in w.frames)


@virtual
async def test_a_forward_belt_of_somebody_else_is_read_and_left_alone(tmp_path: Path) -> None:
    async with woodway_gym(tmp_path) as w:
        await w.gym.ready()
        w.machine.take(b"\xa30030\xa1")
        await asyncio.sleep(8)
        frame = w.gym.telemetry[-1]
        assert frame.speed_kmh == pytest.approx(4.83, abs=0.02)
        assert (frame.belt_kmh, frame.retro_kmh) == (frame.speed_kmh, -(frame.speed_kmh or 0))
        assert {frame[0] for frame in w.frames} == {0xC0, 0xC1, 0xC2, 0xC3}
        assert w.kmh > 4


@virtual
async def test_a_record_of_one_direction_does_not_count_for_the_other(tmp_path: Path) -> None:
    async with woodway_gym(tmp_path, arrangement="member_turned") as w:
        await w.moving(1.0)
        assert w.gym.states["tm-01"].commissioned == ""
        answer = await w.gym.command("target", speed_kmh=8.0)
        assert answer.speed_kmh is not None
        assert answer.speed_kmh <= 3.0
