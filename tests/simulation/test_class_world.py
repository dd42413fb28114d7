"""A class of twelve under everything that goes wrong: real engines, gates and machines in virtual time."""

import logging
from collections.abc import Iterator

import pytest
import structlog
from class_world import LANES, OF_ONE, SHARED, ClassWorld
from sampling import many, some

OFF_MS = 200
SEED = 41


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    yield
    structlog.reset_defaults()


@pytest.mark.parametrize("seed", [SEED])
def test_twelve_lanes_go_by_one_clock(seed: int) -> None:
    world = ClassWorld(seed)
    world.under_way()
    led = [desk for desk in world.desks if world.lane(desk) == "with"]
    assert len(led) >= LANES - 2  # a machine whose slowest speed is above a novice's limit trains nobody
    while world.view.phase == "running":
        world.after(1_000)
    clock: dict[int, int] = {}
    for _, view in world.seen:
        if view.phase == "running" and view.starts_in_s is None:
            clock.setdefault(view.step, view.at_ms)
    for desk in led:
        lane = world.steps[desk.machine.name]
        if desk.view is not None and desk.view.outcome == "completed":
            off = {step: lane[step] - at_ms for step, at_ms in clock.items() if step > 1}
            assert all(abs(ms) <= OFF_MS for ms in off.values()), (desk.machine.name, off)
    assert sum(desk.view is not None and desk.view.outcome == "completed" for desk in led) >= len(led) - 2
    assert not world.checks.violations


@pytest.mark.parametrize("kind", some(OF_ONE, many(len(OF_ONE), 3)))
def test_what_goes_wrong_in_one_lane_leaves_the_others(kind: str) -> None:
    world = ClassWorld(SEED)
    world.under_way()
    led = [desk for desk in world.desks if world.lane(desk) == "with"]
    world.after(20_000)
    world.faults.begin(kind, led[3])
    for _ in range(60):
        world.after(1_000)
        others = {desk.machine.name: world.lane(desk) for desk in led if desk is not led[3]}
        assert set(others.values()) == {"with"}, others
    assert not world.checks.violations


@pytest.mark.parametrize("kind", some(SHARED, many(len(SHARED), 2)))
def test_what_all_have_in_common_may_fail_and_the_bounds_hold(kind: str) -> None:
    world = ClassWorld(SEED)
    world.under_way()
    world.after(20_000)
    world.faults.begin(kind, world.desks[0])
    world.after(90_000)
    world.faults.end_all()
    world.ask("stop")
    world.liveness()
    assert not world.checks.violations


@pytest.mark.parametrize("seed", range(1, 1 + many(12, 1)))
def test_a_class_under_random_faults_keeps_every_bound(seed: int) -> None:
    world = ClassWorld(seed)
    world.gathered()
    world.ask("go")
    chance = world.timeline.chance
    for _ in range(12):
        world.after(chance.randrange(1_000, 20_000))
        world.faults.begin(chance.choice((*OF_ONE, *SHARED)), chance.choice(world.desks))
        if world.view.phase == "ended" and chance.random() < 0.5:
            world.faults.end_all()
            world.gathered()
            world.ask(chance.choice(("go", "go", "end", "stop")))
    world.faults.end_all()
    world.after(60_000)
    world.ask("stop")
    world.liveness()
    assert not world.checks.violations
