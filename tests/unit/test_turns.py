"""Turns at a radio: treadmills first, a bound that leaves waiting out, and no belt behind a device that is silent."""

import asyncio

import pytest

from device_adapters.ble.failures import GaveWayError
from device_adapters.ble.turns import Turns, Urgency, urgency

LONG_S = 60.0


async def hold(turns: Turns, who: Urgency, order: list[str], name: str, done: asyncio.Event) -> None:
    async with turns.turn(who, LONG_S):
        order.append(name)
        await done.wait()


async def settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def test_a_strap_gives_way_to_a_treadmill_and_not_to_another_strap() -> None:
    turns, order, done = Turns(), list[str](), asyncio.Event()
    strap = asyncio.create_task(hold(turns, Urgency.OTHER, order, "strap", done))
    await settle()
    other = asyncio.create_task(hold(turns, Urgency.OTHER, order, "other", done))
    await settle()
    assert order == ["strap"]
    belt = asyncio.create_task(hold(turns, Urgency.TREADMILL, order, "belt", done))
    with pytest.raises(GaveWayError):
        await strap
    await settle()
    assert order == ["strap", "belt"]
    done.set()
    await asyncio.gather(belt, other)
    assert order == ["strap", "belt", "other"]


async def test_the_most_urgent_is_next_and_of_equals_who_waited_longest() -> None:
    turns, order, first, done = Turns(), list[str](), asyncio.Event(), asyncio.Event()
    done.set()
    holder = asyncio.create_task(hold(turns, Urgency.MOVING, order, "holder", first))
    await settle()
    waiting = [
        asyncio.create_task(hold(turns, who, order, name, done))
        for name, who in (
            ("strap 1", Urgency.OTHER),
            ("failed", Urgency.TREADMILL_FAILED),
            ("strap 2", Urgency.OTHER),
            ("belt", Urgency.TREADMILL),
            ("moving", Urgency.MOVING),
        )
    ]
    await settle()
    first.set()
    await asyncio.gather(holder, *waiting)
    assert order == ["holder", "moving", "belt", "failed", "strap 1", "strap 2"]


async def test_the_bound_of_an_attempt_leaves_out_the_wait_for_its_turn() -> None:
    turns, order, done = Turns(), list[str](), asyncio.Event()
    first = asyncio.create_task(hold(turns, Urgency.OTHER, order, "first", done))
    await settle()

    async def short() -> None:
        async with turns.turn(Urgency.OTHER, 0.05):
            order.append("short")
            await asyncio.Event().wait()

    second = asyncio.create_task(short())
    await asyncio.sleep(0.2)
    assert not second.done()
    done.set()
    with pytest.raises(TimeoutError):
        await second
    assert order == ["first", "short"]
    await first


async def test_who_stops_waiting_leaves_no_turn_behind() -> None:
    turns, order, done = Turns(), list[str](), asyncio.Event()
    first = asyncio.create_task(hold(turns, Urgency.OTHER, order, "first", done))
    await settle()
    second = asyncio.create_task(hold(turns, Urgency.OTHER, order, "second", done))
    await settle()
    for task in (second, first):
        task.cancel()
        await asyncio.wait([task])
    done.set()
    await hold(turns, Urgency.OTHER_FAILED, order, "third", done)
    assert order == ["first", "third"]


async def test_all_that_wait_can_end_at_once() -> None:
    turns, order, done = Turns(), list[str](), asyncio.Event()
    tasks = []
    for name in ("first", "second", "third", "fourth"):
        tasks.append(asyncio.create_task(hold(turns, Urgency.OTHER, order, name, done)))
        await settle()
    for task in tasks[:3]:
        task.cancel()
    ended = await asyncio.gather(*tasks[:3], return_exceptions=True)
    assert {type(e) for e in ended} == {asyncio.CancelledError}
    done.set()
    await tasks[3]
    assert order == ["first", "fourth"]


def test_who_failed_goes_behind_its_kind_and_a_moving_belt_may_fail_twice() -> None:
    assert urgency(treadmill=True, moving=True, failures=2) is Urgency.MOVING
    assert urgency(treadmill=True, moving=True, failures=3) is Urgency.MOVING_FAILED
    assert urgency(treadmill=True, moving=False, failures=0) is Urgency.TREADMILL
    assert urgency(treadmill=True, moving=False, failures=1) is Urgency.TREADMILL_FAILED
    assert urgency(treadmill=False, moving=False, failures=0) is Urgency.OTHER
    assert urgency(treadmill=False, moving=False, failures=1) is Urgency.OTHER_FAILED
    assert max(u for u in Urgency if "OTHER" not in u.name) < Urgency.OTHER
