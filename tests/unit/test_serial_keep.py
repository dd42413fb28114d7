"""A line is kept: begun anew each time it ends, but never before the timer of its machine ran out."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

import pytest
from virtual_time import LoopClock, virtual

from device_adapters.errors import LinkError
from device_adapters.serial.keep import keep_plugged
from device_adapters.serial.requests import SILENT, STOP_NOT_TAKEN

TIMER_S = 0.5
"""What a machine's own timer takes to see that nobody judges its belt; one that is not the same may take twice that."""


@dataclass
class Line:
    """One that ends after `held_s`, by this `why`."""

    why: str
    held_s: float = 1.0
    closed: bool = False

    def close(self) -> None:
        self.closed = True


@dataclass
class Kept:
    """What becomes of these lines, one after the other; None is one that cannot be opened."""

    lines: list[Line | None]
    moving: bool = False
    opened_s: list[float] = field(default_factory=list)
    ended_s: list[float] = field(default_factory=list)

    async def run(self) -> None:
        clock, over = LoopClock(), asyncio.Event()
        lines = iter(self.lines)

        async def opens() -> Any:
            self.opened_s.append(asyncio.get_running_loop().time())
            line = next(lines, over)
            if line is None:
                self.ended_s.append(asyncio.get_running_loop().time())
                raise LinkError("not plugged in")
            if line is over:
                over.set()
                await asyncio.sleep(1_000)
            return line

        async def serves(line: Any) -> None:
            await asyncio.sleep(line.held_s)
            self.ended_s.append(asyncio.get_running_loop().time())

        keeping = asyncio.create_task(keep_plugged(opens, serves, clock, lambda: self.moving))
        await over.wait()
        keeping.cancel()
        await asyncio.wait([keeping])
        assert all(line is None or line.closed for line in self.lines)

    @property
    def waits_s(self) -> list[float]:
        """Between the end of each line and the begin of the next."""
        return [
            round(opened - ended, 3) for ended, opened in zip(self.ended_s, self.opened_s[1:], strict=True)
        ]


@pytest.mark.parametrize("moving", [True, False])
@pytest.mark.parametrize("why", [SILENT, STOP_NOT_TAKEN])
@virtual
async def test_a_machine_that_did_not_answer_hears_nothing_until_its_timer_ran_out(
    why: str, moving: bool
) -> None:
    kept = Kept([Line(why)] * 3, moving=moving)
    await kept.run()
    assert kept.waits_s == [1.0] * 3
    assert min(kept.waits_s) >= 2 * TIMER_S


@virtual
async def test_a_line_that_was_pulled_under_a_moving_belt_is_tried_twice_a_second() -> None:
    kept = Kept([Line("hung up"), *[None] * 5], moving=True)
    await kept.run()
    assert kept.waits_s == [0.25, *[0.5] * 5]


@virtual
async def test_one_without_a_belt_of_ours_is_waited_for_longer_each_time() -> None:
    kept = Kept([None] * 7)
    await kept.run()
    assert kept.waits_s == [0.25, 0.5, 1.0, 2.0, 4.0, 5.0, 5.0]


@virtual
async def test_the_waits_begin_anew_once_a_line_held() -> None:
    kept = Kept([None, None, Line("hung up", 9.9), Line("hung up", 10.0), Line(SILENT, 10.0), None])
    await kept.run()
    assert kept.waits_s == [0.25, 0.5, 1.0, 0.25, 1.0, 0.5]


@virtual
async def test_a_line_that_fails_otherwise_is_closed_and_told() -> None:
    line = Line("")

    async def opens() -> Any:
        return line

    async def serves(_line: Any) -> None:
        raise ValueError("of the unit's own")

    with pytest.raises(ValueError, match="of the unit"):
        await keep_plugged(opens, serves, LoopClock(), lambda: False)
    assert line.closed
