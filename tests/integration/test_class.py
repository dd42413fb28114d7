"""A class of twelve: one clock for all, each lane inside its own limits, and who comes, stops and ends it."""

from functools import partial
from itertools import pairwise
from pathlib import Path

from class_gym import ClassGym, class_gym, later
from virtual_time import virtual
from waiting import until

from device_adapters.contract import registry
from device_adapters.contract.messages import Stop

COUNTDOWNS_S = (0, 1, 2, 3, 4, 5, 6, 0, 6, 3, 0, 6)
OFF_MS = 200
"""A lane changes its step no further from the class's clock than this."""


def class_steps(gym: ClassGym) -> dict[int, int]:
    """When the class's clock came to each step."""
    seen: dict[int, int] = {}
    for at_ms, view in gym.classes:
        if view.phase == "running" and view.starts_in_s is None:
            seen.setdefault(view.step, at_ms)
    return seen


@virtual
async def test_twelve_lanes_start_one_after_the_other_and_change_steps_by_one_clock(tmp_path: Path) -> None:
    async with class_gym(tmp_path, *COUNTDOWNS_S) as gym:
        await gym.under_way()
        await until(lambda: gym.seen.phase == "ended", seconds=300)
        starts = sorted(at for said in gym.commands.values() for at, c in said if c.verb == "start")
        assert len(starts) == 12
        assert all(later_ms - earlier_ms >= 5_000 for earlier_ms, later_ms in pairwise(starts))
        clock = class_steps(gym)
        assert sorted(clock) == [1, 2, 3, 4, 5, 6]
        for name in gym.names:
            lane = gym.steps_of(name)
            assert sorted(lane) == [1, 2, 3, 4, 5, 6], name
            assert all(abs(lane[step] - clock[step]) <= OFF_MS for step in (2, 3, 4, 5, 6)), name
            targets = [at for at, c in gym.commands[name] if c.verb == "target"]
            assert all(any(abs(at - clock[step]) <= OFF_MS for at in targets) for step in clock), name
            assert gym.views[name][-1][1].outcome == "completed"
        assert {lane.sets_done for lane in gym.seen.lanes} == {2}
        await until(gym.still, seconds=30)


@virtual
async def test_each_lane_has_its_own_speeds_inside_its_own_limits(tmp_path: Path) -> None:
    async with class_gym(tmp_path, 0, 0) as gym:
        await gym.under_way()
        await until(lambda: gym.seen.step == 2)
        await gym.desk.ask("slower", "tm-02")
        await until(lambda: gym.seen.phase == "ended", seconds=300)
        one, two = (
            [c.speed_kmh for _, c in gym.commands[name] if c.speed_kmh is not None] for name in gym.names
        )
        assert max(one) == 3.4  # 5.0 of the class's 6.5 km/h is 77 %: so much of a guest's 4.5
        assert two[:3] == one[:3]
        assert max(two[3:]) < 3.4
        assert gym.steps_of("tm-02")[6] == gym.steps_of("tm-01")[6]


@virtual
async def test_nobody_moves_before_the_class_is_let_go_and_all_walk_in_slowly_until_it_runs(
    tmp_path: Path,
) -> None:
    async with class_gym(tmp_path, 0, 6) as gym:
        await gym.gathered()
        await later(60, gym.still)
        assert gym.desk.view("tm-01").waits_for == "class"
        reply = await gym.desk.ask("resume", "tm-01")
        assert (reply.ok, reply.cause) == (False, "class_waits")
        await gym.ask_class("go")
        await until(lambda: gym.lane("tm-01") == "walks_in")
        await until(lambda: gym.seen.phase == "running" and gym.seen.starts_in_s is None)
        assert max(speed for speed, _ in walked(gym)) <= 100


def walked(gym: ClassGym) -> list[tuple[float, int]]:
    return [
        (view.measured_kmh * 100, at)
        for views in gym.views.values()
        for at, view in views
        if view.measured_kmh is not None and at < class_steps(gym).get(1, at + 1)
    ]


@virtual
async def test_a_late_joiner_comes_in_at_the_clock_and_never_in_the_middle_of_a_set(tmp_path: Path) -> None:
    async with class_gym(tmp_path, 0, 3, 2) as gym:
        class_id = await gym.under_way(["tm-01", "tm-02"])
        await until(lambda: gym.seen.step == 2)
        assert (await gym.confirm("tm-03", class_id)).ok
        await until(lambda: gym.lane("tm-03") == "walks_in", seconds=30)
        assert gym.seen.step == 2
        await later(8, lambda: gym.speed("tm-03") <= 100)
        assert gym.seen.step == 2
        await until(lambda: gym.lane("tm-03") == "with", seconds=30)
        assert gym.seen.step == 3
        await until(lambda: gym.seen.phase == "ended", seconds=300)
        lane, clock = gym.steps_of("tm-03"), class_steps(gym)
        assert 2 not in lane
        assert all(abs(lane[step] - clock[step]) <= OFF_MS for step in (4, 5, 6))
        assert {each.treadmill: each.sets_done for each in gym.seen.lanes} == {
            "tm-01": 2, "tm-02": 2, "tm-03": 1,
        }  # fmt: skip
        reply = await gym.confirm("tm-03", class_id)
        assert (reply.ok, reply.cause) == (False, "no_class")


@virtual
async def test_one_lane_that_stops_or_pauses_goes_its_own_way(tmp_path: Path) -> None:
    async with class_gym(tmp_path, 0, 1, 2) as gym:
        await gym.under_way()
        await gym.desk.ask("stop", "tm-01")
        await gym.desk.ask("pause", "tm-02")
        await until(lambda: gym.lane("tm-01") == "ended" and gym.desk.phase("tm-02") == "paused", seconds=30)
        assert (gym.lane("tm-02"), gym.lane("tm-03")) == ("alone", "with")
        await later(5, lambda: gym.speed("tm-01") == gym.speed("tm-02") == 0)
        assert (await gym.desk.ask("resume", "tm-02")).ok
        await until(lambda: gym.desk.phase("tm-02") == "running")
        await until(lambda: gym.seen.phase == "ended", seconds=300)
        assert gym.views["tm-03"][-1][1].outcome == "completed"
        assert gym.desk.phase("tm-02") == "running"  # its own moving time: it was paused, and is behind
        await until(lambda: gym.desk.phase("tm-02") == "ended", seconds=120)
        assert gym.desk.view("tm-02").outcome == "completed"


@virtual
async def test_stop_of_the_class_stops_all_who_came_with_it(tmp_path: Path) -> None:
    async with class_gym(tmp_path, 0, 1, 2, 0) as gym:
        await gym.under_way(["tm-01", "tm-02", "tm-03"])
        assert (await gym.desk.start("tm-04", alias="Guest")).ok
        await until(lambda: gym.desk.phase("tm-04") == "running")
        await gym.desk.ask("skip", "tm-02")
        await until(lambda: gym.lane("tm-02") == "alone")
        assert (await gym.ask_class("stop")).ok
        await until(lambda: all(gym.speed(name) == 0 for name in gym.names[:3]), seconds=30)
        await until(lambda: all(gym.desk.phase(name) == "ended" for name in gym.names[:3]), seconds=30)
        assert {gym.desk.view(name).outcome for name in gym.names[:3]} == {"stopped"}
        assert gym.speed("tm-04") > 0  # whose session is none of the class's


def in_a_lane(gym: ClassGym, phase: str) -> bool:
    return phase in gym.lanes()


@virtual
async def test_stop_for_all_stops_a_class_whatever_it_is_doing(tmp_path: Path) -> None:
    for moment in ("starts", "walks_in", "with"):
        async with class_gym(tmp_path / moment, 0, 4, 6) as gym:
            await gym.gathered()
            await gym.ask_class("go")
            await until(partial(in_a_lane, gym, moment), seconds=60)
            await gym.desk.site.publish(registry.STOP_ALL, Stop(by="Anna"))
            await until(gym.still, seconds=20)
            await later(30, gym.still)
            assert gym.seen.phase in ("open", "ended")
            assert not {"with", "walks_in"} & gym.lanes()


@virtual
async def test_the_end_of_a_class_lets_nobody_rise(tmp_path: Path) -> None:
    """Who walks in when the class is ended would go on alone, and faster: they are stopped."""
    async with class_gym(tmp_path, 0, 6) as gym:
        await gym.gathered()
        await gym.ask_class("go")
        await until(lambda: gym.lane("tm-01") == "walks_in", seconds=30)
        assert (await gym.ask_class("end")).ok
        await until(lambda: all(gym.desk.phase(name) == "ended" for name in gym.names), seconds=60)
        assert gym.still()
        await later(3)
        class_id = await gym.under_way()
        assert (await gym.ask_class("end", class_id=class_id)).ok
        await until(lambda: gym.lanes() == {"alone"})
        await later(30, lambda: all(gym.speed(name) for name in gym.names))


@virtual
async def test_at_a_turn_all_rest_and_are_looked_at_before_the_clock_goes_on(tmp_path: Path) -> None:
    async with class_gym(tmp_path, 0, 4) as gym:
        class_id = await gym.gathered("Class that turns")
        await gym.ask_class("go")
        await until(lambda: gym.seen.step == 2 and gym.seen.phase == "open", seconds=90)
        await until(lambda: {gym.desk.phase(name) for name in gym.names} == {"paused"}, seconds=30)
        assert gym.still()
        assert gym.lanes() == {"waits"}
        assert (await gym.ask_class("go")).cause == "nobody_ready"
        assert (await gym.desk.ask("resume", "tm-01")).ok
        await later(10, gym.still)
        assert (await gym.desk.ask("resume", "tm-02")).ok
        assert (await gym.ask_class("go")).ok
        await until(lambda: gym.lanes() == {"with"}, seconds=60)
        await until(lambda: gym.seen.phase == "ended", seconds=120)
        assert {view[-1][1].outcome for view in gym.views.values()} == {"completed"}
        assert (await gym.confirm("tm-01", class_id)).cause in ("no_class", "not_still", "busy")


@virtual
async def test_what_may_not_be_asked_is_refused_with_what_to_do(tmp_path: Path) -> None:
    async with class_gym(tmp_path, 0, 0) as gym:
        assert (await gym.ask_class("go")).cause == "no_class"
        assert (await gym.ask_class("open")).cause == "malformed"
        class_id = await gym.open_class()
        assert (await gym.ask_class("open", goal="mobility", level="novice")).cause == "class_is_open"
        assert (await gym.ask_class("go")).cause == "nobody_ready"
        assert (await gym.confirm("tm-01", class_id, goal="mobility")).cause == "other_goal"
        assert (await gym.confirm("tm-01", class_id, screened=False)).cause == "guest_not_screened"
        assert (await gym.confirm("tm-01", class_id, level="advanced")).cause == "guest_novice_only"
        assert (await gym.confirm("tm-01", "c-other")).cause == "no_class"
        assert (await gym.ask_class("end", class_id="c-other")).cause == "no_class"
        assert (await gym.ask_class("end")).ok
        assert gym.still()
