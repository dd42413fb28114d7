"""Parts of a unit: what ends one is its own, is told, and it begins again; what must be done is done to its end."""

import asyncio
from itertools import pairwise

import pytest

from device_adapters.clock import ManualClock
from device_adapters.contract.oddities import WORDS, Odd, words
from device_adapters.safety.events import Note
from device_adapters.unit.kept import FIRST_WAIT_S, keep_at_work, through
from device_adapters.unit.oddities import AGAIN_MS, Oddities

FAILURES = [
    ValueError("of its own"),
    ExceptionGroup("a group", [ExceptionGroup("in a group", [KeyError("deep")])]),
    asyncio.CancelledError(),
]


@pytest.mark.parametrize("failure", FAILURES, ids=["error", "group", "cancelled by nobody"])
async def test_a_part_that_fails_begins_again_and_says_why(failure: BaseException) -> None:
    clock, told, begun = ManualClock(), list[str](), list[int]()

    async def work() -> None:
        begun.append(clock.now_ms())
        if len(begun) < 4:
            raise failure
        await asyncio.Event().wait()

    part = asyncio.create_task(keep_at_work("part", work, clock, told.append, longest_wait_s=0.5))
    await asyncio.sleep(0)
    await clock.advance(10_000)
    assert not part.done()
    assert len(begun) == 4
    assert len(told) == 3
    assert told[0].startswith(("ValueError at test_kept.py:", "KeyError", "cancelled by nobody"))
    waits = [later - sooner for sooner, later in pairwise(begun)]
    assert FIRST_WAIT_S * 500 <= waits[0] <= FIRST_WAIT_S * 1500
    assert max(waits) <= 750
    part.cancel()
    await asyncio.wait([part])
    assert part.cancelled()


async def test_a_teller_that_fails_does_not_end_the_part() -> None:
    clock, begun = ManualClock(), list[int]()

    def told(_why: str) -> None:
        raise RuntimeError("nobody listens")

    async def work() -> None:
        begun.append(1)
        raise ValueError

    part = asyncio.create_task(keep_at_work("part", work, clock, told, longest_wait_s=0.5))
    await asyncio.sleep(0)
    await clock.advance(3_000)
    assert len(begun) > 3
    part.cancel()
    await asyncio.wait([part])


async def test_a_part_that_returns_has_ended() -> None:
    async def work() -> None:
        return

    await keep_at_work("part", work, ManualClock(), lambda _why: None)


async def test_what_must_be_done_is_done_though_it_is_cancelled_twice() -> None:
    done, go = list[str](), asyncio.Event()

    async def stop() -> None:
        await go.wait()
        done.append("at rest")

    ending = asyncio.create_task(through(stop()))
    for _ in range(2):
        await asyncio.sleep(0)
        ending.cancel()
    await asyncio.sleep(0)
    assert not ending.done()
    go.set()
    with pytest.raises(asyncio.CancelledError):
        await ending
    assert done == ["at rest"]


async def test_what_fails_on_the_way_is_raised() -> None:
    async def stop() -> None:
        raise ValueError("no belt")

    with pytest.raises(ValueError, match="no belt"):
        await through(stop())


async def test_an_oddity_is_told_once_while_it_lasts_and_again_after_a_while() -> None:
    clock, told, changes = ManualClock(), list[Note](), list[int]()
    odd = Oddities(clock, told.append, lambda: changes.append(1))
    odd.seen(Odd.SILENT, "2a37")
    odd.seen(Odd.SILENT)
    odd.judge(Odd.DOUBLED, True)
    assert list(odd.keys) == ["doubled", "silent"]
    assert [n.cause for n in told] == ["silent", "doubled"]
    assert "moisten" in told[0].text
    assert "2a37" in told[0].text
    odd.over(Odd.SILENT)
    odd.over(Odd.SILENT)
    assert set(odd.keys) == {"doubled"}
    assert len(changes) == 3
    odd.seen(Odd.SILENT)
    assert len(told) == 2
    odd.over(Odd.SILENT)
    await clock.advance(AGAIN_MS)
    odd.seen(Odd.SILENT)
    assert len(told) == 3


def test_each_oddity_has_words_and_says_what_to_do() -> None:
    assert set(WORDS) == set(Odd)
    assert all(what and todo for what, todo in WORDS.values())
    assert words("of_a_newer_unit").what == "of_a_newer_unit"
